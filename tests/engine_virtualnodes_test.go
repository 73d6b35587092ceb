package tests

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/offline"
)

// virtualNodesOn is configuration that enables virtual nodes, and more.
func virtualNodesOn(more map[string]any) map[string]any {
	config := map[string]any{"virtualNodes.enabled": true}
	for name, value := range more {
		config[name] = value
	}
	return config
}

func (s *engineStack) unchanged() {
	s.t.Helper()
	_, err := s.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(s.t, err)
	refreshed, err := s.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(s.t, err)
	assert.Empty(s.t, changed(refreshed))
}

// placing tells what would stop a pod of the stack's one cluster from running on a virtual node.
func (s *engineStack) placing() string {
	s.t.Helper()
	trouble, err := s.azure.TryContainerGroup(s.id(string(nodes), "aks-"))
	require.NoError(s.t, err)
	return trouble
}

// ids are those of all resources that there are.
func (s *engineStack) ids() []string {
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
		"create " + typeResourceGroup, "create aksregulated:cluster:VirtualNodes", "create aksregulated:rbac:CustomRole", "create " + typeRole,
		"create " + typeIdentity, "create " + typePolicyAssignment, "create " + typeSecurityGroup, "create " + typeDiagnostic,
		"create " + typeAssignment, "create " + typeAssignment, "create " + typeAssignment, "create " + typeAssignment,
		// The names of role and assignments.
		"create " + typeUUID, "create " + typeUUID, "create " + typeUUID, "create " + typeUUID, "create " + typeUUID,
	}
	changesForVirtualNodes = []string{
		"update " + typeVNet, "update " + typeRuleGroup, "update " + typeFluxConfiguration, "update " + typePolicyAssignment,
		// Another list of images is another script.
		"create " + typeScript, "delete " + typeScript,
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
	stack := newDeployedStack(t)
	before := stack.ids()
	assert.Contains(t, stack.placing(), "NoVirtualNode")
	stack.reopen(virtualNodesOn(nil))
	assert.ElementsMatch(t, slices.Concat(comesWithVirtualNodes, changesForVirtualNodes), changed(stack.up()))
	stack.unchanged()
	assert.Empty(t, stack.placing())
	stack.reopen(nil)
	assert.ElementsMatch(t, slices.Concat(deletions(comesWithVirtualNodes), changesForVirtualNodes), changed(stack.up()))
	stack.unchanged()
	assert.Equal(t, before, stack.ids())
	stack.destroy()
	assert.Empty(t, stack.azure.Left())
}

// A pod that still runs on a virtual node holds the subnet: giving virtual nodes up fails with a message that names it, and works once
// the pod is gone. A destroy takes it along.
func TestEngineContainerGroupHoldsItsSubnet(t *testing.T) {
	stack := newEngineStack(t, "dev", virtualNodesOn(nil))
	stack.up()
	cluster := stack.id(string(nodes), "aks-")
	trouble, err := stack.azure.PlaceContainerGroup(cluster, "pod-1")
	require.NoError(t, err)
	require.Empty(t, trouble)
	stack.reopen(nil)
	message := stack.upFails()
	assert.Contains(t, message, "InUseSubnetCannotBeDeleted")
	assert.Contains(t, message, "pod-1")
	require.NoError(t, stack.azure.RemoveContainerGroup(cluster, "pod-1"))
	stack.up()
	stack.reopen(virtualNodesOn(nil))
	stack.up()
	trouble, err = stack.azure.PlaceContainerGroup(cluster, "pod-2")
	require.NoError(t, err)
	require.Empty(t, trouble)
	stack.destroy()
	assert.Empty(t, stack.azure.Left())
}

// From inside the network the chart comes by Helm, in one update with everything else of mode manifests, and goes in one.
func TestEngineVirtualNodesByHelm(t *testing.T) {
	manifests := func(more map[string]any) map[string]any {
		config := following(map[string]any{"bootstrap.mode": "manifests"})
		for name, value := range more {
			config[name] = value
		}
		return config
	}
	stack := newEngineStack(t, "dev", manifests(nil))
	stack.up()
	before := stack.ids()
	inCluster := func(op string, steps []string) []string {
		steps = slices.DeleteFunc(slices.Clone(steps), func(step string) bool { return step == "update "+typeFluxConfiguration })
		return append(steps, op+" "+typeKustomization, op+" "+typeRelease)
	}
	stack.reopen(manifests(virtualNodesOn(nil)))
	assert.ElementsMatch(t, inCluster("create", slices.Concat(comesWithVirtualNodes, changesForVirtualNodes)), changed(stack.up()))
	stack.unchanged()
	assert.Empty(t, stack.placing())
	stack.reopen(manifests(nil))
	assert.ElementsMatch(t, inCluster("delete", slices.Concat(deletions(comesWithVirtualNodes), changesForVirtualNodes)), changed(stack.up()))
	stack.unchanged()
	assert.Equal(t, before, stack.ids())
	stack.destroy()
	assert.Empty(t, stack.azure.Left())
}

// Virtual nodes work on a locked node resource group, and lockdown comes and goes as one change of the cluster.
func TestEngineLockdown(t *testing.T) {
	stack := newEngineStack(t, "dev", virtualNodesOn(nil))
	stack.up()
	stack.reopen(virtualNodesOn(map[string]any{"cluster.nodeResourceGroupLockdown": true}))
	assert.Equal(t, []string{"update " + typeManagedCluster}, changed(stack.up()))
	stack.unchanged()
	assert.Empty(t, stack.placing())
	// What the chart would do by default.
	flux := stack.id(string(gitOps), "bootstrap")
	restore, err := stack.azure.Drift(flux, func(p map[string]any) {
		p["kustomizations"].(object)["virtual-nodes"].(object)["postBuild"].(object)["substitute"].(object)["virtual_nodes_resource_group"] = ""
	})
	require.NoError(t, err)
	assert.Contains(t, stack.placing(), "DenyAssignmentAuthorizationFailed")
	require.NoError(t, restore())
	stack.reopen(virtualNodesOn(nil))
	assert.Equal(t, []string{"update " + typeManagedCluster}, changed(stack.up()))
}

// Two clusters have their own groups, roles and subnets, and place container groups side by side. If they shared a group, virtual nodes
// would delete each other's.
func TestEngineVirtualNodesOfTwoStamps(t *testing.T) {
	two := []any{
		map[string]any{"name": "01", "addressSpace": "10.240.0.0/16"}, map[string]any{"name": "02", "addressSpace": "10.242.0.0/16"},
	}
	stack := newEngineStack(t, "dev", virtualNodesOn(map[string]any{"stamps": two}))
	stack.up()
	first, second := stack.in("rg-bu0001a0005", string(nodes)), stack.in("rg-bu0001a0005-02", string(nodes))
	for _, cluster := range []string{first, second} {
		trouble, err := stack.azure.PlaceContainerGroup(cluster, "pod")
		require.NoError(t, err)
		assert.Empty(t, trouble)
	}
	stack.in("rg-bu0001a0005-virtualnodes", "Microsoft.ContainerInstance/containerGroups")
	stack.in("rg-bu0001a0005-virtualnodes-02", "Microsoft.ContainerInstance/containerGroups")
	restore, err := stack.azure.Drift(stack.in("rg-bu0001a0005-02", string(gitOps)), func(p map[string]any) {
		substitute := p["kustomizations"].(object)["virtual-nodes"].(object)["postBuild"].(object)["substitute"].(object)
		substitute["virtual_nodes_resource_group"] = virtualNodesGroup
	})
	require.NoError(t, err)
	trouble, err := stack.azure.TryContainerGroup(second)
	require.NoError(t, err)
	assert.Contains(t, trouble, "delete each other's")
	require.NoError(t, restore())
	stack.destroy()
	assert.Empty(t, stack.azure.Left())
}

// virtualNodesFlows are the flows of virtual nodes, and of the container groups behind them.
var virtualNodesFlows = []flowProof{
	{"F155", "nodes-system", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 19390, "", "VirtualNodes-Requirements/virtual-nodes-aci-clusters", true},
	{"F156", "nodes-system", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 33391, "", "VirtualNodes-Requirements/virtual-nodes-aci-clusters", true},
	{"F157", "nodes-system", "management.azure.com", flow.TCP, 443, "", "AKS-Global-Requirements/runtime", true},
	{"F160", "nodes-system", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 443, "", fromFirewall, false},
	{"F161", "nodes-system", "sample.westus.cloudapp.azure.com", flow.TCP, 19390, flow.HTTP, fromFirewall, false},
	// Other regions have clusters of their own, which have nothing of ours.
	{"X101", "nodes-outofscope", "x.westus.atlas.cloudapp.azure.com", flow.TCP, 19390, "", fromFirewall, false},
	{"X102", "nodes-outofscope", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 33391, "", "VirtualNodes-Requirements/virtual-nodes-aci-clusters", true},
	{"X103", "jump-box", "x.eastus2.atlas.cloudapp.azure.com", flow.TCP, 19390, "", clusterRules + "management-ops/DenyAllOutBound", false},
	// Container groups and pods that are out of scope reach each other, and nobody else.
	{"X104", "nodes-outofscope", "container-group", flow.TCP, 8080, "", clusterRules + "virtualnodes/AllowOutOfScopePodsInBound", true},
	{"X105", "container-group", "nodes-outofscope", flow.TCP, 8080, "", "", true},
	{"X106", "nodes-inscope", "container-group", flow.TCP, 8080, "", clusterRules + "virtualnodes/DenyAllInBound", false},
	{"X107", "container-group", "nodes-inscope", flow.TCP, 8080, "", clusterRules + "virtualnodes/DenyAllOutBound", false},
	{"X108", "nodes-system", "container-group", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllInBound", false},
	{"X109", "container-group", "container-group", flow.TCP, 8080, "", clusterRules + "virtualnodes/DenyAllOutBound", false},
	{"X110", "container-group", "private-endpoint", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllOutBound", false},
	{"X111", "container-group", "api-server", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllOutBound", false},
	{"X112", "container-group", "firewall", flow.UDP, 53, "", clusterRules + "virtualnodes/AllowDnsToFirewallOutBound", true},
	{"X113", "container-group", "example.org", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllOutBound", false},
	{"X114", "jump-box", "container-group", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllInBound", false},
	{"X115", "internet", "container-group", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllInBound", false},
	{"X116", "app-gateway", "container-group", flow.TCP, 443, "", clusterRules + "virtualnodes/DenyAllInBound", false},
}

// With virtual nodes the network lets through what they need, in both readings of the tag VirtualNetwork, and what was closed without
// them stays closed but for F158 and F159, which become F155 and F156.
func TestEngineVirtualNodesFlows(t *testing.T) {
	stack := newEngineStack(t, "dev", virtualNodesOn(nil))
	stack.up()
	opened := []string{"F158", "F159"}
	others := slices.DeleteFunc(slices.Concat(flowProofs, clusterFlowProofs), func(p flowProof) bool { return slices.Contains(opened, p.id) })
	stack.prove(slices.Concat(virtualNodesFlows, others))
}
