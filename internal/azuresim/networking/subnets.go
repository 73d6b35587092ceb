// Package networking is what the services need of the deployed network: subnets and free addresses, delegations, private links, and what
// stops a connection.
package networking

import (
	"net/netip"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Provider is the beginning of the paths of Microsoft.Network.
const Provider = arm.GroupPath + "/providers/Microsoft.Network"

// NamePattern is the rule that most Microsoft.Network resources share.
var NamePattern = regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}\w)?$`)

// ReservedSubnetPrefixes is the longest prefix that Azure takes for subnets with a reserved name.
var ReservedSubnetPrefixes = map[string]int{"AzureFirewallSubnet": 26, "AzureBastionSubnet": 26, "GatewaySubnet": 29}

// SubnetOf returns an inline subnet of a deployed virtual network, or nil.
func SubnetOf(s *arm.Subscription, id string) map[string]any {
	vnet := s.Find(resourceid.Parent(id))
	if vnet == nil {
		return nil
	}
	for _, candidate := range tree.List(vnet.Inputs, "subnets") {
		if subnet, ok := candidate.(map[string]any); ok && strings.EqualFold(tree.Text(subnet, "name"), resourceid.Name(id)) {
			return subnet
		}
	}
	return nil
}

// PrefixOf is the range of an inline subnet; ok is false if there is no such subnet.
func PrefixOf(s *arm.Subscription, subnetID string) (prefix netip.Prefix, ok bool) {
	vnet := s.Find(resourceid.Parent(subnetID))
	if vnet == nil {
		return netip.Prefix{}, false
	}
	for _, subnet := range tree.List(vnet.Outputs, "subnets") {
		if strings.EqualFold(tree.Text(subnet, "name"), resourceid.Name(subnetID)) {
			prefix, err := netip.ParsePrefix(tree.Text(subnet, "addressPrefix"))
			return prefix, err == nil
		}
	}
	return netip.Prefix{}, false
}

// UsableAddresses is how many addresses a subnet has for resources: Azure keeps five of every subnet.
func UsableAddresses(s *arm.Subscription, subnetID string) int {
	prefix, ok := PrefixOf(s, subnetID)
	if !ok {
		return 0
	}
	return 1<<(32-prefix.Bits()) - 5
}

// DefaultRoute is the next hop type of the route 0.0.0.0/0 that a subnet's route table has, or empty; tabled says whether there
// is a table at all.
func DefaultRoute(s *arm.Subscription, subnetID string) (hop string, tabled bool) {
	table := s.Find(tree.Text(SubnetOf(s, subnetID), "routeTable", "id"))
	if table == nil {
		return "", false
	}
	for _, route := range tree.List(table.Inputs, "routes") {
		if tree.Text(route, "addressPrefix") == "0.0.0.0/0" {
			return tree.Text(route, "nextHopType"), true
		}
	}
	return "", true
}

// ReachableRanges are the ranges of a network and of those that it is peered with.
func ReachableRanges(s *arm.Subscription, vnetID string) []netip.Prefix {
	networks := []string{vnetID}
	for _, r := range s.Sorted() {
		if r.Token == "network:VirtualNetworkPeering" && resourceid.Equal(resourceid.Parent(r.ID), vnetID) {
			networks = append(networks, tree.Text(r.Inputs, "remoteVirtualNetwork", "id"))
		}
	}
	var found []netip.Prefix
	for _, id := range networks {
		vnet := s.Find(id)
		if vnet == nil {
			continue
		}
		for _, value := range tree.Texts(vnet.Inputs, "addressSpace", "addressPrefixes") {
			if prefix, err := netip.ParsePrefix(value); err == nil {
				found = append(found, prefix)
			}
		}
	}
	return found
}

// Prefixes parses ranges and refuses host bits.
func Prefixes(what string, values []string) ([]netip.Prefix, error) {
	var parsed []netip.Prefix
	for _, value := range values {
		prefix, err := netip.ParsePrefix(value)
		if err != nil || prefix.Masked() != prefix {
			return nil, arm.BadRequest("InvalidCIDRNotation", "%s: %q is not a range in CIDR notation", what, value)
		}
		parsed = append(parsed, prefix)
	}
	return parsed, nil
}
