// Package network is the hub and its spokes: virtual networks, firewall, Bastion, egress, and their logs.
package network

import (
	"fmt"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/internal/workspace"
)

// HubArgs configures Hub.
type HubArgs struct {
	Config *config.Config
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID    string
	ResourceGroupName pulumi.StringInput
}

// Hub is the regional network hub: firewall, Bastion, and the logs of everything connected. It knows no spoke.
type Hub struct {
	pulumi.ResourceState
	component.Roster

	// ResourceGroupName is the hub's resource group, in which spokes register their egress.
	ResourceGroupName pulumi.StringOutput
	// VNetID and VNetName identify the hub's virtual network.
	VNetID, VNetName pulumi.StringOutput
	// WorkspaceID is the Azure resource id of the Log Analytics workspace for the hub and its spokes.
	WorkspaceID pulumi.StringOutput
	// Firewall is the only way out of the hub and its spokes.
	Firewall *Firewall
	// Bastion is the only way in for operators.
	Bastion *Bastion
	// FlowLogs records the flows of virtual networks.
	FlowLogs *FlowLogStore

	// The hub's network and the firewall policy take one change at a time, so each spoke waits for what the one before it
	// registered last.
	lastPeering, lastEgress pulumi.Resource
}

// NewHub registers the hub.
func NewHub(ctx *pulumi.Context, name string, args *HubArgs, opts ...pulumi.ResourceOption) (*Hub, error) {
	hub := &Hub{ResourceGroupName: args.ResourceGroupName.ToStringOutput()}
	if err := component.Register(ctx, "aksregulated:network:Hub", name, hub, opts...); err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	child := pulumi.Parent(hub)
	cfg := args.Config
	logs, err := workspace.New(ctx, name, &workspace.Args{
		Config: cfg, ResourceGroupName: args.ResourceGroupName,
		Name: cfg.HubWorkspaceName(args.SubscriptionID), RetentionDays: cfg.Hub.LogRetentionDays,
	}, child)
	if err != nil {
		return nil, err
	}
	hub.WorkspaceID = logs.ID().ToStringOutput()
	vnet, err := hub.newVNet(ctx, name, args)
	if err != nil {
		return nil, err
	}
	hub.VNetID, hub.VNetName = vnet.ID().ToStringOutput(), vnet.Name
	hub.FlowLogs, err = NewFlowLogStore(ctx, name+"-flowlogs", &FlowLogStoreArgs{
		Config: cfg, SubscriptionID: args.SubscriptionID, ResourceGroupName: args.ResourceGroupName, Workspace: logs,
	}, child)
	if err != nil {
		return nil, err
	}
	hub.Firewall, err = NewFirewall(ctx, name+"-firewall", &FirewallArgs{
		Config: cfg, ResourceGroupName: args.ResourceGroupName, WorkspaceID: hub.WorkspaceID,
		SubnetID: subnetID(hub.VNetID, "AzureFirewallSubnet"),
	}, child)
	if err != nil {
		return nil, err
	}
	// Azure makes the Network Watcher some time after a region's first network, and a new role takes a while to be known: the
	// firewall takes longer than either.
	err = hub.FlowLogs.Record(ctx, name, cfg.HubVNetName(), hub.VNetID, child, pulumi.DependsOn(hub.Firewall.Members()))
	if err != nil {
		return nil, err
	}
	hub.Bastion, err = NewBastion(ctx, name+"-bastion", &BastionArgs{
		Config: cfg, ResourceGroupName: args.ResourceGroupName, WorkspaceID: hub.WorkspaceID,
		SubnetID: subnetID(hub.VNetID, "AzureBastionSubnet"),
	}, child)
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(hub, pulumi.Map{
		"vnetId": hub.VNetID, "workspaceId": hub.WorkspaceID, "firewallPrivateIp": hub.Firewall.PrivateIP,
	}); err != nil {
		return nil, fmt.Errorf("outputs of hub: %w", err)
	}
	return hub, nil
}

// newVNet registers the virtual network with its three subnets and the security group of Bastion's.
func (h *Hub) newVNet(ctx *pulumi.Context, name string, args *HubArgs) (*network.VirtualNetwork, error) {
	child := pulumi.Parent(h)
	cfg := args.Config
	group, err := network.NewNetworkSecurityGroup(ctx, name+"-bastion", &network.NetworkSecurityGroupArgs{
		NetworkSecurityGroupName: pulumi.String("nsg-" + cfg.Location + "-bastion"),
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(cfg.Location),
		Tags:                     pulumi.ToStringMap(cfg.Tags),
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
	bastionSubnet := hubSubnet("AzureBastionSubnet", cfg.Hub.BastionSubnet)
	bastionSubnet.NetworkSecurityGroup = network.NetworkSecurityGroupTypeArgs{Id: groupID.ToStringPtrOutput()}
	vnet, err := network.NewVirtualNetwork(ctx, name, &network.VirtualNetworkArgs{
		VirtualNetworkName: pulumi.String(cfg.HubVNetName()),
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(cfg.Location),
		Tags:               pulumi.ToStringMap(cfg.Tags),
		AddressSpace:       addressSpace(cfg.Hub.AddressSpace),
		// Azure takes no security group or route table on the firewall's subnet.
		Subnets: network.SubnetTypeArray{
			hubSubnet("AzureFirewallSubnet", cfg.Hub.FirewallSubnet),
			hubSubnet("GatewaySubnet", cfg.Hub.GatewaySubnet),
			bastionSubnet,
		},
	}, child, pulumi.Protect(cfg.Protect))
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
