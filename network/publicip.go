package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/diagnostics"
)

type publicIPAddressArgs struct {
	config.Placement
	ResourceGroupName pulumi.StringInput
	WorkspaceID       pulumi.StringInput
	Name              string
}

// newPublicIPAddress registers a static, zone-redundant Standard address and sends its DDoS logs to the hub.
func newPublicIPAddress(
	ctx *pulumi.Context, name string, args *publicIPAddressArgs, opts ...pulumi.ResourceOption,
) (*network.PublicIPAddress, error) {
	address, err := network.NewPublicIPAddress(ctx, name, &network.PublicIPAddressArgs{
		PublicIpAddressName:      pulumi.String(args.Name),
		ResourceGroupName:        args.ResourceGroupName,
		Location:                 pulumi.String(args.Location),
		Tags:                     pulumi.ToStringMap(args.Tags),
		Sku:                      network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard")},
		Zones:                    pulumi.ToStringArray(args.Zones),
		PublicIPAllocationMethod: pulumi.String("Static"),
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		IdleTimeoutInMinutes:     pulumi.Int(4),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("public IP address %s: %w", args.Name, err)
	}
	err = diagnostics.Send(ctx, name+"-address", "default", diagnostics.PublicIPAddress,
		address.ID().ToStringOutput(), args.WorkspaceID, opts...)
	if err != nil {
		return nil, err
	}
	return address, nil
}
