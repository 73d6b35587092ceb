package network

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
)

// imageBuilderSubnet is where Azure Image Builder places its proxy VM, the build VM, a load balancer and a private link NIC.
const imageBuilderSubnet = "snet-imagebuilder"

// imageBuilders are the sources of the spoke's egress.
const imageBuilders = "AksJumpboxImageBuilders"

// ImageBuilderSpokeArgs configures ImageBuilderSpoke.
type ImageBuilderSpokeArgs struct {
	config.Placement
	// AddressSpace is the range of the virtual network, Subnet that of the build subnet.
	AddressSpace, Subnet netip.Prefix
	// SubnetID is the Azure resource id of a build subnet that exists; empty for a network to make.
	SubnetID string
	Hub      *Hub
	// Subscription is where the spoke is.
	Subscription subscription.Subscription
	// Group is the name of the resource group, ResourceGroupName the same once the group exists.
	Group             string
	ResourceGroupName pulumi.StringInput
	// EgressRules are what Azure Image Builder and the image's customizers must reach.
	EgressRules []ApplicationRule
}

// ImageBuilderSpoke is the spoke in which the jump box image is built, with its own egress.
type ImageBuilderSpoke struct {
	pulumi.ResourceState
	component.Roster

	// VNetID is the Azure resource id of the virtual network.
	VNetID pulumi.StringOutput
	// SubnetID is the Azure resource id of the build subnet.
	SubnetID pulumi.StringOutput
}

// buildNetwork are the security group and the subnet of the image builder. plainHTTP is whether a rule of the egress is for port 80.
func buildNetwork(prefix netip.Prefix, plainHTTP bool) (SecurityGroup, SpokeSubnet) {
	return SecurityGroup{Name: "imagebuilder", Rules: ImageBuilderSecurityRules(plainHTTP)}, SpokeSubnet{
		Name: imageBuilderSubnet, Prefix: prefix, SecurityGroup: "imagebuilder",
		// Azure Image Builder talks to its proxy VM through a private link service (README of mspnp/aks-jumpbox-imagebuilder).
		PrivateLinkServices: true,
	}
}

func anyPlainHTTP(rules []ApplicationRule) bool {
	return slices.ContainsFunc(rules, func(rule ApplicationRule) bool { return rule.PlainHTTP })
}

func newBuildNetwork(ctx *pulumi.Context, name string, args *ImageBuilderSpokeArgs, child pulumi.ResourceOption) (*Spoke, error) {
	group, subnet := buildNetwork(args.Subnet, anyPlainHTTP(args.EgressRules))
	return NewSpoke(ctx, name, &SpokeArgs{
		Placement: args.Placement, Hub: args.Hub, Subscription: args.Subscription, Group: args.Group, ResourceGroupName: args.ResourceGroupName,
		Name: config.ImageBuilderVNetName, AddressSpace: args.AddressSpace,
		SecurityGroups: []SecurityGroup{group}, Subnets: []SpokeSubnet{subnet},
	}, child)
}

// NewImageBuilderSpoke registers the spoke and its egress. Of a network that is given nothing is registered.
func NewImageBuilderSpoke(
	ctx *pulumi.Context, name string, args *ImageBuilderSpokeArgs, opts ...pulumi.ResourceOption,
) (_ *ImageBuilderSpoke, err error) {
	builder := &ImageBuilderSpoke{}
	if err := component.Register(ctx, "aksregulated:network:ImageBuilderSpoke", name, builder, opts...); err != nil {
		return nil, fmt.Errorf("image builder spoke: %w", err)
	}
	child := pulumi.Parent(builder)
	spoke := FindSpoke(resourceid.Parent(args.SubnetID), func(string) string { return resourceid.Name(args.SubnetID) })
	if args.SubnetID == "" {
		if spoke, err = newBuildNetwork(ctx, name, args, child); err != nil {
			return nil, err
		}
	}
	_, err = NewEgress(ctx, name+"-egress", &EgressArgs{
		Placement: args.Placement, Hub: args.Hub, Name: imageBuilders, Priority: args.Hub.egressPriority,
		Sources: []SourceGroup{{
			Name: imageBuilders, IPGroup: args.IPGroupName(imageBuilders), Addresses: []netip.Prefix{args.Subnet},
		}},
		Collections: []RuleCollection{{
			Name: "AKSImageBuilder-Requirements", Priority: 400, Sources: imageBuilders, ApplicationRules: args.EgressRules,
		}},
	}, child)
	if err != nil {
		return nil, err
	}
	builder.VNetID, builder.SubnetID = spoke.VNetID, spoke.SubnetID(imageBuilderSubnet)
	if err := ctx.RegisterResourceOutputs(builder, pulumi.Map{
		"vnetId": builder.VNetID, "subnetId": builder.SubnetID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of image builder spoke: %w", err)
	}
	return builder, nil
}
