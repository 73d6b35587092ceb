package engine

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/typetoken"
)

// virtualNodesOn is configuration that enables virtual nodes, and more.
func virtualNodesOn(more map[string]any) map[string]any {
	config := map[string]any{"virtualNodes.enabled": true}
	for name, value := range more {
		config[name] = value
	}
	return config
}

func (s *engineStack) unchanged(t *testing.T) {
	t.Helper()
	refreshed, err := s.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	assert.Empty(t, drifted(refreshed))
	_, err = s.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
}

// placing describes what would stop a pod of the stack's one cluster from running on a virtual node.
func (s *engineStack) placing(t *testing.T) string {
	t.Helper()
	trouble, err := s.azure.TryContainerGroup(s.id(t, string(nodes), "aks-"))
	require.NoError(t, err)
	return trouble
}

// ids are those of all resources that there are.
func (s *engineStack) ids(t *testing.T) []string {
	var ids []string
	for _, r := range s.azure.Resources() {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

// What an update does to a deployed stack that gets virtual nodes, and to one that gives them up.
var (
	comesWithVirtualNodes = []string{
		"create " + typetoken.ResourceGroup, "create aksregulated:cluster:VirtualNodes", "create aksregulated:rbac:CustomRole", "create " + typetoken.RoleDefinition,
		"create aksregulated:rbac:CustomRole", "create " + typetoken.RoleDefinition,
		"create " + typetoken.Identity, "create " + typetoken.PolicyAssignment, "create " + typetoken.SecurityGroup, "create " + typetoken.Diagnostic,
		"create " + typetoken.RoleAssignment, "create " + typetoken.RoleAssignment, "create " + typetoken.RoleAssignment, "create " + typetoken.RoleAssignment,
		// The names of roles and assignments.
		"create " + typetoken.UUID, "create " + typetoken.UUID, "create " + typetoken.UUID, "create " + typetoken.UUID, "create " + typetoken.UUID, "create " + typetoken.UUID,
	}
	changesForVirtualNodes = []string{
		"update " + typetoken.VNet, "update " + typetoken.RuleGroup, "update " + typetoken.FluxConfiguration, "update " + typetoken.PolicyAssignment,
		// Another list of images is another script.
		"create " + typetoken.Script, "delete " + typetoken.Script,
	}
)

func deletions(steps []string) []string {
	var deleted []string
	for _, step := range steps {
		deleted = append(deleted, strings.Replace(step, "create ", "delete ", 1))
	}
	return deleted
}

// A deployed stack gets virtual nodes in one update, and gives them up in one, with no change to anything else; both states are at rest,
// and nothing of virtual nodes is left in Azure.
func TestEngineVirtualNodesComeAndGo(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	before := stack.ids(t)
	assert.Contains(t, stack.placing(t), "has no virtual nodes")
	stack.reopen(t, virtualNodesOn(nil))
	assert.ElementsMatch(t, slices.Concat(comesWithVirtualNodes, changesForVirtualNodes), changed(stack.up(t)))
	stack.unchanged(t)
	assert.Empty(t, stack.placing(t))
	stack.reopen(t, nil)
	assert.ElementsMatch(t, slices.Concat(deletions(comesWithVirtualNodes), changesForVirtualNodes), changed(stack.up(t)))
	stack.unchanged(t)
	assert.Equal(t, before, stack.ids(t))
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}

// From inside the network the chart comes by Helm, in one update with everything else of mode manifests, and goes in one.
func TestEngineVirtualNodesByHelm(t *testing.T) {
	long(t)
	t.Parallel()
	manifests := func(more map[string]any) map[string]any {
		config := following(map[string]any{"bootstrap.mode": "manifests"})
		for name, value := range more {
			config[name] = value
		}
		return config
	}
	stack := inManifests.copy(t)
	before := stack.ids(t)
	inCluster := func(op string, steps []string) []string {
		steps = slices.DeleteFunc(slices.Clone(steps), func(step string) bool { return step == "update "+typetoken.FluxConfiguration })
		// The agent that installs the chart gets a way to it.
		return append(steps, op+" "+typetoken.Kustomization, op+" "+typetoken.HelmRelease, op+" "+typetoken.IPGroup)
	}
	stack.reopen(t, manifests(virtualNodesOn(nil)))
	assert.ElementsMatch(t, inCluster("create", slices.Concat(comesWithVirtualNodes, changesForVirtualNodes)), changed(stack.up(t)))
	stack.unchanged(t)
	assert.Empty(t, stack.placing(t))
	stack.reopen(t, manifests(nil))
	assert.ElementsMatch(t, inCluster("delete", slices.Concat(deletions(comesWithVirtualNodes), changesForVirtualNodes)), changed(stack.up(t)))
	assert.Equal(t, before, stack.ids(t))
}

// Two clusters with locked node resource groups place container groups side by side, each in its own group, which the other may not even
// look into. Lockdown comes and goes as one change of a cluster.
func TestEngineVirtualNodesOfLockedStamps(t *testing.T) {
	long(t)
	t.Parallel()
	config := func(lockdown bool) map[string]any {
		return virtualNodesOn(map[string]any{
			"cluster.adminGroupObjectId": configtest.AdminGroup, "cluster.nodeResourceGroupLockdown": lockdown, "stamps": []any{
				map[string]any{"name": "01", "addressSpace": "10.240.0.0/16"}, map[string]any{"name": "02", "addressSpace": "10.242.0.0/16"},
			},
		})
	}
	stack := newDeployedStack(t)
	stack.reopen(t, config(true))
	stack.up(t)
	first, second := stack.in(t, "rg-bu0001a0005", string(nodes)), stack.in(t, "rg-bu0001a0005-02", string(nodes))
	for _, cluster := range []string{first, second} {
		trouble, err := stack.azure.PlaceContainerGroup(cluster, "pod")
		require.NoError(t, err)
		assert.Empty(t, trouble)
	}
	stack.in(t, virtualNodesGroup, "Microsoft.ContainerInstance/containerGroups")
	stack.in(t, virtualNodesGroup+"-02", "Microsoft.ContainerInstance/containerGroups")
	for group, says := range map[string]string{
		virtualNodesGroup: "lacks permission Microsoft.ContainerInstance/containerGroups/read",
		// The chart's own choice is the node resource group, where only AKS may do anything.
		"": "-nodepools",
	} {
		restore, err := stack.azure.Drift(stack.in(t, "rg-bu0001a0005-02", string(gitOps)), func(p map[string]any) {
			substitute := p["kustomizations"].(object)["virtual-nodes"].(object)["postBuild"].(object)["substitute"].(object)
			substitute["virtual_nodes_resource_group"] = group
		})
		require.NoError(t, err)
		trouble, err := stack.azure.TryContainerGroup(second)
		require.NoError(t, err)
		assert.Contains(t, trouble, says)
		require.NoError(t, restore())
	}
	stack.reopen(t, config(false))
	assert.Equal(t, []string{"update " + typetoken.ManagedCluster, "update " + typetoken.ManagedCluster}, changed(stack.up(t)))
}
