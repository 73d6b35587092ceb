package securitydoc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// nodePools are the groups of the three node pools, which have one table.
var nodePools = []string{"system-nodepools", "is-nodepools", "oos-nodepools"}

// writeSecurityRules writes one table for each network security group with rules of its own.
func writeSecurityRules(tables map[string]string, m *recording.Monitor) error {
	for _, r := range m.OfType(typetoken.SecurityGroup) {
		name := shortGroupName(tree.Text(r.Inputs, "networkSecurityGroupName"))
		t := newTable("Rule", "Priority", "Direction", "From", "To", "Ports", "Action", "Reason")
		rules := tree.List(r.Inputs, "securityRules")
		slices.SortFunc(rules, func(a, b any) int {
			first, _ := tree.Number(a, "priority")
			second, _ := tree.Number(b, "priority")
			return cmp.Or(cmp.Compare(tree.Text(a, "direction"), tree.Text(b, "direction")), cmp.Compare(first, second))
		})
		for _, rule := range rules {
			priority, _ := tree.Number(rule, "priority")
			t.add(code(tree.Text(rule, "name")), strconv.Itoa(int(priority)), strings.ToLower(tree.Text(rule, "direction")),
				address(rule, "source"), address(rule, "destination"), ports(rule), strings.ToLower(tree.Text(rule, "access")),
				tree.Text(rule, "description"))
		}
		if len(t.rows) > 0 {
			tables["security rules of "+name] = t.String()
		}
	}
	for _, pool := range nodePools[1:] {
		if tables["security rules of "+pool] != tables["security rules of "+nodePools[0]] {
			return fmt.Errorf("write security rules: %s and %s share a table and differ", pool, nodePools[0])
		}
		delete(tables, "security rules of "+pool)
	}
	return nil
}

// shortGroupName is what ends the name of a group, after region or network.
func shortGroupName(name string) string {
	for _, prefix := range []string{"nsg-vnet-spoke-bu0001a0005-00-", "nsg-vnet-spoke-bu0001a0005-01-", "nsg-eastus2-"} {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			return short
		}
	}
	return name
}

// address is the source or destination of a security rule.
func address(rule any, end string) string {
	prefixes := tree.Texts(rule, end+"AddressPrefixes")
	if prefix := tree.Text(rule, end+"AddressPrefix"); prefix != "" {
		prefixes = []string{prefix}
	}
	switch {
	case slices.Equal(prefixes, []string{"*"}):
		return "any"
	case slices.Equal(prefixes, []string{recording.FirewallIP}):
		return "firewall, " + recording.FirewallIP
	}
	return strings.Join(prefixes, ", ")
}

func ports(rule any) string {
	ranges := tree.Texts(rule, "destinationPortRanges")
	if one := tree.Text(rule, "destinationPortRange"); one != "" {
		ranges = []string{one}
	}
	text := strings.Join(ranges, ", ")
	if text == "*" {
		text = "any"
	}
	if protocol := tree.Text(rule, "protocol"); protocol != "*" {
		text = strings.ToUpper(protocol) + " " + text
	}
	if source := tree.Text(rule, "sourcePortRange"); source != "*" {
		text += " from " + source
	}
	return text
}
