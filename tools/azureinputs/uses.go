package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// use is a package of the SDK, such as network/v20240501, with the types of resources that are wanted of it.
type use struct {
	// importPath is what the program imports: a package of the SDK, or its like in internal/azurenative.
	importPath string
	resources  map[string]bool
}

var (
	sdkPackage   = regexp.MustCompile(`^github\.com/pulumi/pulumi-azure-native-sdk/(\w+)/v2(/v\w+)?$`)
	localPackage = regexp.MustCompile(`^aks-regulated-pulumi/internal/azurenative/(?:v3/)?(\w+)(/v\w+)?$`)
	kindToken    = regexp.MustCompile(`^([a-z]+):([A-Z]\w+)$`)
)

// packageName is such as network/v20240501 for an import of the SDK or its like; empty for any other.
func packageName(importPath string) string {
	for _, pattern := range []*regexp.Regexp{sdkPackage, localPackage} {
		if match := pattern.FindStringSubmatch(importPath); match != nil {
			return match[1] + match[2]
		}
	}
	return ""
}

// findUses walks the program for calls of constructors, and the simulator for the tokens of its kinds. A kind that the program never
// makes is wanted of every package of its module that the program imports.
func findUses(root string) (map[string]*use, error) {
	uses, kinds := map[string]*use{}, map[string]bool{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (slices.Contains([]string{"tools", "tests", "azurenative"}, entry.Name()) ||
			name != root && strings.HasPrefix(entry.Name(), ".")) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
		findCalls(file, uses)
		if strings.Contains(filepath.ToSlash(name), "internal/azuresim/") {
			findTokens(file, kinds)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for kind := range kinds {
		addKind(uses, kind)
	}
	return uses, nil
}

func findCalls(file *ast.File, uses map[string]*use) {
	imported := map[string]*use{}
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		name := packageName(importPath)
		if err != nil || name == "" {
			continue
		}
		if uses[name] == nil {
			uses[name] = &use{importPath, map[string]bool{}}
		}
		alias := path.Base(importPath)
		if spec.Name != nil {
			alias = spec.Name.Name
		}
		imported[alias] = uses[name]
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if made, isNew := strings.CutPrefix(selector.Sel.Name, "New"); ok && isNew && imported[from.Name] != nil {
			imported[from.Name].resources[made] = true
		}
		return true
	})
}

func findTokens(file *ast.File, kinds map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil && kindToken.MatchString(text) {
				kinds[text] = true
			}
		}
		return true
	})
}

func addKind(uses map[string]*use, kind string) {
	match := kindToken.FindStringSubmatch(kind)
	var candidates []*use
	for name, u := range uses {
		if module, _, _ := strings.Cut(name, "/"); module != match[1] {
			continue
		}
		if u.resources[match[2]] {
			return
		}
		candidates = append(candidates, u)
	}
	for _, u := range candidates {
		u.resources[match[2]] = true
	}
}
