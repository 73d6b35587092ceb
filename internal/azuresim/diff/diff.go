// Package diff compares the inputs of resources as the engine shows them, with values that are known only after deployment.
package diff

import (
	"fmt"
	"reflect"
	"sort"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Difference is one property that changes.
type Difference struct {
	// Path is that of the property, such as subnets[0].name.
	Path string
	Top  string // the top-level input in which it lies
	Kind pulumirpc.PropertyDiff_Kind
}

// Compare compares inputs, down to single properties. What is not known yet counts as changed.
func Compare(old, now map[string]any) []Difference {
	var found []Difference
	for _, name := range unionKeys(old, now) {
		found = compareProperty(found, name, name, old, now, name)
	}
	return found
}

func compareProperty(found []Difference, path, top string, old, now map[string]any, name string) []Difference {
	before, had := old[name]
	after, has := now[name]
	switch {
	case !had:
		return append(found, Difference{path, top, pulumirpc.PropertyDiff_ADD})
	case !has:
		return append(found, Difference{path, top, pulumirpc.PropertyDiff_DELETE})
	}
	return compareValues(found, path, top, before, after)
}

func compareValues(found []Difference, path, top string, before, after any) []Difference {
	if oldObject, ok := before.(map[string]any); ok {
		if newObject, ok := after.(map[string]any); ok {
			for _, name := range unionKeys(oldObject, newObject) {
				found = compareProperty(found, path+"."+name, top, oldObject, newObject, name)
			}
			return found
		}
	}
	if oldList, ok := before.([]any); ok {
		if newList, ok := after.([]any); ok {
			for i := range max(len(oldList), len(newList)) {
				element := fmt.Sprintf("%s[%d]", path, i)
				switch {
				case i >= len(oldList):
					found = append(found, Difference{element, top, pulumirpc.PropertyDiff_ADD})
				case i >= len(newList):
					found = append(found, Difference{element, top, pulumirpc.PropertyDiff_DELETE})
				default:
					found = compareValues(found, element, top, oldList[i], newList[i])
				}
			}
			return found
		}
	}
	if HasUnknown(after) || !reflect.DeepEqual(before, after) {
		return append(found, Difference{path, top, pulumirpc.PropertyDiff_UPDATE})
	}
	return found
}

func unionKeys(a, b map[string]any) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// HasUnknown reports whether a value holds anything that is known only after deployment.
func HasUnknown(value any) bool {
	switch v := value.(type) {
	case resource.Computed, resource.Output:
		return true
	case map[string]any:
		for _, item := range v {
			if HasUnknown(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if HasUnknown(item) {
				return true
			}
		}
	}
	return false
}

// Unknown stands for a value that is known only after deployment.
var Unknown = resource.Computed{Element: resource.NewStringProperty("")}
