package components

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
)

// Their subnet is Container Instances' own, closed but to pods out of scope, and leaves by the firewall.
func TestVirtualNodesSubnet(t *testing.T) {
	m := deployClusterSpokes(t, withVirtualNodes(t, nil))
	subnets := m.one(t, typetoken.VNet, "spoke-01").Inputs["subnets"].([]any)
	want := spokeSubnet(clusterVNet, virtualNodesSubnet, "10.240.32.0/20", "virtualnodes", true)
	want["delegations"] = list{object{"name": "delegation", "serviceName": "Microsoft.ContainerInstance/containerGroups"}}
	assert.Empty(t, cmp.Diff(decoded(t, want), decoded(t, subnets[len(subnets)-1])))
	const groups, pods = "10.240.32.0/20", "10.240.16.0/22"
	assertSecurityRules(t, m.one(t, typetoken.SecurityGroup, "spoke-01-virtualnodes"), []securityRule{
		inboundRule(100, "AllowOutOfScopePodsInBound", "Allow", "Tcp", pods, groups, "*"),
		inboundRule(1000, "DenyAllInBound", "Deny", "*", "*", "*", "*"),
		outboundRule(100, "AllowOutOfScopePodsOutBound", "Allow", "Tcp", groups, pods, "*"),
		outboundRule(110, "AllowDnsToFirewallOutBound", "Allow", "*", groups, firewallIP, "53"),
		outboundRule(1000, "DenyAllOutBound", "Deny", "*", "*", "*", "*"),
	})
}

// Nodes reach the clusters of Container Instances in the region on the two ports, which are no HTTP, and Azure Resource Manager: the
// walkthrough's three rules, there only with virtual nodes. The chart is fetched only where the program installs it, by the agent on which
// it runs then.
func TestVirtualNodesEgress(t *testing.T) {
	collections := func(more settings) map[string]list {
		found := map[string]list{}
		for _, element := range deployClusterSpokes(t, more).one(t, typetoken.RuleGroup, "spoke-01-egress").Inputs["ruleCollections"].([]any) {
			collection := element.(object)
			if name := collection["name"].(string); strings.HasPrefix(name, "VirtualNodes-") {
				found[name] = collection["rules"].([]any)
			}
		}
		return found
	}
	nodes := armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-AksNodepools")
	agents := armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-AksBuildAgents")
	why := func(rules list) string { return rules[0].(object)["description"].(string) }
	found := collections(withVirtualNodes(t, nil))
	clusters, manager := found["VirtualNodes-Requirements"], found["VirtualNodes-ResourceManager"]
	want := map[string]list{
		"VirtualNodes-Requirements": {networkRule("virtual-nodes-aci-clusters", why(clusters), nodes, list{"TCP"},
			list{"AzureCloud.eastus2"}, list{"19390", "33391"})},
		"VirtualNodes-ResourceManager": {applicationRule("virtual-nodes-arm", why(manager), nodes, list{https},
			list{"management.azure.com"}, list{})},
	}
	assert.Empty(t, cmp.Diff(decoded(t, want), decoded(t, found)))
	elsewhere := collections(withVirtualNodes(t, settings{"location": "germanywestcentral"}))
	assert.Equal(t, list{"AzureCloud.germanywc"}, elsewhere["VirtualNodes-Requirements"][0].(object)["destinationAddresses"],
		"service tags have names of their own for some regions")
	found = collections(withVirtualNodes(t, settings{"bootstrap.mode": "manifests"}))
	want["VirtualNodes-Chart"] = list{applicationRule("virtual-nodes-chart", why(found["VirtualNodes-Chart"]), agents, list{https},
		list{"microsoft.github.io", "github.com", "release-assets.githubusercontent.com"}, list{})}
	assert.Empty(t, cmp.Diff(decoded(t, want), decoded(t, found)))
	assert.Empty(t, collections(nil))
}
