package networking

import (
	"fmt"
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// TLSBlocker says what stops a TLS connection to a host: layer, rule and reason. It is empty if nothing does.
func TLSBlocker(net *flow.Network, from flow.Endpoint, host string) string {
	return DescribeBlock(net.Check(flow.Flow{From: from, To: flow.Host(host), Protocol: flow.TCP, Port: 443}))
}

// PrivateTLSBlocker is obstacle for a host that must be reached over its private endpoint.
func PrivateTLSBlocker(net *flow.Network, subnetID, host string) string {
	found := net.Resolve(subnetID, host)
	if !found.Resolved {
		return fmt.Sprintf("layer dns, %s: %s", found.By, found.Reason)
	}
	if !found.Private {
		return fmt.Sprintf("layer dns, %s: %s, as no private DNS zone with a record for it is linked to where subnet %s resolves names",
			found.By, found.Reason, resourceid.Name(subnetID))
	}
	return TLSBlocker(net, flow.Subnet(subnetID), host)
}

// DescribeBlock renders a verdict that stops a flow; it is empty for one that does not. What leaves to an appliance of other people counts as let
// through there: its owners have been asked to.
func DescribeBlock(result flow.Result) string {
	if !result.Blocked() {
		return ""
	}
	return fmt.Sprintf("layer %s, %s: %s", result.Layer, result.By, result.Reason)
}

// EndpointFlow is TLS from a subnet to the address of a private endpoint.
func EndpointFlow(subnet string, address netip.Addr) flow.Flow {
	return flow.Flow{From: flow.Subnet(subnet), To: flow.Address(address), Protocol: flow.TCP, Port: 443}
}

// Reachability is whether and how an endpoint reaches a service by its public name.
type Reachability struct {
	// Allowed is set when it does.
	Allowed bool
	// Private is set when the name leads to a private endpoint.
	Private bool
	// Reason says why it is not allowed.
	Reason string
}

// Reach reports whether an endpoint gets through to a registry or a vault on the given network, by the host name that clients
// use. An endpoint that is in no subnet comes over the internet.
func Reach(s *arm.Subscription, net *flow.Network, from flow.Endpoint, host string) Reachability {
	target := serviceAt(s, host)
	if target == nil {
		return Reachability{Reason: fmt.Sprintf("no registry or vault is named %s", host)}
	}
	result := net.Check(flow.Flow{From: from, To: flow.Host(host), Protocol: flow.TCP, Port: 443})
	outside := result.Layer == flow.LayerPath && result.By == "endpoint/destination"
	if result.Blocked() && !outside {
		return Reachability{Reason: result.Reason}
	}
	first := result.Hops[0]
	if !outside && first.Layer == flow.LayerDNS && strings.HasPrefix(first.By, "privatelink.") {
		return Reachability{Allowed: true, Private: true}
	}
	if refusal := PublicAccessDenial(target, ""); refusal != "" {
		return Reachability{Reason: fmt.Sprintf("%s is reached over the internet: %s", host, refusal)}
	}
	return Reachability{Allowed: true}
}

// PublicAccessDenial is why a service refuses a public address, or the empty string if it lets it in. No address stands for one that
// no IP rule names.
func PublicAccessDenial(service *arm.Record, address string) string {
	settings, rules := service.Kind.PrivateLink.Firewall(service)
	if strings.EqualFold(tree.Text(settings, "publicNetworkAccess"), "Disabled") {
		return "public network access is disabled and the request is not from a trusted service nor via an approved private link"
	}
	if !strings.EqualFold(tree.Text(rules, "defaultAction"), "Deny") {
		return ""
	}
	addr, err := netip.ParseAddr(address)
	for _, rule := range tree.List(rules, "ipRules") {
		if allowed, ok := addressRule(rule); ok && err == nil && allowed.Contains(addr) {
			return ""
		}
	}
	return "the client address is not authorized and the caller is not a trusted service"
}

// CheckAddressRules demands public IPv4 ranges in the IP rules of a registry's or a vault's firewall.
func CheckAddressRules(id string, rules []any) error {
	for _, rule := range rules {
		if _, ok := addressRule(rule); !ok {
			return arm.BadRequest("InvalidIpRule", "%s: %q is not an address or a range of them", id, tree.Text(rule, "value"))
		}
	}
	return nil
}

func addressRule(rule any) (netip.Prefix, bool) {
	value := tree.Text(rule, "value")
	if addr, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Is4()
	}
	prefix, err := netip.ParsePrefix(value)
	return prefix, err == nil && prefix.Addr().Is4()
}

// BlockedHost is the first host that a component requires and cannot reach from a subnet, and why; both are empty if it reaches all.
// The properties are those of what it works for, and workspace is the name under which its Log Analytics workspace gets data.
func BlockedHost(net *flow.Network, subnet string, properties map[string]any, workspace, component string) (host, why string) {
	for _, required := range azurefacts.MustComponent(component).Required(properties) {
		host = required.In(tree.Text(properties, "location"), workspace)
		if why = TLSBlocker(net, flow.Subnet(subnet), host); why != "" {
			return host, why
		}
	}
	return "", ""
}
