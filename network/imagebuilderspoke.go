package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
)

// imageBuilderSubnet is where Azure Image Builder places its proxy VM, the build VM, a load balancer and a private link NIC.
const imageBuilderSubnet = "snet-imagebuilder"

// imageBuilders are the sources of the spoke's egress.
const imageBuilders = "AksJumpboxImageBuilders"

// ImageBuilderSecurityRules are the floor of 001_23a9f800aa976c03.txt, whose tables say VirtualNetwork: so do these, and
// the firewall denies what the tag may let through where a default route widens it. Beyond the floor go DNS to the
// firewall, port 80 where plainHTTP says that a package mirror needs it, and a deny of what else the platform may probe.
func ImageBuilderSecurityRules(plainHTTP bool) []SecurityRule {
	rules := []SecurityRule{
		{"AllowAzureLoadBalancer60001InBound", 100, inbound, allow, tcp, "AzureLoadBalancer", "VirtualNetwork", []string{"60001"},
			"Load balancer probe of the proxy VM, which serves SSH on 60001."},
		{"DenyAzureLoadBalancerInBound", 105, inbound, deny, "*", "AzureLoadBalancer", "*", []string{"*"},
			"The platform probes nothing else, also where the VirtualNetwork tag includes its address."},
		{"AllowVNet60001InBound", 110, inbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"60001"},
			"Azure Image Builder reaches the proxy VM through its private link."},
		{"AllowVNet22InBound", 120, inbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"22"},
			"The proxy VM opens SSH to the build VM."},
		{"Allow443ToInternetOutBound", 100, outbound, allow, tcp, "VirtualNetwork", "Internet", []string{"443"},
			"Azure management, storage and downloads; the firewall filters by name."},
		{"AllowSshToVNetOutBound", 110, outbound, allow, tcp, "VirtualNetwork", "VirtualNetwork", []string{"22"},
			"The proxy VM opens SSH to the build VM."},
		{"AllowDnsToFirewallOutBound", 130, outbound, allow, "*", "VirtualNetwork", FirewallAddress, []string{"53"},
			"Names resolve through the firewall's DNS proxy."},
	}
	if plainHTTP {
		rules = append(rules, SecurityRule{"Allow80ToInternetOutBound", 102, outbound, allow, tcp, "VirtualNetwork", "Internet",
			[]string{"80"}, "Ubuntu's package mirrors serve plain HTTP; the firewall filters by name."})
	}
	return closed(rules...)
}

// ImageBuilderSpokeArgs configures ImageBuilderSpoke.
type ImageBuilderSpokeArgs struct {
	Config            *config.Config
	Hub               *Hub
	ResourceGroupName pulumi.StringInput
	// EgressRules are what Azure Image Builder and the image's customizers must reach.
	EgressRules []ApplicationRule
}

// ImageBuilderSpoke is the locked-down spoke in which the jump box image is built, with its own egress.
type ImageBuilderSpoke struct {
	pulumi.ResourceState
	component.Roster

	// VNetID is the Azure resource id of the virtual network.
	VNetID pulumi.StringOutput
	// SubnetID is the Azure resource id of the build subnet.
	SubnetID pulumi.StringOutput
}

// NewImageBuilderSpoke registers the spoke and its egress.
func NewImageBuilderSpoke(
	ctx *pulumi.Context, name string, args *ImageBuilderSpokeArgs, opts ...pulumi.ResourceOption,
) (*ImageBuilderSpoke, error) {
	builder := &ImageBuilderSpoke{}
	if err := component.Register(ctx, "aksregulated:network:ImageBuilderSpoke", name, builder, opts...); err != nil {
		return nil, fmt.Errorf("image builder spoke: %w", err)
	}
	child := pulumi.Parent(builder)
	cfg := args.Config
	plainHTTP := false
	for _, rule := range args.EgressRules {
		plainHTTP = plainHTTP || rule.PlainHTTP
	}
	spoke, err := NewSpoke(ctx, name, &SpokeArgs{
		Config: cfg, Hub: args.Hub, ResourceGroupName: args.ResourceGroupName,
		Name: config.ImageBuilderVNetName, AddressSpace: cfg.ImageBuilder.AddressSpace,
		SecurityGroups: []SecurityGroup{{Name: "imagebuilder", Rules: ImageBuilderSecurityRules(plainHTTP)}},
		Subnets: []SpokeSubnet{{
			Name: imageBuilderSubnet, Prefix: cfg.ImageBuilder.Subnet, SecurityGroup: "imagebuilder",
			// Azure Image Builder talks to its proxy VM through a private link service (001_23a9f800aa976c03.txt).
			PrivateLinkServices: true,
		}},
	}, child)
	if err != nil {
		return nil, err
	}
	_, err = NewEgress(ctx, name+"-egress", &EgressArgs{
		Config: cfg, Hub: args.Hub, Name: imageBuilders, Priority: 400,
		Sources: []SourceGroup{{
			Name: imageBuilders, IPGroup: cfg.IPGroupName(imageBuilders), Addresses: []netip.Prefix{cfg.ImageBuilder.Subnet},
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
