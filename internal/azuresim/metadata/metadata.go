// Package metadata is what azure-native knows of the types of resources: which properties are inputs, and for which it replaces a
// resource. Its files are written from documents and
// from the provider's SDK, never from the program.
package metadata

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Type describes the properties of a resource or of an object in it. The value of a property names the type of an object, with [] before it for a
// list and {} for a map of such objects; it is empty for anything else, which is taken as a whole.
type Type struct {
	Properties map[string]string `json:"properties"`
	// Maintained are properties whose elements are also resources of their own, such as the peerings of a network. azure-native keeps them as they
	// are where the program leaves them out.
	Maintained []string `json:"maintained"`
}

// Resource describes a type of resource.
type Resource struct {
	Type
	types map[string]Type // those that properties name
}

//go:embed inputs.json
var inputs []byte

var packages = func() map[string]struct {
	Source    string          `json:"source"`
	Resources map[string]Type `json:"resources"`
	Types     map[string]Type `json:"types"`
} {
	var file struct {
		Packages map[string]struct {
			Source    string          `json:"source"`
			Resources map[string]Type `json:"resources"`
			Types     map[string]Type `json:"types"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(inputs, &file); err != nil {
		panic(fmt.Errorf("decode inputs.json: %w", err)) // the file is part of the program
	}
	return file.Packages
}()

// Of finds the description of a type such as azure-native:network/v20240501:VirtualNetwork. Where that API version is not described, another one of the
// same type stands in for it. It fails for a type that is not described at all.
func Of(token string) (Resource, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return Resource{}, fmt.Errorf("%q is not a resource type token", token)
	}
	module, _, _ := strings.Cut(parts[1], "/")
	for _, name := range append([]string{parts[1]}, slices.Sorted(maps.Keys(packages))...) {
		described := packages[name]
		if found, ok := described.Resources[parts[2]]; ok && (name == module || strings.HasPrefix(name, module+"/")) {
			return Resource{found, described.Types}, nil
		}
	}
	return Resource{}, fmt.Errorf("the inputs of %s are not known; run make azureinputs", token)
}

// Project keeps of a resource's outputs what is also an input, as azure-native does when it refreshes or imports.
func (r Resource) Project(outputs map[string]any) map[string]any { return r.project(r.Type, outputs) }

func (r Resource) project(t Type, values map[string]any) map[string]any {
	kept := map[string]any{}
	for name, value := range values {
		if typeName, isInput := t.Properties[name]; isInput && value != nil {
			kept[name] = r.projectValue(typeName, value)
		}
	}
	return kept
}

func (r Resource) projectValue(typeName string, value any) any {
	if typeName == "" {
		return value
	}
	element, isList := strings.CutPrefix(typeName, "[]")
	entry, isMap := strings.CutPrefix(typeName, "{}")
	switch v := value.(type) {
	case []any:
		if isList {
			kept := make([]any, len(v))
			for i, item := range v {
				kept[i] = r.projectValue(element, item)
			}
			return kept
		}
	case map[string]any:
		switch {
		case isMap:
			kept := map[string]any{}
			for name, item := range v {
				kept[name] = r.projectValue(entry, item)
			}
			return kept
		case !isList:
			return r.project(r.types[typeName], v)
		}
	}
	return value
}

// MaintainedUnset are the paths of maintained properties that inputs do not set, on the way through nested objects.
func (r Resource) MaintainedUnset(inputs map[string]any) [][]string {
	return r.unset(r.Type, inputs, nil)
}

func (r Resource) unset(t Type, inputs map[string]any, path []string) [][]string {
	var found [][]string
	for _, name := range t.Maintained {
		if _, set := inputs[name]; !set {
			found = append(found, append(slices.Clone(path), name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Properties)) {
		nested, isObject := r.types[t.Properties[name]]
		if !isObject || len(path) == 2 || len(nested.Maintained) == 0 {
			continue
		}
		object, _ := inputs[name].(map[string]any)
		found = append(found, r.unset(nested, object, append(slices.Clone(path), name))...)
	}
	return found
}
