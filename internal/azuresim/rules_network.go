package azuresim

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// smallest is the longest prefix that Azure takes for subnets with a reserved name.
var smallest = map[string]int{"AzureFirewallSubnet": 26, "AzureBastionSubnet": 26, "GatewaySubnet": 29}

// prefixes parses ranges and refuses host bits.
func prefixes(what string, values []string) ([]netip.Prefix, error) {
	var parsed []netip.Prefix
	for _, value := range values {
		prefix, err := netip.ParsePrefix(value)
		if err != nil || prefix.Masked() != prefix {
			return nil, badRequest("InvalidCIDRNotation", "%s: %q is not a range in CIDR notation", what, value)
		}
		parsed = append(parsed, prefix)
	}
	return parsed, nil
}

func checkVirtualNetwork(op *operation) error {
	spaces, err := prefixes(op.id, texts(op.inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if len(spaces) == 0 {
		return badRequest("InvalidAddressSpace", "%s has no address space", op.id)
	}
	if overlap := firstOverlap(spaces); overlap != "" {
		return badRequest("OverlappingAddressSpace", "%s: %s", op.id, overlap)
	}
	for _, server := range texts(op.inputs, "dhcpOptions", "dnsServers") {
		if _, err := netip.ParseAddr(server); err != nil {
			return badRequest("InvalidDnsServer", "%s: DNS server %q is not an IP address", op.id, server)
		}
	}
	var ranges []netip.Prefix
	seen := map[string]bool{}
	for _, subnet := range list(op.inputs, "subnets") {
		inside, err := checkSubnet(op, subnet, spaces)
		if err != nil {
			return err
		}
		name := strings.ToLower(text(subnet, "name"))
		if seen[name] {
			return badRequest("DuplicateResourceName", "%s has two subnets named %s", op.id, name)
		}
		seen[name] = true
		ranges = append(ranges, inside)
	}
	if overlap := firstOverlap(ranges); overlap != "" {
		return badRequest("NetcfgSubnetRangesOverlap", "%s: subnets overlap: %s", op.id, overlap)
	}
	return checkRemovedSubnets(op, seen)
}

func checkSubnet(op *operation, subnet any, spaces []netip.Prefix) (netip.Prefix, error) {
	name := text(subnet, "name")
	parsed, err := prefixes("subnet "+name, []string{text(subnet, "addressPrefix")})
	if err != nil {
		return netip.Prefix{}, err
	}
	prefix := parsed[0]
	inside := false
	for _, space := range spaces {
		inside = inside || space.Bits() <= prefix.Bits() && space.Contains(prefix.Addr())
	}
	if !inside {
		return prefix, badRequest("NetcfgInvalidSubnet", "subnet %s (%s) is not inside the address space of %s", name, prefix, op.id)
	}
	limit, reserved := smallest[name]
	if !reserved {
		limit = 29
	}
	if prefix.Bits() > limit {
		return prefix, badRequest("SubnetTooSmall", "subnet %s (%s) must be /%d or larger", name, prefix, limit)
	}
	if name == "AzureFirewallSubnet" && text(subnet, "networkSecurityGroup", "id") != "" {
		return prefix, badRequest("NetworkSecurityGroupNotAllowed", "subnet %s takes no network security group", name)
	}
	return prefix, nil
}

func checkRemovedSubnets(op *operation, kept map[string]bool) error {
	if op.old == nil {
		return nil
	}
	for _, subnet := range list(op.old.Inputs, "subnets") {
		name := text(subnet, "name")
		if kept[strings.ToLower(name)] {
			continue
		}
		if user := op.sub.userOf(op.id + "/subnets/" + name); user != "" {
			return badRequest("InUseSubnetCannotBeDeleted", "subnet %s is in use by %s", name, user)
		}
	}
	return nil
}

func firstOverlap(ranges []netip.Prefix) string {
	for i, a := range ranges {
		for _, b := range ranges[i+1:] {
			if a.Overlaps(b) {
				return fmt.Sprintf("%s and %s", a, b)
			}
		}
	}
	return ""
}

func checkPeering(op *operation) error {
	local, remote := op.sub.find(parentID(op.id)), op.sub.find(text(op.inputs, "remoteVirtualNetwork", "id"))
	if local == nil || remote == nil {
		return badRequest("InvalidRequestFormat", "%s must name a local and a remote virtual network", op.id)
	}
	for _, side := range []*record{local, remote} {
		if side.State != stateSucceeded {
			return conflict("ReferencedResourceNotProvisioned", "virtual network %s is in state %s", side.ID, side.State)
		}
	}
	ours, err := prefixes(local.ID, texts(local.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	theirs, err := prefixes(remote.ID, texts(remote.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, a := range ours {
		for _, b := range theirs {
			if a.Overlaps(b) {
				return badRequest("VnetAddressSpacesOverlap", "networks %s and %s overlap: %s and %s", local.ID, remote.ID, a, b)
			}
		}
	}
	return nil
}

func checkSecurityRules(op *operation) error {
	priorities := map[string]string{}
	for _, rule := range list(op.inputs, "securityRules") {
		name := text(rule, "name")
		priority, _ := number(rule, "priority")
		if priority < 100 || priority > 4096 {
			return badRequest("SecurityRuleInvalidPriority", "rule %s of %s: priority must be 100 to 4096", name, op.id)
		}
		slot := fmt.Sprintf("%s %v", text(rule, "direction"), priority)
		if other, taken := priorities[slot]; taken {
			return badRequest("SecurityRuleConflict", "rules %s and %s of %s have the same priority and direction", other, name, op.id)
		}
		priorities[slot] = name
		if len(text(rule, "description")) > 140 {
			return badRequest("SecurityRuleInvalidDescription", "rule %s of %s: description is over 140 characters", name, op.id)
		}
		for _, port := range append(texts(rule, "destinationPortRanges"), text(rule, "destinationPortRange")) {
			if !validPorts(port) {
				return badRequest("SecurityRuleInvalidPortRange", "rule %s of %s: %q is not a port range", name, op.id, port)
			}
		}
		if (text(rule, "destinationPortRange") == "") == (len(list(rule, "destinationPortRanges")) == 0) {
			return badRequest("SecurityRuleInvalidPortRange", "rule %s of %s needs either one port or a list", name, op.id)
		}
	}
	return nil
}

func validPorts(value string) bool {
	if value == "*" || value == "" {
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

func checkRoutes(op *operation) error {
	for _, route := range list(op.inputs, "routes") {
		if _, err := prefixes("route "+text(route, "name"), []string{text(route, "addressPrefix")}); err != nil {
			return err
		}
		hop := text(route, "nextHopIpAddress")
		if _, err := netip.ParseAddr(hop); text(route, "nextHopType") == "VirtualAppliance" && err != nil {
			return badRequest("InvalidNextHop", "route %s: next hop %q is not an IP address", text(route, "name"), hop)
		}
	}
	return nil
}

func checkPublicIPAddress(op *operation) error {
	if text(op.inputs, "sku", "name") != "Standard" {
		return badRequest("IPv4BasicSkuPublicIpNotAllowed", "%s: the Basic SKU was retired on 2025-09-30", op.id)
	}
	if text(op.inputs, "publicIPAllocationMethod") != "Static" {
		return badRequest("StandardSkuPublicIpMustBeStatic", "%s: a Standard address must be static", op.id)
	}
	return nil
}
