package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

var securityGroupKind = &arm.Kind{
	Token: "network:NetworkSecurityGroup", Path: networking.Provider + "/networkSecurityGroups/{networkSecurityGroupName}",
	Name: networking.NamePattern, Located: true, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkSecurityRules, checkAttachedToBastion},
}

// checkSecurityRules checks the rules of a network security group.
func checkSecurityRules(op *arm.Operation) error {
	taken := map[string]string{}
	for _, rule := range tree.List(op.Inputs, "securityRules") {
		name := tree.Text(rule, "name")
		priority, _ := tree.Number(rule, "priority")
		slot := fmt.Sprintf("%s %v", tree.Text(rule, "direction"), priority)
		if other, conflicts := taken[slot]; conflicts {
			return arm.BadRequest("SecurityRuleConflict", "rules %s and %s of %s have the same priority and direction", other, name, op.ID)
		}
		if _, conflicts := taken[strings.ToLower(name)]; conflicts {
			return arm.BadRequest("DuplicateResourceName", "two rules of %s are named %s", op.ID, name)
		}
		taken[slot], taken[strings.ToLower(name)] = name, name
		if err := checkSecurityRule(rule); err != nil {
			return fmt.Errorf("rule %s of %s: %w", name, op.ID, err)
		}
	}
	return nil
}

// ruleChoices are the properties of a security rule that take one of a few values.
var ruleChoices = []struct {
	property string
	values   []string
}{
	{"access", []string{"Allow", "Deny"}},
	{"direction", []string{"Inbound", "Outbound"}},
	{"protocol", []string{"*", "Ah", "Esp", "Icmp", "Tcp", "Udp"}},
}

func checkSecurityRule(rule any) error {
	if !networking.NamePattern.MatchString(tree.Text(rule, "name")) {
		return arm.BadRequest("InvalidResourceName", "the name is not valid")
	}
	if priority, _ := tree.Number(rule, "priority"); priority < 100 || priority > 4096 {
		return arm.BadRequest("SecurityRuleInvalidPriority", "priority must be 100 to 4096")
	}
	if len(tree.Text(rule, "description")) > 140 {
		return arm.BadRequest("SecurityRuleInvalidDescription", "description is over 140 characters")
	}
	for _, choice := range ruleChoices {
		if value := tree.Text(rule, choice.property); !slices.ContainsFunc(choice.values,
			func(v string) bool { return strings.EqualFold(v, value) }) {
			return arm.BadRequest("InvalidRequestFormat", "%s must be one of %s, not %q", choice.property, strings.Join(choice.values, ", "), value)
		}
	}
	for _, side := range []string{"source", "destination"} {
		ports, err := eitherOf(rule, side+"PortRange", side+"PortRanges")
		if err != nil {
			return arm.BadRequest("SecurityRuleInvalidPortRange", "%s", err)
		}
		for _, port := range ports {
			if !validPorts(port) {
				return arm.BadRequest("SecurityRuleInvalidPortRange", "%q is not a port range", port)
			}
		}
		if len(tree.List(rule, side+"ApplicationSecurityGroups")) > 0 {
			continue
		}
		addresses, err := eitherOf(rule, side+"AddressPrefix", side+"AddressPrefixes")
		if err != nil {
			return arm.BadRequest("SecurityRuleInvalidAddressPrefix", "%s", err)
		}
		for _, address := range addresses {
			if !validPeer(address) {
				return arm.BadRequest("SecurityRuleInvalidAddressPrefix", "%q is neither an address range nor a service tag", address)
			}
		}
	}
	return nil
}

// eitherOf returns what stands in the one or the other of two properties that exclude each other.
func eitherOf(rule any, one, many string) ([]string, error) {
	single, several := tree.Text(rule, one), tree.Texts(rule, many)
	if (single == "") == (len(several) == 0) {
		return nil, fmt.Errorf("either %s or %s is needed", one, many)
	}
	if single != "" {
		return []string{single}, nil
	}
	return several, nil
}

func validPorts(value string) bool {
	if value == "*" {
		return true
	}
	low, high, isRange := strings.Cut(value, "-")
	if !isRange {
		high = low
	}
	from, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return false
	}
	to, err := strconv.ParseUint(high, 10, 16)
	return err == nil && from <= to
}

func isServiceTag(value string) bool {
	_, known := azurefacts.FindServiceTag(value)
	return known
}

func validPeer(value string) bool {
	if value == "*" || isServiceTag(value) {
		return true
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(value)
	return err == nil
}
