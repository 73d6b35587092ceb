package network

import (
	"net/netip"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ruleSources are where the packets come from that a rule is for: an IP group, or its addresses.
type ruleSources struct {
	ipGroup   pulumi.StringInput
	addresses []netip.Prefix
}

// render returns the ids of IP groups and the addresses of a rule, of which one is nil.
func (s ruleSources) render() (ipGroups, addresses pulumi.StringArrayInput) {
	if s.ipGroup != nil {
		return pulumi.StringArray{s.ipGroup}, nil
	}
	return nil, pulumi.ToStringArray(texts(s.addresses))
}

func ruleCollection(collection RuleCollection, sources ruleSources) pulumi.Input {
	var rules pulumi.Array
	for _, rule := range collection.ApplicationRules {
		rules = append(rules, applicationRule(rule, sources))
	}
	for _, rule := range collection.NetworkRules {
		rules = append(rules, networkRule(rule, sources))
	}
	return network.FirewallPolicyFilterRuleCollectionArgs{
		RuleCollectionType: pulumi.String("FirewallPolicyFilterRuleCollection"),
		Name:               pulumi.String(collection.Name),
		Priority:           pulumi.Int(collection.Priority),
		Action:             network.FirewallPolicyFilterRuleCollectionActionArgs{Type: pulumi.String(allow)},
		Rules:              rules,
	}
}

func networkRule(rule NetworkRule, sources ruleSources) pulumi.Input {
	ipGroups, addresses := sources.render()
	rendered := network.NetworkRuleArgs{
		RuleType:         pulumi.String("NetworkRule"),
		Name:             pulumi.String(rule.Name),
		Description:      pulumi.String(rule.Why),
		SourceIpGroups:   ipGroups,
		SourceAddresses:  addresses,
		IpProtocols:      pulumi.ToStringArray(rule.Protocols),
		DestinationPorts: pulumi.ToStringArray(rule.Ports),
	}
	if len(rule.FQDNs) > 0 {
		rendered.DestinationFqdns = pulumi.ToStringArray(rule.FQDNs)
		return rendered
	}
	rendered.DestinationAddresses = pulumi.ToStringArray(rule.Destinations)
	return rendered
}

func applicationRule(rule ApplicationRule, sources ruleSources) pulumi.Input {
	protocol, port := rule.protocol()
	ipGroups, addresses := sources.render()
	return network.ApplicationRuleArgs{
		RuleType:       pulumi.String("ApplicationRule"),
		Name:           pulumi.String(rule.Name),
		Description:    pulumi.String(rule.Why),
		SourceIpGroups: ipGroups, SourceAddresses: addresses,
		Protocols: network.FirewallPolicyRuleApplicationProtocolArray{
			network.FirewallPolicyRuleApplicationProtocolArgs{ProtocolType: pulumi.String(protocol), Port: pulumi.Int(port)},
		},
		TargetFqdns: pulumi.ToStringArray(rule.FQDNs),
		FqdnTags:    pulumi.ToStringArray(rule.FQDNTags),
	}
}

// protocol is that of the rule, with its port.
func (r ApplicationRule) protocol() (string, int) {
	if r.PlainHTTP {
		return "Http", 80
	}
	return "Https", 443
}
