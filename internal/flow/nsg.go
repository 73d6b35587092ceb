package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

type direction string

const (
	inbound  direction = "Inbound"
	outbound direction = "Outbound"
)

type nsg struct {
	id, name string
	rules    []*nsgRule
}

type nsgRule struct {
	name                          string
	from                          properties // where the rule was read, for errors found later
	priority                      int
	allow                         bool
	direction                     direction
	protocol                      string // lower case, "*" for any
	sources, destinations         addressSet
	sourcePorts, destinationPorts portSet
}

// platformRules close every NSG after its own rules (Azure documentation, "Network security groups", default security rules).
var platformRules = []*nsgRule{
	platformRule(inbound, 65000, "AllowVnetInBound", true, tagVirtualNetwork, tagVirtualNetwork),
	platformRule(inbound, 65001, "AllowAzureLoadBalancerInBound", true, tagAzureLoadBalancer, "*"),
	platformRule(inbound, 65500, "DenyAllInBound", false, "*", "*"),
	platformRule(outbound, 65000, "AllowVnetOutBound", true, tagVirtualNetwork, tagVirtualNetwork),
	platformRule(outbound, 65001, "AllowInternetOutBound", true, "*", tagInternet),
	platformRule(outbound, 65500, "DenyAllOutBound", false, "*", "*"),
}

func platformRule(d direction, priority int, name string, allow bool, source, destination string) *nsgRule {
	set := func(text string) addressSet {
		if text == "*" {
			return addressSet{any: true}
		}
		return addressSet{tags: []string{text}}
	}
	return &nsgRule{
		name: name, priority: priority, allow: allow, direction: d, protocol: "*",
		sources: set(source), destinations: set(destination), sourcePorts: anyPort, destinationPorts: anyPort,
	}
}

var nsgProtocols = []string{"*", "tcp", "udp", "icmp", "esp", "ah"}

func (b *builder) readNSG(r Resource, p properties) {
	g := &nsg{id: r.ID, name: resourceid.Name(r.ID)}
	b.nsgs[resourceid.Key(r.ID)] = g
	for _, rule := range p.objects("securityRules") {
		g.put(readNSGRule(rule.text("name"), rule))
	}
}

func (b *builder) readSecurityRule(r Resource, p properties) {
	g := b.nsgs[resourceid.Key(resourceid.Parent(r.ID))]
	if g == nil {
		p.missing("id", "the network security group of this rule is not among the resources")
		return
	}
	g.put(readNSGRule(resourceid.Name(r.ID), p))
}

// put adds a rule; one of the same name replaces it, since a group read back from Azure also lists separate rule resources.
func (g *nsg) put(r *nsgRule) {
	g.rules = slices.DeleteFunc(g.rules, func(x *nsgRule) bool { return strings.EqualFold(x.name, r.name) })
	g.rules = append(g.rules, r)
}

func readNSGRule(name string, p properties) *nsgRule {
	r := &nsgRule{
		name: name, from: p, priority: p.integer("priority"), protocol: strings.ToLower(p.text("protocol")),
		sources:          p.addresses("sourceAddressPrefix", p.either("sourceAddressPrefix", "sourceAddressPrefixes")),
		destinations:     p.addresses("destinationAddressPrefix", p.either("destinationAddressPrefix", "destinationAddressPrefixes")),
		sourcePorts:      p.ports("sourcePortRange", p.either("sourcePortRange", "sourcePortRanges")),
		destinationPorts: p.ports("destinationPortRange", p.either("destinationPortRange", "destinationPortRanges")),
	}
	if name == "" {
		p.fail("name", "the rule has no name")
	}
	if r.priority < 100 || r.priority > 4096 {
		p.fail("priority", "%d is not between 100 and 4096", r.priority)
	}
	if !slices.Contains(nsgProtocols, r.protocol) {
		p.fail("protocol", "%q is not Tcp, Udp, Icmp, Esp, Ah or *", r.protocol)
	}
	switch access := p.text("access"); {
	case strings.EqualFold(access, "Allow"):
		r.allow = true
	case !strings.EqualFold(access, "Deny"):
		p.fail("access", "%q is not Allow or Deny", access)
	}
	switch d := p.text("direction"); {
	case strings.EqualFold(d, string(inbound)):
		r.direction = inbound
	case strings.EqualFold(d, string(outbound)):
		r.direction = outbound
	default:
		p.fail("direction", "%q is not Inbound or Outbound", d)
	}
	for _, unsupported := range []string{"sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"} {
		if p.has(unsupported) {
			p.fail(unsupported, "application security groups cannot be evaluated, use address prefixes")
		}
	}
	if r.sources.empty() && !p.has("sourceApplicationSecurityGroups") {
		p.fail("sourceAddressPrefix", "the rule names no source")
	}
	if r.destinations.empty() && !p.has("destinationApplicationSecurityGroups") {
		p.fail("destinationAddressPrefix", "the rule names no destination")
	}
	return r
}

// finishNSGs puts every group's rules in the order of evaluation. Azure refuses two rules of one direction and priority.
func (b *builder) finishNSGs() {
	for _, g := range b.nsgs {
		slices.SortStableFunc(g.rules, func(x, y *nsgRule) int { return cmp.Compare(x.priority, y.priority) })
		seen := map[direction]map[int]string{inbound: {}, outbound: {}}
		for _, r := range g.rules {
			if other, twice := seen[r.direction][r.priority]; twice {
				r.from.fail("priority", "rules %s and %s share %s priority %d", other, r.name, r.direction, r.priority)
			}
			if r.direction != "" {
				seen[r.direction][r.priority] = r.name
			}
		}
	}
}

// judge finds the rule of a subnet's group that decides a flow, and its name as <group>/<rule> or default/<platform rule>.
func (n *Network) judge(s *subnet, d direction, from, to party, f Flow) (*nsgRule, string) {
	for _, r := range s.nsg.rules {
		if n.ruleMatches(r, s, d, from, to, f) {
			return r, s.nsg.name + "/" + r.name
		}
	}
	for _, r := range platformRules {
		if n.ruleMatches(r, s, d, from, to, f) {
			return r, "default/" + r.name
		}
	}
	panic("flow: the platform's last rule matches everything")
}

func (n *Network) ruleMatches(r *nsgRule, s *subnet, d direction, from, to party, f Flow) bool {
	if r.direction != d || (r.protocol != "*" && !strings.EqualFold(r.protocol, string(f.Protocol))) {
		return false
	}
	if f.Protocol == ICMP {
		if !r.sourcePorts.all() || !r.destinationPorts.all() {
			return false
		}
	} else if !r.sourcePorts.holds(f.sourcePort()) || !r.destinationPorts.holds(f.Port) {
		return false
	}
	return n.covers(r.sources, from, s) && n.covers(r.destinations, to, s)
}

// leaveSubnet applies the source subnet's security group; nil lets the packet go on.
func (a *attempt) leaveSubnet() *Result {
	s := a.from.subnet
	if s.nsg == nil || a.from.skipNSG {
		return nil
	}
	return a.filterNSG(s, outbound, LayerNSGOut)
}

// enterSubnet applies the destination subnet's security group; nil lets the packet go on.
func (a *attempt) enterSubnet() *Result {
	s := a.to.subnet
	if s.nsg == nil || a.to.skipNSG {
		return nil
	}
	return a.filterNSG(s, inbound, LayerNSGIn)
}

func (a *attempt) filterNSG(s *subnet, d direction, layer Layer) *Result {
	rule, by := a.n.judge(s, d, a.from, a.to, a.flow)
	why := fmt.Sprintf("the %s rule of network security group %s at subnet %s matches", strings.ToLower(string(d)), s.nsg.name, s.name)
	if !rule.allow {
		r := a.drop(layer, s.nsg.name, by, why)
		return &r
	}
	a.step(layer, s.nsg.name, by, why)
	return nil
}
