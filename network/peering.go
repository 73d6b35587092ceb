package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/patience"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/internal/tree"
)

// peeringSide is one of the two peerings of a spoke with the hub.
type peeringSide struct {
	logicalName string
	// leads says from where to where, for errors.
	leads string
	args  *network.VirtualNetworkPeeringArgs
	// options are those of its subscription.
	options []pulumi.ResourceOption
}

// anotherNetwork replaces a peering: Azure refuses another network for one that exists, and the provider would only update it.
var anotherNetwork = pulumi.ReplaceOnChanges([]string{"remoteVirtualNetwork"})

// peer registers both peerings, or the spoke's and leaves the hub's to its owner, and returns what exists once they let packets through.
// Unless that is configured, neither forwards traffic from elsewhere, so spokes cannot reach each other through the hub.
//
// Azure updates both networks for each peering, and refuses a peering while another update of one of them is under way. So the first
// side waits for what changed the hub's network before, which is the previous spoke or the hub's own flow log, and the second for the first.
func (s *Spoke) peer(
	ctx *pulumi.Context, name string, args *SpokeArgs, vnet *network.VirtualNetwork, previous []pulumi.Resource,
) (pulumi.Resource, error) {
	hub, transit := args.Hub, args.Hub.spokes.Transit
	sides := []peeringSide{
		{args.Subscription.Name(name + "-to-hub"), "of " + args.Name + " to the hub", &network.VirtualNetworkPeeringArgs{
			VirtualNetworkPeeringName: pulumi.String("spoke-to-" + args.Hub.VNetName),
			ResourceGroupName:         args.ResourceGroupName,
			VirtualNetworkName:        vnet.Name,
			RemoteVirtualNetwork:      network.SubResourceArgs{Id: args.Hub.VNetID.ToStringPtrOutput()},
			// A peering keeps the ranges it was created with until it is told to synchronize; a changed range causes that update.
			RemoteAddressSpace:        addressSpace(args.Hub.AddressSpaces...),
			SyncRemoteAddressSpace:    pulumi.String("true"),
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(transit.AllowForwardedTraffic),
			AllowGatewayTransit:       pulumi.Bool(false),
			UseRemoteGateways:         pulumi.Bool(transit.UseRemoteGateways),
		}, []pulumi.ResourceOption{s.child(args), anotherNetwork}},
	}
	if hub.side != nil {
		sides = append(sides, peeringSide{args.Hub.side.in.Name(name + "-from-hub"), "of the hub to " + args.Name, &network.VirtualNetworkPeeringArgs{
			VirtualNetworkPeeringName: pulumi.String(hubSideName(args)),
			ResourceGroupName:         args.Hub.side.group,
			VirtualNetworkName:        args.Hub.side.vnet,
			RemoteVirtualNetwork:      network.SubResourceArgs{Id: s.VNetID.ToStringPtrOutput()},
			RemoteAddressSpace:        addressSpace(args.AddressSpace),
			SyncRemoteAddressSpace:    pulumi.String("true"),
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(false),
			AllowGatewayTransit:       pulumi.Bool(transit.AllowGatewayTransit),
			UseRemoteGateways:         pulumi.Bool(false),
		}, args.Hub.side.in.Options(pulumi.Parent(s), anotherNetwork)})
	}
	// Azure refuses a side that uses the other network's gateway before the other side lets it (Azure document "Configure VPN gateway transit
	// for virtual network peering").
	if transit.UseRemoteGateways {
		slices.Reverse(sides)
	}
	// Azure makes the first side Initiated, and Connected once the second exists, whatever is asked for. A refresh takes the change for drift
	// unless it leads to what was asked for; ignoreChanges does not help, because azure-native compares without it.
	sides[0].args.PeeringState, sides[0].args.PeeringSyncLevel = pulumi.String("Connected"), pulumi.String("FullyInSync")
	var last *network.VirtualNetworkPeering
	for _, side := range sides {
		if hub.shared {
			patient, err := patience.WhileRefused(ctx, side.logicalName+"-busy", busyLimit, busy...)
			if err != nil {
				return nil, err
			}
			side.options = append(side.options, patient)
		}
		peering, err := network.NewVirtualNetworkPeering(ctx, side.logicalName, side.args, append(side.options, pulumi.DependsOn(previous))...)
		if err != nil {
			return nil, fmt.Errorf("peering %s: %w", side.leads, err)
		}
		// What came before stays: when the hub moves, the old hub's side goes before the old hub's other parts.
		last, previous = peering, append(slices.Clip(previous), peering)
	}
	if hub.side == nil {
		return s.awaitHubSide(ctx, name, args, last)
	}
	return last, nil
}

func hubSideName(args *SpokeArgs) string { return "hub-to-" + args.Name }

// networkID is the Azure resource id of a virtual network before it exists.
func networkID(in subscription.Subscription, group, name string) string {
	return resourceid.InGroup(in.ID, group) + "/providers/Microsoft.Network/virtualNetworks/" + name
}

// peeringVersion is the API version by which peerings and private endpoints are read.
const peeringVersion = "?api-version=2024-05-01"

// awaitHubSide leaves the hub's side of the peering to its owner, and waits for it: until then the spoke reaches nothing.
func (s *Spoke) awaitHubSide(
	ctx *pulumi.Context, name string, args *SpokeArgs, toHub *network.VirtualNetworkPeering,
) (pulumi.Resource, error) {
	hub := args.Hub
	hub.handover.Peerings = append(hub.handover.Peerings, handover.Peering{
		NetworkID: hub.plannedID, RemoteNetworkID: networkID(args.Subscription, args.Group, args.Name),
		RemoteAddressSpaces: texts([]netip.Prefix{args.AddressSpace}), Name: hubSideName(args), AllowGatewayTransit: hub.spokes.Transit.AllowGatewayTransit,
		Reason: "The spoke reaches the firewall, and answers what the hub lets in.",
	})
	return patience.Await(ctx, args.Subscription.Name(name+"-peered"), &patience.Awaited{
		Of: toHub.ID().ToStringOutput(), Limit: hub.wait,
		What: fmt.Sprintf("the hub's side of the peering with %s, which its owner makes as the output handover says", args.Name),
		There: func(ctx context.Context, client *armclient.Client, peeringID string) (bool, *armclient.Answer, error) {
			answer, err := client.Get(ctx, peeringID+peeringVersion)
			if err != nil {
				return false, nil, err
			}
			return tree.Text(answer.Body, "properties", "peeringState") == "Connected", answer, nil
		},
	}, pulumi.Parent(s))
}

// TransitOpening is what one key about a gateway in the hub changes, and what that opens.
type TransitOpening struct {
	Key string
	// Type is the type of resource with the property that the key sets, in the words of Azure.
	Type, Property string
	Opens          string
}

// TransitOpenings are the keys about a gateway in the hub, for docs/security.md.
var TransitOpenings = []TransitOpening{
	{"hub.allowGatewayTransit", "peering", "allowGatewayTransit", "Nothing by itself: it lets the spokes use the hub's gateway, once they ask for it."},
	{"hub.useRemoteGateways", "peering", "useRemoteGateways", "The gateway announces the spokes' ranges to the networks behind it, which then reach the " +
		"spokes directly unless the route table of GatewaySubnet sends them to the firewall. The tag VirtualNetwork includes those networks: what the " +
		"rules allow from it, private endpoints on 443 and what Azure's default rules allow to nodes and ingress, is open to them."},
	{"hub.allowForwardedTraffic", "peering", "allowForwardedTraffic", "The spokes take packets that the firewall forwards from elsewhere: from other spokes " +
		"and from behind the gateway, as far as the firewall's rules and the spokes' security groups allow."},
	{"hub.gatewayRoutes", "route table", "disableBgpRoutePropagation", "What leaves a spoke for a network that the gateway announces goes there past the " +
		"firewall: no rule, no log of the firewall. The rest still goes to the firewall, since its route wins over an announced default route."},
}

// ddosPlan is the plan of a network that the stack makes; nil for none.
func ddosPlan(spokes config.Spokes) network.SubResourcePtrInput {
	if spokes.DDoSPlanID == "" {
		return nil
	}
	return network.SubResourceArgs{Id: pulumi.String(spokes.DDoSPlanID)}
}
