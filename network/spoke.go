package network

import (
	"fmt"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/internal/subscription"
)

// SecurityGroup is one network security group of a spoke, for any number of its subnets.
type SecurityGroup struct {
	// Name is the last part of the group's name in Azure, after that of the virtual network.
	Name  string
	Rules []SecurityRule
}

// SpokeSubnet is one subnet of a spoke. Subnets have no default outbound access, and network policies apply to their private
// endpoints.
type SpokeSubnet struct {
	Name   string
	Prefix netip.Prefix
	// SecurityGroup is the name of one of the spoke's security groups.
	SecurityGroup string
	// Unrouted leaves out the default route to the hub's firewall: what has no public IP address of its own cannot leave the network.
	Unrouted bool
	// EndpointPoliciesOff exempts private endpoints in the subnet from security group and routes.
	EndpointPoliciesOff bool
	// Delegation is the only service, as an Azure resource type, that may put something into the subnet; empty for no delegation.
	Delegation string
	// PrivateLinkServices lets the subnet hold the NICs of private link services, to which security groups do not apply.
	PrivateLinkServices bool
}

// SpokeArgs configures Spoke.
type SpokeArgs struct {
	config.Placement
	Hub *Hub
	// Subscription is where the spoke is.
	Subscription subscription.Subscription
	// Group is the name of the resource group, ResourceGroupName the same once the group exists.
	Group             string
	ResourceGroupName pulumi.StringInput
	// Name is the name of the virtual network.
	Name           string
	AddressSpace   netip.Prefix
	SecurityGroups []SecurityGroup
	Subnets        []SpokeSubnet
}

// Spoke is a virtual network that is peered with the hub, and resolves names and reaches the internet only through its firewall.
type Spoke struct {
	pulumi.ResourceState

	// VNetID is the Azure resource id of the virtual network.
	VNetID pulumi.StringOutput

	// subnetName is the name in Azure by the name that the program gives a subnet; nil where that is the same.
	subnetName func(string) string
}

// FindSpoke is a virtual network that exists, given by its Azure resource id: its owner made it with subnets, security groups and routes, and
// peered it. Nothing is registered.
func FindSpoke(vnetID string, subnetName func(string) string) *Spoke {
	return &Spoke{VNetID: pulumi.String(vnetID).ToStringOutput(), subnetName: subnetName}
}

// SubnetID is the Azure resource id of a subnet of the spoke, by the name that the program gives it.
func (s *Spoke) SubnetID(name string) pulumi.StringOutput {
	if s.subnetName != nil {
		name = s.subnetName(name)
	}
	return subnetID(s.VNetID, name)
}

// NewSpoke registers the virtual network with its security groups, routes, peerings and logs.
func NewSpoke(ctx *pulumi.Context, name string, args *SpokeArgs, opts ...pulumi.ResourceOption) (*Spoke, error) {
	spoke := &Spoke{}
	if err := ctx.RegisterComponentResource("aksregulated:network:Spoke", name, spoke, opts...); err != nil {
		return nil, fmt.Errorf("spoke %s: %w", args.Name, err)
	}
	child, own := spoke.child(args), args.Subscription.Name(name)
	routes, err := newSpokeRoutes(ctx, own, args, child)
	if err != nil {
		return nil, err
	}
	groups := map[string]pulumi.StringOutput{}
	for _, group := range args.SecurityGroups {
		if groups[group.Name], err = spoke.newSecurityGroup(ctx, own, args, group); err != nil {
			return nil, err
		}
	}
	var subnets network.SubnetTypeArray
	for _, subnet := range args.Subnets {
		groupID, known := groups[subnet.SecurityGroup]
		if !known {
			return nil, fmt.Errorf("subnet %s of %s: no security group %q", subnet.Name, args.Name, subnet.SecurityGroup)
		}
		subnets = append(subnets, spokeSubnet(subnet, groupID, routes))
	}
	vnet, err := network.NewVirtualNetwork(ctx, own, &network.VirtualNetworkArgs{
		VirtualNetworkName: pulumi.String(args.Name),
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(args.Location),
		Tags:               pulumi.ToStringMap(args.Tags),
		AddressSpace:       addressSpace(args.AddressSpace),
		DhcpOptions:        network.DhcpOptionsArgs{DnsServers: pulumi.StringArray(args.Hub.DNSServers)},
		Subnets:            subnets,

		DdosProtectionPlan:   ddosPlan(args.Hub.spokes),
		EnableDdosProtection: pulumi.Bool(args.Hub.spokes.DDoSPlanID != ""),
	}, child,
		// A subnet lists the gateway that joins it later, among what could be set. What a refresh takes over of that stays as it is.
		pulumi.IgnoreChanges([]string{"subnets[*].applicationGatewayIPConfigurations"}))
	if err != nil {
		return nil, fmt.Errorf("virtual network %s: %w", args.Name, err)
	}
	spoke.VNetID = vnet.ID().ToStringOutput()
	err = diagnostics.Send(ctx, own, "toHub", diagnostics.VirtualNetwork, spoke.VNetID, args.Hub.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	var peered pulumi.Resource
	if err := args.Hub.networkChanges.next(func(previous []pulumi.Resource) (pulumi.Resource, error) {
		peered, err = spoke.peer(ctx, name, args, vnet, previous)
		return peered, err
	}); err != nil {
		return nil, err
	}
	// A flow log changes the network as well, so it waits for both peerings.
	if _, err := args.Hub.FlowLogs.Record(ctx, own, args.Subscription, args.Name, spoke.VNetID, []pulumi.Resource{peered}, child); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(spoke, pulumi.Map{"vnetId": spoke.VNetID}); err != nil {
		return nil, fmt.Errorf("outputs of spoke %s: %w", args.Name, err)
	}
	return spoke, nil
}

// child makes a resource one of the spoke, in the spoke's subscription. The hub's side of the peering is elsewhere, so the component has none.
func (s *Spoke) child(args *SpokeArgs) pulumi.ResourceOption {
	return pulumi.Composite(args.Subscription.Options(pulumi.Parent(s))...)
}

// newSecurityGroup registers a network security group with its diagnostics, and returns its Azure resource id.
func (s *Spoke) newSecurityGroup(
	ctx *pulumi.Context, name string, args *SpokeArgs, group SecurityGroup,
) (pulumi.StringOutput, error) {
	child := s.child(args)
	logicalName := name + "-" + group.Name
	registered, err := network.NewNetworkSecurityGroup(ctx, logicalName, &network.NetworkSecurityGroupArgs{
		NetworkSecurityGroupName: pulumi.String("nsg-" + args.Name + "-" + group.Name),
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(args.Location),
		Tags:                     pulumi.ToStringMap(args.Tags),
		SecurityRules:            securityRules(group.Rules, args.Hub.DNSServers),
	}, child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("network security group %s of %s: %w", group.Name, args.Name, err)
	}
	groupID := registered.ID().ToStringOutput()
	err = diagnostics.Send(ctx, logicalName, "toHub", diagnostics.NetworkSecurityGroup, groupID, args.Hub.WorkspaceID, child)
	return groupID, err
}

// spokeSubnet renders a subnet for its virtual network.
func spokeSubnet(subnet SpokeSubnet, securityGroupID pulumi.StringOutput, routes spokeRoutes) network.SubnetTypeArgs {
	privateLinkServicePolicies := "Enabled"
	if subnet.PrivateLinkServices {
		privateLinkServicePolicies = "Disabled"
	}
	endpointPolicies := "Enabled"
	if subnet.EndpointPoliciesOff {
		endpointPolicies = "Disabled"
	}
	rendered := network.SubnetTypeArgs{
		Name:                              pulumi.String(subnet.Name),
		AddressPrefix:                     pulumi.String(subnet.Prefix.String()),
		NetworkSecurityGroup:              network.NetworkSecurityGroupTypeArgs{Id: securityGroupID.ToStringPtrOutput()},
		DefaultOutboundAccess:             pulumi.Bool(false),
		PrivateEndpointNetworkPolicies:    pulumi.String(endpointPolicies),
		PrivateLinkServiceNetworkPolicies: pulumi.String(privateLinkServicePolicies),
	}
	if subnet.Delegation != "" {
		rendered.Delegations = network.DelegationArray{network.DelegationArgs{
			Name: pulumi.String("delegation"), ServiceName: pulumi.String(subnet.Delegation),
		}}
	}
	if table := routes.of(subnet); table != nil {
		rendered.RouteTable = network.RouteTableTypeArgs{Id: table.ID().ToStringOutput().ToStringPtrOutput()}
	}
	return rendered
}

func addressSpace(prefixes ...netip.Prefix) network.AddressSpaceArgs {
	return network.AddressSpaceArgs{AddressPrefixes: pulumi.ToStringArray(texts(prefixes))}
}

// texts are ranges in CIDR notation.
func texts(prefixes []netip.Prefix) []string {
	written := make([]string, 0, len(prefixes))
	for _, prefix := range prefixes {
		written = append(written, prefix.String())
	}
	return written
}
