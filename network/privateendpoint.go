package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
)

// PrivateEndpointArgs configures PrivateEndpoint.
type PrivateEndpointArgs struct {
	config.Placement
	ResourceGroupName pulumi.StringInput
	// TargetName is the name of the service that gets the endpoint, TargetID its Azure resource id.
	TargetName string
	TargetID   pulumi.StringInput
	// GroupID is the part of the service that the endpoint serves: registry or vault (Azure document "What is a private
	// endpoint?", private-link resource).
	GroupID string
	// VNetName names the virtual network, SubnetID is the Azure resource id of the subnet in it.
	VNetName string
	SubnetID pulumi.StringInput
	// ZoneID is the Azure resource id of the private DNS zone for the endpoint's addresses; nil where others write its names, for which DNS waits.
	ZoneID pulumi.StringInput
	DNS    *PrivateDNS
	Zone   PrivateZone
	// GroupScope is the Azure resource id of the resource group, known before it exists.
	GroupScope string
	// ZoneConfigName names the zone in the endpoint's zone group, for example privatelink-azurecr-io.
	ZoneConfigName string
	// After must exist first. Azure makes one change of a virtual network at a time, and an endpoint is such a change: After has at
	// least the peerings of its network, and the endpoint before it.
	After []pulumi.Resource
}

// PrivateEndpoint is a service's addresses in a virtual network, with their names in a private DNS zone.
type PrivateEndpoint struct {
	pulumi.ResourceState
	component.Roster

	// EndpointID is the Azure resource id of the endpoint, known once its names resolve.
	EndpointID pulumi.StringOutput
}

// NewPrivateEndpoint registers the endpoint and its zone group.
func NewPrivateEndpoint(
	ctx *pulumi.Context, name string, args *PrivateEndpointArgs, opts ...pulumi.ResourceOption,
) (*PrivateEndpoint, error) {
	private := &PrivateEndpoint{}
	if err := component.Register(ctx, "aksregulated:network:PrivateEndpoint", name, private, opts...); err != nil {
		return nil, fmt.Errorf("component of the private endpoint of %s: %w", args.TargetName, err)
	}
	child := pulumi.Parent(private)
	endpoint, err := network.NewPrivateEndpoint(ctx, name, &network.PrivateEndpointArgs{
		PrivateEndpointName:        pulumi.String("pe-" + args.TargetName),
		CustomNetworkInterfaceName: pulumi.String("nic-pe-" + args.TargetName),
		ResourceGroupName:          args.ResourceGroupName,
		Location:                   pulumi.String(args.Location),
		Tags:                       pulumi.ToStringMap(args.Tags),
		Subnet: network.SubnetTypeArgs{
			Id: args.SubnetID.ToStringOutput().ToStringPtrOutput(),
			// Left out, the SDK would say Disabled here, against what the spoke says about the same subnet.
			PrivateEndpointNetworkPolicies: pulumi.String("Enabled"),
		},
		PrivateLinkServiceConnections: network.PrivateLinkServiceConnectionArray{network.PrivateLinkServiceConnectionArgs{
			Name:                 pulumi.String("to-" + args.VNetName),
			PrivateLinkServiceId: args.TargetID.ToStringOutput().ToStringPtrOutput(),
			GroupIds:             pulumi.StringArray{pulumi.String(args.GroupID)},
		}},
		// Azure lists the names here until the zone group has them. Left out, the next refresh takes their going for drift.
		CustomDnsConfigs: network.CustomDnsConfigPropertiesFormatArray{},
	}, child, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("private endpoint of %s: %w", args.TargetName, err)
	}
	if args.ZoneID == nil {
		planned := args.GroupScope + "/providers/Microsoft.Network/privateEndpoints/pe-" + args.TargetName
		named, err := args.DNS.awaitNames(ctx, name+"-named", args.Zone, planned, endpoint.ID().ToStringOutput(), child)
		if err != nil {
			return nil, err
		}
		return private, private.known(ctx, args.TargetName, endpoint, named)
	}
	names, err := network.NewPrivateDnsZoneGroup(ctx, name, &network.PrivateDnsZoneGroupArgs{
		PrivateDnsZoneGroupName: pulumi.String("for-" + args.TargetName),
		PrivateEndpointName:     endpoint.Name,
		ResourceGroupName:       args.ResourceGroupName,
		PrivateDnsZoneConfigs: network.PrivateDnsZoneConfigArray{network.PrivateDnsZoneConfigArgs{
			Name:             pulumi.String(args.ZoneConfigName),
			PrivateDnsZoneId: args.ZoneID.ToStringOutput().ToStringPtrOutput(),
		}},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("DNS zone group of the private endpoint of %s: %w", args.TargetName, err)
	}
	return private, private.known(ctx, args.TargetName, endpoint, names)
}

// known closes the component with the id of the endpoint, which is known once its names are there.
func (p *PrivateEndpoint) known(ctx *pulumi.Context, target string, endpoint *network.PrivateEndpoint, names pulumi.Resource) error {
	p.EndpointID = pulumi.All(endpoint.ID(), names.(pulumi.CustomResource).ID()).ApplyT(func(ids []any) string {
		return string(ids[0].(pulumi.ID))
	}).(pulumi.StringOutput)
	if err := ctx.RegisterResourceOutputs(p, pulumi.Map{"endpointId": p.EndpointID}); err != nil {
		return fmt.Errorf("outputs of private endpoint of %s: %w", target, err)
	}
	return nil
}
