package engine

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// clusterUpdate is the step of an update of the stamp's cluster in place.
const clusterUpdate = "update " + typetoken.ManagedCluster

// refreshed are the differences that a refresh finds, and records.
func (s *engineStack) refreshed(t *testing.T) []string {
	t.Helper()
	result, err := s.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	return drifted(result)
}

// previewed are the changes that the next update would make.
func (s *engineStack) previewed(t *testing.T) []string {
	t.Helper()
	result, err := s.runner.Preview(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	return changed(result)
}

// poolSizes are the VM sizes of the cluster's pools in Azure, by name.
func (s *engineStack) poolSizes(t *testing.T) map[string]string {
	t.Helper()
	sizes := map[string]string{}
	for _, r := range s.azure.Resources() {
		if r.Type != "Microsoft.ContainerService/managedClusters" {
			continue
		}
		for _, pool := range tree.List(r.Properties, "agentPoolProfiles") {
			sizes[tree.Text(pool, "name")] = tree.Text(pool, "vmSize")
		}
	}
	return sizes
}

// What the autoscaler and the upgrade channel change shows in a refresh, and in nothing else than the cluster; the next update sets back
// neither nodes nor version, and after it there is no difference left.
func TestEngineLeavesToAKSWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	cluster := stack.id(t, "Microsoft.ContainerService/managedClusters", "aks-")
	require.NoError(t, stack.azure.ScaleNodePool(cluster, "npinscope01", 3))
	require.NoError(t, stack.azure.ScaleNodePool(cluster, "npsystem", 4))
	require.NoError(t, stack.azure.PatchCluster(cluster, "1.35.6"))
	_, err := stack.azure.Drift(cluster, func(properties map[string]any) {
		if profile := tree.Object(properties, "windowsProfile"); len(profile) > 0 {
			profile["enableCSIProxy"] = false // azure-native replaces a cluster for any change in there
		}
	})
	require.NoError(t, err)
	assert.Empty(t, stack.previewed(t), "without a refresh there is nothing to see")
	var paths []string
	for _, path := range []string{
		"kubernetesVersion", "windowsProfile", "agentPoolProfiles[0].count", "agentPoolProfiles[2].count",
		"agentPoolProfiles[0].orchestratorVersion", "agentPoolProfiles[1].orchestratorVersion", "agentPoolProfiles[2].orchestratorVersion",
	} {
		paths = append(paths, clusterUpdate+" "+path)
	}
	assert.ElementsMatch(t, paths, stack.refreshed(t))
	steps := changed(stack.up(t))
	assert.Contains(t, steps, clusterUpdate, "in place")
	assert.NotContains(t, steps, "replace "+typetoken.ManagedCluster)
	for _, r := range stack.azure.Resources() {
		if r.ID != cluster {
			continue
		}
		assert.Equal(t, "1.35.6", r.Properties["currentKubernetesVersion"])
		for i, count := range []float64{3, 2, 4} {
			assert.Equal(t, count, tree.At(tree.List(r.Properties, "agentPoolProfiles")[i], "count"))
		}
	}
	assert.Empty(t, stack.refreshed(t))
	assert.Empty(t, stack.previewed(t))
}

// Larger nodes, by the steps of docs/operations.md: the next generation of pools, beside the first; the first deleted as by az; the next
// one in use. Nothing but pools changes, no pool that is in use goes, and a refresh before and after shows no difference.
func TestEngineNextGenerationOfPools(t *testing.T) {
	t.Parallel()
	const small, large = "Standard_D4ds_v5", "Standard_D8ds_v5"
	// A section of the configuration is given as a whole, so with what the development stack sets in it.
	sizes := func(changes map[string]any) map[string]any {
		maps.Copy(changes, map[string]any{"nodePools.systemMax": 4, "nodePools.userMin": 2, "nodePools.userMax": 3})
		return changes
	}
	stack := newDeployedStack(t)
	cluster := stack.id(t, "Microsoft.ContainerService/managedClusters", "aks-")
	assert.Empty(t, stack.refreshed(t))

	stack.reopen(t, sizes(map[string]any{"nodePools.nextVmSize": large}))
	for _, step := range changed(stack.up(t)) {
		assert.False(t, strings.HasPrefix(step, "delete") || strings.HasPrefix(step, "replace"), step)
		assert.NotEqual(t, clusterUpdate, step)
	}
	assert.Equal(t, map[string]string{
		"npinscope01": small, "npooscope01": small, "npsystem": small, "npinscope02": large, "npooscope02": large, "npsystem02": large,
	}, stack.poolSizes(t))
	assert.Empty(t, stack.previewed(t))

	for _, pool := range []string{"npinscope01", "npooscope01", "npsystem"} {
		require.NoError(t, stack.azure.DeleteNodePool(cluster, pool))
	}
	stack.reopen(t, sizes(map[string]any{"nodePools.vmSize": large, "nodePools.generation": 2}))
	steps := changed(stack.up(t))
	assert.Contains(t, steps, clusterUpdate, "in place")
	assert.Equal(t, map[string]string{"npinscope02": large, "npooscope02": large, "npsystem02": large}, stack.poolSizes(t))
	assert.Empty(t, stack.refreshed(t))
	assert.Empty(t, stack.previewed(t))
	trouble, err := stack.azure.TryGitOps(cluster)
	require.NoError(t, err)
	assert.Empty(t, trouble, "the workloads find their pools")
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}
