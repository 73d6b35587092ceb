package network

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/patience"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/internal/tree"
)

// FindPrivateDNSArgs configures FindPrivateDNS.
type FindPrivateDNSArgs struct {
	config.Placement
	DNS config.DNS
	Hub *Hub
	// MadeHub means that the hub is the stack's, so that no owner of zones has linked it.
	MadeHub bool
	// Own means that another stack of the same platform has made the zones.
	Own bool
	// Subscriptions has those of the zones.
	Subscriptions *subscription.Set
	// Handover gets what is left to the owner of the zones, Wait is how long an update waits for it.
	Handover *Handover
	Wait     time.Duration
}

// FindPrivateDNS is the zones of another team: by their ids, or unknown, where a policy of that team writes the names of private endpoints. Links
// are registered where the configuration says so. The zone of API servers gets its link to a spoke from AKS, which makes it even if the hub is
// linked (Azure/AKS issue 4841).
func FindPrivateDNS(
	ctx *pulumi.Context, name string, args *FindPrivateDNSArgs, opts ...pulumi.ResourceOption,
) (*PrivateDNS, error) {
	dns := &PrivateDNS{placement: args.Placement, zones: map[PrivateZone]zoneParent{}, found: !args.Own, handover: args.Handover, wait: args.Wait}
	if err := component.Register(ctx, "aksregulated:network:PrivateDNS", name, dns, opts...); err != nil {
		return nil, fmt.Errorf("private DNS: %w", err)
	}
	byOwner := args.DNS.Mode == config.DNSNone || args.DNS.Links == config.LinksNone
	for _, found := range []struct {
		zone PrivateZone
		id   string
		into *pulumi.StringInput
	}{
		{RegistryZone, args.DNS.RegistryZoneID, &dns.RegistryZoneID}, {VaultZone, args.DNS.VaultZoneID, &dns.VaultZoneID},
		{APIServerZone, args.DNS.APIServerZoneID, &dns.APIServerZoneID},
	} {
		if found.id == "" {
			// There is no policy that would serve AKS: a zone of API servers is named, or none is used.
			if found.zone != APIServerZone {
				dns.zones[found.zone] = zoneParent{byOwner: true}
			}
		} else {
			in, err := args.Subscriptions.Get(resourceid.Subscription(found.id))
			if err != nil {
				return nil, err
			}
			dns.zones[found.zone] = zoneParent{
				in: in, group: pulumi.String(resourceid.Group(found.id)), name: pulumi.String(resourceid.Name(found.id)), id: found.id,
				byOwner: byOwner,
			}
			*found.into = pulumi.String(found.id)
		}
		if _, used := dns.zones[found.zone]; !used || !args.MadeHub {
			continue
		}
		link, err := dns.link(ctx, name+"-hub", found.zone, args.Hub.network(), "The firewall resolves names for all spokes in the hub.", pulumi.Parent(dns))
		if err != nil {
			return nil, err
		}
		if link != nil {
			*found.into = pulumi.All(found.id, link.ID()).ApplyT(func(ids []any) string { return ids[0].(string) }).(pulumi.StringOutput)
		}
	}
	return dns, dns.registerOutputs(ctx)
}

// APIServerZoneSubscription is the GUID of the subscription of a zone of API servers that was found; otherwise empty.
func (d *PrivateDNS) APIServerZoneSubscription() string { return d.zones[APIServerZone].in.ID }

// APIServerZoneLeft is the Azure resource id of the zone of API servers if roles on it are its owner's to assign, and otherwise empty.
func (d *PrivateDNS) APIServerZoneLeft() string {
	if zone := d.zones[APIServerZone]; zone.byOwner {
		return zone.id
	}
	return ""
}

// AwaitRole leaves a role on a zone to its owner, as LeftRoles does.
func (d *PrivateDNS) AwaitRole(
	ctx *pulumi.Context, name string, role handover.Role, principalID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) (pulumi.Resource, error) {
	return (&LeftRoles{d.handover, d.wait}).Await(ctx, name, role, principalID, opts...)
}

// awaitNames leaves the names of a private endpoint to the owner of the zone, and registers what exists once they are there: a zone group, which a
// policy adds some minutes after the endpoint (Azure document "Private Link and DNS integration at scale").
func (d *PrivateDNS) awaitNames(
	ctx *pulumi.Context, name string, zone PrivateZone, plannedID string, endpointID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) (pulumi.Resource, error) {
	dnsName := zone.dnsName(d.placement.Location)
	d.handover.Records = append(d.handover.Records, handover.Record{
		EndpointID: plannedID, Zone: dnsName, Reason: "Machines and services in the spokes find the " + string(zone) + " by this name.",
	})
	return patience.Await(ctx, name, &patience.Awaited{
		Of: endpointID, Limit: d.wait,
		What: fmt.Sprintf("the names of %s in zone %s, which a policy of the zone's owner writes by a zone group of the endpoint; if it does not, see "+
			"whether its identity has rights on the zone", resourceid.Name(plannedID), dnsName),
		There: func(ctx context.Context, client *armclient.Client, id string) (bool, *armclient.Answer, error) {
			groups, answer, err := client.List(ctx, id+"/privateDnsZoneGroups"+peeringVersion)
			for _, group := range groups {
				if len(tree.List(group, "properties", "privateDnsZoneConfigs")) > 0 {
					return true, answer, err
				}
			}
			return false, answer, err
		},
	}, opts...)
}
