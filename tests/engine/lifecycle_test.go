package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
)

// One update builds everything as the preview said, a second one and a refresh find nothing to change even after engine and Azure were
// started again, and destroy leaves the subscription empty. It holds for every checked-in environment.
func TestEngineLifecycle(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		deployment *deployment
		counted    string
	}{
		"dev":  {development, "+ %d created"},
		"prod": {production, "with %d resources"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := test.deployment.copy(t)
			first := test.deployment.first
			preview, err := newEngineStack(t, test.deployment.name, nil).runner.Preview(context.Background(), offline.RunOptions{})
			require.NoError(t, err)
			assert.Equal(t, preview.Changes["create"], first.Changes["create"], "the preview told what the update did")
			assert.Contains(t, string(readme), fmt.Sprintf(test.counted, first.Changes["create"]), "the README counts the resources")
			for _, output := range []string{
				"hubVnetId", "hubWorkspaceId", "firewallPrivateIp", "imageBuilderSubnetId", "imageTemplateId", "jumpBoxImageId", "jumpBoxImageName",
				"stamps",
			} {
				assert.NotEmpty(t, first.Outputs[output], output)
			}
			assert.Equal(t, "10.200.0.4", first.Outputs["firewallPrivateIp"])
			stack.unchanged(t)
			assert.Equal(t, 1, stack.azure.ImageBuilds(), "an unchanged image is built once")
			if name == "prod" {
				// Production protects what holds data; taking the protection off is the documented first step of tearing down.
				stack.reopen(t, map[string]any{"protect": false})
				stack.up(t)
			}
			stack.destroy(t)
			assert.Empty(t, stack.azure.Left())
		})
	}
}

// Production refuses to delete what holds data or identity while protection is on.
func TestEngineProtectsProduction(t *testing.T) {
	t.Parallel()
	stack := production.copy(t)
	_, err := stack.runner.Destroy(context.Background(), offline.RunOptions{})
	require.ErrorContains(t, err, "protect")
	for _, kept := range []struct{ armType, part string }{
		{"Microsoft.OperationalInsights/workspaces", "la-hub"},
		{"Microsoft.Storage/storageAccounts", "stnfl"},
		{"Microsoft.Network/virtualNetworks", "-hub"},
		{"Microsoft.Network/firewallPolicies", "fw-policies"},
		{"Microsoft.Compute/galleries", "gal_aksopsjb"}, {"Microsoft.ContainerService/managedClusters", "aks-"},
		{"Microsoft.ContainerRegistry/registries", "acraks"}, {"Microsoft.KeyVault/vaults", "kv-aks-"},
		{"Microsoft.Monitor/accounts", "amw-aks-"},
	} {
		stack.id(t, kept.armType, kept.part)
	}
}

// Drift is found by a refresh and corrected by the next update.
func TestEngineMendsDrift(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	_, err := stack.azure.Drift(stack.id(t, "Microsoft.Network/networkSecurityGroups", "imagebuilder"), func(properties map[string]any) {
		rules, _ := properties["securityRules"].([]any)
		for _, rule := range rules {
			if object, ok := rule.(map[string]any); ok && object["name"] == "DenyAllInBound" {
				object["access"] = "Allow"
			}
		}
	})
	require.NoError(t, err)
	refreshed, err := stack.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	require.Len(t, drifted(refreshed), 1)
	assert.Regexp(t, `^update .*:NetworkSecurityGroup securityRules\[\d+\]\.access$`, drifted(refreshed)[0])
	assert.Equal(t, []string{"update azure-native:network/v20240501:NetworkSecurityGroup"}, changed(stack.up(t)))
}

// A network that grows is one update: its peerings are updated as well, since Azure keeps the ranges that they were made with,
// and the image can still be built.
func TestEngineGrowsNetworks(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, map[string]any{"hub.addressSpace": "10.200.0.0/23", "imageBuilder.addressSpace": "10.241.0.0/27"})
	steps := changed(stack.up(t))
	assert.Equal(t, 3, len(slices.DeleteFunc(slices.Clone(steps), func(step string) bool {
		return step != "update azure-native:network/v20240501:VirtualNetworkPeering"
	})), "%v", steps)
	outcome, err := stack.azure.TryImageBuild(stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-"))
	require.NoError(t, err)
	assert.Empty(t, outcome)
	assert.Equal(t, 1, stack.azure.ImageBuilds())
}

// Settings that do not make the image change over in one update, there and back, and build nothing.
func TestEngineChangesOver(t *testing.T) {
	long(t)
	t.Parallel()
	stack := newDeployedStack(t)
	for _, config := range []map[string]any{
		{"imageBuilder.useCustomRoles": false, "firewall.publicIpCount": 2, "hub.logRetentionDays": 180},
		{"imageBuilder.customRoleSuffix": " (other)", "firewall.publicIpCount": 4, "bastion.sku": "Premium"}, nil,
	} {
		stack.reopen(t, config)
		assert.NotEmpty(t, changed(stack.up(t)), "%v", config)
	}
	assert.Equal(t, 1, stack.azure.ImageBuilds())
}

// An outage in the middle fails one update, and leaves a state from which the next one completes. TestFaults has the other failures.
func TestEngineSurvivesOutage(t *testing.T) {
	t.Parallel()
	stack := newEngineStack(t, "dev", nil)
	stack.azure.Inject(azuresim.Fault{
		Operation: azuresim.Create, ARMType: "Microsoft.Network/azureFirewalls", Times: 4, Status: 503, Code: "ServiceUnavailable", Message: "the region is ill",
	})
	assert.Contains(t, stack.upFails(t), "the region is ill")
	stack.reopen(t, nil)
	stack.up(t)
}
