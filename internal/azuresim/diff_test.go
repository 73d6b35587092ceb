package azuresim

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/provider"
)

// A change is an update, or a replacement where azure-native's metadata says so. What Azure refuses is an update that it refuses. The old resource goes first, as with
// azure-native, unless the name has a random part.
func TestDiff(t *testing.T) {
	l := start(t, Options{})
	address := with(publicIP("pip"), "location", "eastus2")
	random := with(address, arm.CreateBeforeDelete, true)
	for _, c := range []struct {
		name        string
		old, now    object
		replaces    []string
		deleteFirst bool
		changed     bool
	}{
		{"nothing", address, address, nil, false, false},
		{"a tag", address, with(address, "tags", object{"a": "b"}), nil, false, true},
		{"a zone", with(address, "zones", array{"1"}), with(address, "zones", array{"2"}), nil, false, true},
		{"the SKU", address, with(address, "sku", object{"name": "Basic"}), []string{"sku.name"}, true, true},
		{"an addition to the SKU", address, with(address, "sku", object{"name": "Standard", "tier": "Global"}), nil, false, true},
		{"the SKU for the first time", with(address, "sku", nil), with(address, "sku", object{"name": "Basic"}), []string{"sku"}, true, true},
		{"the name", address, with(address, "publicIpAddressName", "other"), []string{"publicIpAddressName"}, true, true},
		{"a random name", random, with(random, "publicIpAddressName", "other"), []string{"publicIpAddressName"}, false, true},
		{"the group, not known yet", address, with(address, "resourceGroupName", diff.Unknown), []string{"resourceGroupName"}, true, true},
		{"the location", address, with(address, "location", "westus"), []string{"location"}, true, true},
		{"the location in other words", address, with(address, "location", "East US 2"), nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, err := provider.Encode(c.old)
			require.NoError(t, err)
			now, err := provider.Encode(c.now)
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
