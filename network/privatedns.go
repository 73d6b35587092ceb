package network

import (
	"fmt"
	"slices"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240601"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/resourceid"
)

// PrivateZone is one of the platform's private DNS zones.
type PrivateZone string

// The platform's zones, by what they serve.
const (
	RegistryZone  PrivateZone = "registry"
	VaultZone     PrivateZone = "vault"
	APIServerZone PrivateZone = "apiserver"
)

// dnsName is the name that Azure wants for the zone (Azure document "Azure Private Endpoint private DNS zone values").
func (z PrivateZone) dnsName(location string) string {
	switch z {
	case RegistryZone:
		return "privatelink.azurecr.io"
	case VaultZone:
		return "privatelink.vaultcore.azure.net"
	default:
		return "privatelink." + location + ".azmk8s.io"
	}
}

// PrivateDNSArgs configures PrivateDNS.
type PrivateDNSArgs struct {
	config.Placement
	Hub *Hub
	// ResourceGroupName is the group that all spokes share.
	ResourceGroupName pulumi.StringInput
}

// PrivateDNS is the private DNS zones of the platform, each linked to the hub, where the firewall resolves names for all spokes.
type PrivateDNS struct {
	pulumi.ResourceState
	component.Roster

	// Azure resource ids of the zones, known once the zone is linked to the hub, so that names in it can be resolved.
	RegistryZoneID, VaultZoneID, APIServerZoneID pulumi.StringOutput

	tags  map[string]string
	zones map[PrivateZone]zonePlace
}

// zonePlace is a zone as the parent of links.
type zonePlace struct{ name, group pulumi.StringInput }

// FoundZones are the Azure resource ids of zones that exist, each with what links it to where the platform's names are resolved.
type FoundZones struct{ RegistryZoneID, VaultZoneID, APIServerZoneID string }

// FindPrivateDNS is zones that exist, of which nothing is registered but links to the networks of spokes.
func FindPrivateDNS(placement config.Placement, found *FoundZones) *PrivateDNS {
	dns := &PrivateDNS{tags: placement.Tags, zones: map[PrivateZone]zonePlace{}}
	for zone, target := range map[PrivateZone]struct {
		found string
		id    *pulumi.StringOutput
	}{
		RegistryZone: {found.RegistryZoneID, &dns.RegistryZoneID}, VaultZone: {found.VaultZoneID, &dns.VaultZoneID},
		APIServerZone: {found.APIServerZoneID, &dns.APIServerZoneID},
	} {
		*target.id = pulumi.String(target.found).ToStringOutput()
		dns.zones[zone] = zonePlace{pulumi.String(resourceid.Name(target.found)), pulumi.String(resourceid.Group(target.found))}
	}
	return dns
}

// Found are the ids of the zones, by the names that the configuration has for them.
func (d *PrivateDNS) Found() pulumi.Map {
	return pulumi.Map{"registryZoneId": d.RegistryZoneID, "vaultZoneId": d.VaultZoneID, "apiServerZoneId": d.APIServerZoneID}
}

// NewPrivateDNS registers the zones and their links to the hub.
func NewPrivateDNS(
	ctx *pulumi.Context, name string, args *PrivateDNSArgs, opts ...pulumi.ResourceOption,
) (*PrivateDNS, error) {
	dns := &PrivateDNS{tags: args.Tags, zones: map[PrivateZone]zonePlace{}}
	if err := component.Register(ctx, "aksregulated:network:PrivateDNS", name, dns, opts...); err != nil {
		return nil, fmt.Errorf("private DNS: %w", err)
	}
	child := pulumi.Parent(dns)
	for _, target := range []struct {
		zone PrivateZone
		id   *pulumi.StringOutput
	}{
		{RegistryZone, &dns.RegistryZoneID}, {VaultZone, &dns.VaultZoneID}, {APIServerZone, &dns.APIServerZoneID},
	} {
		zone, err := network.NewPrivateZone(ctx, name+"-"+string(target.zone), &network.PrivateZoneArgs{
			PrivateZoneName:   pulumi.String(target.zone.dnsName(args.Location)),
			ResourceGroupName: args.ResourceGroupName,
			Location:          pulumi.String("global"),
			Tags:              pulumi.ToStringMap(args.Tags),
			// It holds the addresses of clusters, registries and vaults, which nothing would write again.
		}, child, pulumi.Protect(args.Protect))
		if err != nil {
			return nil, fmt.Errorf("private DNS zone of %s: %w", target.zone, err)
		}
		dns.zones[target.zone] = zonePlace{zone.Name, args.ResourceGroupName}
		link, err := dns.link(ctx, name+"-hub", target.zone, args.Hub.VNetName, args.Hub.VNetID, child)
		if err != nil {
			return nil, err
		}
		*target.id = pulumi.All(zone.ID(), link.ID()).ApplyT(func(ids []any) string {
			return string(ids[0].(pulumi.ID))
		}).(pulumi.StringOutput)
	}
	if err := ctx.RegisterResourceOutputs(dns, dns.Found()); err != nil {
		return nil, fmt.Errorf("outputs of private DNS: %w", err)
	}
	return dns, nil
}

// Link registers a link of a zone to a virtual network, given by name and Azure resource id. The logical name of the link is
// name followed by the zone.
func (d *PrivateDNS) Link(
	ctx *pulumi.Context, name string, zone PrivateZone, vnetName string, vnetID pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) error {
	_, err := d.link(ctx, name, zone, vnetName, vnetID, opts...)
	return err
}

func (d *PrivateDNS) link(
	ctx *pulumi.Context, name string, zone PrivateZone, vnetName string, vnetID pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) (*network.VirtualNetworkLink, error) {
	place, known := d.zones[zone]
	if !known {
		return nil, fmt.Errorf("link to %s: no private DNS zone of %q", vnetName, zone)
	}
	args := &network.VirtualNetworkLinkArgs{
		VirtualNetworkLinkName: pulumi.String("to_" + vnetName),
		PrivateZoneName:        place.name,
		ResourceGroupName:      place.group,
		Location:               pulumi.String("global"),
		Tags:                   pulumi.ToStringMap(d.tags),
		VirtualNetwork:         network.SubResourceArgs{Id: vnetID.ToStringOutput().ToStringPtrOutput()},
		// Only private endpoints and AKS write records here; machines do not register themselves.
		RegistrationEnabled: pulumi.Bool(false),
	}
	// A registry or vault of another network or tenant can have a private endpoint there. Its public name then leads into a zone of this
	// name, which has no record of it here: the public answer is the one that helps (Azure document "Fallback to internet for Azure Private
	// DNS zones"). Names of API servers have no public answer.
	if zone != APIServerZone {
		args.ResolutionPolicy = pulumi.String(network.ResolutionPolicyNxDomainRedirect)
	}
	// Azure refuses another network for a link that exists, and the provider would only update it.
	link, err := network.NewVirtualNetworkLink(ctx, name+"-"+string(zone), args,
		append(slices.Clone(opts), pulumi.ReplaceOnChanges([]string{"virtualNetwork"}))...)
	if err != nil {
		return nil, fmt.Errorf("link of the private DNS zone of %s to %s: %w", zone, vnetName, err)
	}
	return link, nil
}
