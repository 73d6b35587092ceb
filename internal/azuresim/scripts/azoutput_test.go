package scripts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var printedValue = map[string]any{
	"name":       "it-jumpbox",
	"properties": map[string]any{"runs": 3.0, "done": true, "empty": nil},
	"parts": []any{
		map[string]any{"name": "a", "size": 1.0, "ok": true, "tags": []any{"x", "y"}},
		map[string]any{"name": "b", "size": 2.0, "ok": false, "tags": nil},
	},
}

// az answers any JMESPath, and a script's author may have tried the query there.
func TestQueries(t *testing.T) {
	for _, c := range []struct{ query, format, want string }{
		{"name", "tsv", "it-jumpbox\n"},
		{"properties.runs", "tsv", "3\n"},
		{"properties.done", "tsv", "true\n"},
		{"properties.absent", "tsv", ""},
		{"properties.empty", "json", ""},
		{"parts[0].name", "tsv", "a\n"},
		{"parts[].name", "tsv", "a\nb\n"},
		{"parts[?size>`1`].name | [0]", "tsv", "b\n"},
		{"length(parts)", "json", "2\n"},
		{"parts[].[name, ok, tags]", "tsv", "a\tTrue\t2\nb\tFalse\tNone\n"},
		{"parts[].{z: name, a: size}", "tsv", "1\ta\n2\tb\n"},
		{"join('<', parts[].name)", "json", "\"a<b\"\n"},
		{"properties", "json", "{\n  \"done\": true,\n  \"empty\": null,\n  \"runs\": 3\n}\n"},
		{"name", "none", ""},
	} {
		query, err := parseQuery(c.query)
		require.NoError(t, err, c.query)
		printed, err := printAnswer(printedValue, query, c.format)
		require.NoError(t, err, c.query)
		assert.Equal(t, c.want, printed, c.query)
	}
}
