package report

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

// egressGroup is a rule collection group: what one spoke may reach.
type egressGroup struct {
	Name        string
	Anchor      string
	Spokes      []Link // networks that hold its sources
	Priority    string
	Collections []egressCollection
}

type egressCollection struct {
	Name, Priority, Action string
	Rules                  []egressRule
}

type egressRule struct {
	Name         string
	Sources      []egressSource
	Destinations []string
	Ports        []string
	Reason       string
}

type egressSource struct {
	Link
	Ranges string
}

func (m *model) egress() []egressGroup {
	var groups []egressGroup
	for _, r := range m.of(typeRuleGroup) {
		group := egressGroup{Name: r.AzureName(), Anchor: r.Anchor(), Priority: text(r.Outputs, "priority")}
		for _, c := range tree.List(r.Outputs, "ruleCollections") {
			group.Collections = append(group.Collections, m.egressCollection(c))
		}
		group.Spokes = m.spokesOf(group)
		groups = append(groups, group)
	}
	return groups
}

func (m *model) egressCollection(c any) egressCollection {
	read := egressCollection{Name: text(c, "name"), Priority: text(c, "priority"), Action: text(c, "action", "type")}
	for _, rule := range tree.List(c, "rules") {
		row := egressRule{Name: text(rule, "name"), Reason: text(rule, "description"), Ports: rulePorts(rule), Sources: m.egressSources(rule)}
		for _, name := range []string{"targetFqdns", "destinationFqdns", "destinationAddresses"} {
			row.Destinations = append(row.Destinations, texts(rule, name)...)
		}
		for _, tag := range texts(rule, "fqdnTags") {
			row.Destinations = append(row.Destinations, "tag "+tag)
		}
		read.Rules = append(read.Rules, row)
	}
	return read
}

func (m *model) egressSources(rule any) []egressSource {
	var sources []egressSource
	for _, id := range texts(rule, "sourceIpGroups") {
		source := egressSource{Link: m.link(id)}
		if group := m.find(id); group != nil {
			source.Ranges = strings.Join(texts(group.Outputs, "ipAddresses"), ", ")
		}
		sources = append(sources, source)
	}
	for _, address := range texts(rule, "sourceAddresses") {
		sources = append(sources, egressSource{Link: Link{Text: address}, Ranges: address})
	}
	return sources
}

func rulePorts(rule any) []string {
	var ports []string
	for _, p := range tree.List(rule, "protocols") {
		ports = append(ports, text(p, "protocolType")+" "+text(p, "port"))
	}
	protocols := strings.Join(texts(rule, "ipProtocols"), "/")
	for _, p := range texts(rule, "destinationPorts") {
		ports = append(ports, protocols+" "+p)
	}
	return ports
}

// spokesOf are the networks whose ranges hold the sources of a group.
func (m *model) spokesOf(group egressGroup) []Link {
	var found []Link
	for _, net := range m.nets {
		if slices.ContainsFunc(group.ranges(), net.holds) {
			found = append(found, m.link(net.ID))
		}
	}
	slices.SortFunc(found, func(a, b Link) int { return cmp.Compare(a.Text, b.Text) })
	return found
}

func (g egressGroup) ranges() []string {
	var found []string
	for _, c := range g.Collections {
		for _, rule := range c.Rules {
			for _, source := range rule.Sources {
				found = append(found, strings.Split(source.Ranges, ", ")...)
			}
		}
	}
	return found
}

func (v *vnet) holds(cidr string) bool {
	inner, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(v.prefixes, func(p string) bool {
		outer, err := netip.ParsePrefix(p)
		return err == nil && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
	})
}
