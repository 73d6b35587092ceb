package network

import "net/netip"

// Names of the cluster spoke's security groups, each the last part of the name in Azure.
const (
	groupManagementOps        = "management-ops"
	groupSystemNodePools      = "system-nodepools"
	groupInScopeNodePools     = "is-nodepools"
	groupOutOfScopeNodePools  = "oos-nodepools"
	groupPrivateLinkEndpoints = "privatelinkendpoints"
	groupAKSLoadBalancers     = "akslibs"
	groupApplicationGateway   = "appgw"
	groupACRAgents            = "acragents"
)

// ClusterSecurityGroups are the security groups of a cluster spoke; bastion is the range of AzureBastionSubnet, not valid without Bastion.
//
// In the wide reading of the VirtualNetwork tag (0.0.0.0/0 routes widen it, see ImageBuilderSecurityRules) what a rule allows
// towards VirtualNetwork ends at the firewall, which has no rule for it. Inbound, Azure's own AllowVnetInBound of the node
// pools and registry agents, and AllowAll443InFromVnet of the endpoints, would let the Internet in: no public IP address,
// load balancer or DNAT rule leads to these subnets. The two subnets without the route keep the strict reading.
func ClusterSecurityGroups(bastion netip.Prefix) []SecurityGroup {
	return []SecurityGroup{
		{groupManagementOps, managementOpsRules(bastion)},
		// AKS supports no rules between the pools of a cluster: network policy separates the scopes.
		{groupSystemNodePools, nodePoolRules},
		{groupInScopeNodePools, nodePoolRules},
		{groupOutOfScopeNodePools, nodePoolRules},
		{groupPrivateLinkEndpoints, privateLinkEndpointRules},
		// Azure's default rules are what the internal load balancers need: the virtual network and the platform's probes.
		{groupAKSLoadBalancers, nil},
		{groupApplicationGateway, applicationGatewayRules},
		{groupACRAgents, acrAgentRules},
	}
}

// managementOpsRules are for jump boxes and build agents.
func managementOpsRules(bastion netip.Prefix) []SecurityRule {
	var in []SecurityRule
	if bastion.IsValid() {
		in = append(in, SecurityRule{"AllowSshFromHubBastionInBound", 100, inbound, allow, tcp, bastion.String(), "*", []string{"22"},
			"Operators come through Azure Bastion; nothing else may open SSH."})
	}
	return closed(append(in,
		SecurityRule{"Allow443InternetOutBound", 100, outbound, allow, tcp, "*", "Internet", []string{"443"},
			"Azure management, sign-in and tools over HTTPS; the firewall filters by name."},
		SecurityRule{"Allow443VnetOutBound", 110, outbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"443"},
			"The cluster's private API server, and the private endpoints of registry and vault."},
		SecurityRule{"AllowDnsToFirewallOutBound", 130, outbound, allow, "*", "VirtualNetwork", FirewallAddress, []string{"53"},
			"Names resolve through the firewall's DNS proxy."},
	)...)
}

var nodePoolRules = []SecurityRule{
	{"DenySshInBound", 100, inbound, deny, tcp, "*", "*", []string{"22"}, "Nodes never serve SSH, not even to jump boxes."},
}

var privateLinkEndpointRules = closed(
	SecurityRule{"AllowAll443InFromVnet", 100, inbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"443"},
		"Registry and vault serve the virtual network over TLS, and nothing else."},
)

var applicationGatewayRules = []SecurityRule{
	{"Allow443InBound", 100, inbound, allow, tcp, "Internet", "VirtualNetwork", []string{"443"},
		"Users reach the workload over TLS. Narrow it to their addresses if they are known."},
	// The walkthrough takes any source, wider than the service needs (Azure document "Application Gateway infrastructure
	// configuration").
	{"AllowControlPlaneInBound", 110, inbound, allow, "*", "GatewayManager", "*", []string{"65200-65535"},
		"Azure manages the gateway's instances through these ports."},
	{"AllowHealthProbesInBound", 120, inbound, allow, "*", "AzureLoadBalancer", "VirtualNetwork", []string{"*"},
		"The platform probes the health of the gateway's instances."},
	denyAllInbound,
	{"AllowAllOutBound", 1000, outbound, allow, "*", "*", "*", []string{"*"},
		"The gateway needs its backends and Azure's endpoints; only an isolated gateway supports a closed outbound."},
}

// acrAgentRules let registry task agents reach what the service asks for (Azure document "Run an ACR task on a dedicated agent
// pool"), the private endpoints, and DNS. The firewall has rules for the same service tags.
var acrAgentRules = []SecurityRule{
	{"AllowKeyVaultOutBound", 100, outbound, allow, tcp, "VirtualNetwork", "AzureKeyVault", []string{"443"},
		"Agents read the secrets of the agent pool."},
	{"AllowStorageOutBound", 110, outbound, allow, tcp, "VirtualNetwork", "Storage", []string{"443"},
		"Agents read the context of tasks, and read and write layers."},
	{"AllowEventHubOutBound", 120, outbound, allow, tcp, "VirtualNetwork", "EventHub", []string{"443"},
		"Agents take their tasks from a queue."},
	{"AllowEntraIdOutBound", 130, outbound, allow, tcp, "VirtualNetwork", "AzureActiveDirectory", []string{"443"},
		"Agents get tokens for their identities."},
	{"AllowAzureMonitorBound", 140, outbound, allow, tcp, "VirtualNetwork", "AzureMonitor", []string{"443"},
		"Agents report their health."},
	{"AllowVnet443OutBound", 150, outbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"443"},
		"The private endpoints of registry and vault."},
	{"AllowDnsToFirewallOutBound", 160, outbound, allow, "*", "VirtualNetwork", FirewallAddress, []string{"53"},
		"Names resolve through the firewall's DNS proxy."},
	denyAllOutbound,
}
