package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// object describes the properties of a type: the name of an object's type, with [] before it for a list and {} for a map of such objects,
// or empty for anything else.
type object struct {
	Properties map[string]string `json:"properties"`
	// Maintained are the properties whose elements are also resources of their own.
	Maintained []string `json:"maintained,omitempty"`
}

type described struct {
	// Source is the module with its version that the package was read from.
	Source    string            `json:"source"`
	Resources map[string]object `json:"resources"`
	Types     map[string]object `json:"types"`
}

// sdkVersion is the version of modules that go.mod does not have, because the program takes their types from internal/azurenative.
const sdkVersion = "v2.90.0"

// unpublished are modules that module proxies do not serve.
var unpublished = []string{"alertsmanagement", "kubernetesconfiguration", "monitor", "securityinsights", "virtualmachineimages"}

func describe(uses map[string]*use) ([]byte, error) {
	packages := map[string]described{}
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		if len(uses[name].resources) == 0 {
			continue
		}
		read, err := describePackage(name, uses[name])
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", name, err)
		}
		if len(read.Resources) > 0 {
			packages[name] = read
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", " ")
	err := encoder.Encode(map[string]any{
		"note":     "Written by tools/azureinputs from the argument types of the Azure Native SDK for Go; do not edit.",
		"packages": packages,
	})
	return out.Bytes(), err
}

// locate finds the folder of a package. The whole type is in the SDK; internal/azurenative may leave out properties that the program does
// not use, so it is read only where the SDK does not have the package.
func locate(name, importPath string) (dir, source string, err error) {
	module, version, _ := strings.Cut(name, "/")
	local := strings.TrimPrefix(importPath, "aks-regulated-pulumi/")
	if slices.Contains(unpublished, module) {
		return filepath.FromSlash(local), local, nil
	}
	sdk := "github.com/pulumi/pulumi-azure-native-sdk/" + module + "/v2"
	wanted := sdkVersion
	if listed, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", sdk).Output(); err == nil {
		wanted = strings.TrimSpace(string(listed))
	}
	fetched, err := exec.Command("go", "mod", "download", "-json", sdk+"@"+wanted).Output()
	if err != nil {
		return "", "", fmt.Errorf("download %s@%s: %w", sdk, wanted, err)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(fetched, &found); err != nil {
		return "", "", fmt.Errorf("read where %s is: %w", sdk, err)
	}
	dir = filepath.Join(found.Dir, version)
	if _, err := os.Stat(dir); os.IsNotExist(err) { // an API version that came later
		return filepath.FromSlash(local), local, nil
	}
	return dir, sdk + "@" + wanted, nil
}

func describePackage(name string, u *use) (described, error) {
	dir, source, err := locate(name, u.importPath)
	if err != nil {
		return described{}, err
	}
	read := described{Source: source, Resources: map[string]object{}, Types: map[string]object{}}
	structs := map[string]*ast.StructType{}
	files, err := filepath.Glob(filepath.Join(dir, "pulumiTypes*.go")) // large modules split them
	if err != nil {
		return described{}, err
	}
	for _, file := range files {
		parsed, err := parseStructs(file)
		if err != nil {
			return described{}, err
		}
		maps.Copy(structs, parsed)
	}
	for _, resource := range slices.Sorted(maps.Keys(u.resources)) {
		arguments := strings.ToLower(resource[:1]) + resource[1:]
		own, err := parseStructs(filepath.Join(dir, arguments+".go"))
		if err != nil {
			return described{}, err
		}
		if fields := own[arguments+"Args"]; fields != nil {
			read.Resources[resource] = read.object(fields, structs)
		}
	}
	return read, nil
}

// parseStructs are the struct types of a file; none if there is no such file.
func parseStructs(file string) (map[string]*ast.StructType, error) {
	structs := map[string]*ast.StructType{}
	if _, err := os.Stat(file); os.IsNotExist(err) {
		return structs, nil
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if fields, ok := spec.Type.(*ast.StructType); ok {
				structs[spec.Name.Name] = fields
			}
		}
		return true
	})
	return structs, nil
}

// standalone is how the SDK says that a provider keeps what an update leaves out.
const standalone = "also available as standalone resources"

func (d *described) object(fields *ast.StructType, structs map[string]*ast.StructType) object {
	made := object{Properties: map[string]string{}}
	for _, field := range fields.Fields.List {
		if field.Tag == nil {
			continue
		}
		name := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi")
		made.Properties[name] = d.typeOf(field.Type, structs)
		if strings.Contains(field.Doc.Text(), standalone) {
			made.Maintained = append(made.Maintained, name)
		}
	}
	return made
}

// typeOf names an object's type, which is described as well.
func (d *described) typeOf(expression ast.Expr, structs map[string]*ast.StructType) string {
	switch t := expression.(type) {
	case *ast.StarExpr:
		return d.typeOf(t.X, structs)
	case *ast.ArrayType:
		if element := d.typeOf(t.Elt, structs); element != "" {
			return "[]" + element
		}
	case *ast.MapType:
		if element := d.typeOf(t.Value, structs); element != "" {
			return "{}" + element
		}
	case *ast.Ident:
		fields := structs[t.Name]
		if fields == nil {
			return ""
		}
		if _, known := d.Types[t.Name]; !known {
			d.Types[t.Name] = object{} // types may hold each other
			d.Types[t.Name] = d.object(fields, structs)
		}
		return t.Name
	}
	return ""
}
