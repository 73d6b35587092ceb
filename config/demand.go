package config

import "fmt"

// MaxPodsPerNode is how many pods a node takes. Azure CNI gives each of them an address of the node's subnet, and one to the node (Azure
// document "Plan IP addressing for Azure CNI").
const MaxPodsPerNode = 30

// MaxSurgePercent is how many more nodes a pool has while AKS upgrades it, as a share of its nodes.
const MaxSurgePercent = 33

// WithSurge is the number of nodes that a pool of that many has while AKS upgrades it.
func WithSurge(nodes int) int { return nodes + (nodes*MaxSurgePercent+99)/100 }

// demand is what the configuration puts into a subnet.
type demand struct {
	// what is in the subnet, in words; key is the number of it in the configuration, if there is one, and count its value.
	what, key string
	count     int
	// while is a further condition, beginning with a space; empty for none.
	while string
	// addresses are how many that number needs.
	addresses func(count int) int
}

// most is the largest number that so many addresses are enough for.
func (d demand) most(room int) int {
	count := d.count
	for count > 0 && d.addresses(count) > room {
		count--
	}
	return count
}

func oneEach(count int) int { return count }

func noDemand(*Config) demand { return demand{addresses: oneEach} }

func jumpBoxDemand(cfg *Config) demand {
	return demand{what: "the jump boxes", key: "jumpBoxes.count", count: cfg.JumpBoxes.Count, addresses: oneEach}
}

// gatewayDemand is an address for each instance of the gateway (Azure document "Application Gateway infrastructure configuration").
func gatewayDemand(cfg *Config) demand {
	return demand{what: "the gateway's instances", key: "gateway.maxCapacity", count: cfg.Gateway.MaxCapacity, addresses: oneEach}
}

func systemDemand(cfg *Config) demand {
	return nodeDemand(cfg, "nodePools.systemMax", cfg.NodePools.SystemMax)
}

func userDemand(cfg *Config) demand {
	return nodeDemand(cfg, "nodePools.userMax", cfg.NodePools.UserMax)
}

// nodeDemand counts nodes, those that an upgrade adds, their pods, and the private endpoint that AKS gives its API server in a node subnet.
func nodeDemand(cfg *Config, key string, most int) demand {
	generations, while := 1, ""
	if cfg.NodePools.NextVMSize != "" {
		generations, while = 2, " while nodePools.nextVmSize is set and two generations share the subnet"
	}
	return demand{
		what: fmt.Sprintf("the nodes of %s %d, those that an upgrade adds, %d pods on each, and the API server's private endpoint", key, most, MaxPodsPerNode),
		key:  key, count: most, while: while,
		addresses: func(nodes int) int { return generations*WithSurge(nodes)*(1+MaxPodsPerNode) + 1 },
	}
}

// endpointDemand is what Azure gives the private endpoints: one address for the vault, one for the registry, and one for the registry's data
// in each of its regions (Azure document "Connect privately to an Azure container registry using Azure Private Link").
func endpointDemand(cfg *Config) demand {
	endpoints := demand{what: "the private endpoints of vault and registry", count: 3, addresses: oneEach}
	if cfg.Registry.GeoReplication != "" {
		endpoints.count++
	}
	return endpoints
}

// containerGroupDemand is an address for each pod of the virtual nodes.
func containerGroupDemand(cfg *Config) demand {
	return demand{
		what: fmt.Sprintf("the container groups of %d virtual nodes", cfg.VirtualNodes.Nodes), key: "virtualNodes.nodes", count: cfg.VirtualNodes.Nodes,
		addresses: func(nodes int) int { return nodes * PodsPerVirtualNode },
	}
}
