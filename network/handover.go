package network

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Handover is what the owners of hub, firewall policy and DNS zones have to make for the platform, where the platform may not make it itself.
// Whatever leaves something to them adds a row while it is registered. All but the principals of roles follows from the configuration, so a
// preview has it as well.
type Handover struct {
	Peerings []ReversePeering
	Rules    []RequestedRule
	Links    []RequestedLink
	Roles    []RequestedRole
}

// ReversePeering is the hub's side of the peering with a spoke. Until it exists the spoke's own side is Initiated, and passes nothing.
type ReversePeering struct {
	// Name is the name that the program would give to the peering.
	Name string
	// HubNetworkID and SpokeNetworkID are the Azure resource ids of the virtual networks; the peering is a child of the first.
	HubNetworkID, SpokeNetworkID string
	// SpokeAddressSpaces are the ranges of the spoke.
	SpokeAddressSpaces []netip.Prefix
	// AllowGatewayTransit lets the spoke use the gateway of the hub.
	AllowGatewayTransit bool
}

// RequestedRule is one rule that the firewall needs. Either ApplicationRule or NetworkRule is set.
type RequestedRule struct {
	// Group is the rule collection group, Collection the rule collection that the program would put the rule into.
	Group, Collection string
	// Sources are the ranges that the rule is for.
	Sources         []netip.Prefix
	ApplicationRule *ApplicationRule
	NetworkRule     *NetworkRule
}

// RequestedLink is the link of a private DNS zone to a virtual network.
type RequestedLink struct {
	// Name is the name that the program would give to the link.
	Name string
	// ZoneName is the DNS name of the zone, ZoneID its Azure resource id, which is empty where only its owner knows it.
	ZoneName, ZoneID string
	// NetworkID is the Azure resource id of the virtual network.
	NetworkID string
	// Why says what does not work without the link.
	Why string
}

// RequestedRole is a role that an identity of the platform needs on something of others.
type RequestedRole struct {
	// Role is the display name of the role, RoleID the GUID of its definition.
	Role, RoleID string
	// Scope is an Azure resource id.
	Scope string
	// Identity is the name of the managed identity, PrincipalID its Entra object id, known once it exists.
	Identity    string
	PrincipalID pulumi.StringInput
	Why         string
}

// Empty reports whether nothing is left to others.
func (h *Handover) Empty() bool {
	return len(h.Peerings)+len(h.Rules)+len(h.Links)+len(h.Roles) == 0
}

// request adds the rules of an egress.
func (h *Handover) request(args *EgressArgs) error {
	for _, collection := range args.Collections {
		at := slices.IndexFunc(args.Sources, func(source SourceGroup) bool { return source.Name == collection.Sources })
		if at < 0 {
			return fmt.Errorf("rule collection %s: no source group %q", collection.Name, collection.Sources)
		}
		row := RequestedRule{Group: ruleCollectionGroupName(args.Name), Collection: collection.Name, Sources: args.Sources[at].Addresses}
		for _, rule := range collection.ApplicationRules {
			application := row
			application.ApplicationRule = &rule
			h.Rules = append(h.Rules, application)
		}
		for _, rule := range collection.NetworkRules {
			network := row
			network.NetworkRule = &rule
			h.Rules = append(h.Rules, network)
		}
	}
	return nil
}

// Output is the handover as the stack's output handover: an object with the lists peerings, rules, links and roles, whose elements have the
// fields of the rows. Lists are always there; a rule has protocols with ports (Https:443) and one of hosts, hostTags and addresses.
func (h *Handover) Output() pulumi.Map {
	peerings, rules, links, roles := pulumi.Array{}, pulumi.Array{}, pulumi.Array{}, pulumi.Array{}
	for _, row := range h.Peerings {
		peerings = append(peerings, pulumi.Map{
			"name": pulumi.String(row.Name), "hubNetworkId": pulumi.String(row.HubNetworkID),
			"spokeNetworkId": pulumi.String(row.SpokeNetworkID), "spokeAddressSpaces": pulumi.ToStringArray(texts(row.SpokeAddressSpaces)),
			"allowVirtualNetworkAccess": pulumi.Bool(true), "allowForwardedTraffic": pulumi.Bool(false),
			"allowGatewayTransit": pulumi.Bool(row.AllowGatewayTransit),
		})
	}
	for _, row := range h.Rules {
		rules = append(rules, row.output())
	}
	for _, row := range h.Links {
		links = append(links, pulumi.Map{
			"name": pulumi.String(row.Name), "zoneName": pulumi.String(row.ZoneName), "zoneId": pulumi.String(row.ZoneID),
			"networkId": pulumi.String(row.NetworkID), "why": pulumi.String(row.Why),
		})
	}
	for _, row := range h.Roles {
		roles = append(roles, pulumi.Map{
			"role": pulumi.String(row.Role), "roleId": pulumi.String(row.RoleID), "scope": pulumi.String(row.Scope),
			"identity": pulumi.String(row.Identity), "principalId": row.PrincipalID, "why": pulumi.String(row.Why),
		})
	}
	return pulumi.Map{"peerings": peerings, "rules": rules, "links": links, "roles": roles}
}

func (r RequestedRule) output() pulumi.Map {
	rule := pulumi.Map{
		"group": pulumi.String(r.Group), "collection": pulumi.String(r.Collection), "sources": pulumi.ToStringArray(texts(r.Sources)),
	}
	set := func(name, why string, hosts, hostTags, addresses, protocols []string) pulumi.Map {
		rule["name"], rule["why"] = pulumi.String(name), pulumi.String(why)
		rule["hosts"], rule["hostTags"], rule["addresses"] = pulumi.ToStringArray(hosts), pulumi.ToStringArray(hostTags), pulumi.ToStringArray(addresses)
		rule["protocols"] = pulumi.ToStringArray(protocols)
		return rule
	}
	if application := r.ApplicationRule; application != nil {
		rule["kind"] = pulumi.String("application")
		return set(application.Name, application.Why, application.FQDNs, application.FQDNTags, nil, []string{application.protocol()})
	}
	rule["kind"] = pulumi.String("network")
	var protocols []string
	for _, protocol := range r.NetworkRule.Protocols {
		for _, port := range r.NetworkRule.Ports {
			protocols = append(protocols, protocol+":"+port)
		}
	}
	return set(r.NetworkRule.Name, r.NetworkRule.Why, r.NetworkRule.FQDNs, nil, r.NetworkRule.Destinations, protocols)
}

func (r ApplicationRule) protocol() string {
	if r.PlainHTTP {
		return "Http:80"
	}
	return "Https:443"
}
