package engine

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
)

// Bad configuration is one error that names every key and what is allowed, and nothing is registered.
func TestEngineRefusesBadConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config map[string]any
		keys   []string
	}{
		{"overlapping networks", map[string]any{"imageBuilder.addressSpace": "10.200.0.0/28", "imageBuilder.subnet": "10.200.0.0/28"},
			[]string{"imageBuilder.addressSpace"}},
		{"a subnet outside its network", map[string]any{"hub.bastionSubnet": "10.201.0.0/26"}, []string{"hub.bastionSubnet"}},
		{"too small for Azure Image Builder", map[string]any{"imageBuilder.subnet": "10.241.0.0/29"}, []string{"imageBuilder.subnet"}},
		{"an unknown mode", map[string]any{"imageBuilder.mode": "borrow"}, []string{"imageBuilder.mode"}},
		{"a malformed id", map[string]any{"imageBuilder.mode": "existing", "imageBuilder.existingImageId": "golden"},
			[]string{"imageBuilder.existingImageId"}},
		{"a wrong type", map[string]any{"firewall.publicIpCount": "many"}, []string{"firewall.publicIpCount"}},
		{"several at once", map[string]any{
			"hub.addressSpace": "10.200.0.1/24", "bastion.sku": "Basic", "zones": []any{"4"}, "firewall.tier": "Basic", "location": "Mars",
			"firewall.publicIpCount": "many", "tags": "none",
		}, []string{"hub.addressSpace", "bastion.sku", "zones", "firewall.tier", "location", "firewall.publicIpCount", "tags"}},
		{"a key that nothing reads", map[string]any{"imageBuilder.mod": "build"}, []string{`imageBuilder.mod: "build"`, "one of the properties"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			stack := newEngineStack(t, "dev", c.config)
			result, err := stack.runner.Up(context.Background(), offline.RunOptions{})
			require.Error(t, err)
			for _, key := range c.keys {
				assert.ErrorContains(t, err, key)
			}
			assert.Empty(t, stack.azure.Resources())
			if result != nil {
				for _, step := range result.Steps {
					assert.Equal(t, "pulumi:pulumi:Stack", step.Type, "only the stack itself is registered")
				}
			}
		})
	}
}
