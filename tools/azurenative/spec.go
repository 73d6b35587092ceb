package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"go.yaml.in/yaml/v3"
)

// header is what the schemas of all modules have in common.
const header = `{
	"name": "azure-native",
	"language": {"go": {
		"rootPackageName": "azurenative",
		"internalModuleName": "utilities",
		"disableInputTypeRegistrations": true
	}}
}`

// officialSDK is the import path of the official SDK. With it the generated packages use that SDK's utilities, so that their resources ask for
// the version of the provider that stands in go.mod.
const officialSDK = "github.com/pulumi/pulumi-azure-native-sdk/v2"

// module is one file of the schema: part of a Pulumi package schema, in which names stand without "azure-native:<module>:".
type module struct {
	Module string
	// ProviderVersion is the version of the provider that the module's resources ask for; empty for that of the official SDK.
	ProviderVersion string `yaml:"providerVersion"`
	Resources       map[string]map[string]any
	Types           map[string]any
	Functions       map[string]any
}

// release is what is generated for one version of the provider.
type release struct {
	// folder is where its packages go, and version the provider's; empty for that of the official SDK.
	folder, version string
	spec            schema.PackageSpec
}

// readReleases joins the modules in a folder into one schema for each version of the provider.
func readReleases(folder string) ([]release, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	modules := map[string][]module{}
	for _, path := range paths {
		m, err := readModule(path)
		if err != nil {
			return nil, err
		}
		modules[m.ProviderVersion] = append(modules[m.ProviderVersion], m)
	}
	var releases []release
	for _, version := range slices.Sorted(maps.Keys(modules)) {
		r := release{folder: target, version: version}
		if version != "" {
			major, _, _ := strings.Cut(version, ".")
			r.folder = filepath.Join(target, "v"+major)
		}
		if r.spec, err = r.join(modules[version]); err != nil {
			return nil, err
		}
		releases = append(releases, r)
	}
	return releases, nil
}

// join makes one schema of modules.
func (r release) join(modules []module) (schema.PackageSpec, error) {
	resources, types, functions := map[string]any{}, map[string]any{}, map[string]any{}
	for _, m := range modules {
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
	return spec, r.addressed(&spec)
}

// addressed says where generated packages find their utilities. Those for another version than the official SDK's get utilities of their
// own, with that version.
func (r release) addressed(spec *schema.PackageSpec) error {
	var language map[string]any
	if err := json.Unmarshal(spec.Language["go"], &language); err != nil {
		return fmt.Errorf("decode the settings for Go: %w", err)
	}
	language["importBasePath"] = officialSDK
	if r.version != "" {
		spec.Version = r.version
		language["importBasePath"] = "aks-regulated-pulumi/" + filepath.ToSlash(r.folder)
		language["respectSchemaVersion"] = true
	}
	encoded, err := json.Marshal(language)
	spec.Language["go"] = encoded
	return err
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
