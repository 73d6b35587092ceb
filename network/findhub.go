package network

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
)

// FindHubArgs configures FindHub.
type FindHubArgs struct {
	config.Placement
	Hub            config.Hub
	Spokes         config.Spokes
	DNS            config.DNS
	NetworkWatcher config.NetworkWatcher
	// WorkspaceName is the name of the Log Analytics workspace to make if Hub has none, FlowLogAccountName that of the storage account for
	// flow logs, which must be unique in all of Azure.
	WorkspaceName, FlowLogAccountName string
	// FoundWorkspace is what is known of a workspace in Hub; nil for nothing. FlowLogs has what is there already for flow logs.
	FoundWorkspace *FoundWorkspace
	FlowLogs       config.FlowLogs
	// Subscription is where the spokes are. With Hub.ActivityLog the workspace takes the activity logs of ActivityLogs.
	Subscription subscription.Subscription
	ActivityLogs []subscription.Subscription
	// ResourceGroupName is the group of the spokes, in which their logs are kept.
	ResourceGroupName pulumi.StringInput
	// Subscriptions has that of the hub.
	Subscriptions *subscription.Set
	// Handover gets what is left to the owner of the hub, Wait is how long an update waits for it.
	Handover *Handover
	Wait     time.Duration
	// OwnHub says that another stack of the platform has made the hub, rather than another team.
	OwnHub bool
}

// FindHub is a hub that exists, of somebody else: nothing of it is registered but peerings and rules, where the configuration says so. Logs of
// the spokes have no place there either, since flow logs are bound to the subscription of their network (Azure document "Virtual network flow
// logs"); so the store of flow logs is made here, in the group of the spokes.
func FindHub(ctx *pulumi.Context, name string, args *FindHubArgs, opts ...pulumi.ResourceOption) (*Hub, error) {
	existing := args.Hub.Existing
	hub := &Hub{
		VNetID: pulumi.String(existing.NetworkID).ToStringOutput(), VNetName: resourceid.Name(existing.NetworkID),
		AddressSpaces: existing.AddressSpaces, BastionSubnet: args.Hub.BastionSubnet,
		NextHop: pulumi.String(existing.NextHop).ToStringOutput(),
		spokes:  args.Spokes, egressPriority: args.Hub.EgressPriority, handover: args.Handover, wait: args.Wait,
		shared: true, ipGroups: args.OwnHub, plannedID: existing.NetworkID,
	}
	hub.resolveBy(args.DNS, hub.NextHop)
	if err := component.Register(ctx, "aksregulated:network:Hub", name, hub, opts...); err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	child := pulumi.Parent(hub)
	if existing.Peering == config.PeeringBoth {
		in, err := args.Subscriptions.Get(resourceid.Subscription(existing.NetworkID))
		if err != nil {
			return nil, err
		}
		hub.side = &hubSide{in, pulumi.String(resourceid.Group(existing.NetworkID)), pulumi.String(hub.VNetName)}
	}
	if policyID := existing.FirewallPolicyID; policyID != "" {
		in, err := args.Subscriptions.Get(resourceid.Subscription(policyID))
		if err != nil {
			return nil, err
		}
		hub.FirewallPolicyID = pulumi.String(policyID)
		hub.policy = &egressPolicy{
			in: in, group: pulumi.String(resourceid.Group(policyID)), name: pulumi.String(resourceid.Name(policyID)),
		}
	}
	logs, err := networkLogs(ctx, name, &networkLogsArgs{
		Placement: args.Placement, Hub: args.Hub, Found: args.FoundWorkspace, WorkspaceName: args.WorkspaceName, ResourceGroupName: args.ResourceGroupName,
	}, child)
	if err != nil {
		return nil, err
	}
	hub.WorkspaceID = logs.ID
	if existing.FirewallID != "" {
		hub.FirewallID = pulumi.String(existing.FirewallID)
	}
	// Only the owner sends the firewall's logs somewhere, and then to a workspace that exists.
	if hub.FirewallID != nil && args.Hub.WorkspaceID != "" {
		hub.FirewallLogsID = hub.WorkspaceID
	}
	if err := sendActivityLogs(ctx, name, args.Hub, args.ActivityLogs, args.WorkspaceName, hub.WorkspaceID, child); err != nil {
		return nil, err
	}
	hub.FlowLogs, err = NewFlowLogStore(ctx, name+"-flowlogs", &FlowLogStoreArgs{
		Placement: args.Placement, NetworkWatcher: args.NetworkWatcher, FlowLogs: args.FlowLogs, AccountName: args.FlowLogAccountName,
		RetentionDays: args.Hub.FlowLogRetentionDays, Subscription: args.Subscription,
		ResourceGroupName: args.ResourceGroupName, Workspace: logs,
	}, child)
	if err != nil {
		return nil, err
	}
	return hub, hub.registerOutputs(ctx)
}
