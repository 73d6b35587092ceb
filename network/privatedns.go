package network

import (
	"fmt"
	"slices"
	"time"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240601"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/subscription"
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
		return config.RegistryZoneName
	case VaultZone:
		return config.VaultZoneName
	default:
		return config.APIServerZoneName(location)
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

	// Azure resource ids of the zones, known once the zone is linked to the hub, so that names in it can be resolved. Without a zone of
	// registries or vaults a policy of others writes the names of private endpoints; without one of API servers AKS publishes the name of the
	// private address.
	RegistryZoneID, VaultZoneID, APIServerZoneID pulumi.StringInput

	placement config.Placement
	// found means that the zones are another team's.
	found bool
	zones map[PrivateZone]zoneParent
	// handover gets what is left to the owner of zones, wait is how long an update waits for it.
	handover *Handover
	wait     time.Duration
}

// zoneParent is a private DNS zone as the parent of links.
type zoneParent struct {
	in          subscription.Subscription
	group, name pulumi.StringInput
	// id is the Azure resource id of a zone that exists; empty where only its owner knows it.
	id string
	// byOwner leaves links of the zone, and roles on it, to its owner.
	byOwner bool
}

// LinkedNetwork is a virtual network that zones are linked to.
type LinkedNetwork struct {
	// Name is its name, PlannedID its Azure resource id as far as it is known before it exists, ID the same once it does.
	Name, PlannedID string
	ID              pulumi.StringInput
}

// NewPrivateDNS registers the zones and their links to the hub.
func NewPrivateDNS(
	ctx *pulumi.Context, name string, args *PrivateDNSArgs, opts ...pulumi.ResourceOption,
) (*PrivateDNS, error) {
	dns := &PrivateDNS{placement: args.Placement, zones: map[PrivateZone]zoneParent{}}
	if err := component.Register(ctx, "aksregulated:network:PrivateDNS", name, dns, opts...); err != nil {
		return nil, fmt.Errorf("private DNS: %w", err)
	}
	child := pulumi.Parent(dns)
	for _, target := range []struct {
		zone PrivateZone
		id   *pulumi.StringInput
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
		dns.zones[target.zone] = zoneParent{group: args.ResourceGroupName, name: zone.Name}
		link, err := dns.link(ctx, name+"-hub", target.zone, args.Hub.network(), "", child)
		if err != nil {
			return nil, err
		}
		*target.id = pulumi.All(zone.ID(), link.ID()).ApplyT(func(ids []any) string {
			return string(ids[0].(pulumi.ID))
		}).(pulumi.StringOutput)
	}
	return dns, dns.registerOutputs(ctx)
}

// Found are the ids of the zones, by the names that the configuration has for them.
func (d *PrivateDNS) Found() pulumi.Map {
	found := pulumi.Map{}
	for name, id := range map[string]pulumi.StringInput{
		"registryZoneId": d.RegistryZoneID, "vaultZoneId": d.VaultZoneID, "apiServerZoneId": d.APIServerZoneID,
	} {
		if id != nil {
			found[name] = id
		}
	}
	return found
}

func (d *PrivateDNS) registerOutputs(ctx *pulumi.Context) error {
	if err := ctx.RegisterResourceOutputs(d, d.Found()); err != nil {
		return fmt.Errorf("outputs of private DNS: %w", err)
	}
	return nil
}

// Link registers a link of a zone to a virtual network, or leaves it to the owner of the zone, with the reason. The logical name of the link is
// name followed by the zone.
func (d *PrivateDNS) Link(
	ctx *pulumi.Context, name string, zone PrivateZone, to LinkedNetwork, why string, opts ...pulumi.ResourceOption,
) error {
	_, err := d.link(ctx, name, zone, to, why, opts...)
	return err
}

// link returns nil where the owner of the zone makes the link.
func (d *PrivateDNS) link(
	ctx *pulumi.Context, name string, zone PrivateZone, to LinkedNetwork, why string, opts ...pulumi.ResourceOption,
) (*network.VirtualNetworkLink, error) {
	parent, known := d.zones[zone]
	if !known {
		return nil, fmt.Errorf("link to %s: no private DNS zone of %q", to.Name, zone)
	}
	linkName := "to_" + to.Name
	if parent.byOwner {
		d.handover.Links = append(d.handover.Links, handover.Link{
			ZoneID: parent.id, Zone: zone.dnsName(d.placement.Location), Name: linkName, NetworkID: to.PlannedID, Reason: why,
		})
		return nil, nil
	}
	args := &network.VirtualNetworkLinkArgs{
		VirtualNetworkLinkName: pulumi.String(linkName),
		PrivateZoneName:        parent.name,
		ResourceGroupName:      parent.group,
		Location:               pulumi.String("global"),
		Tags:                   pulumi.ToStringMap(d.placement.Tags),
		VirtualNetwork:         network.SubResourceArgs{Id: to.ID.ToStringOutput().ToStringPtrOutput()},
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
	link, err := network.NewVirtualNetworkLink(ctx, parent.in.Name(name+"-"+string(zone)), args,
		parent.in.Options(append(slices.Clone(opts), pulumi.ReplaceOnChanges([]string{"virtualNetwork"}))...)...)
	if err != nil {
		return nil, fmt.Errorf("link of the private DNS zone of %s to %s: %w", zone, to.Name, err)
	}
	return link, nil
}
