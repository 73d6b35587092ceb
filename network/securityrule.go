package network

import (
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SecurityRule is one rule of a network security group, as data. Every rule takes any source port.
type SecurityRule struct {
	Name string
	// Priority is 100 to 4096; the lowest number is evaluated first.
	Priority int
	// Direction is Inbound or Outbound.
	Direction string
	// Access is Allow or Deny.
	Access string
	// Protocol is Tcp, Udp or * for any.
	Protocol string
	// Source and Destination are a service tag, an IPv4 network in CIDR notation, * for any, or FirewallAddress.
	Source, Destination string
	// Ports are destination ports or ranges such as 65200-65535; * is any.
	Ports []string
	// Why becomes the description of the rule, at most 140 characters.
	Why string
}

// FirewallAddress stands for the private IP address of the hub's firewall, known only once Azure has assigned it, or for the other DNS servers
// that spokes ask.
const FirewallAddress = "FirewallPrivateIP"

// Values of SecurityRule's fields.
const (
	inbound  = "Inbound"
	outbound = "Outbound"
	allow    = "Allow"
	deny     = "Deny"
	tcp      = "Tcp"
)

// Rules that end a list: what no earlier rule allows is denied, also what Azure would allow by default.
var (
	denyAllInbound = SecurityRule{"DenyAllInBound", 1000, inbound, deny, "*", "*", "*", []string{"*"},
		"Explicit close: no default rule of Azure applies."}
	denyAllOutbound = SecurityRule{"DenyAllOutBound", 1000, outbound, deny, "*", "*", "*", []string{"*"},
		"Explicit close: no default rule of Azure applies."}
)

// closed returns the rules with both ends closed.
func closed(rules ...SecurityRule) []SecurityRule {
	return append(rules, denyAllInbound, denyAllOutbound)
}

// securityRules renders rules for a network security group. dnsServers may be nil where no rule names the firewall.
func securityRules(rules []SecurityRule, dnsServers []pulumi.StringInput) network.SecurityRuleTypeArray {
	var rendered network.SecurityRuleTypeArray
	for _, rule := range rules {
		args := network.SecurityRuleTypeArgs{
			Name:                     pulumi.String(rule.Name),
			Description:              pulumi.String(rule.Why),
			Priority:                 pulumi.Int(rule.Priority),
			Direction:                pulumi.String(rule.Direction),
			Access:                   pulumi.String(rule.Access),
			Protocol:                 pulumi.String(rule.Protocol),
			SourceAddressPrefix:      pulumi.String(rule.Source),
			SourcePortRange:          pulumi.String("*"),
			DestinationAddressPrefix: pulumi.String(rule.Destination),
		}
		// Azure stores one address or port in the singular property and refuses both at once.
		switch {
		case rule.Destination == FirewallAddress && len(dnsServers) == 1:
			args.DestinationAddressPrefix = dnsServers[0].ToStringOutput().ToStringPtrOutput()
		case rule.Destination == FirewallAddress:
			args.DestinationAddressPrefix, args.DestinationAddressPrefixes = nil, pulumi.StringArray(dnsServers)
		}
		if len(rule.Ports) == 1 {
			args.DestinationPortRange = pulumi.String(rule.Ports[0])
		} else {
			args.DestinationPortRanges = pulumi.ToStringArray(rule.Ports)
		}
		rendered = append(rendered, args)
	}
	return rendered
}
