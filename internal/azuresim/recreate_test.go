package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// Making something once more ends as it would for the engine, whatever has gone since, and leaves the subscription as it is.
func TestTryRecreate(t *testing.T) {
	l := start(t, Options{})
	deployAll(l)
	gatewayID := netID + "applicationGateways/agw"
	for _, c := range []struct {
		id    string
		cases []breakage
	}{
		{clusterID, []breakage{
			{"no route", drifted(netID+"routeTables/rt", func(table object) { table["routes"] = array{} }), []string{"route"}},
			{"no zone link", vanished(apiZoneID + "/virtualNetworkLinks/to_hub"), []string{"K8SAPIServerDNSLookupFail"}},
		}},
		{gatewayID, []breakage{
			{"no vault", vanished(vaultID), []string{"ApplicationGatewayKeyVaultSecretException", "does not exist"}},
			{"no subnet", drifted(netID+"virtualNetworks/spoke", func(network object) {
				subnets := tree.List(network, "subnets")
				for i, subnet := range subnets {
					if tree.Text(subnet, "name") == "agw" {
						network["subnets"] = append(append(array{}, subnets[:i]...), subnets[i+1:]...)
					}
				}
			}), []string{"agw"}},
		}},
	} {
		before := l.read(c.id)
		l.tries(c.cases, func() (string, error) { return l.server.TryRecreate(c.id) })
		assert.Equal(t, before, l.read(c.id))
	}
	_, err := l.server.TryRecreate(clusterID + "x")
	assert.ErrorContains(t, err, "was not found")
	_, err = l.server.TryRecreate(arm.GroupNamed("NetworkWatcherRG"))
	assert.ErrorContains(t, err, "was not found", "Azure makes that itself")
}

// A script runs again, on the copy: what it starts and imports there does not show.
func TestTryRecreateScript(t *testing.T) {
	l, run := startScripts(t, Options{})
	_, err := run("again", output+` "$(az --version | head -n 1)"`, nil)
	require.NoError(t, err)
	id := groupID + "/providers/Microsoft.Resources/deploymentScripts/again"
	before := l.read(id)
	said, err := l.server.TryRecreate(id)
	require.NoError(t, err)
	assert.Empty(t, said)
	restore, err := l.server.Drift(id, func(script map[string]any) { script["scriptContent"] = "echo broken >&2; exit 3" })
	require.NoError(t, err)
	said, err = l.server.TryRecreate(id)
	require.NoError(t, err)
	assert.Contains(t, said, "DeploymentScriptError")
	assert.Contains(t, said, "broken")
	require.NoError(t, restore())
	assert.Equal(t, before, l.read(id))
}
