package securitydoc

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// writeEgress writes a table for each rule collection of the firewall policy, and one of the collections. A collection is that of the first
// deployment that has it.
func writeEgress(tables map[string]string, deployments ...*recording.Monitor) error {
	collections := newTable("Rule collection", "Group and its priority", "Priority", "Action", "Sources")
	for _, m := range deployments {
		for _, group := range m.OfType(typetoken.RuleGroup) {
			for _, collection := range tree.List(group.Inputs, "ruleCollections") {
				name := "egress rules of " + tree.Text(collection, "name")
				if _, written := tables[name]; written {
					continue
				}
				t := newTable("Rule", "To", "Ports", "Reason")
				sources := []string{}
				for _, rule := range tree.List(collection, "rules") {
					from, err := sourcesOf(m, rule)
					if err != nil {
						return fmt.Errorf("write egress: rule %s: %w", tree.Text(rule, "name"), err)
					}
					if !slices.Contains(sources, from) {
						sources = append(sources, from)
					}
					t.add(code(tree.Text(rule, "name")), destinations(rule), egressPorts(rule), tree.Text(rule, "description"))
				}
				collections.add(code(tree.Text(collection, "name")),
					code(tree.Text(group.Inputs, "ruleCollectionGroupName"))+", "+number(group.Inputs, "priority"), number(collection, "priority"),
					strings.ToLower(tree.Text(collection, "action", "type")), strings.Join(sources, "; "))
				tables[name] = t.String()
			}
		}
	}
	tables["rule collections"] = collections.String()
	refused := newTable("Host", "Why it stays closed")
	for _, r := range network.RefusedHosts {
		refused.add(code(r.Host), r.Why)
	}
	tables["refused hosts"] = refused.String()
	return nil
}

func number(value any, path ...string) string {
	n, _ := tree.Number(value, path...)
	return fmt.Sprintf("%g", n)
}

// sourcesOf are the IP groups of a rule, with their ranges.
func sourcesOf(m *recording.Monitor, rule any) (string, error) {
	sources := []string{}
	for _, id := range tree.Texts(rule, "sourceIpGroups") {
		found := slices.IndexFunc(m.OfType(typetoken.IPGroup), func(r recording.Registration) bool { return resourceid.Equal(r.ID, id) })
		if found < 0 {
			return "", fmt.Errorf("there is no IP group %s", id)
		}
		group := m.OfType(typetoken.IPGroup)[found]
		sources = append(sources, code(resourceid.Name(id))+": "+strings.Join(tree.Texts(group.Inputs, "ipAddresses"), ", "))
	}
	return strings.Join(append(sources, tree.Texts(rule, "sourceAddresses")...), ", "), nil
}

func destinations(rule any) string {
	return code(slices.Concat(tree.Texts(rule, "targetFqdns"), tree.Texts(rule, "targetUrls"), tree.Texts(rule, "fqdnTags"),
		tree.Texts(rule, "destinationAddresses"), tree.Texts(rule, "destinationFqdns"), tree.Texts(rule, "destinationIpGroups"))...)
}

func egressPorts(rule any) string {
	if tree.Text(rule, "ruleType") == "NetworkRule" {
		return strings.Join(tree.Texts(rule, "ipProtocols"), ", ") + " " + strings.Join(tree.Texts(rule, "destinationPorts"), ", ")
	}
	protocols := []string{}
	for _, protocol := range tree.List(rule, "protocols") {
		protocols = append(protocols, strings.ToUpper(tree.Text(protocol, "protocolType"))+" "+number(protocol, "port"))
	}
	return strings.Join(protocols, ", ")
}
