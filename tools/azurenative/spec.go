package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"go.yaml.in/yaml/v3"
)

// header is what the schemas of all modules have in common. With the import path of the official SDK the generated packages use that SDK's
// utilities, so that all resources of a stack ask for one version of the provider, which stands in go.mod.
const header = `{
	"name": "azure-native",
	"language": {"go": {
		"importBasePath": "github.com/pulumi/pulumi-azure-native-sdk/v2",
		"rootPackageName": "azurenative",
		"internalModuleName": "utilities",
		"disableInputTypeRegistrations": true
	}}
}`

// module is one file of the schema: part of a Pulumi package schema, in which names stand without "azure-native:<module>:".
type module struct {
	Module    string
	Resources map[string]map[string]any
	Types     map[string]any
	Functions map[string]any
}

// readSpec joins the modules in a folder into the schema of one package.
func readSpec(folder string) (schema.PackageSpec, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return schema.PackageSpec{}, err
	}
	resources, types, functions := map[string]any{}, map[string]any{}, map[string]any{}
	for _, path := range paths {
		m, err := readModule(path)
		if err != nil {
			return schema.PackageSpec{}, err
		}
		for name, resource := range m.Resources {
			resources[m.token(name)] = m.qualify(m.withAliases(name, resource))
		}
		for name, declared := range m.Types {
			types[m.token(name)] = m.qualify(declared)
		}
		for name, function := range m.Functions {
			functions[m.token(name)] = m.qualify(function)
		}
	}
	encoded, err := json.Marshal(map[string]any{"resources": resources, "types": types, "functions": functions})
	if err != nil {
		return schema.PackageSpec{}, fmt.Errorf("encode the schema: %w", err)
	}
	var spec schema.PackageSpec
	for _, part := range [][]byte{[]byte(header), encoded} {
		if err := json.Unmarshal(part, &spec); err != nil {
			return schema.PackageSpec{}, fmt.Errorf("decode the schema: %w", err)
		}
	}
	return spec, nil
}

func readModule(path string) (module, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return module{}, fmt.Errorf("read the schema: %w", err)
	}
	var m module
	if err := yaml.Unmarshal(content, &m); err != nil {
		return module{}, fmt.Errorf("decode %s: %w", path, err)
	}
	if m.Module == "" {
		return module{}, fmt.Errorf("decode %s: no module", path)
	}
	return m, nil
}

// token is the name of a resource, type or function in the provider.
func (m module) token(name string) string {
	return "azure-native:" + m.Module + ":" + name
}

// withAliases turns otherVersions, the API versions under which the provider knows the same resource, into the aliases by which a stack
// can change to this one.
func (m module) withAliases(name string, resource map[string]any) map[string]any {
	service, _, _ := strings.Cut(m.Module, "/")
	var aliases []any
	versions, _ := resource["otherVersions"].([]any)
	for _, version := range versions {
		aliases = append(aliases, map[string]any{"type": fmt.Sprintf("azure-native:%s/%v:%s", service, version, name)})
	}
	resource = maps.Clone(resource)
	delete(resource, "otherVersions")
	resource["aliases"] = append(aliases, map[string]any{"type": "azure-native:" + service + ":" + name})
	return resource
}

// qualify returns a part of the schema with complete references to types of the module.
func (m module) qualify(part any) any {
	switch part := part.(type) {
	case map[string]any:
		qualified := make(map[string]any, len(part))
		for key, value := range part {
			if reference, ok := value.(string); ok && key == "$ref" {
				value = strings.Replace(reference, "#/types/", "#/types/"+m.token(""), 1)
			}
			qualified[key] = m.qualify(value)
		}
		return qualified
	case []any:
		qualified := make([]any, len(part))
		for i, value := range part {
			qualified[i] = m.qualify(value)
		}
		return qualified
	default:
		return part
	}
}
