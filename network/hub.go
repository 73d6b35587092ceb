// Package network is the hub and its spokes: virtual networks, firewall, Bastion, egress, and their logs.
package network

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/internal/subscription"
)

// HubArgs configures Hub.
type HubArgs struct {
	config.Placement
	Hub            config.Hub
	Spokes         config.Spokes
	DNS            config.DNS
	Bastion        config.Bastion
	Firewall       config.Firewall
	NetworkWatcher config.NetworkWatcher
	// WorkspaceName is the name of the Log Analytics workspace, FlowLogAccountName that of the storage account for flow logs, which
	// must be unique in all of Azure.
	WorkspaceName, FlowLogAccountName string
	// FoundWorkspace is what is known of a workspace in Hub; nil for nothing. FlowLogs has what is there already for flow logs.
	FoundWorkspace *FoundWorkspace
	FlowLogs       config.FlowLogs
	// Subscription is where the hub is. With Hub.ActivityLog it takes the activity logs of ActivityLogs.
	Subscription subscription.Subscription
	ActivityLogs []subscription.Subscription
	// Group is the name of the resource group, ResourceGroupName the same once the group exists.
	Group             string
	ResourceGroupName pulumi.StringInput
	// Shared means that other stacks change the network and the firewall policy as well.
	Shared bool
	// BeforeFirewall is what takes Azure minutes to know everywhere. What needs it waits for the firewall, and the firewall waits for it.
	BeforeFirewall []pulumi.Resource
}

// Hub is the regional network hub, as everything else needs it: where spokes are peered with, what they send their traffic and their
// questions to, and where their logs go. It does not depend on any spoke.
type Hub struct {
	pulumi.ResourceState
	component.Roster

	// VNetID is the Azure resource id of the hub's virtual network, VNetName its name, which is known before it exists.
	VNetID   pulumi.StringOutput
	VNetName string
	// AddressSpaces are the ranges of the virtual network, BastionSubnet that of AzureBastionSubnet in it.
	AddressSpaces []netip.Prefix
	BastionSubnet netip.Prefix
	// NextHop is the IPv4 address to which spokes send all that leaves them, DNSServers are those that they ask for names.
	NextHop    pulumi.StringOutput
	DNSServers []pulumi.StringInput
	// WorkspaceID is the Azure resource id of the Log Analytics workspace for the hub and its spokes.
	WorkspaceID pulumi.StringOutput
	// FirewallID is the Azure resource id of the firewall behind NextHop, FirewallLogsID that of the workspace that has its logs. Alerts watch
	// both; each is nil where there is none, or it is the matter of another team.
	FirewallID, FirewallLogsID pulumi.StringInput
	// FirewallPolicyID is the Azure resource id of the firewall policy; nil where egress is left to the owner of the hub.
	FirewallPolicyID pulumi.StringInput
	// FirewallReady exist once a firewall that the stack makes works and sends its logs to the workspace.
	FirewallReady []pulumi.Resource
	// FlowLogs records the flows of virtual networks.
	FlowLogs *FlowLogStore

	// spokes is how spokes are protected, and what they use of a gateway in the hub.
	spokes config.Spokes
	// side is where the hub's side of peerings is registered, policy the firewall policy that has the egress of spokes. What is nil is left to
	// the owner of the hub, by the handover.
	side   *hubSide
	policy *egressPolicy
	// egressPriority is the priority of the first rule collection group.
	egressPriority int
	handover       *Handover
	// remoteDNS are DNS servers outside of AddressSpaces.
	remoteDNS []string
	// shared means that others change the network and the policy as well, at times of their own.
	shared bool
	// ipGroups means that sources of rules are IP groups beside the policy, in a group that is the platform's.
	ipGroups bool
	// wait is how long an update waits for what is in the handover.
	wait time.Duration
	// plannedID is the Azure resource id of the network, known before anything is registered.
	plannedID string
	// Spokes change the hub's virtual network by their peerings, and the firewall policy by their egress.
	networkChanges, policyChanges sequence
}

// hubSide is the virtual network of a hub as the parent of peerings.
type hubSide struct {
	in          subscription.Subscription
	group, vnet pulumi.StringInput
}

// egressPolicy is a firewall policy as the parent of rule collection groups.
type egressPolicy struct {
	in          subscription.Subscription
	group, name pulumi.StringInput
	// ready is what has to exist before the policy may be changed.
	ready []pulumi.Resource
}

// NewHub registers the hub.
func NewHub(ctx *pulumi.Context, name string, args *HubArgs, opts ...pulumi.ResourceOption) (*Hub, error) {
	hub := &Hub{
		VNetName: args.HubVNetName(), AddressSpaces: []netip.Prefix{args.Hub.AddressSpace}, BastionSubnet: args.Hub.BastionSubnet,
		spokes: args.Spokes, egressPriority: args.Hub.EgressPriority, shared: args.Shared, ipGroups: true,
		plannedID: networkID(args.Subscription, args.Group, args.HubVNetName()),
	}
	if err := component.Register(ctx, "aksregulated:network:Hub", name, hub, args.Subscription.Options(opts...)...); err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	child := pulumi.Parent(hub)
	logs, err := networkLogs(ctx, name, &networkLogsArgs{
		Placement: args.Placement, Hub: args.Hub, Found: args.FoundWorkspace, WorkspaceName: args.WorkspaceName, ResourceGroupName: args.ResourceGroupName,
	}, child)
	if err != nil {
		return nil, err
	}
	hub.WorkspaceID, hub.FirewallLogsID = logs.ID, logs.ID
	if err := sendActivityLogs(ctx, name, args.Hub, args.ActivityLogs, args.WorkspaceName, hub.WorkspaceID, child); err != nil {
		return nil, err
	}
	vnet, err := hub.newVNet(ctx, name, args)
	if err != nil {
		return nil, err
	}
	hub.VNetID, hub.side = vnet.ID().ToStringOutput(), &hubSide{args.Subscription, args.ResourceGroupName, vnet.Name}
	hub.FlowLogs, err = NewFlowLogStore(ctx, name+"-flowlogs", &FlowLogStoreArgs{
		Placement: args.Placement, NetworkWatcher: args.NetworkWatcher, FlowLogs: args.FlowLogs, AccountName: args.FlowLogAccountName,
		RetentionDays: args.Hub.FlowLogRetentionDays, Subscription: args.Subscription,
		ResourceGroupName: args.ResourceGroupName, Workspace: logs,
	}, child)
	if err != nil {
		return nil, err
	}
	firewall, err := NewFirewall(ctx, name+"-firewall", &FirewallArgs{
		Placement: args.Placement, Firewall: args.Firewall, ResourceGroupName: args.ResourceGroupName, WorkspaceID: hub.WorkspaceID,
		SubnetID: subnetID(hub.VNetID, "AzureFirewallSubnet"), After: append(args.BeforeFirewall, hub.FlowLogs.Assigned...),
	}, child)
	if err != nil {
		return nil, err
	}
	hub.NextHop = firewall.PrivateIP
	hub.resolveBy(args.DNS, hub.NextHop)
	hub.FirewallID, hub.FirewallReady = firewall.FirewallID, firewall.Members()
	hub.FirewallPolicyID = firewall.PolicyID
	hub.policy = &egressPolicy{args.Subscription, args.ResourceGroupName, firewall.PolicyName, firewall.Members()}
	bastion, err := NewBastion(ctx, name+"-bastion", &BastionArgs{
		Placement: args.Placement, Bastion: args.Bastion, ResourceGroupName: args.ResourceGroupName, WorkspaceID: hub.WorkspaceID,
		SubnetID: subnetID(hub.VNetID, "AzureBastionSubnet"),
	}, child)
	if err != nil {
		return nil, err
	}
	// Azure creates the Network Watcher some time after a region's first network, and a new role takes a while to propagate: the
	// firewall takes longer than either. Firewall and Bastion join the network, and a flow log changes it once both have.
	if err := hub.networkChanges.next(func([]pulumi.Resource) (pulumi.Resource, error) {
		return hub.FlowLogs.Record(ctx, name, args.Subscription, hub.VNetName, hub.VNetID, append(firewall.Members(), bastion.Members()...), child)
	}); err != nil {
		return nil, err
	}
	return hub, hub.registerOutputs(ctx)
}

func (h *Hub) registerOutputs(ctx *pulumi.Context) error {
	if err := ctx.RegisterResourceOutputs(h, pulumi.Map{
		"vnetId": h.VNetID, "workspaceId": h.WorkspaceID, "firewallPrivateIp": h.NextHop,
	}); err != nil {
		return fmt.Errorf("outputs of hub: %w", err)
	}
	return nil
}

// newVNet registers the virtual network with its three subnets and the security group of Bastion's.
func (h *Hub) newVNet(ctx *pulumi.Context, name string, args *HubArgs) (*network.VirtualNetwork, error) {
	child := pulumi.Parent(h)
	group, err := network.NewNetworkSecurityGroup(ctx, name+"-bastion", &network.NetworkSecurityGroupArgs{
		NetworkSecurityGroupName: pulumi.String("nsg-" + args.Location + "-bastion"),
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(args.Location),
		Tags:                     pulumi.ToStringMap(args.Tags),
		SecurityRules:            securityRules(BastionSecurityRules, nil),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("network security group of Bastion: %w", err)
	}
	groupID := group.ID().ToStringOutput()
	err = diagnostics.Send(ctx, name+"-bastion-nsg", "default", diagnostics.NetworkSecurityGroup, groupID, h.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	hubSubnet := func(name string, prefix netip.Prefix) network.SubnetTypeArgs {
		return network.SubnetTypeArgs{
			Name:                  pulumi.String(name),
			AddressPrefix:         pulumi.String(prefix.String()),
			DefaultOutboundAccess: pulumi.Bool(false),
		}
	}
	bastionSubnet := hubSubnet("AzureBastionSubnet", args.Hub.BastionSubnet)
	bastionSubnet.NetworkSecurityGroup = network.NetworkSecurityGroupTypeArgs{Id: groupID.ToStringPtrOutput()}
	vnet, err := network.NewVirtualNetwork(ctx, name, &network.VirtualNetworkArgs{
		VirtualNetworkName:   pulumi.String(h.VNetName),
		ResourceGroupName:    args.ResourceGroupName,
		Location:             pulumi.String(args.Location),
		Tags:                 pulumi.ToStringMap(args.Tags),
		AddressSpace:         addressSpace(args.Hub.AddressSpace),
		DdosProtectionPlan:   ddosPlan(args.Spokes),
		EnableDdosProtection: pulumi.Bool(args.Spokes.DDoSPlanID != ""),
		// Azure takes no security group or route table on the firewall's subnet.
		Subnets: network.SubnetTypeArray{
			hubSubnet("AzureFirewallSubnet", args.Hub.FirewallSubnet),
			hubSubnet("GatewaySubnet", args.Hub.GatewaySubnet),
			bastionSubnet,
		},
	}, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("hub virtual network: %w", err)
	}
	err = diagnostics.Send(ctx, name+"-vnet", "default", diagnostics.VirtualNetwork,
		vnet.ID().ToStringOutput(), h.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	return vnet, nil
}

// subnetID is the Azure resource id of an inline subnet, known as soon as its network exists.
func subnetID(vnetID pulumi.StringOutput, name string) pulumi.StringOutput {
	return pulumi.Sprintf("%s/subnets/%s", vnetID, name)
}

// network is the hub's virtual network as zones are linked to it.
func (h *Hub) network() LinkedNetwork { return LinkedNetwork{h.VNetName, h.plannedID, h.VNetID} }

// resolveBy sets the servers that spokes ask: the configured ones, or the firewall.
func (h *Hub) resolveBy(dns config.DNS, firewall pulumi.StringInput) {
	h.DNSServers = []pulumi.StringInput{firewall}
	if len(dns.Servers) > 0 {
		h.DNSServers = pulumi.ToStringArray(dns.Servers)
	}
	for _, server := range dns.Servers {
		if !slices.ContainsFunc(h.AddressSpaces, func(space netip.Prefix) bool { return space.Contains(netip.MustParseAddr(server)) }) {
			h.remoteDNS = append(h.remoteDNS, server)
		}
	}
}
