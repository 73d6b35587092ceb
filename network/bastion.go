package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
)

// BastionSecurityRules are what Azure Bastion needs, and nothing else (Azure document "Working with NSG access and Azure
// Bastion"). Azure refuses to create a host behind a security group that lacks one of them.
var BastionSecurityRules = []SecurityRule{
	{"AllowWebExperienceInbound", 100, inbound, allow, tcp, "Internet", "*", []string{"443"},
		"Operators reach their session over TLS. Narrow it to your own addresses."},
	{"AllowControlPlaneInbound", 110, inbound, allow, tcp, "GatewayManager", "*", []string{"443"},
		"Bastion's control plane manages the hosts."},
	{"AllowHealthProbesInbound", 120, inbound, allow, tcp, "AzureLoadBalancer", "*", []string{"443"},
		"The platform probes the health of the hosts."},
	{"AllowBastionHostToHostInbound", 130, inbound, allow, "*", "VirtualNetwork", "VirtualNetwork",
		[]string{"8080", "5701"}, "Bastion's hosts exchange session data."},
	{"DenyAllInbound", 1000, inbound, deny, "*", "*", "*", []string{"*"}, "Explicit close: no default rule of Azure applies."},
	{"AllowSshToVnetOutbound", 100, outbound, allow, tcp, "*", "VirtualNetwork", []string{"22"},
		"SSH sessions to private machines."},
	{"AllowRdpToVnetOutbound", 110, outbound, allow, tcp, "*", "VirtualNetwork", []string{"3389"},
		"RDP sessions to private machines; Bastion requires the rule."},
	{"AllowControlPlaneOutbound", 120, outbound, allow, tcp, "*", "AzureCloud", []string{"443"},
		"Bastion's hosts report logs and metrics to Azure."},
	{"AllowBastionHostToHostOutbound", 130, outbound, allow, "*", "VirtualNetwork", "VirtualNetwork",
		[]string{"8080", "5701"}, "Bastion's hosts exchange session data."},
	{"AllowBastionCertificateValidationOutbound", 140, outbound, allow, "*", "*", "Internet", []string{"80"},
		"Certificate and session validation."},
	{"DenyAllOutbound", 1000, outbound, deny, "*", "*", "*", []string{"*"}, "Explicit close: no default rule of Azure applies."},
}

// BastionArgs configures Bastion.
type BastionArgs struct {
	Config            *config.Config
	ResourceGroupName pulumi.StringInput
	// SubnetID is the Azure resource id of AzureBastionSubnet.
	SubnetID pulumi.StringInput
	// WorkspaceID is the Azure resource id of the Log Analytics workspace that takes the diagnostics.
	WorkspaceID pulumi.StringInput
}

// Bastion is the only way in for operators: an Azure Bastion host with its zone-redundant public IP address.
type Bastion struct {
	pulumi.ResourceState
	component.Roster

	// ID is the Azure resource id of the Bastion host.
	BastionID pulumi.StringOutput
}

// NewBastion registers the Bastion host. Its security group stands with the subnet, in the hub.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	bastion := &Bastion{}
	if err := component.Register(ctx, "aksregulated:network:Bastion", name, bastion, opts...); err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	child := pulumi.Parent(bastion)
	cfg := args.Config
	address, err := newPublicIPAddress(ctx, name, &publicIPAddressArgs{
		Config: cfg, ResourceGroupName: args.ResourceGroupName, WorkspaceID: args.WorkspaceID,
		Name: "pip-" + cfg.BastionName(),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	host, err := network.NewBastionHost(ctx, name, &network.BastionHostArgs{
		BastionHostName:   pulumi.String(cfg.BastionName()),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(cfg.Location),
		Tags:              pulumi.ToStringMap(cfg.Tags),
		// Without a SKU Azure makes a Basic host, which cannot be zonal and has no native client support.
		Sku:   network.SkuArgs{Name: pulumi.String(cfg.Bastion.SKU)},
		Zones: pulumi.ToStringArray(cfg.Bastion.Zones),
		// Sessions in the browser are for shells on jump boxes: nothing is copied out of them or shared by link.
		DisableCopyPaste:    pulumi.Bool(true),
		EnableFileCopy:      pulumi.Bool(false),
		EnableShareableLink: pulumi.Bool(false),
		EnableIpConnect:     pulumi.Bool(false),
		// Native clients (az network bastion ssh) need tunnels, through which their users can copy files.
		EnableTunneling: pulumi.Bool(true),
		IpConfigurations: network.BastionHostIPConfigurationArray{network.BastionHostIPConfigurationArgs{
			Name:                      pulumi.String("hub-subnet"),
			PrivateIPAllocationMethod: pulumi.String("Dynamic"),
			Subnet:                    network.SubResourceArgs{Id: args.SubnetID.ToStringOutput().ToStringPtrOutput()},
			PublicIPAddress:           network.SubResourceArgs{Id: address.ID().ToStringOutput().ToStringPtrOutput()},
		}},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("bastion host: %w", err)
	}
	bastion.BastionID = host.ID().ToStringOutput()
	if err := diagnostics.Send(ctx, name, "default", diagnostics.Bastion, bastion.BastionID, args.WorkspaceID, child); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(bastion, pulumi.Map{"bastionId": bastion.BastionID}); err != nil {
		return nil, fmt.Errorf("outputs of bastion: %w", err)
	}
	return bastion, nil
}
