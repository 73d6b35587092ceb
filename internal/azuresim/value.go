package azuresim

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

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

// hasUnknown reports whether a value holds anything that is known only after deployment.
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
