package azuresim

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/tree"
)

// A difference is told by its path and kind, and what is not known yet counts as one.
func TestDifferences(t *testing.T) {
	const add, remove, change = pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_UPDATE
	nested := object{"a": array{object{"b": "c"}, "d"}}
	for _, c := range []struct {
		name     string
		old, now object
		want     map[string]pulumirpc.PropertyDiff_Kind
	}{
		{"nothing", nested, tree.CloneObject(nested), nil},
		{"a property more", object{}, object{"a": "b"}, map[string]pulumirpc.PropertyDiff_Kind{"a": add}},
		{"a property less", object{"a": "b"}, object{}, map[string]pulumirpc.PropertyDiff_Kind{"a": remove}},
		{"another value", object{"a": "b"}, object{"a": "c"}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"another type", object{"a": "1"}, object{"a": 1.0}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"deep inside", nested, object{"a": array{object{"b": "x", "e": true}, "d"}}, map[string]pulumirpc.PropertyDiff_Kind{"a[0].b": change, "a[0].e": add}},
		{"an element more", nested, object{"a": array{object{"b": "c"}, "d", "e"}}, map[string]pulumirpc.PropertyDiff_Kind{"a[2]": add}},
		{"an element less", nested, object{"a": array{object{"b": "c"}}}, map[string]pulumirpc.PropertyDiff_Kind{"a[1]": remove}},
		{"unknown", object{"a": "b"}, object{"a": unknown}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
		{"unknown inside of what was a list", object{"a": "b"}, object{"a": array{unknown}}, map[string]pulumirpc.PropertyDiff_Kind{"a": change}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := map[string]pulumirpc.PropertyDiff_Kind{}
			for _, d := range differences(c.old, c.now) {
				got[d.path] = d.kind
			}
			if c.want == nil {
				c.want = map[string]pulumirpc.PropertyDiff_Kind{}
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// A change is an update, or a replacement where Azure cannot change in place. The old resource goes first, as with
// azure-native, unless the name has a random part.
func TestDiff(t *testing.T) {
	l := start(t, Options{})
	address := with(publicIP("pip"), "location", "eastus2")
	random := with(address, createBeforeDelete, true)
	for _, c := range []struct {
		name        string
		old, now    object
		replaces    []string
		deleteFirst bool
		changed     bool
	}{
		{"nothing", address, address, nil, false, false},
		{"a tag", address, with(address, "tags", object{"a": "b"}), nil, false, true},
		{"a zone", with(address, "zones", array{"1"}), with(address, "zones", array{"2"}), []string{"zones"}, true, true},
		{"the name", address, with(address, "publicIpAddressName", "other"), []string{"publicIpAddressName"}, true, true},
		{"a random name", random, with(random, "publicIpAddressName", "other"), []string{"publicIpAddressName"}, false, true},
		{"the group, not known yet", address, with(address, "resourceGroupName", unknown), []string{"resourceGroupName"}, true, true},
		{"the location", address, with(address, "location", "westus"), []string{"location"}, true, true},
		{"the location in other words", address, with(address, "location", "East US 2"), nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, err := encode(c.old)
			require.NoError(t, err)
			now, err := encode(c.now)
			require.NoError(t, err)
			response, err := l.azure.Diff(context.Background(), &pulumirpc.DiffRequest{
				Urn: urnOf("network:PublicIPAddress", "r"), Id: netID + "publicIPAddresses/pip", OldInputs: old, News: now,
			})
			require.NoError(t, err)
			assert.Equal(t, c.replaces, response.GetReplaces())
			assert.Equal(t, c.deleteFirst, response.GetDeleteBeforeReplace())
			assert.Equal(t, c.changed, response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME)
			for path, d := range response.GetDetailedDiff() {
				assert.Equal(t, c.replaces != nil, d.GetKind()%2 == 1, "%s is shown as a replacement", path)
			}
		})
	}
}
