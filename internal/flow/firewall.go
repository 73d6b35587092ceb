package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
)

// implicitDeny decides what no firewall rule allows.
const implicitDeny = "firewall/implicit-deny"

// infrastructureBy names the firewall's built-in allow list, see Options.InfrastructureFQDNs.
const infrastructureBy = "firewall/infrastructure-fqdns"

// fqdnTags lists host names behind FQDN tags, by the tag in lower case; {location} is the firewall's region. Microsoft keeps the real
// lists, which are longer. Those of Windows Update are from the Microsoft document "Configure WSUS".
var fqdnTags = tagsWith(map[string][]string{
	"windowsupdate": {
		"windowsupdate.microsoft.com", "*.windowsupdate.microsoft.com", "*.update.microsoft.com", "*.windowsupdate.com",
		"download.microsoft.com",
	},
})

func tagsWith(further map[string][]string) map[string][]string {
	tags := azurefacts.TagHosts()
	maps.Copy(tags, further)
	return tags
}

// fqdnMatches compares a host name with a pattern: "*" covers every name, a leading "*" one or more labels.
func fqdnMatches(pattern, host string) bool {
	if pattern == "*" {
		return true
	}
	suffix, wild := strings.CutPrefix(pattern, "*")
	if !wild {
		return pattern == host
	}
	return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
}

// verdict is what a firewall decides about a packet, and why.
type verdict struct {
	allow   bool
	layer   Layer
	by      string
	why     string
	proxied bool // an application rule decided, so the firewall itself opens the onward connection
}

// filter runs a packet through the firewall's network rules, application rules and built-in names, in that order.
// Threat intelligence and IDPS depend on feeds and contents that are not known here, and decide nothing.
func (n *Network) filter(fw *firewall, from, to party, f Flow) verdict {
	for _, stage := range []struct {
		kind  ruleKind
		layer Layer
	}{{networkRule, LayerFirewallNetworkRule}, {applicationRule, LayerFirewallApplicationRule}} {
		c, r := n.firstRule(fw, stage.kind, from, to, f)
		if r == nil {
			continue
		}
		return verdict{
			allow: c.allow, layer: stage.layer, by: c.name + "/" + r.name, proxied: stage.kind == applicationRule,
			why: fmt.Sprintf("the rule of firewall %s matches", fw.name),
		}
	}
	if f.app() != "" && to.host != "" {
		for _, pattern := range n.opts.InfrastructureFQDNs {
			if fqdnMatches(strings.ToLower(pattern), to.host) {
				return verdict{
					allow: true, layer: LayerFirewallApplicationRule, by: infrastructureBy, proxied: true,
					why: fmt.Sprintf("firewall %s lets infrastructure name %s through by itself", fw.name, pattern),
				}
			}
		}
	}
	return verdict{
		layer: LayerFirewallDefault, by: implicitDeny, why: fmt.Sprintf("no rule of firewall %s matches", fw.name),
	}
}

// firstRule finds the first rule of a kind that matches: base policies first, then groups and collections by priority.
func (n *Network) firstRule(fw *firewall, kind ruleKind, from, to party, f Flow) (*ruleCollection, *firewallRule) {
	for _, policy := range fw.policy.chain() {
		for _, group := range policy.groups {
			for _, c := range group.collections {
				for _, r := range c.rules {
					if r.kind == kind && n.firewallRuleMatches(fw, r, from, to, f) {
						return c, r
					}
				}
			}
		}
	}
	return nil, nil
}

func (n *Network) firewallRuleMatches(fw *firewall, r *firewallRule, from, to party, f Flow) bool {
	if !n.covers(r.sources, from, nil) {
		return false
	}
	if r.kind == applicationRule {
		return n.applicationRuleMatches(fw, r, to, f)
	}
	anyProtocol := func(p string) bool { return strings.EqualFold(p, "Any") || strings.EqualFold(p, string(f.Protocol)) }
	if !slices.ContainsFunc(r.protocols, anyProtocol) {
		return false
	}
	if f.Protocol == ICMP && !r.ports.all() || f.Protocol != ICMP && !r.ports.holds(f.Port) {
		return false
	}
	return n.covers(r.destinations, to, nil) || n.networkRuleNames(fw, r, to)
}

// networkRuleNames says whether a network rule's FQDNs cover the destination. The firewall turns them into addresses with its
// own DNS, and matches them to what clients use only while it is also the clients' DNS proxy.
func (n *Network) networkRuleNames(fw *firewall, r *firewallRule, to party) bool {
	if len(r.fqdns) == 0 || !fw.policy.dns().proxy {
		return false
	}
	if to.host != "" {
		return slices.Contains(r.fqdns, to.host)
	}
	return slices.ContainsFunc(r.fqdns, func(name string) bool {
		return slices.Contains(n.firewallResolve(fw, name).Addresses, to.addr)
	})
}

// applicationRuleMatches looks at the host name of the request (TLS server name or Host header), so a flow that has none
// matches no application rule.
func (n *Network) applicationRuleMatches(fw *firewall, r *firewallRule, to party, f Flow) bool {
	app := f.app()
	if app == "" || to.host == "" {
		return false
	}
	if !slices.ContainsFunc(r.apps, func(a appPort) bool { return strings.EqualFold(string(a.protocol), string(app)) && a.port == f.Port }) {
		return false
	}
	if !r.destinations.empty() && !n.covers(r.destinations, to, nil) {
		return false
	}
	if slices.ContainsFunc(r.fqdns, func(p string) bool { return fqdnMatches(p, to.host) }) {
		return true
	}
	return slices.ContainsFunc(r.fqdnTags, func(tag string) bool {
		return slices.ContainsFunc(fqdnTags[tag], func(p string) bool { return fqdnMatches(fw.located(p), to.host) })
	})
}

// located fills the firewall's region into a pattern; when the region is not known, any will do.
func (fw *firewall) located(pattern string) string {
	_, after, regional := strings.Cut(pattern, "{location}")
	if regional && fw.location == "" {
		return "*" + after
	}
	return strings.Replace(pattern, "{location}", fw.location, 1)
}

// party is the firewall as the sender of what it proxies or translates.
func (fw *firewall) party() party {
	return party{label: fw.name, addr: fw.addr, subnet: fw.subnet, firewall: fw}
}
