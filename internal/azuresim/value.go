package azuresim

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// at walks nested objects and returns what stands at the path, or nil.
func at(value any, path ...string) any {
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

func text(value any, path ...string) string {
	s, _ := at(value, path...).(string)
	return s
}

func number(value any, path ...string) (float64, bool) {
	n, ok := at(value, path...).(float64)
	return n, ok
}

func truth(value any, path ...string) bool {
	b, _ := at(value, path...).(bool)
	return b
}

func list(value any, path ...string) []any {
	l, _ := at(value, path...).([]any)
	return l
}

func texts(value any, path ...string) []string {
	var out []string
	for _, item := range list(value, path...) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// clone copies JSON-like values deeply.
func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[name] = clone(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = clone(item)
		}
		return out
	default:
		return v
	}
}

func cloneObject(object map[string]any) map[string]any {
	copied, _ := clone(object).(map[string]any)
	return copied
}

// dropNames takes properties out of a value, at any depth.
func dropNames(value any, names []string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(v, name)
		}
		for _, item := range v {
			dropNames(item, names)
		}
	case []any:
		for _, item := range v {
			dropNames(item, names)
		}
	}
}

// hasUnknown tells whether a value holds anything that is known only after deployment.
func hasUnknown(value any) bool {
	switch v := value.(type) {
	case resource.Computed, resource.Output:
		return true
	case map[string]any:
		for _, item := range v {
			if hasUnknown(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if hasUnknown(item) {
				return true
			}
		}
	}
	return false
}

// unknown stands for a value that is known only after deployment.
var unknown = resource.Computed{Element: resource.NewStringProperty("")}
