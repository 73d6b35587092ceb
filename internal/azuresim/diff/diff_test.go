package diff

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/tree"
)

// A difference is told by its path and kind, and what is not known yet counts as one.
func TestDifferences(t *testing.T) {
	const add, remove, change = pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_UPDATE
	nested := map[string]any{"a": []any{map[string]any{"b": "c"}, "d"}}
	for _, c := range []struct {
		name     string
		old, now map[string]any
		want     map[string]pulumirpc.PropertyDiff_Kind
	}{
		{"nothing", nested, tree.CloneObject(nested), nil},
		{"a property more", map[string]any{}, map[string]any{"a": "b"}, map[string]pulumirpc.PropertyDiff_Kind{"a": add}},
		{"a property less", map[string]any{"a": "b"}, map[string]any{}, map[string]pulumirpc.PropertyDiff_Kind{"a": remove}},
		{"another value", map[string]any{"a": "b"}, map[string]any{"a": "c"}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"another type", map[string]any{"a": "1"}, map[string]any{"a": 1.0}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"deep inside", nested, map[string]any{"a": []any{map[string]any{"b": "x", "e": true}, "d"}}, map[string]pulumirpc.PropertyDiff_Kind{"a[0].b": change, "a[0].e": add}},
		{"an element more", nested, map[string]any{"a": []any{map[string]any{"b": "c"}, "d", "e"}}, map[string]pulumirpc.PropertyDiff_Kind{"a[2]": add}},
		{"an element less", nested, map[string]any{"a": []any{map[string]any{"b": "c"}}}, map[string]pulumirpc.PropertyDiff_Kind{"a[1]": remove}},
		{"unknown", map[string]any{"a": "b"}, map[string]any{"a": Unknown}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"unknown inside of what was a list", map[string]any{"a": "b"}, map[string]any{"a": []any{Unknown}}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := map[string]pulumirpc.PropertyDiff_Kind{}
			for _, d := range Compare(c.old, c.now) {
				got[d.Path] = d.Kind
			}
			if c.want == nil {
				c.want = map[string]pulumirpc.PropertyDiff_Kind{}
			}
			assert.Equal(t, c.want, got)
		})
	}
}
