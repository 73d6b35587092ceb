package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// Nothing leaves a cluster's spoke but HTTPS to named hosts and TCP 443 to service tags, from IP groups of the spoke itself; each rule says
// why. Which hosts those are, Azure's documents say: see TestEgressFollowsTheDocuments.
func TestClusterSpokeEgress(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	priorities, sources := map[any]bool{}, map[string]bool{}
	for _, r := range m.OfType(typetoken.IPGroup) {
		sources[r.ID] = strings.HasPrefix(r.Name, "spoke-01-egress-")
	}
	for _, element := range m.one(t, typetoken.RuleGroup, "spoke-01-egress").Inputs["ruleCollections"].(list) {
		collection := element.(object)
		assert.False(t, priorities[collection["priority"]], "priority of %s", collection["name"])
		priorities[collection["priority"]] = true
		assert.Equal(t, object{"type": "Allow"}, collection["action"])
		for _, element := range collection["rules"].(list) {
			rule := element.(object)
			name, why := rule["name"].(string), rule["description"].(string)
			require.NotEmpty(t, why, name)
			from := rule["sourceIpGroups"].(list)
			require.Len(t, from, 1, name)
			assert.True(t, sources[from[0].(string)], "%s allows other sources than the spoke's", name)
			if rule["ruleType"] == "NetworkRule" {
				tags := rule["destinationAddresses"].(list)
				require.Len(t, tags, 1, name)
				assert.Regexp(t, "^[A-Za-z]+$", tags[0], "%s goes to a service tag", name)
				assert.Equal(t, decoded(t, networkRule(name, why, from[0].(string), list{"TCP"}, tags, list{"443"})), decoded(t, rule))
				continue
			}
			hosts, tags := rule["targetFqdns"].(list), rule["fqdnTags"].(list)
			require.NotEmpty(t, append(hosts, tags...), name)
			assert.NotContains(t, hosts, "*", name)
			assert.Equal(t, decoded(t, applicationRule(name, why, from[0].(string), list{https}, hosts, tags)), decoded(t, rule))
		}
	}
}

// Each source of a cluster's egress is the subnets of one kind of machine.
func TestClusterSpokeEgressSources(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	for logicalName, ranges := range map[string]list{
		"aksnodepools": {"10.240.8.0/22", "10.240.12.0/22", "10.240.16.0/22"}, "aksjumpboxes": {"10.240.1.0/28"},
		"aksregistryagents": {"10.240.251.0/28"},
	} {
		assert.Equal(t, ranges, m.one(t, typetoken.IPGroup, "spoke-01-egress-"+logicalName).Inputs["ipAddresses"], logicalName)
	}
}

// Build agents reach nothing until hosts are configured for them; nodes and jump boxes reach what the platform needs, and then those
// hosts too.
func TestClusterSpokeConfiguredHosts(t *testing.T) {
	collections := func(s settings, logicalName string) (found map[string]list) {
		m, found := deployClusterSpokes(t, s), map[string]list{}
		for _, group := range m.OfType(typetoken.IPGroup) {
			if group.Name != logicalName {
				continue
			}
			for _, collection := range m.one(t, typetoken.RuleGroup, "spoke-01-egress").Inputs["ruleCollections"].(list) {
				for _, rule := range collection.(object)["rules"].(list) {
					if slices.Contains(rule.(object)["sourceIpGroups"].(list), any(group.ID)) {
						name := collection.(object)["name"].(string)
						found[name] = append(found[name], values(rule.(object)["targetFqdns"])...)
					}
				}
			}
		}
		return found
	}
	for key, c := range map[string]struct{ group, collection string }{
		"buildAgents.allowedHosts": {"spoke-01-egress-aksbuildagents", "aks-buildagents"},
		"firewall.nodeHosts":       {"spoke-01-egress-aksnodepools", "Node-Hosts"},
		"jumpBoxes.allowedHosts":   {"spoke-01-egress-aksjumpboxes", "aks-jumpbox-hosts"},
	} {
		before := collections(nil, c.group)
		assert.NotContains(t, before, c.collection, key)
		after := collections(settings{key: `["dev.azure.com","*.pkgs.visualstudio.com"]`}, c.group)
		assert.Equal(t, list{"dev.azure.com", "*.pkgs.visualstudio.com"}, after[c.collection], key)
		delete(after, c.collection)
		assert.Equal(t, before, after, "%s changes nothing else", key)
	}
}

// Rules follow the region.
func TestClusterSpokeEgressOfAnotherRegion(t *testing.T) {
	m := deployClusterSpokes(t, settings{"location": "centralus", "registry.geoReplication": "eastus2"})
	var hosts list
	for _, element := range m.one(t, typetoken.RuleGroup, "spoke-01-egress").Inputs["ruleCollections"].([]any) {
		for _, rule := range element.(object)["rules"].([]any) {
			fqdns, _ := rule.(object)["targetFqdns"].([]any)
			hosts = append(hosts, fqdns...)
		}
	}
	assert.Contains(t, hosts, "centralus.dp.kubernetesconfiguration.azure.com")
	assert.Contains(t, hosts, "centralus.handler.control.monitor.azure.com")
	assert.NotContains(t, hosts, "eastus2.dp.kubernetesconfiguration.azure.com")
}

// clusterEgressRules are the rules of every cluster spoke of a stack.
func clusterEgressRules(cfg *config.Config) []network.RuleCollection {
	return network.ClusterEgressRules(&network.ClusterSpokeArgs{
		Placement: cfg.Placement, Bootstrap: cfg.Bootstrap, BuildAgents: cfg.BuildAgents, VirtualNodes: cfg.VirtualNodes,
		NodeHosts: cfg.Firewall.NodeHosts, JumpBoxHosts: cfg.JumpBoxes.AllowedHosts,
	})
}
