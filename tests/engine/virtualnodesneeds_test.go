package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

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
	// Container groups and pods that are out of scope reach each other, and nothing else.
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

// virtualNodesNeeds say what a pod on a virtual node is told when something that it needs has been taken away.
var virtualNodesNeeds = map[string][]string{
	"action Microsoft.ContainerInstance/containerGroups/read":                   {"AuthorizationFailed", "containerGroups/read", virtualNodesGroup},
	"action Microsoft.ContainerInstance/containerGroups/write":                  {"AuthorizationFailed", "containerGroups/write"},
	"action Microsoft.ContainerInstance/containerGroups/delete":                 {"AuthorizationFailed", "containerGroups/delete"},
	"action Microsoft.ContainerInstance/containerGroups/containers/exec/action": {"AuthorizationFailed", "containers/exec/action"},
	"action Microsoft.Network/virtualNetworks/subnets/join/action":              {"LinkedAuthorizationFailed", "subnets/join/action", virtualNodesSubnet},

	"role Virtual nodes place container groups in this resource group.":        {"AuthorizationFailed", "containerGroups/read", virtualNodesGroup},
	"role Virtual nodes join container groups to this subnet.":                 {"LinkedAuthorizationFailed", "subnets/join/action"},
	"role Container groups pull images from this registry.":                    {"ImagePullUnauthorized", "AcrPull"},
	"role Virtual nodes give container groups the identity that pulls images.": {"userAssignedIdentities/assign/action", "Managed Identity Operator"},
	"role The nodes pull images from this registry.":                           {"ImagePullUnauthorized"},
	"the subnet's delegation":                                                  {"SubnetMissingRequiredDelegation", virtualNodesSubnet},
	"firewall VirtualNodes-Requirements/virtual-nodes-aci-clusters":            {"ContainerGroupUnreachable", "19390", "firewall/implicit-deny"},
	"port 19390":                                  {"ContainerGroupUnreachable", "19390", "firewall/implicit-deny"},
	"port 33391":                                  {"ContainerGroupUnreachable", "33391", "firewall/implicit-deny"},
	"Azure Resource Manager":                      {"VirtualNodeNotReady", "management.azure.com", "firewall/implicit-deny"},
	"the resource group":                          {"ResourceGroupNotFound", virtualNodesGroup},
	"the identity that pulls":                     {"ImagePullUnauthorized", "does not exist"},
	"the registry's trust in Azure services":      {"ImagePullBlocked", "networkRuleBypassOptions"},
	"the type among those that the policy allows": {"RequestDisallowedByPolicy"},
	"an image of the virtual nodes":               {"ErrImagePull", "virtual-node-2-proxy-cri"},
}

// virtualNodesRemovals take away what virtualNodesNeeds names.
func (s *engineStack) virtualNodesRemovals(t *testing.T) map[string]func() (func() error, error) {
	drift := func(id string, change func(map[string]any)) func() (func() error, error) {
		return func() (func() error, error) { return s.azure.Drift(id, change) }
	}
	vanish := func(id string) func() (func() error, error) {
		return func() (func() error, error) { return s.azure.Vanish(id) }
	}
	rules := s.id(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "rcg-vnet-spoke-bu0001a0005-01")
	registry := s.id(t, "Microsoft.ContainerRegistry/registries", "acraks")
	removals := map[string]func() (func() error, error){
		"the subnet's delegation": drift(s.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-01"), func(p map[string]any) {
			delete(named(p["subnets"], virtualNodesSubnet), "delegations")
		}),
		"firewall VirtualNodes-Requirements/virtual-nodes-aci-clusters": drift(rules, func(p map[string]any) {
			named(p["ruleCollections"], "VirtualNodes-Requirements")["rules"] = []any{}
		}),
		"Azure Resource Manager": drift(rules, func(p map[string]any) {
			named(p["ruleCollections"], "VirtualNodes-ResourceManager")["rules"] = []any{}
			removeText(p, "management.azure.com")
			dropNamed(named(p["ruleCollections"], "AKS-Global-Requirements"), "rules", "runtime")
		}),
		"the resource group":      vanish(subscriptionOf(registry) + "/resourceGroups/" + virtualNodesGroup),
		"the identity that pulls": vanish(s.id(t, "Microsoft.ManagedIdentity/userAssignedIdentities", "-virtualnodes")),
		"the registry's trust in Azure services": drift(registry, func(p map[string]any) {
			p["networkRuleBypassOptions"] = "None"
		}),
		"an image of the virtual nodes": drift(s.id(t, string(gitOps), "bootstrap"), func(p map[string]any) {
			substitute := p["kustomizations"].(object)["virtual-nodes"].(object)["postBuild"].(object)["substitute"].(object)
			substitute["virtual_nodes_proxy_cri_digest"] = substitute["virtual_nodes_aci_digest"]
		}),
	}
	for _, port := range []string{"19390", "33391"} {
		removals["port "+port] = drift(rules, func(p map[string]any) { removeText(named(p["ruleCollections"], "VirtualNodes-Requirements"), port) })
	}
	for _, r := range s.azure.Resources() {
		described, _ := r.Properties["description"].(string)
		switch _, needed := virtualNodesNeeds["role "+described]; {
		case r.Type == "Microsoft.Authorization/roleAssignments" && needed:
			removals["role "+described] = vanish(r.ID)
		case r.Type == "Microsoft.Authorization/roleDefinitions" && strings.HasPrefix(fmt.Sprint(r.Properties["roleName"]), "virtualnodeCustomRole"):
			for _, action := range r.Properties["permissions"].([]any)[0].(map[string]any)["actions"].([]any) {
				removals["action "+action.(string)] = drift(r.ID, func(p map[string]any) { removeText(p, action.(string)) })
			}
		case r.Type == "Microsoft.Authorization/policyAssignments" && strings.Contains(r.ID, virtualNodesGroup):
			removals["the type among those that the policy allows"] = drift(r.ID, func(p map[string]any) {
				removeText(p, "Microsoft.ContainerInstance/containerGroups")
			})
		}
	}
	return removals
}

// named is the element of a list with a name.
func named(list any, name string) map[string]any {
	for _, element := range list.([]any) {
		if object := element.(map[string]any); object["name"] == name {
			return object
		}
	}
	return map[string]any{}
}

// subscriptionOf is the Azure resource id of the subscription of a resource.
func subscriptionOf(id string) string { return strings.Join(strings.Split(id, "/")[:3], "/") }

// With virtual nodes the network lets through what they need, in both readings of the tag VirtualNetwork, and what was closed without
// them stays closed but for F158 and F159, which become F155 and F156. Of the role at both scopes, the delegated subnet, the egress and
// the way to images everything is needed: without any single one a pod gets no container group, and is told why. A pod that still runs
// holds its subnet; a destroy takes it along.
func TestEngineVirtualNodesNeedEverything(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, virtualNodesOn(nil))
	stack.up(t)
	opened := []string{"F158", "F159"}
	others := slices.DeleteFunc(slices.Concat(flowProofs, clusterFlowProofs), func(p flowProof) bool { return slices.Contains(opened, p.id) })
	stack.prove(t, slices.Concat(virtualNodesFlows, others))

	var taken []string
	for name, take := range stack.virtualNodesRemovals(t) {
		taken = append(taken, name)
		t.Run(name, func(t *testing.T) {
			restore, err := take()
			require.NoError(t, err)
			trouble := stack.placing(t)
			require.NoError(t, restore())
			require.Contains(t, virtualNodesNeeds, name)
			for _, part := range virtualNodesNeeds[name] {
				assert.Contains(t, trouble, part)
			}
		})
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(virtualNodesNeeds)), taken)

	trouble, err := stack.azure.PlaceContainerGroup(stack.id(t, string(nodes), "aks-"), "pod-1")
	require.NoError(t, err)
	require.Empty(t, trouble)
	stack.reopen(t, nil)
	message := stack.upFails(t)
	assert.Contains(t, message, "InUseSubnetCannotBeDeleted")
	assert.Contains(t, message, "pod-1")
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}
