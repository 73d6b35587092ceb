package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// agentPool is a pool of the lab's cluster as a resource of its own.
func agentPool(name, mode, subnet string) object {
	inputs := with(pool(name, mode, subnet), "name", nil)
	return in(with(with(inputs, "resourceName", "aks"), "agentPoolName", name))
}

// pools are a cluster's pools as Azure returns them, by the names in their order.
func (l *lab) pools() (names []string, pools []any) {
	pools = aks.PoolsOf(l.read(clusterID))
	for _, pool := range pools {
		names = append(names, tree.Text(pool, "name"))
	}
	return names, pools
}

// Pools of a cluster that exists come and go by the agentPools API alone. A request for the cluster can leave some out, and AKS returns
// all, in the order of their names.
func TestAgentPools(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	before := l.server.Left()
	l.must(aks.ClusterToken, aksCluster())
	all := tree.List(aksCluster(), "agentPoolProfiles")
	for name, pools := range map[string]array{
		"one more":     append(all, pool("npnew", "User", "user")),
		"another name": {all[0], pool("npnew", "User", "user")},
	} {
		err := l.update(aks.ClusterToken, clusterID, with(aksCluster(), "agentPoolProfiles", pools))
		assert.ErrorContains(t, err, "A new agent pool was introduced", name)
		assert.ErrorContains(t, err, "per agent pool operations: https://aka.ms/agent-pool-rest-api", name)
	}
	l.refuses(aks.AgentPoolToken, []refusal{
		{"a pool that is there", agentPool("npuser", "User", "user"), []string{"cannot create already existing resource"}},
		{"a name in capitals", agentPool("npUser", "User", "user"), []string{"InvalidResourceName"}},
		{"a pool ahead of the control plane", with(agentPool("npnew", "User", "user"), "orchestratorVersion", "1.36"), []string{"NodePoolMcVersionIncompatible"}},
		{"a small system pool", with(agentPool("npnew", "System", "system"), "vmSize", "Standard_D2ds_v5"), []string{"SystemPoolSkuTooLow"}},
		{"a subnet without routes", with(agentPool("npnew", "User", "user"), "vnetSubnetID", spokeSubnet("unrouted")),
			[]string{"ExistingRouteTableNotAssociatedWithSubnet"}},
		{"no room for both", with(agentPool("npnew", "User", "user"), "maxCount", 30.0), []string{"InsufficientSubnetSize"}},
		{"no such cluster", with(agentPool("npnew", "User", "user"), "resourceName", "gone"), []string{"ParentResourceNotFound"}},
	})
	larger := with(with(agentPool("npa", "User", "user"), "vmSize", "Standard_D8ds_v5"), "count", nil)
	id, outputs, err := l.create(aks.AgentPoolToken, larger)
	require.NoError(t, err)
	assert.Equal(t, 2.0, outputs["count"], "the minimum")
	assert.Equal(t, "1.35.5", outputs["currentOrchestratorVersion"])
	assert.ErrorContains(t, l.update(aks.AgentPoolToken, id, with(larger, "maxPods", 50.0)), "Changing property 'properties.maxPods'")
	require.NoError(t, l.update(aks.AgentPoolToken, id, with(larger, "maxCount", 6.0)))
	require.NoError(t, l.server.ScaleNodePool(clusterID, "npa", 3))
	refreshed, _, err := l.readBack(aks.AgentPoolToken, id, with(larger, "maxCount", 6.0))
	require.NoError(t, err)
	assert.Equal(t, with(with(larger, "maxCount", 6.0), "count", 3.0), refreshed, "a refresh adopts what the autoscaler did, and nothing else")
	require.NoError(t, l.update(aks.ClusterToken, clusterID, with(aksCluster(), "agentPoolProfiles", array{all[0]})), "the others stay")
	names, pools := l.pools()
	assert.Equal(t, []string{"npa", "npsystem", "npuser"}, names)
	assert.Equal(t, 6.0, tree.At(pools[0], "maxCount"))
	assert.Contains(t, strings.Join(l.server.Left(), "\n"), "aks-npa-")
	said, err := l.server.TryNodes(clusterID)
	require.NoError(t, err)
	assert.Empty(t, said)
	l.drift(egressID, dropHost("AzureKubernetesService"), func() {
		_, _, err := l.create(aks.AgentPoolToken, agentPool("npb", "User", "user"))
		assert.ErrorContains(t, err, "nodes of pool npb")
	})
	require.NoError(t, l.delete(aks.AgentPoolToken, l.read(clusterID).ID+"/agentPools/npb"))

	assert.ErrorContains(t, l.server.DeleteNodePool(clusterID, "npsystem"), "at least one system node pool")
	assert.ErrorContains(t, l.server.DeleteNodePool(clusterID, "npgone"), "NotFound")
	require.NoError(t, l.server.DeleteNodePool(clusterID, "npuser"))
	assert.ErrorContains(t, l.update(aks.ClusterToken, clusterID, aksCluster()), "A new agent pool was introduced", "a pool that is gone")
	require.NoError(t, l.delete(aks.AgentPoolToken, id))
	names, _ = l.pools()
	assert.Equal(t, []string{"npsystem"}, names)
	assert.NotContains(t, strings.Join(l.server.Left(), "\n"), "aks-npa-", "the pool goes with its machines")
	l.must(aks.AgentPoolToken, larger)
	require.NoError(t, l.delete(aks.ClusterToken, clusterID), "with its pools")
	assert.Equal(t, before, l.server.Left())
}

// What the autoscaler and the upgrade channel change is theirs: a count that is not the present one is refused, none leaves the nodes
// alone, and the alias of a minor version neither upgrades nor goes back.
func TestPoolsThatAzureChanges(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must(aks.ClusterToken, aksCluster())
	assert.ErrorContains(t, l.server.ScaleNodePool(clusterID, "npuser", 5), "InvalidParameter", "beyond its bounds")
	require.NoError(t, l.server.ScaleNodePool(clusterID, "npuser", 4))
	assert.ErrorContains(t, l.update(aks.ClusterToken, clusterID, aksCluster()), "Cannot manually scale AgentPool")
	uncounted := userPool(object{"count": nil})
	require.NoError(t, l.update(aks.ClusterToken, clusterID, uncounted))
	_, pools := l.pools()
	assert.Equal(t, 4.0, tree.At(pools[1], "count"))

	assert.Equal(t, "1.35", l.read(clusterID).Outputs["kubernetesVersion"])
	assert.ErrorContains(t, l.server.PatchCluster(clusterID, "1.35.5"), "OperationNotAllowed")
	require.NoError(t, l.server.PatchCluster(clusterID, "1.35.6"))
	outputs, patched := l.read(clusterID).Outputs, object{"kubernetesVersion": "1.35.6", "currentKubernetesVersion": "1.35.6"}
	assert.Subset(t, outputs, patched, "in full")
	_, pools = l.pools()
	assert.Equal(t, "1.35.6", tree.Text(pools[0], "orchestratorVersion"))
	require.NoError(t, l.update(aks.ClusterToken, clusterID, uncounted))
	assert.Equal(t, "1.35.6", l.read(clusterID).Outputs["currentKubernetesVersion"])
	assert.ErrorContains(t, l.update(aks.ClusterToken, clusterID, with(uncounted, "kubernetesVersion", "1.35.5")), "OperationNotAllowed")
	require.NoError(t, l.update(aks.ClusterToken, clusterID, with(uncounted, "kubernetesVersion", "1.36")))
	assert.Equal(t, "1.36.3", l.read(clusterID).Outputs["currentKubernetesVersion"])
}
