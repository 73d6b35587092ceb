package manifests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/envsubst"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// substituteKey is the label or annotation with which an object stays as it is (Flux document "Kustomizations", post build
// variable substitution).
const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

// variable matches what Flux replaces; the double dollar sign escapes.
var variable = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)`)

// Substitute replaces the variables of objects. The error names every variable that has no value, and where it stands: Flux would
// put nothing there.
func Substitute(objects []*unstructured.Unstructured, values map[string]string) ([]*unstructured.Unstructured, error) {
	var substituted []*unstructured.Unstructured
	var missing []string
	for _, object := range objects {
		if exempt(object) {
			substituted = append(substituted, object)
			continue
		}
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", name(object), err)
		}
		unset := len(missing)
		for _, found := range variablesIn(text) {
			if _, set := values[found]; !set {
				missing = append(missing, fmt.Sprintf("%s (%s)", found, name(object)))
			}
		}
		// With nothing in their places the text need not be YAML any more, which would hide the reason.
		if len(missing) > unset {
			continue
		}
		// Values become part of the text before it is read again, as in Flux: a number without quotes is a number.
		replaced, err := envsubst.Eval(string(text), func(found string) (string, bool) { return values[found], true })
		if err != nil {
			return nil, fmt.Errorf("substitute variables of %s: %w", name(object), err)
		}
		result, err := parse([]byte(replaced))
		if err != nil {
			return nil, fmt.Errorf("%s is no longer YAML with its variables substituted: %w", name(object), err)
		}
		substituted = append(substituted, result)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("variables without a value: %s", strings.Join(missing, ", "))
	}
	return substituted, nil
}

// Variables are the names that objects want values for, sorted, each once.
func Variables(objects []*unstructured.Unstructured) ([]string, error) {
	found := map[string]bool{}
	for _, object := range objects {
		if exempt(object) {
			continue
		}
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", name(object), err)
		}
		for _, name := range variablesIn(text) {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func variablesIn(text []byte) []string {
	var names []string
	for _, match := range variable.FindAllSubmatch(text, -1) {
		if !strings.HasPrefix(string(match[0]), "$$") {
			names = append(names, string(match[1]))
		}
	}
	return names
}

func exempt(object *unstructured.Unstructured) bool {
	return object.GetLabels()[substituteKey] == "disabled" || object.GetAnnotations()[substituteKey] == "disabled"
}

// name is an object as kind namespace/name.
func name(object *unstructured.Unstructured) string {
	qualified := object.GetName()
	if namespace := object.GetNamespace(); namespace != "" {
		qualified = namespace + "/" + qualified
	}
	return object.GetKind() + " " + qualified
}
