package network

import (
	"fmt"
	"net/netip"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/resourceid"
)

// GivenNetwork is a network that exists, as the platform needs it: with these subnets, and open for these flows.
type GivenNetwork struct {
	// Key is the configuration key that names the network or its subnet, Value what it says.
	Key, Value string
	// ID is the Azure resource id of the network, Location the region that it has to be in.
	ID, Location string
	// Hub is what the network has to be joined with.
	Hub     GivenHub
	Subnets []GivenSubnet
	Flows   []RequiredFlow
	// Reserved are ranges that the network must not have.
	Reserved []netip.Prefix
}

// GivenHub is a hub that exists too. Fields are empty where it is not known before the stack makes it, and for a build subnet, which may have a way
// out of its own.
type GivenHub struct {
	// NetworkID is the Azure resource id of the virtual network, AddressSpaces are its ranges.
	NetworkID     string
	AddressSpaces []netip.Prefix
	// NextHop is the IPv4 address of the firewall, DNSServers are those that spokes ask.
	NextHop    string
	DNSServers []string
}

// GivenSubnet is one subnet of a given network, under the name that it has there.
type GivenSubnet struct {
	SpokeSubnet
	// Key is the configuration key of the name, RangeKey that of the range.
	Key, RangeKey string
	// Rules are those of the security group that the program would make for the subnet. A group that lets more through will do, as far as Flows go.
	Rules []SecurityRule
	// Free is how many addresses nothing else may have while the platform works; 0 for no check.
	Free int
	// OwnWay is set for a subnet that needs no way through the hub: it may be without routes and security group.
	OwnWay bool
}

// RequiredFlow is a connection that security groups have to let through. Whether the firewall does is up to the egress.
type RequiredFlow struct {
	// From and To are in words, for messages.
	From, To FlowEnd
	Protocol flow.Protocol
	Port     uint16
	Why      string
}

// FlowEnd is one end of a flow.
type FlowEnd struct {
	Name     string
	Endpoint flow.Endpoint
}

func tagEnd(name string) FlowEnd { return FlowEnd{name, flow.Tag(name)} }

// BuildSubnet is what a given subnet for image builds has to be (README of mspnp/aks-jumpbox-imagebuilder, and the Azure document "VM Image Builder
// networking options"). egress is what is downloaded there.
func BuildSubnet(placement config.Placement, builder config.ImageBuilder, egress []ApplicationRule) GivenNetwork {
	plainHTTP := anyPlainHTTP(egress)
	const key = "imageBuilder.subnetId"
	group, subnet := buildNetwork(builder.Subnet, plainHTTP)
	subnet.Name = resourceid.Name(builder.SubnetID)
	build := FlowEnd{subnet.Name, flow.Subnet(builder.SubnetID)}
	given := GivenNetwork{
		Key: key, Value: builder.SubnetID, ID: resourceid.Parent(builder.SubnetID), Location: placement.Location,
		Subnets: []GivenSubnet{{
			SpokeSubnet: subnet, Key: key, RangeKey: "imageBuilder.subnet", Rules: group.Rules, OwnWay: true,
			// Load balancer, proxy VM, private link service and build VM.
			Free: 4,
		}},
		Flows: []RequiredFlow{
			{tagEnd("AzureLoadBalancer"), build, flow.TCP, 60001, "the probe of the proxy VM"},
			{
				FlowEnd{"the private link of Azure Image Builder", flow.PrivateLinkNIC(builder.SubnetID)}, build, flow.TCP, 60001,
				"Azure Image Builder reaches the proxy VM through its private link",
			},
			{build, build, flow.TCP, 22, "the proxy VM opens SSH to the build VM"},
			{build, tagEnd("Internet"), flow.TCP, 443, "Azure's management, storage, and downloads"},
		},
	}
	if plainHTTP {
		given.Flows = append(given.Flows, RequiredFlow{build, tagEnd("Internet"), flow.TCP, 80, "Ubuntu's package mirrors"})
	}
	return given
}

// GivenClusterArgs configures GivenCluster.
type GivenClusterArgs struct {
	config.Placement
	// Index is the place of the stamp in the configuration.
	Index int
	Stamp config.Stamp
	Hub   GivenHub
	// Bastion is the range of AzureBastionSubnet; invalid for none.
	Bastion      netip.Prefix
	BuildAgents  config.BuildAgents
	VirtualNodes config.VirtualNodes
	AgentPool    bool
}

// GivenCluster is what a given network of a stamp has to be.
func GivenCluster(args *GivenClusterArgs) GivenNetwork {
	groups, subnets := clusterNetwork(args.Stamp, args.Bastion, args.VirtualNodes.Enabled)
	rules := map[string][]SecurityRule{}
	for _, group := range groups {
		rules[group.Name] = group.Rules
	}
	given := GivenNetwork{
		Key: fmt.Sprintf("stamps[%d].networkId", args.Index), Value: args.Stamp.NetworkID, ID: args.Stamp.NetworkID,
		Location: args.Location, Hub: args.Hub, Reserved: config.ReservedByClusters(), Flows: clusterFlows(args),
	}
	for _, subnet := range subnets {
		key := config.SubnetKey(args.Index, subnet.Name)
		subnet.Name = args.Stamp.SubnetName(subnet.Name)
		given.Subnets = append(given.Subnets, GivenSubnet{
			SpokeSubnet: subnet, Key: key + "Name", RangeKey: key, Rules: rules[subnet.SecurityGroup],
		})
	}
	return given
}

// Handover is what the owner of the network has to make sure of, since nothing else has.
func (g GivenNetwork) Handover() []handover.Subnet {
	var subnets []handover.Subnet
	for _, subnet := range g.Subnets {
		left := handover.Subnet{NetworkID: g.ID, Name: subnet.Name, Range: subnet.Prefix.String(), Delegation: subnet.Delegation}
		if !subnet.Unrouted && !subnet.OwnWay {
			left.NextHop = g.Hub.NextHop
		}
		if subnet.EndpointPoliciesOff {
			left.Disabled = append(left.Disabled, "privateEndpointNetworkPolicies")
		}
		if subnet.PrivateLinkServices {
			left.Disabled = append(left.Disabled, "privateLinkServiceNetworkPolicies")
		}
		for _, needed := range g.Flows {
			if needed.From.Name == subnet.Name || needed.To.Name == subnet.Name {
				left.Connections = append(left.Connections, fmt.Sprintf("%s %d from %s to %s", needed.Protocol, needed.Port, needed.From.Name, needed.To.Name))
			}
		}
		subnets = append(subnets, left)
	}
	return subnets
}
