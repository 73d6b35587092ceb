package components

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// egressRule is a rule of the cluster spoke's egress as a fact: an application rule with its hosts or tags, over HTTPS only, or
// a network rule with its service tag, over TCP 443 only.
type egressRule struct {
	collection, rule, source string
	priority                 int
	hosts, fqdnTags          list
	serviceTag               string
}

// clusterEgress is all that a cluster's spoke may reach by default.
var clusterEgress = []egressRule{
	{"AcrAgents-Requirements", "key-vault", "AksRegistryAgents", 100, nil, nil, "AzureKeyVault"},
	{"AcrAgents-Requirements", "storage", "AksRegistryAgents", 100, nil, nil, "Storage"},
	{"AcrAgents-Requirements", "event-hub", "AksRegistryAgents", 100, nil, nil, "EventHub"},
	{"AcrAgents-Requirements", "entra-id", "AksRegistryAgents", 100, nil, nil, "AzureActiveDirectory"},
	{"AcrAgents-Requirements", "azure-monitor", "AksRegistryAgents", 100, nil, nil, "AzureMonitor"},

	{"AKS-Global-Requirements", "runtime", "AksNodepools", 200, nil, list{"AzureKubernetesService"}, ""},
	{"AKS-Global-Requirements", "azure-monitor-addon", "AksNodepools", 200, list{
		"*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com", "eastus2.monitoring.azure.com",
		"global.handler.control.monitor.azure.com", "eastus2.handler.control.monitor.azure.com",
		"*.ingest.monitor.azure.com", "*.metrics.ingest.monitor.azure.com",
	}, nil, ""},
	{"AKS-Global-Requirements", "node-os-patches", "AksNodepools", 200, list{"snapshot.ubuntu.com"}, nil, ""},
	{"AKS-Global-Requirements", "azure-policy-addon", "AksNodepools", 200, list{
		"data.policy.core.windows.net", "store.policy.core.windows.net",
	}, nil, ""},
	{"AKS-Global-Requirements", "defender-for-containers", "AksNodepools", 200, list{
		"*.cloud.defender.microsoft.com",
	}, nil, ""},

	{"Flux-Requirements", "flux-to-repository", "AksNodepools", 300, list{"github.com"}, nil, ""},
	{"Flux-Requirements", "flux-extension-runtime-requirements", "AksNodepools", 300, list{
		"eastus2.dp.kubernetesconfiguration.azure.com", "mcr.microsoft.com", "*.data.mcr.microsoft.com",
		"management.azure.com", "login.microsoftonline.com",
	}, nil, ""},

	{"aks-jumpbox", "az-login", "AksJumpboxes", 450, list{"login.microsoftonline.com"}, nil, ""},
	{"aks-jumpbox", "az-management-api", "AksJumpboxes", 450, list{"management.azure.com"}, nil, ""},
	{"aks-jumpbox", "az-cli-extensions", "AksJumpboxes", 450, list{
		"aka.ms", "azcliextensionsync.blob.core.windows.net", "azcliprod.blob.core.windows.net",
	}, nil, ""},
	{"aks-jumpbox", "github", "AksJumpboxes", 450, list{
		"github.com", "*.github.io", "raw.githubusercontent.com",
	}, nil, ""},
	{"aks-jumpbox", "azure-monitor-addon", "AksJumpboxes", 450, list{
		"global.handler.control.monitor.azure.com", "eastus2.handler.control.monitor.azure.com", "*.ods.opinsights.azure.com",
	}, nil, ""},
}

// facts renders a rule as it is registered, with the description that it has.
func (r egressRule) facts(why string) object {
	source := armPath(hubGroup, "Microsoft.Network/ipGroups/ipg-eastus2-"+r.source)
	if r.serviceTag != "" {
		return networkRule(r.rule, why, source, list{"TCP"}, list{r.serviceTag}, list{"443"})
	}
	orEmpty := func(values list) list { return append(list{}, values...) }
	return applicationRule(r.rule, why, source, list{https}, orEmpty(r.hosts), orEmpty(r.fqdnTags))
}

// assertClusterEgress compares all rules of a stamp's egress with facts, in order, and asks each for a description.
func assertClusterEgress(t *testing.T, group registration, want []egressRule) {
	t.Helper()
	var have list
	priorities := map[any]any{}
	for _, element := range group.Inputs["ruleCollections"].([]any) {
		collection := element.(object)
		assert.Nil(t, priorities[collection["priority"]], "priority of %s", collection["name"])
		priorities[collection["priority"]] = collection["name"]
		assert.Equal(t, object{"type": "Allow"}, collection["action"])
		assert.Equal(t, "FirewallPolicyFilterRuleCollection", collection["ruleCollectionType"])
		for _, rule := range collection["rules"].([]any) {
			have = append(have, object{"collection": collection["name"], "priority": collection["priority"], "rule": rule})
		}
	}
	require.Len(t, have, len(want))
	for i, fact := range want {
		why, _ := have[i].(object)["rule"].(object)["description"].(string)
		assert.NotEmpty(t, why, "%s says why", fact.rule)
		assert.Equal(t, decoded(t, object{"collection": fact.collection, "priority": fact.priority, "rule": fact.facts(why)}),
			decoded(t, have[i]))
	}
}

// A cluster's spoke reaches what the reference lists, with the hosts of today, and no time server; its sources are IP groups
// of its own.
func TestClusterSpokeEgress(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	group := m.one(t, typetoken.RuleGroup, "spoke-01-egress")
	assert.Equal(t, "rcg-"+clusterVNet, group.Inputs["ruleCollectionGroupName"])
	assert.Equal(t, 1001.0, group.Inputs["priority"])
	assertClusterEgress(t, group, clusterEgress)
	assertFamily(t, m, "aksregulated:network:Egress", "spoke-01-egress", typetoken.RuleGroup+" spoke-01-egress",
		typetoken.IPGroup+" spoke-01-egress-aksnodepools", typetoken.IPGroup+" spoke-01-egress-aksjumpboxes",
		typetoken.IPGroup+" spoke-01-egress-aksregistryagents")
	for logicalName, want := range map[string]object{
		"aksnodepools": {
			"ipGroupsName": "ipg-eastus2-AksNodepools", "ipAddresses": list{"10.240.8.0/22", "10.240.12.0/22", "10.240.16.0/22"},
		},
		"aksjumpboxes":      {"ipGroupsName": "ipg-eastus2-AksJumpboxes", "ipAddresses": list{"10.240.1.0/28"}},
		"aksregistryagents": {"ipGroupsName": "ipg-eastus2-AksRegistryAgents", "ipAddresses": list{"10.240.251.0/28"}},
	} {
		want["resourceGroupName"], want["location"], want["tags"] = hubGroup, "eastus2", testTags
		assertInputs(t, m.one(t, typetoken.IPGroup, "spoke-01-egress-"+logicalName), want)
	}
}

// Build agents reach nothing until hosts are configured for them, and then those hosts only.
func TestClusterSpokeBuildAgents(t *testing.T) {
	m := deployClusterSpokes(t, settings{"buildAgents.allowedHosts": `["dev.azure.com","*.pkgs.visualstudio.com"]`})
	assertClusterEgress(t, m.one(t, typetoken.RuleGroup, "spoke-01-egress"), append(slices.Clone(clusterEgress), egressRule{
		collection: "aks-buildagents", rule: "allowed-hosts", source: "AksBuildAgents", priority: 460,
		hosts: list{"dev.azure.com", "*.pkgs.visualstudio.com"},
	}))
	assertInputs(t, m.one(t, typetoken.IPGroup, "spoke-01-egress-aksbuildagents"), object{
		"ipGroupsName": "ipg-eastus2-AksBuildAgents", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"ipAddresses": list{"10.240.2.0/26"},
	})
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
	})
}
