package network

import "aks-regulated-pulumi/config"

// SubnetVirtualNodes holds the container groups of virtual nodes: delegated to Azure Container Instances, one address for each pod.
const SubnetVirtualNodes = "snet-cluster-virtualnodes"

// containerGroups is the service that a subnet of container groups is delegated to.
const containerGroups = "Microsoft.ContainerInstance/containerGroups"

const groupVirtualNodes = "virtualnodes"

// virtualNodesSubnet leaves by the firewall like every subnet: the NAT gateway that the chart's own instructions ask for would be a way
// around it.
func virtualNodesSubnet(at config.StampSubnets) SpokeSubnet {
	return SpokeSubnet{
		Name: SubnetVirtualNodes, Prefix: at.VirtualNodes, SecurityGroup: groupVirtualNodes, Delegation: containerGroups,
	}
}

// VirtualNodesSecurityGroup closes the subnet of container groups but to pods that are out of scope. Neither Kubernetes' network
// policies nor Falco reach container groups, so these rules are all that keeps scopes, and groups, apart.
func VirtualNodesSecurityGroup(at config.StampSubnets) SecurityGroup {
	groups, pods := at.VirtualNodes.String(), at.OutOfScopeNodePools.String()
	return SecurityGroup{groupVirtualNodes, closed(
		SecurityRule{"AllowOutOfScopePodsInBound", 100, inbound, allow, tcp, pods, groups, []string{"*"},
			"Pods that are out of scope call services in container groups; virtual nodes probe them from there, too."},
		SecurityRule{"AllowOutOfScopePodsOutBound", 100, outbound, allow, tcp, groups, pods, []string{"*"},
			"Container groups call pods that are out of scope."},
		SecurityRule{"AllowDnsToFirewallOutBound", 110, outbound, allow, "*", groups, FirewallAddress, []string{"53"},
			"Names resolve through the firewall's DNS proxy; the cluster's own DNS needs kube-proxy."},
	)}
}

// virtualNodesCollections let virtual nodes manage container groups, from all node pools (virtual nodes' document "Security
// Customizations").
//
// The two ports carry no HTTP that the firewall could be sure to recognize, so the wildcard *.atlas.cloudapp.azure.com of that document has
// no kind of rule: application rules know HTTP and TLS, network rules no wildcards. Clusters of Container Instances have addresses of
// the service tag AzureCloud, in the region's part of which they are.
func virtualNodesCollections(cfg *config.Config) []RuleCollection {
	if !cfg.VirtualNodes.Enabled {
		return nil
	}
	collections := []RuleCollection{
		{Name: "VirtualNodes-Requirements", Priority: 600, Sources: nodePools, NetworkRules: []NetworkRule{{
			Name: "virtual-nodes-aci-clusters", Why: "Virtual nodes set up container groups, run containers in them, and stream exec and attach.",
			Protocols: []string{"TCP"}, Destinations: []string{"AzureCloud." + tagRegion(cfg.Location)}, Ports: []string{"19390", "33391"},
			Beyond: beyond("It stands for *.atlas.cloudapp.azure.com.", "AzureCloud."+tagRegion(cfg.Location)),
		}}},
		{Name: "VirtualNodes-ResourceManager", Priority: 610, Sources: nodePools, ApplicationRules: []ApplicationRule{{
			Name: "virtual-nodes-arm", Why: "Virtual nodes place container groups through Azure Resource Manager.",
			FQDNs: []string{"management.azure.com"},
		}}},
	}
	if !fetchesChart(cfg) {
		return collections
	}
	return append(collections, RuleCollection{
		Name: "VirtualNodes-Chart", Priority: 620, Sources: buildAgents, ApplicationRules: []ApplicationRule{{
			Name: "virtual-nodes-chart", Why: "An update from a build agent fetches the chart of the virtual nodes.",
			FQDNs: chartHosts, Beyond: beyond("The chart is there, behind its index and a redirect.", chartHosts...),
		}},
	})
}

var chartHosts = []string{"microsoft.github.io", gitHub, "release-assets.githubusercontent.com"}

// fetchesChart tells whether updates, which run on build agents then, install the chart of virtual nodes themselves.
func fetchesChart(cfg *config.Config) bool {
	return cfg.VirtualNodes.Enabled && cfg.Bootstrap.Mode == config.ModeManifests
}

// otherTagRegions are the regions that service tags call otherwise than everything else does (Azure document "Virtual network service
// tags"). Azure refuses a rule whose tag does not exist.
var otherTagRegions = map[string]string{
	"brazilsoutheast":    "brazilse",
	"chilecentral":       "chilec",
	"francecentral":      "centralfrance",
	"francesouth":        "southfrance",
	"germanynorth":       "germanyn",
	"germanywestcentral": "germanywc",
	"norwayeast":         "norwaye",
	"norwaywest":         "norwayw",
	"switzerlandnorth":   "switzerlandn",
	"switzerlandwest":    "switzerlandw",
}

func tagRegion(location string) string {
	if other, ok := otherTagRegions[location]; ok {
		return other
	}
	return location
}
