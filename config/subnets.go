package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Names of a cluster spoke's subnets in the networks that this program makes, and in a given network that says nothing else.
const (
	SubnetManagementOps        = "snet-management-ops"
	SubnetManagementAgents     = "snet-management-agents"
	SubnetIngressServices      = "snet-cluster-ingressservices"
	SubnetApplicationGateway   = "snet-applicationgateway"
	SubnetSystemNodePool       = "snet-cluster-systemnodepool"
	SubnetInScopeNodePools     = "snet-cluster-inscopenodepools"
	SubnetOutOfScopeNodePools  = "snet-cluster-outofscopenodepools"
	SubnetPrivateLinkEndpoints = "snet-privatelinkendpoints"
	SubnetManagementACRAgents  = "snet-management-acragents"
	SubnetVirtualNodes         = "snet-cluster-virtualnodes"
)

// StampSubnets are the ranges of a cluster spoke's subnets.
type StampSubnets struct {
	ManagementOps, ManagementAgents                       netip.Prefix
	IngressServices, ApplicationGateway                   netip.Prefix
	SystemNodePool, InScopeNodePools, OutOfScopeNodePools netip.Prefix
	PrivateLinkEndpoints, ManagementACRAgents             netip.Prefix
	// VirtualNodes is used only if virtual nodes are enabled.
	VirtualNodes netip.Prefix
}

// stampSubnet is one subnet of a cluster spoke, as a property of stamps.
type stampSubnet struct {
	// property has the range, and followed by Name the name in a given network; name is the default of that. What is in the subnet goes into
	// the description.
	property, name, holds string
	// third is the third byte of the default range in the stamp's address space, bits its prefix length.
	third byte
	bits  int
	of    func(*StampSubnets) *netip.Prefix
	// demand is what the configuration puts into the subnet.
	demand func(*Config) demand
}

// defaultSpaceBits is the prefix length of an address space in which every subnet has a default range; larger spaces do as well.
const defaultSpaceBits = 16

// smallestSubnet is the prefix length of Azure's smallest subnet (Azure document "Virtual network FAQ").
const smallestSubnet = 29

// virtualNodesProperty is the only range that a stamp can do without.
const virtualNodesProperty = "virtualNodesSubnet"

var stampSubnets = []stampSubnet{
	{"managementOpsSubnet", SubnetManagementOps, "the jump boxes", 1, 28, func(s *StampSubnets) *netip.Prefix { return &s.ManagementOps }, jumpBoxDemand},
	{"managementAgentsSubnet", SubnetManagementAgents, "build agents", 2, 26, func(s *StampSubnets) *netip.Prefix { return &s.ManagementAgents }, noDemand},
	{"ingressServicesSubnet", SubnetIngressServices, "the ingress controller's internal load balancer, whose address is the fifth of the range", 4, 28,
		func(s *StampSubnets) *netip.Prefix { return &s.IngressServices }, noDemand},
	{"applicationGatewaySubnet", SubnetApplicationGateway, "the Application Gateway, for which Azure advises a /24", 5, 24,
		func(s *StampSubnets) *netip.Prefix { return &s.ApplicationGateway }, gatewayDemand},
	{"systemNodePoolSubnet", SubnetSystemNodePool, "system nodes and their pods", 8, 22,
		func(s *StampSubnets) *netip.Prefix { return &s.SystemNodePool }, systemDemand},
	{"inScopeNodePoolsSubnet", SubnetInScopeNodePools, "in-scope nodes and their pods", 12, 22,
		func(s *StampSubnets) *netip.Prefix { return &s.InScopeNodePools }, userDemand},
	{"outOfScopeNodePoolsSubnet", SubnetOutOfScopeNodePools, "out-of-scope nodes and their pods", 16, 22,
		func(s *StampSubnets) *netip.Prefix { return &s.OutOfScopeNodePools }, userDemand},
	{"privateLinkEndpointsSubnet", SubnetPrivateLinkEndpoints, "the private endpoints of registry and vault", 250, 28,
		func(s *StampSubnets) *netip.Prefix { return &s.PrivateLinkEndpoints }, endpointDemand},
	{"managementAcrAgentsSubnet", SubnetManagementACRAgents, "the registry's task agents", 251, 28,
		func(s *StampSubnets) *netip.Prefix { return &s.ManagementACRAgents }, noDemand},
	{virtualNodesProperty, SubnetVirtualNodes, "the container groups of virtual nodes", 32, 20,
		func(s *StampSubnets) *netip.Prefix { return &s.VirtualNodes }, containerGroupDemand},
}

// subnetProperties are the properties of stamps about the network and its subnets.
func subnetProperties() []Key {
	properties := []Key{networkIDProperty, networkRolesProperty}
	for _, subnet := range stampSubnets {
		properties = append(properties,
			Key{
				Name: subnet.property, Kind: String, Default: "",
				Description: fmt.Sprintf("Range of the subnet of %s (CIDR); empty means the /%d at 0.0.%d.0 from the start of addressSpace.",
					subnet.holds, subnet.bits, subnet.third),
			},
			Key{
				Name: subnet.nameProperty(), Kind: String, Default: "",
				Description: fmt.Sprintf("Name of that subnet in networkId; empty means %s.", subnet.name),
			},
		)
	}
	return properties
}

// nameProperty has the name of the subnet in a given network.
func (s stampSubnet) nameProperty() string { return s.property + "Name" }

// byDefault is the subnet's range at the same offset from the start of every address space.
func (s stampSubnet) byDefault(space netip.Prefix) netip.Prefix {
	address := space.Addr().As4()
	address[2] += s.third
	return netip.PrefixFrom(netip.AddrFrom4(address), s.bits)
}

// used reports whether stamps have the subnet: that of container groups is there with virtual nodes only.
func (s stampSubnet) used(virtualNodes bool) bool {
	return s.property != virtualNodesProperty || virtualNodes
}

// stampSubnets reads the ranges of a stamp. In an address space without room for the default ranges, every subnet needs one of its own.
func (r *reader) stampSubnets(key string, properties map[string]string, space netip.Prefix) StampSubnets {
	var ranges StampSubnets
	var missing []string
	virtualNodes, _ := r.raw("virtualNodes.enabled")
	for _, subnet := range stampSubnets {
		target := subnet.of(&ranges)
		if value := properties[subnet.property]; value != "" {
			*target = r.parsePrefix(key+"."+subnet.property, value, smallestSubnet)
		} else if space.IsValid() && space.Bits() <= defaultSpaceBits {
			*target = subnet.byDefault(space)
		} else if subnet.used(virtualNodes == "true") {
			missing = append(missing, subnet.property)
		}
	}
	if space.IsValid() && len(missing) > 0 {
		r.reject(key+".addressSpace", space.String(), fmt.Sprintf("a /%d or larger, or a range for each subnet: %s is missing",
			defaultSpaceBits, strings.Join(missing, ", ")))
	}
	return ranges
}

// checkStampSubnets refuses ranges of subnets that are outside of their address space, overlap, or are too small for what goes into them.
func (r *reader) checkStampSubnets(cfg *Config) {
	for i := range cfg.Stamps {
		stamp := &cfg.Stamps[i]
		key := fmt.Sprintf("stamps[%d]", i)
		var ranges []network
		for _, subnet := range stampSubnets {
			if !subnet.used(cfg.VirtualNodes.Enabled) {
				continue
			}
			at := network{key + "." + subnet.property, *subnet.of(&stamp.Subnets)}
			ranges = append(ranges, at)
			r.checkDemand(at, subnet.demand(cfg), stamp.AddressSpace.IsValid() && at.prefix == subnet.byDefault(stamp.AddressSpace))
		}
		r.checkSubnets(network{key + ".addressSpace", stamp.AddressSpace}, ranges...)
	}
}

// UsableAddresses is how many addresses of a subnet resources can have: Azure keeps the first four and the last (Azure document
// "Virtual network FAQ").
func UsableAddresses(prefix netip.Prefix) int { return 1<<(32-prefix.Bits()) - 5 }

// checkDemand refuses a range with too few addresses. Where the range is the default one, the key with the number is at fault, for all
// stamps at once.
func (r *reader) checkDemand(at network, demand demand, byDefault bool) {
	if !at.prefix.IsValid() || demand.addresses(demand.count) <= UsableAddresses(at.prefix) {
		return
	}
	if byDefault && demand.key != "" {
		if !r.rejected(demand.key) {
			r.reject(demand.key, fmt.Sprint(demand.count), fmt.Sprintf("at most %d%s, for which %s %s has addresses; give the subnet a larger range for more",
				demand.most(UsableAddresses(at.prefix)), demand.while, at.key, at.prefix))
		}
		return
	}
	bits := at.prefix.Bits()
	for ; demand.addresses(demand.count) > 1<<(32-bits)-5; bits-- {
	}
	r.reject(at.key, at.prefix.String(), fmt.Sprintf("a /%d or larger: %s need %d addresses%s, and Azure keeps five",
		bits, demand.what, demand.addresses(demand.count), demand.while))
}
