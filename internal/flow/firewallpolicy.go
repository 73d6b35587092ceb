package flow

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

type firewall struct {
	id, name string
	location string // region short name, empty if unknown
	subnet   *subnet
	addr     netip.Addr
	policy   *firewallPolicy // nil: no rules, so everything is denied
}

type firewallPolicy struct {
	id, name   string
	base       *firewallPolicy
	baseRef    string
	from       properties
	hasDNS     bool
	proxy      bool
	dnsServers []netip.Addr
	groups     []*ruleCollectionGroup
}

type ruleCollectionGroup struct {
	name        string
	priority    int
	collections []*ruleCollection
}

type ruleCollection struct {
	name     string
	priority int
	allow    bool
	rules    []*firewallRule
}

type firewallRule struct {
	name         string
	kind         ruleKind
	sources      addressSet
	destinations addressSet
	ports        portSet
	protocols    []string  // network and NAT rules: TCP, UDP, ICMP or Any
	fqdns        []string  // network rules: names without wildcard; application rules: patterns
	fqdnTags     []string  // application rules
	apps         []appPort // application rules
	translated   translation
}

type appPort struct {
	protocol AppProtocol
	port     uint16
}

// translation is where a NAT rule sends a packet.
type translation struct {
	addr netip.Addr
	fqdn string
	port uint16
}

// ruleKind is a ruleType in Azure's spelling.
type ruleKind string

const (
	natRule         ruleKind = "NatRule"
	networkRule     ruleKind = "NetworkRule"
	applicationRule ruleKind = "ApplicationRule"
)

func (b *builder) readIPGroup(r Resource, p properties) {
	b.ipGroups[resourceid.Key(r.ID)] = p.texts("ipAddresses")
}

func (b *builder) readFirewallPolicy(r Resource, p properties) {
	dns := p.object("dnsSettings")
	policy := &firewallPolicy{
		id: r.ID, name: resourceid.Name(r.ID), from: p, baseRef: p.ref("basePolicy"),
		hasDNS: p.has("dnsSettings"), proxy: dns.truth("enableProxy", false),
	}
	for _, s := range dns.texts("servers") {
		policy.dnsServers = append(policy.dnsServers, dns.addr("servers", s))
	}
	b.policies[resourceid.Key(r.ID)] = policy
}

func (b *builder) readRuleCollectionGroup(r Resource, p properties) {
	policy := b.policies[resourceid.Key(resourceid.Parent(r.ID))]
	if policy == nil {
		p.missing("id", "the firewall policy of this rule collection group is not among the resources")
		return
	}
	group := &ruleCollectionGroup{name: resourceid.Name(r.ID), priority: p.integer("priority")}
	for _, c := range p.objects("ruleCollections") {
		group.collections = append(group.collections, b.readRuleCollection(c))
	}
	slices.SortStableFunc(group.collections, func(x, y *ruleCollection) int { return cmp.Compare(x.priority, y.priority) })
	policy.groups = append(policy.groups, group)
}

func (b *builder) readRuleCollection(p properties) *ruleCollection {
	c := &ruleCollection{name: p.text("name"), priority: p.integer("priority")}
	action := p.object("action").text("type")
	switch kind := p.text("ruleCollectionType"); {
	case strings.EqualFold(kind, "FirewallPolicyNatRuleCollection"):
		c.allow = true
	case strings.EqualFold(kind, "FirewallPolicyFilterRuleCollection"):
		c.allow = strings.EqualFold(action, "Allow")
		if !c.allow && !strings.EqualFold(action, "Deny") {
			p.fail("action.type", "%q is not Allow or Deny", action)
		}
	default:
		p.fail("ruleCollectionType", "%q is no rule collection type", kind)
	}
	for _, rule := range p.objects("rules") {
		c.rules = append(c.rules, b.readFirewallRule(rule))
	}
	return c
}

func (b *builder) readFirewallRule(p properties) *firewallRule {
	r := &firewallRule{
		name:         p.text("name"),
		sources:      b.withIPGroups(p, "sourceAddresses", "sourceIpGroups"),
		destinations: b.withIPGroups(p, "destinationAddresses", "destinationIpGroups"),
		protocols:    p.texts("ipProtocols"),
	}
	switch kind := p.text("ruleType"); {
	case strings.EqualFold(kind, string(networkRule)):
		r.kind, r.ports = networkRule, p.ports("destinationPorts", p.texts("destinationPorts"))
		for _, name := range p.texts("destinationFqdns") {
			if strings.Contains(name, "*") {
				p.fail("destinationFqdns", "%q: a network rule takes no wildcard", name)
			}
			r.fqdns = append(r.fqdns, strings.ToLower(name))
		}
	case strings.EqualFold(kind, string(applicationRule)):
		r.kind = applicationRule
		b.readApplicationRule(r, p)
	case strings.EqualFold(kind, string(natRule)):
		r.kind, r.ports = natRule, p.ports("destinationPorts", p.texts("destinationPorts"))
		r.translated = translation{
			addr: p.addr("translatedAddress", p.text("translatedAddress")), fqdn: strings.ToLower(p.text("translatedFqdn")),
		}
		if ports := p.ports("translatedPort", p.either("translatedPort", "translatedPorts")); len(ports) > 0 {
			r.translated.port = ports[0][0]
		}
		if !r.translated.addr.IsValid() && r.translated.fqdn == "" {
			p.fail("translatedAddress", "a NAT rule needs an address or a name to translate to")
		}
	default:
		p.fail("ruleType", "%q is no rule type", kind)
	}
	return r
}

func (b *builder) readApplicationRule(r *firewallRule, p properties) {
	for _, name := range p.texts("targetFqdns") {
		r.fqdns = append(r.fqdns, strings.ToLower(name))
	}
	for _, tag := range p.texts("fqdnTags") {
		if _, known := fqdnTags[strings.ToLower(tag)]; !known {
			p.fail("fqdnTags", "the members of FQDN tag %q are not known", tag)
		}
		r.fqdnTags = append(r.fqdnTags, strings.ToLower(tag))
	}
	for _, app := range p.objects("protocols") {
		r.apps = append(r.apps, appPort{AppProtocol(app.text("protocolType")), uint16(app.integer("port"))})
	}
	for _, unsupported := range []string{"webCategories", "targetUrls"} {
		if p.has(unsupported) {
			p.fail(unsupported, "cannot be evaluated without the content of the request")
		}
	}
}

func (b *builder) withIPGroups(p properties, addresses, groups string) addressSet {
	texts := slices.Clone(p.texts(addresses))
	for _, ref := range p.texts(groups) {
		members, ok := b.ipGroups[resourceid.Key(ref)]
		if !ok {
			p.missing(groups, "IP group %s is not among the resources", ref)
		}
		texts = append(texts, members...)
	}
	return p.addresses(addresses, texts)
}

func (b *builder) readFirewall(r Resource, p properties) {
	fw := &firewall{
		id: r.ID, name: resourceid.Name(r.ID),
		location: strings.ToLower(strings.ReplaceAll(p.text("location"), " ", "")),
	}
	for _, classic := range []string{"networkRuleCollections", "applicationRuleCollections", "natRuleCollections"} {
		if p.has(classic) {
			p.fail(classic, "classic rules cannot be evaluated, use a firewall policy")
		}
	}
	if ref := p.ref("firewallPolicy"); ref != "" {
		if fw.policy = b.policies[ref]; fw.policy == nil {
			p.missing("firewallPolicy.id", "%s is not among the resources", ref)
		}
	}
	for _, c := range p.objects("ipConfigurations") {
		if ref := c.ref("subnet"); ref != "" {
			if fw.subnet = b.subnets[ref]; fw.subnet == nil {
				c.missing("subnet.id", "%s is not among the resources", ref)
			}
			fw.addr = c.addr("privateIPAddress", c.text("privateIPAddress"))
		}
		if ref := c.ref("publicIPAddress"); ref != "" && b.publicIPs[ref] != nil {
			b.publicIPs[ref].firewall = fw
		}
	}
	if fw.subnet == nil {
		p.missing("ipConfigurations", "the firewall has no subnet among the resources")
		return
	}
	fw.subnet.exposedBy = fw.name
	// Azure gives a firewall the subnet's first usable address; an output that was not read back is filled in the same way.
	if !fw.addr.IsValid() {
		addr, err := fw.subnet.usable(1)
		if err != nil {
			p.fail("ipConfigurations", "%v", err)
		}
		fw.addr = addr
	}
	b.owned[fw.addr] = true
	b.firewalls = append(b.firewalls, fw)
}

// finishFirewalls links base policies and orders rule collection groups.
func (b *builder) finishFirewalls() {
	for _, policy := range b.policies {
		if policy.baseRef != "" {
			if policy.base = b.policies[policy.baseRef]; policy.base == nil {
				policy.from.missing("basePolicy.id", "%s is not among the resources", policy.baseRef)
			}
		}
		slices.SortStableFunc(policy.groups, func(x, y *ruleCollectionGroup) int { return cmp.Compare(x.priority, y.priority) })
	}
	for _, policy := range b.policies {
		seen := map[*firewallPolicy]bool{}
		for p := policy; p != nil; p = p.base {
			if seen[p] {
				policy.from.fail("basePolicy.id", "the base policies form a circle")
				return
			}
			seen[p] = true
		}
	}
}

// chain lists the policy's ancestors and itself. A base policy's rules come before the child's whatever the priorities
// (Azure documentation, "Azure Firewall Policy rule sets").
func (p *firewallPolicy) chain() []*firewallPolicy {
	if p == nil {
		return nil
	}
	return append(p.base.chain(), p)
}

// dns is the policy in whose DNS settings the firewall works: its own, or else those it inherits.
func (p *firewallPolicy) dns() *firewallPolicy {
	for q := p; q != nil; q = q.base {
		if q.hasDNS {
			return q
		}
	}
	return &firewallPolicy{}
}
