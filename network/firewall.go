package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
)

// FirewallArgs configures Firewall.
type FirewallArgs struct {
	config.Placement
	Firewall          config.Firewall
	ResourceGroupName pulumi.StringInput
	// SubnetID is the Azure resource id of AzureFirewallSubnet.
	SubnetID pulumi.StringInput
	// WorkspaceID is the Azure resource id of the Log Analytics workspace that takes the diagnostics.
	WorkspaceID pulumi.StringInput
	// After exists before the firewall.
	After []pulumi.Resource
}

// Firewall is the hub's Azure Firewall with its policy. The policy has no rules of its own: each spoke adds what it needs as an
// Egress, and the firewall denies everything else.
type Firewall struct {
	pulumi.ResourceState
	component.Roster

	// FirewallID is the Azure resource id of the firewall.
	FirewallID pulumi.StringOutput
	// PrivateIP is where spokes send their traffic and their DNS queries.
	PrivateIP pulumi.StringOutput
	// PolicyName is the name of the firewall policy, in the hub's resource group, PolicyID its Azure resource id.
	PolicyName, PolicyID pulumi.StringOutput
}

// NewFirewall registers the public IP addresses, the policy and the firewall.
func NewFirewall(ctx *pulumi.Context, name string, args *FirewallArgs, opts ...pulumi.ResourceOption) (*Firewall, error) {
	firewall := &Firewall{}
	if err := component.Register(ctx, "aksregulated:network:Firewall", name, firewall, opts...); err != nil {
		return nil, fmt.Errorf("firewall: %w", err)
	}
	child := pulumi.Parent(firewall)
	configurations, err := firewallAddresses(ctx, name, args, child)
	if err != nil {
		return nil, fmt.Errorf("firewall: %w", err)
	}
	policy, err := network.NewFirewallPolicy(ctx, name, firewallPolicy(args), child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("firewall policy: %w", err)
	}
	azureFirewall, err := network.NewAzureFirewall(ctx, name, &network.AzureFirewallArgs{
		AzureFirewallName: pulumi.String(args.FirewallName()),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Zones:             pulumi.ToStringArray(args.Zones),
		Sku:               network.AzureFirewallSkuArgs{Name: pulumi.String("AZFW_VNet"), Tier: pulumi.String(args.Firewall.Tier)},
		FirewallPolicy:    network.SubResourceArgs{Id: policy.ID().ToStringOutput().ToStringPtrOutput()},
		IpConfigurations:  configurations,
	}, child, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("firewall: %w", err)
	}
	firewall.FirewallID = azureFirewall.ID().ToStringOutput()
	firewall.PolicyName, firewall.PolicyID = policy.Name, policy.ID().ToStringOutput()
	// Only the configuration that carries the subnet has a private address.
	firewall.PrivateIP = azureFirewall.IpConfigurations.Index(pulumi.Int(0)).PrivateIPAddress()
	err = diagnostics.Send(ctx, name, "default", diagnostics.Firewall, firewall.FirewallID, args.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(firewall, pulumi.Map{
		"firewallId": firewall.FirewallID, "privateIp": firewall.PrivateIP, "policyName": firewall.PolicyName,
	}); err != nil {
		return nil, fmt.Errorf("outputs of firewall: %w", err)
	}
	return firewall, nil
}

// firewallAddresses registers the public IP addresses; only the first configuration carries the subnet, as Azure wants it.
func firewallAddresses(
	ctx *pulumi.Context, name string, args *FirewallArgs, opts ...pulumi.ResourceOption,
) (network.AzureFirewallIPConfigurationArray, error) {
	var configurations network.AzureFirewallIPConfigurationArray
	for n := range args.Firewall.PublicIPCount {
		addressName := args.FirewallPublicIPName(n)
		address, err := newPublicIPAddress(ctx, fmt.Sprintf("%s-%02d", name, n), &publicIPAddressArgs{
			Placement: args.Placement, ResourceGroupName: args.ResourceGroupName, WorkspaceID: args.WorkspaceID, Name: addressName,
		}, opts...)
		if err != nil {
			return nil, err
		}
		configuration := network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(addressName),
			PublicIPAddress: network.SubResourceArgs{Id: address.ID().ToStringOutput().ToStringPtrOutput()},
		}
		if n == 0 {
			configuration.Subnet = network.SubResourceArgs{Id: args.SubnetID.ToStringOutput().ToStringPtrOutput()}
		}
		configurations = append(configurations, configuration)
	}
	return configurations, nil
}

func firewallPolicy(args *FirewallArgs) *network.FirewallPolicyArgs {
	dns := network.DnsSettingsArgs{EnableProxy: pulumi.Bool(true)}
	if servers := args.Firewall.DNSServers; len(servers) > 0 {
		dns.Servers = pulumi.ToStringArray(servers)
	}
	policy := &network.FirewallPolicyArgs{
		FirewallPolicyName: pulumi.String(args.FirewallPolicyName()),
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(args.Location),
		Tags:               pulumi.ToStringMap(args.Tags),
		Sku:                network.FirewallPolicySkuArgs{Tier: pulumi.String(args.Firewall.Tier)},
		ThreatIntelMode:    pulumi.String("Deny"),
		// Every spoke resolves through the firewall, so that lookups are logged and rules may name hosts.
		DnsSettings: dns,
	}
	// The Standard tier refuses intrusion detection. Inspecting TLS would need a certificate authority in a vault, so
	// signatures match what is visible without decryption.
	if args.Firewall.Tier == "Premium" {
		policy.IntrusionDetection = network.FirewallPolicyIntrusionDetectionArgs{
			Mode: pulumi.String(args.Firewall.IntrusionDetection),
			Configuration: network.FirewallPolicyIntrusionDetectionConfigurationArgs{
				// Traffic to and between these ranges counts as internal when signatures look at its direction.
				PrivateRanges: pulumi.ToStringArray([]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}),
			},
		}
	}
	return policy
}
