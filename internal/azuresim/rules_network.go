package azuresim

import (
	"fmt"
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// reservedSubnetPrefixes is the longest prefix that Azure takes for subnets with a reserved name.
var reservedSubnetPrefixes = map[string]int{"AzureFirewallSubnet": 26, "AzureBastionSubnet": 26, "GatewaySubnet": 29}

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
	spaces, err := prefixes(op.id, tree.Texts(op.inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if len(spaces) == 0 {
		return badRequest("InvalidAddressSpace", "%s has no address space", op.id)
	}
	if overlap := firstOverlap(spaces); overlap != "" {
		return badRequest("OverlappingAddressSpace", "%s: %s", op.id, overlap)
	}
	for _, server := range tree.Texts(op.inputs, "dhcpOptions", "dnsServers") {
		if _, err := netip.ParseAddr(server); err != nil {
			return badRequest("InvalidDnsServer", "%s: DNS server %q is not an IP address", op.id, server)
		}
	}
	var ranges []netip.Prefix
	seen := map[string]bool{}
	for _, subnet := range tree.List(op.inputs, "subnets") {
		inside, err := checkSubnet(op, subnet, spaces)
		if err != nil {
			return err
		}
		name := strings.ToLower(tree.Text(subnet, "name"))
		if seen[name] {
			return badRequest("DuplicateResourceName", "%s has two subnets named %s", op.id, name)
		}
		seen[name] = true
		ranges = append(ranges, inside)
	}
	if overlap := firstOverlap(ranges); overlap != "" {
		return badRequest("NetcfgSubnetRangesOverlap", "%s: subnets overlap: %s", op.id, overlap)
	}
	if err := checkPeeredSpaces(op, spaces); err != nil {
		return err
	}
	return checkSubnetsInUse(op)
}

func checkSubnet(op *operation, subnet any, spaces []netip.Prefix) (netip.Prefix, error) {
	name := tree.Text(subnet, "name")
	parsed, err := prefixes("subnet "+name, []string{tree.Text(subnet, "addressPrefix")})
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
	limit, reserved := reservedSubnetPrefixes[name]
	if !reserved {
		limit = 29
	}
	if prefix.Bits() > limit {
		return prefix, badRequest("SubnetTooSmall", "subnet %s (%s) must be /%d or larger", name, prefix, limit)
	}
	if name == "AzureFirewallSubnet" && tree.Text(subnet, "networkSecurityGroup", "id") != "" {
		return prefix, badRequest("NetworkSecurityGroupNotAllowed", "subnet %s takes no network security group", name)
	}
	if err := checkDelegations(op, subnet); err != nil {
		return prefix, err
	}
	if name == "AzureBastionSubnet" && tree.Text(subnet, "routeTable", "id") != "" {
		return prefix, badRequest("RouteTableCannotBeAttachedForAzureBastionSubnet", "subnet %s takes no route table", name)
	}
	for _, attached := range []string{"networkSecurityGroup", "routeTable", "natGateway"} {
		r := op.sub.find(tree.Text(subnet, attached, "id"))
		if r != nil && !sameLocation(tree.Text(r.Inputs, "location"), tree.Text(op.inputs, "location")) {
			return prefix, badRequest("ResourceNotInSameLocation", "subnet %s of %s: %s is in another region", name, op.id, r.ID)
		}
	}
	return prefix, nil
}

// checkSubnetsInUse refuses to remove a subnet that something refers to, and to move one that something has addresses in.
func checkSubnetsInUse(op *operation) error {
	if op.old == nil {
		return nil
	}
	kept := map[string]any{}
	for _, subnet := range tree.List(op.inputs, "subnets") {
		kept[strings.ToLower(tree.Text(subnet, "name"))] = subnet
	}
	for _, subnet := range tree.List(op.old.Inputs, "subnets") {
		name := tree.Text(subnet, "name")
		id := op.id + "/subnets/" + name
		now, remains := kept[strings.ToLower(name)]
		if !remains {
			if user := op.sub.userOf(id, true); user != "" {
				return badRequest("InUseSubnetCannotBeDeleted", "subnet %s is in use by %s", name, user)
			}
			continue
		}
		if occupant := op.sub.occupantOf(id, op.id); tree.Text(now, "addressPrefix") != tree.Text(subnet, "addressPrefix") && occupant != "" {
			return badRequest("InUsePrefixCannotBeDeleted", "the range of subnet %s is in use by %s", name, occupant)
		}
		if err := checkDelegationInUse(op, subnet, now); err != nil {
			return err
		}
	}
	return nil
}

// checkPeeredSpaces refuses a range that a peered network has.
func checkPeeredSpaces(op *operation, spaces []netip.Prefix) error {
	for _, r := range op.sub.sorted() {
		if r.Token != "network:VirtualNetworkPeering" || !resourceid.Equal(resourceid.Parent(r.ID), op.id) {
			continue
		}
		if remote := op.sub.find(tree.Text(r.Inputs, "remoteVirtualNetwork", "id")); remote != nil {
			if err := checkDisjoint(op.id, spaces, remote); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkDisjoint(id string, ours []netip.Prefix, remote *record) error {
	theirs, err := prefixes(remote.ID, tree.Texts(remote.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, a := range ours {
		for _, b := range theirs {
			if a.Overlaps(b) {
				return badRequest("VnetAddressSpacesOverlap", "networks %s and %s overlap: %s and %s", id, remote.ID, a, b)
			}
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
	local, remote := op.sub.find(resourceid.Parent(op.id)), op.sub.find(tree.Text(op.inputs, "remoteVirtualNetwork", "id"))
	if local == nil || remote == nil {
		return badRequest("InvalidRequestFormat", "%s must name a local and a remote virtual network", op.id)
	}
	if local == remote {
		return badRequest("InvalidRequestFormat", "%s peers a network with itself", op.id)
	}
	for _, side := range []*record{local, remote} {
		if side.State != stateSucceeded {
			return badRequest("ReferencedResourceNotProvisioned", "virtual network %s is in state %s", side.ID, side.State)
		}
	}
	for _, other := range op.others() {
		if resourceid.Equal(resourceid.Parent(other.ID), local.ID) &&
			resourceid.Equal(tree.Text(other.Inputs, "remoteVirtualNetwork", "id"), remote.ID) {
			return badRequest("AnotherPeeringAlreadyReferencesRemoteVnet", "%s already peers with %s", other.ID, remote.ID)
		}
	}
	ours, err := prefixes(local.ID, tree.Texts(local.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if err := checkDisjoint(local.ID, ours, remote); err != nil {
		return err
	}
	// A side that lost its other one has to be created again before a new other one connects.
	if back := op.sub.otherSide(&record{ID: op.id, Token: op.kind.token, Inputs: op.inputs}); back != nil &&
		tree.Text(back.Outputs, "peeringState") == "Disconnected" {
		return badRequest("RemotePeeringIsDisconnected", "%s cannot be made because %s is in state Disconnected", op.id, back.ID)
	}
	return nil
}

func sameLocation(a, b string) bool {
	plain := func(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }
	return plain(a) == plain(b)
}
