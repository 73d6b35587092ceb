package azuresim

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

// checkSecurityRules holds the rules of a network security group against Azure's.
func checkSecurityRules(op *operation) error {
	taken := map[string]string{}
	for _, rule := range tree.List(op.inputs, "securityRules") {
		name := tree.Text(rule, "name")
		priority, _ := tree.Number(rule, "priority")
		slot := fmt.Sprintf("%s %v", tree.Text(rule, "direction"), priority)
		if other, conflicts := taken[slot]; conflicts {
			return badRequest("SecurityRuleConflict", "rules %s and %s of %s have the same priority and direction", other, name, op.id)
		}
		if _, conflicts := taken[strings.ToLower(name)]; conflicts {
			return badRequest("DuplicateResourceName", "two rules of %s are named %s", op.id, name)
		}
		taken[slot], taken[strings.ToLower(name)] = name, name
		if err := checkSecurityRule(rule); err != nil {
			return fmt.Errorf("rule %s of %s: %w", name, op.id, err)
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
	if !networkName.MatchString(tree.Text(rule, "name")) {
		return badRequest("InvalidResourceName", "the name is not valid")
	}
	if priority, _ := tree.Number(rule, "priority"); priority < 100 || priority > 4096 {
		return badRequest("SecurityRuleInvalidPriority", "priority must be 100 to 4096")
	}
	if len(tree.Text(rule, "description")) > 140 {
		return badRequest("SecurityRuleInvalidDescription", "description is over 140 characters")
	}
	for _, choice := range ruleChoices {
		if value := tree.Text(rule, choice.property); !slices.ContainsFunc(choice.values,
			func(v string) bool { return strings.EqualFold(v, value) }) {
			return badRequest("InvalidRequestFormat", "%s must be one of %s, not %q", choice.property, strings.Join(choice.values, ", "), value)
		}
	}
	for _, side := range []string{"source", "destination"} {
		ports, err := eitherOf(rule, side+"PortRange", side+"PortRanges")
		if err != nil {
			return badRequest("SecurityRuleInvalidPortRange", "%s", err)
		}
		for _, port := range ports {
			if !validPorts(port) {
				return badRequest("SecurityRuleInvalidPortRange", "%q is not a port range", port)
			}
		}
		if len(tree.List(rule, side+"ApplicationSecurityGroups")) > 0 {
			continue
		}
		addresses, err := eitherOf(rule, side+"AddressPrefix", side+"AddressPrefixes")
		if err != nil {
			return badRequest("SecurityRuleInvalidAddressPrefix", "%s", err)
		}
		for _, address := range addresses {
			if !validPeer(address) {
				return badRequest("SecurityRuleInvalidAddressPrefix", "%q is neither an address range nor a service tag", address)
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

var serviceTag = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?$`)

func validPeer(value string) bool {
	if value == "*" || serviceTag.MatchString(value) {
		return true
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(value)
	return err == nil
}

var nextHopTypes = []string{"Internet", "None", "VirtualAppliance", "VirtualNetworkGateway", "VnetLocal"}

// checkRoutes holds the routes of a route table against Azure's rules.
func checkRoutes(op *operation) error {
	names, targets := map[string]bool{}, map[string]string{}
	for _, route := range tree.List(op.inputs, "routes") {
		name, target := tree.Text(route, "name"), tree.Text(route, "addressPrefix")
		if !serviceTag.MatchString(target) {
			if _, err := prefixes("route "+name, []string{target}); err != nil {
				return err
			}
		}
		if other, taken := targets[target]; taken {
			return badRequest("RouteConflict", "routes %s and %s of %s have the same range", other, name, op.id)
		}
		if names[strings.ToLower(name)] {
			return badRequest("DuplicateResourceName", "two routes of %s are named %s", op.id, name)
		}
		names[strings.ToLower(name)], targets[target] = true, name
		hop, hopType := tree.Text(route, "nextHopIpAddress"), tree.Text(route, "nextHopType")
		if !slices.Contains(nextHopTypes, hopType) {
			return badRequest("InvalidRequestFormat", "route %s: next hop type %q is none of %s", name, hopType, strings.Join(nextHopTypes, ", "))
		}
		_, err := netip.ParseAddr(hop)
		if hopType == "VirtualAppliance" && err != nil {
			return badRequest("InvalidNextHop", "route %s: next hop %q is not an IP address", name, hop)
		}
		if hopType != "VirtualAppliance" && hop != "" {
			return badRequest("InvalidNextHop", "route %s: only a VirtualAppliance has a next hop address", name)
		}
	}
	return nil
}

func checkPublicIPAddress(op *operation) error {
	if tree.Text(op.inputs, "sku", "name") != "Standard" {
		return badRequest("IPv4BasicSkuPublicIpNotAllowed", "%s: the Basic SKU was retired on 2025-09-30", op.id)
	}
	if tree.Text(op.inputs, "publicIPAllocationMethod") != "Static" {
		return badRequest("StandardSkuPublicIpMustBeStatic", "%s: a Standard address must be static", op.id)
	}
	return nil
}

func checkNATGateway(op *operation) error {
	if tree.Text(op.inputs, "sku", "name") != "Standard" {
		return badRequest("InvalidRequestFormat", "%s: the SKU must be Standard", op.id)
	}
	if len(tree.List(op.inputs, "zones")) > 1 {
		return badRequest("InvalidRequestFormat", "%s: a NAT gateway is in one zone or in none", op.id)
	}
	if minutes, set := tree.Number(op.inputs, "idleTimeoutInMinutes"); set && (minutes < 4 || minutes > 120) {
		return badRequest("InvalidRequestFormat", "%s: idleTimeoutInMinutes must be 4 to 120", op.id)
	}
	for _, address := range tree.List(op.inputs, "publicIpAddresses") {
		if err := checkAddressFree(op, tree.Text(address, "id")); err != nil {
			return err
		}
	}
	return nil
}
