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
