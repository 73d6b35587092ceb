package network

import (
	"fmt"
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// ApplicationRule allows hosts by name over HTTP or HTTPS.
type ApplicationRule struct {
	Name string
	// Why becomes the description of the rule.
	Why string
	// FQDNs are host names; a leading *. stands for one or more labels.
	FQDNs []string
	// FQDNTags are Azure's own lists of host names, such as AzureKubernetesService.
	FQDNTags []string
	// PlainHTTP adds HTTP on port 80 to HTTPS on port 443.
	PlainHTTP bool
}

// RuleCollection is a named, prioritized list of rules that allow.
type RuleCollection struct {
	Name string
	// Priority is 100 to 65000; the lowest number is evaluated first.
	Priority         int
	ApplicationRules []ApplicationRule
}

// EgressArgs configures Egress.
type EgressArgs struct {
	Config *config.Config
	Hub    *Hub
	// Sources names the IP group, for example AksJumpboxImageBuilders.
	Sources string
	// Addresses are the source ranges of every rule.
	Addresses []netip.Prefix
	// Priority is the priority of the rule collection group, 100 to 65000, unique in the firewall policy.
	Priority int
	// Collections are what the sources may reach.
	Collections []RuleCollection
}

// Egress is what one spoke may reach through the hub's firewall: an IP group of its sources and a rule collection group on
// the firewall policy. It belongs to the spoke, so the hub needs to know no spoke.
type Egress struct {
	pulumi.ResourceState

	// IPGroupID is the Azure resource id of the IP group.
	IPGroupID pulumi.StringOutput
}

// NewEgress registers the IP group and the rule collection group.
func NewEgress(ctx *pulumi.Context, name string, args *EgressArgs, opts ...pulumi.ResourceOption) (*Egress, error) {
	egress := &Egress{}
	if err := ctx.RegisterComponentResource("aksregulated:network:Egress", name, egress, opts...); err != nil {
		return nil, fmt.Errorf("egress of %s: %w", args.Sources, err)
	}
	child := pulumi.Composite(pulumi.Parent(egress),
		// Azure refuses to change a policy, or a group that it names, while its firewall is being created or updated.
		pulumi.DependsOn([]pulumi.Resource{args.Hub.Firewall}))
	cfg := args.Config
	var addresses pulumi.StringArray
	for _, prefix := range args.Addresses {
		addresses = append(addresses, pulumi.String(prefix.String()))
	}
	group, err := network.NewIpGroup(ctx, name, &network.IpGroupArgs{
		IpGroupsName:      pulumi.String(cfg.IPGroupName(args.Sources)),
		ResourceGroupName: args.Hub.ResourceGroupName,
		Location:          pulumi.String(cfg.Location),
		Tags:              pulumi.ToStringMap(cfg.Tags),
		IpAddresses:       addresses,
	}, child)
	if err != nil {
		return nil, fmt.Errorf("IP group of %s: %w", args.Sources, err)
	}
	egress.IPGroupID = group.ID().ToStringOutput()
	var collections pulumi.Array
	for _, collection := range args.Collections {
		collections = append(collections, ruleCollection(collection, egress.IPGroupID))
	}
	_, err = network.NewFirewallPolicyRuleCollectionGroup(ctx, name, &network.FirewallPolicyRuleCollectionGroupArgs{
		RuleCollectionGroupName: pulumi.String("rcg-" + args.Sources),
		FirewallPolicyName:      args.Hub.Firewall.PolicyName,
		ResourceGroupName:       args.Hub.ResourceGroupName,
		Priority:                pulumi.Int(args.Priority),
		RuleCollections:         collections,
	}, child)
	if err != nil {
		return nil, fmt.Errorf("rule collection group of %s: %w", args.Sources, err)
	}
	if err := ctx.RegisterResourceOutputs(egress, pulumi.Map{"ipGroupId": egress.IPGroupID}); err != nil {
		return nil, fmt.Errorf("outputs of egress of %s: %w", args.Sources, err)
	}
	return egress, nil
}

func ruleCollection(collection RuleCollection, sources pulumi.StringInput) pulumi.Input {
	var rules pulumi.Array
	for _, rule := range collection.ApplicationRules {
		protocols := network.FirewallPolicyRuleApplicationProtocolArray{
			network.FirewallPolicyRuleApplicationProtocolArgs{ProtocolType: pulumi.String("Https"), Port: pulumi.Int(443)},
		}
		if rule.PlainHTTP {
			protocols = append(protocols, network.FirewallPolicyRuleApplicationProtocolArgs{
				ProtocolType: pulumi.String("Http"), Port: pulumi.Int(80),
			})
		}
		rules = append(rules, network.ApplicationRuleArgs{
			RuleType:       pulumi.String("ApplicationRule"),
			Name:           pulumi.String(rule.Name),
			Description:    pulumi.String(rule.Why),
			SourceIpGroups: pulumi.StringArray{sources},
			Protocols:      protocols,
			TargetFqdns:    pulumi.ToStringArray(rule.FQDNs),
			FqdnTags:       pulumi.ToStringArray(rule.FQDNTags),
		})
	}
	return network.FirewallPolicyFilterRuleCollectionArgs{
		RuleCollectionType: pulumi.String("FirewallPolicyFilterRuleCollection"),
		Name:               pulumi.String(collection.Name),
		Priority:           pulumi.Int(collection.Priority),
		Action:             network.FirewallPolicyFilterRuleCollectionActionArgs{Type: pulumi.String(allow)},
		Rules:              rules,
	}
}
