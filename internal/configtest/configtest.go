// Package configtest writes a stack's configuration down for tests, one value a line, and stores it as Pulumi does.
package configtest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
)

// Stored turns values by the names of config.Keys, such as hub.addressSpace, into a stack's configuration: namespaced keys,
// and one JSON object for each prefix. A name without a dot is taken as it is; an object by such a name, as a stack's file has it,
// is put over values with that prefix.
func Stored(t *testing.T, project string, values map[string]string) map[string]string {
	t.Helper()
	stored, objects := map[string]string{}, map[string]map[string]json.RawMessage{}
	for name, value := range values {
		section, inner, nested := strings.Cut(name, ".")
		if !nested {
			stored[project+":"+name] = value
			continue
		}
		if objects[section] == nil {
			objects[section] = map[string]json.RawMessage{}
		}
		objects[section][inner] = encode(t, name, value)
	}
	for section, object := range objects {
		if whole, ok := values[section]; ok {
			if err := json.Unmarshal([]byte(whole), &object); err != nil {
				continue // not an object: taken as it is
			}
		}
		encoded, err := json.Marshal(object)
		require.NoError(t, err)
		stored[project+":"+section] = string(encoded)
	}
	return stored
}

// encode writes a value as YAML would have been read: text as a string, anything else as what it is, if it is that.
func encode(t *testing.T, name, value string) json.RawMessage {
	t.Helper()
	for _, key := range config.Keys {
		if key.Name == name && key.Kind != config.String && json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
	}
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return encoded
}

// Nested turns the same names, with values as YAML holds them, into nested maps.
func Nested(values map[string]any) map[string]any {
	nested := map[string]any{}
	for name, value := range values {
		section, inner, dotted := strings.Cut(name, ".")
		if !dotted {
			nested[name] = value
			continue
		}
		object, ok := nested[section].(map[string]any)
		if !ok {
			object = map[string]any{}
			nested[section] = object
		}
		object[inner] = value
	}
	return nested
}
