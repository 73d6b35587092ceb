package network

import "aks-regulated-pulumi/config"

// SubnetVirtualNodes is the subnet of the container groups of virtual nodes: delegated to Azure Container Instances, with an address
// for each pod.
const SubnetVirtualNodes = config.SubnetVirtualNodes

// containerGroups is the service that a subnet of container groups is delegated to.
const containerGroups = "Microsoft.ContainerInstance/containerGroups"

const groupVirtualNodes = "virtualnodes"

// virtualNodesSubnet routes to the firewall like every subnet: the NAT gateway that the chart's own instructions ask for would bypass it.
func virtualNodesSubnet(at config.StampSubnets) SpokeSubnet {
	return SpokeSubnet{
		Name: SubnetVirtualNodes, Prefix: at.VirtualNodes, SecurityGroup: groupVirtualNodes, Delegation: containerGroups,
	}
}

// VirtualNodesSecurityGroup closes the subnet of container groups to everything but pods that are out of scope. Neither Kubernetes'
// network policies nor Falco apply to container groups, so only these rules separate the scopes, and the groups from each other.
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

// virtualNodesCollections let virtual nodes manage container groups, from all node pools (the chart's document
// "SecurityCustomizations").
//
// That document's wildcard *.atlas.cloudapp.azure.com fits neither kind of rule: application rules need HTTP or TLS, which the
// firewall may not recognize on these two ports, and network rules take no wildcards. Clusters of Container Instances have addresses
// of the service tag AzureCloud of their region.
func virtualNodesCollections(args *ClusterSpokeArgs) []RuleCollection {
	if !args.VirtualNodes.Enabled {
		return nil
	}
	collections := []RuleCollection{
		{Name: "VirtualNodes-Requirements", Priority: 600, Sources: nodePools, NetworkRules: []NetworkRule{{
			Name: "virtual-nodes-aci-clusters", Why: "Virtual nodes set up container groups, run containers in them, and stream exec and attach.",
			Protocols: []string{"TCP"}, Destinations: []string{"AzureCloud." + tagRegion(args.Location)}, Ports: []string{"19390", "33391"},
			Beyond: beyond("It stands for *.atlas.cloudapp.azure.com.", "AzureCloud."+tagRegion(args.Location)),
		}}},
		{Name: "VirtualNodes-ResourceManager", Priority: 610, Sources: nodePools, ApplicationRules: []ApplicationRule{{
			Name: "virtual-nodes-arm", Why: "Virtual nodes place container groups through Azure Resource Manager.",
			FQDNs: []string{"management.azure.com"},
		}}},
	}
	if !fetchesChart(args) {
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

// fetchesChart reports whether updates, which then run on build agents, install the chart of virtual nodes themselves.
func fetchesChart(args *ClusterSpokeArgs) bool {
	return args.VirtualNodes.Enabled && args.Bootstrap.Mode == config.ModeManifests
}

// tagRegions are the names that service tags have for regions, where they differ from the usual ones (Azure document "Virtual network
// service tags"). Azure refuses a rule whose tag does not exist.
var tagRegions = map[string]string{
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
	if other, ok := tagRegions[location]; ok {
		return other
	}
	return location
}
