package config

import (
	"sort"
	"strings"
)

// values is a stack's configuration as Pulumi stores it, by namespaced key.
type values struct {
	project string
	byKey   map[string]string
}

// Project is the namespace of the keys.
func (v values) Project() string { return v.project }

// GetConfig returns a value by its namespaced key.
func (v values) GetConfig(key string) (string, bool) {
	value, ok := v.byKey[key]
	return value, ok
}

// Check validates a stack's whole configuration, by namespaced key, without running the program. Unlike Load, which can
// only ask for keys, it also finds keys that the program does not read. The error is an *Error that lists every mistake.
func Check(project string, byKey map[string]string, knownTools []string) error {
	found := &Error{}
	for _, name := range sortedKeys(byKey) {
		key, ours := strings.CutPrefix(name, project+":")
		if ours && lookupKey(key).Kind == "" && len(properties(key)) == 0 {
			// The value of a misspelt key may be a secret.
			found.Problems = append(found.Problems, Problem{Key: key, Value: hidden, Allowed: "one of the keys " + keyNames()})
		}
	}
	if _, err := Load(values{project, byKey}, knownTools); err != nil {
		mistakes, ok := err.(*Error)
		if !ok {
			return err
		}
		found.Problems = append(found.Problems, mistakes.Problems...)
	}
	if len(found.Problems) == 0 {
		return nil
	}
	return found
}

func keyNames() string {
	names := make([]string, 0, len(Keys))
	for _, key := range Keys {
		names = append(names, key.Name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
