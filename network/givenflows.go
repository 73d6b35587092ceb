package network

import (
	"net/netip"

	"aks-regulated-pulumi/internal/flow"
)

// privateEndpoints are one end of a flow, in words.
const privateEndpoints = "the private endpoints"

// clusterFlows are what the security groups of a cluster's network have to let through: what the stamp is made of talks in these ways, whatever
// workloads add.
func clusterFlows(args *GivenClusterArgs) []RequiredFlow {
	at := func(name string) FlowEnd {
		name = args.Stamp.SubnetName(name)
		return FlowEnd{name, flow.Subnet(args.Stamp.NetworkID + "/subnets/" + name)}
	}
	id := func(name string) string { return args.Stamp.NetworkID + "/subnets/" + args.Stamp.SubnetName(name) }
	endpoints := FlowEnd{privateEndpoints, flow.PrivateEndpointNIC(id(SubnetPrivateLinkEndpoints))}
	// AKS puts the endpoint into the subnet of the first pool, by name.
	apiServer := FlowEnd{"the API server", flow.PrivateEndpointNIC(id(SubnetInScopeNodePools))}
	internet, ops, gateway := tagEnd("Internet"), at(SubnetManagementOps), at(SubnetApplicationGateway)
	var flows []RequiredFlow
	add := func(from, to FlowEnd, protocol flow.Protocol, port uint16, why string) {
		flows = append(flows, RequiredFlow{from, to, protocol, port, why})
	}
	asks := func(from FlowEnd) {
		for _, server := range args.Hub.DNSServers {
			if address, err := netip.ParseAddr(server); err == nil {
				add(from, FlowEnd{server, flow.Address(address)}, flow.UDP, 53, "names are asked of the DNS server")
			}
		}
	}
	pools := []string{SubnetSystemNodePool, SubnetInScopeNodePools, SubnetOutOfScopeNodePools}
	for _, pool := range pools {
		from := at(pool)
		for _, other := range pools {
			add(from, at(other), flow.TCP, 10250, "nodes and pods call each other on any port")
			add(from, at(other), flow.UDP, 53, "pods ask the cluster's DNS")
		}
		add(from, endpoints, flow.TCP, 443, "nodes pull images, and pods read secrets")
		add(from, apiServer, flow.TCP, 443, "nodes and pods call the API server")
		add(from, internet, flow.TCP, 443, "nodes need Azure's services; the firewall filters by name")
		add(tagEnd("AzureLoadBalancer"), from, flow.TCP, 30000, "the platform probes the ingress controller's nodes")
		add(gateway, from, flow.TCP, 443, "the gateway calls the ingress controller")
		asks(from)
	}
	if args.Bastion.IsValid() {
		add(FlowEnd{"Azure Bastion", flow.Address(nth(args.Bastion, 4))}, ops, flow.TCP, 22, "operators come through Azure Bastion")
	}
	add(ops, internet, flow.TCP, 443, "operators sign in and call Azure")
	add(ops, apiServer, flow.TCP, 443, "operators call the API server")
	add(ops, endpoints, flow.TCP, 443, "operators use registry and vault")
	asks(ops)
	for _, port := range []uint16{65200, 65535} {
		add(tagEnd("GatewayManager"), gateway, flow.TCP, port, "Azure manages the gateway's instances")
	}
	add(tagEnd("AzureLoadBalancer"), gateway, flow.TCP, 443, "the platform probes the gateway's instances")
	add(internet, gateway, flow.TCP, 443, "users reach the workload")
	add(gateway, internet, flow.TCP, 443, "the gateway reports to Azure")
	add(gateway, endpoints, flow.TCP, 443, "the gateway reads its certificates from the vault")
	asks(gateway)
	if len(args.BuildAgents.AllowedHosts) > 0 {
		agents := at(SubnetManagementAgents)
		add(agents, internet, flow.TCP, 443, "build agents call their platform")
		add(agents, apiServer, flow.TCP, 443, "build agents deploy to the cluster")
		asks(agents)
	}
	if args.AgentPool {
		tasks := at(SubnetManagementACRAgents)
		for _, service := range []string{"AzureKeyVault", "Storage", "EventHub", "AzureActiveDirectory", "AzureMonitor"} {
			add(tasks, tagEnd(service), flow.TCP, 443, "task agents of the registry need the service")
		}
		add(tasks, endpoints, flow.TCP, 443, "task agents reach the registry")
		asks(tasks)
	}
	if args.VirtualNodes.Enabled {
		groups := at(SubnetVirtualNodes)
		add(at(SubnetOutOfScopeNodePools), groups, flow.TCP, 443, "pods call container groups")
		add(groups, at(SubnetOutOfScopeNodePools), flow.TCP, 443, "container groups call pods")
		asks(groups)
	}
	return flows
}

// nth is the address that many places after the first of a range.
func nth(prefix netip.Prefix, places int) netip.Addr {
	address := prefix.Addr()
	for range places {
		address = address.Next()
	}
	return address
}
