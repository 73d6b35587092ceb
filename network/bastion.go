package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
)

// BastionArgs configures Bastion.
type BastionArgs struct {
	config.Placement
	Bastion           config.Bastion
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

	// BastionID is the Azure resource id of the Bastion host.
	BastionID pulumi.StringOutput
}

// NewBastion registers the Bastion host. The hub registers its security group, together with the subnet.
func NewBastion(ctx *pulumi.Context, name string, args *BastionArgs, opts ...pulumi.ResourceOption) (*Bastion, error) {
	bastion := &Bastion{}
	if err := component.Register(ctx, "aksregulated:network:Bastion", name, bastion, opts...); err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	child := pulumi.Parent(bastion)
	address, err := newPublicIPAddress(ctx, name, &publicIPAddressArgs{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName, WorkspaceID: args.WorkspaceID,
		Name: "pip-" + args.BastionName(),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	host, err := network.NewBastionHost(ctx, name, &network.BastionHostArgs{
		BastionHostName:   pulumi.String(args.BastionName()),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		// Without a SKU Azure creates a Basic host, which cannot be zonal and has no native client support.
		Sku:   network.SkuArgs{Name: pulumi.String(args.Bastion.SKU)},
		Zones: pulumi.ToStringArray(args.Bastion.Zones),
		// Browser sessions are for shells on jump boxes: no copying out of them, no sharing by link.
		DisableCopyPaste:    pulumi.Bool(true),
		EnableFileCopy:      pulumi.Bool(false),
		EnableShareableLink: pulumi.Bool(false),
		EnableIpConnect:     pulumi.Bool(false),
		// Native clients (az network bastion ssh) need tunnels, which also let their users copy files.
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
