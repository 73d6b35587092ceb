package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/patience"
)

// SourceGroup is an IP group: where packets to which rules apply come from.
type SourceGroup struct {
	// Name is what rule collections call it, for example AksNodepools.
	Name string
	// IPGroup is the name of the IP group in Azure.
	IPGroup   string
	Addresses []netip.Prefix
}

// ApplicationRule allows hosts by name over HTTP or HTTPS.
type ApplicationRule struct {
	Name string
	// Why becomes the description of the rule.
	Why string
	// FQDNs are host names; a leading *. stands for one or more labels.
	FQDNs []string
	// FQDNTags are Azure's own lists of host names, such as AzureKubernetesService.
	FQDNTags []string
	// PlainHTTP is HTTP on port 80 instead of HTTPS on port 443.
	PlainHTTP bool
	// Beyond has the reason for each of the FQDNs that no Azure document asks for.
	Beyond map[string]string
}

// NetworkRule allows addresses. The firewall evaluates network rules before all application rules.
type NetworkRule struct {
	Name string
	// Why becomes the description of the rule.
	Why string
	// Protocols are TCP, UDP, ICMP or Any.
	Protocols []string
	// Destinations are addresses, IPv4 networks in CIDR notation, or service tags.
	Destinations []string
	// FQDNs are host names without wildcard, instead of Destinations.
	FQDNs []string
	// Ports are destination ports or ranges such as 8000-8080; * is any.
	Ports []string
	// Beyond has the reason for each of the Destinations and FQDNs that no Azure document asks for.
	Beyond map[string]string
}

// RuleCollection is a named, prioritized list of rules that allow. Its rules are all of one kind.
type RuleCollection struct {
	Name string
	// Priority is 100 to 65000, unique in the egress; the lowest number is evaluated first.
	Priority int
	// Sources is the name of the source group that the rules are for.
	Sources          string
	ApplicationRules []ApplicationRule
	NetworkRules     []NetworkRule
}

// EgressArgs configures Egress.
type EgressArgs struct {
	config.Placement
	Hub *Hub
	// Name is the last part of the rule collection group's name, unique in the firewall policy.
	Name string
	// Priority is the priority of the rule collection group, 100 to 65000, unique in the firewall policy.
	Priority int
	// Sources are the sources of the rules.
	Sources []SourceGroup
	// Collections are what the sources may reach.
	Collections []RuleCollection
}

// Egress is what one spoke may reach through the hub's firewall: IP groups of its sources and a rule collection group on the
// firewall policy. It belongs to the spoke, so the hub needs to know no spoke. Where the firewall is another team's, rules have ranges in place of
// IP groups, or are left to that team.
type Egress struct {
	pulumi.ResourceState

	// RuleCollectionGroupID is the Azure resource id of the rule collection group; empty where that team makes it.
	RuleCollectionGroupID pulumi.StringOutput
}

// NewEgress registers the IP groups and the rule collection group, or adds the rules to the handover.
func NewEgress(ctx *pulumi.Context, name string, args *EgressArgs, opts ...pulumi.ResourceOption) (*Egress, error) {
	egress := &Egress{}
	if policy := args.Hub.policy; policy != nil {
		// It is all in the group of the firewall policy.
		opts, name = policy.in.Options(opts...), policy.in.Name(name)
	}
	if err := ctx.RegisterComponentResource("aksregulated:network:Egress", name, egress, opts...); err != nil {
		return nil, fmt.Errorf("egress of %s: %w", args.Name, err)
	}
	complete := *args
	complete.Collections = append(args.dnsCollections(), args.Collections...)
	args = &complete
	if args.Hub.policy == nil {
		group, err := args.group("")
		if err != nil {
			return nil, err
		}
		args.Hub.handover.Egress = append(args.Hub.handover.Egress, group)
		egress.RuleCollectionGroupID = pulumi.String("").ToStringOutput()
	} else if err := args.Hub.policyChanges.next(func(previous []pulumi.Resource) (pulumi.Resource, error) {
		return egress.registerRules(ctx, name, args, previous)
	}); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(egress, pulumi.Map{
		"ruleCollectionGroupId": egress.RuleCollectionGroupID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of egress of %s: %w", args.Name, err)
	}
	return egress, nil
}

// registerRules registers the IP groups and the rule collection group. Azure refuses changes of the policy, or of an IP group in it,
// while the firewall is being created or updated, and makes one change of a policy at a time.
func (e *Egress) registerRules(
	ctx *pulumi.Context, name string, args *EgressArgs, previous []pulumi.Resource,
) (*network.FirewallPolicyRuleCollectionGroup, error) {
	policy := args.Hub.policy
	ready := slices.Concat(policy.ready, previous)
	opts := []pulumi.ResourceOption{pulumi.Parent(e), pulumi.DependsOn(ready)}
	groups := map[string]pulumi.StringOutput{}
	var err error
	if args.Hub.shared {
		patient, err := patience.WhileRefused(ctx, name+"-busy", busyLimit, busy...)
		if err != nil {
			return nil, err
		}
		opts = append(opts, patient)
	}
	// IP groups in a hub of others would lie beside the policy, whose owner could not change rules without rights on them.
	if args.Hub.ipGroups {
		if groups, err = e.newIPGroups(ctx, name, args, ready); err != nil {
			return nil, err
		}
	}
	var collections pulumi.Array
	for _, collection := range args.Collections {
		source, err := args.source(collection)
		if err != nil {
			return nil, err
		}
		sources := ruleSources{addresses: source.Addresses}
		if id, grouped := groups[source.Name]; grouped {
			sources = ruleSources{ipGroup: id}
		}
		if (len(collection.ApplicationRules) > 0) == (len(collection.NetworkRules) > 0) {
			return nil, fmt.Errorf("rule collection %s: it must have application rules or network rules", collection.Name)
		}
		collections = append(collections, ruleCollection(collection, sources))
	}
	registered, err := network.NewFirewallPolicyRuleCollectionGroup(ctx, name, &network.FirewallPolicyRuleCollectionGroupArgs{
		RuleCollectionGroupName: pulumi.String(ruleCollectionGroupName(args.Name)),
		FirewallPolicyName:      policy.name,
		ResourceGroupName:       policy.group,
		Priority:                pulumi.Int(args.Priority),
		RuleCollections:         collections,
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("rule collection group of %s: %w", args.Name, err)
	}
	e.RuleCollectionGroupID = registered.ID().ToStringOutput()
	return registered, nil
}

// dnsCollections let all sources ask DNS servers that are not in the hub's network, to which the way leads through the firewall.
func (e *EgressArgs) dnsCollections() []RuleCollection {
	if len(e.Hub.remoteDNS) == 0 {
		return nil
	}
	var collections []RuleCollection
	for i, source := range e.Sources {
		collections = append(collections, RuleCollection{
			Name: "DNS-" + source.Name, Priority: firstDNSPriority + i, Sources: source.Name, NetworkRules: []NetworkRule{{
				Name: "dns", Why: "Names resolve through the DNS servers of dns.servers.", Protocols: []string{"UDP", "TCP"},
				Destinations: e.Hub.remoteDNS, Ports: []string{"53"}, Beyond: beyond("dns.servers has them.", e.Hub.remoteDNS...),
			}},
		})
	}
	return collections
}

// firstDNSPriority and those after it are of no other collection of an egress.
const firstDNSPriority = 110

// source is the source group of a collection.
func (e *EgressArgs) source(collection RuleCollection) (SourceGroup, error) {
	for _, source := range e.Sources {
		if source.Name == collection.Sources {
			return source, nil
		}
	}
	return SourceGroup{}, fmt.Errorf("rule collection %s: no source group %q", collection.Name, collection.Sources)
}

// ruleCollectionGroupName is the name in Azure of the rules of an egress.
func ruleCollectionGroupName(egress string) string { return "rcg-" + egress }

// newIPGroups registers the source groups one after the other, since a changed group updates the policy. It returns their
// Azure resource ids by the names that rule collections use.
func (e *Egress) newIPGroups(
	ctx *pulumi.Context, name string, args *EgressArgs, ready []pulumi.Resource,
) (map[string]pulumi.StringOutput, error) {
	ids := map[string]pulumi.StringOutput{}
	before := slices.Clone(ready)
	for _, source := range args.Sources {
		logicalName := name
		// The only group of an egress is named like the egress, as it was before an egress could have several.
		if len(args.Sources) > 1 {
			logicalName += "-" + strings.ToLower(source.Name)
		}
		group, err := network.NewIpGroup(ctx, logicalName, &network.IpGroupArgs{
			IpGroupsName:      pulumi.String(source.IPGroup),
			ResourceGroupName: args.Hub.policy.group,
			Location:          pulumi.String(args.Location),
			Tags:              pulumi.ToStringMap(args.Tags),
			IpAddresses:       pulumi.ToStringArray(texts(source.Addresses)),
		}, pulumi.Parent(e), pulumi.DependsOn(before))
		if err != nil {
			return nil, fmt.Errorf("IP group %s: %w", source.IPGroup, err)
		}
		before = append(before, group)
		ids[source.Name] = group.ID().ToStringOutput()
	}
	return ids, nil
}
