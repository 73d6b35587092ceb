package azuresim

import (
	"fmt"
	"net/netip"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// subnetOf returns an inline subnet of a deployed virtual network, or nil.
func (s *subscription) subnetOf(id string) map[string]any {
	vnet := s.find(resourceid.Parent(id))
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

// usableAddresses is how many addresses a subnet has for resources: Azure keeps five of every subnet.
func (s *subscription) usableAddresses(subnetID string) int {
	prefix, ok := s.prefixOf(subnetID)
	if !ok {
		return 0
	}
	return 1<<(32-prefix.Bits()) - 5
}

// defaultRoute is the next hop type of the route 0.0.0.0/0 that a subnet's route table has, or empty; tabled says whether there
// is a table at all.
func (s *subscription) defaultRoute(subnetID string) (hop string, tabled bool) {
	table := s.find(tree.Text(s.subnetOf(subnetID), "routeTable", "id"))
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

// reachableRanges are the ranges of a network and of those that it is peered with.
func (s *subscription) reachableRanges(vnetID string) []netip.Prefix {
	networks := []string{vnetID}
	for _, r := range s.sorted() {
		if r.Token == "network:VirtualNetworkPeering" && resourceid.Equal(resourceid.Parent(r.ID), vnetID) {
			networks = append(networks, tree.Text(r.Inputs, "remoteVirtualNetwork", "id"))
		}
	}
	var found []netip.Prefix
	for _, id := range networks {
		vnet := s.find(id)
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

// tlsBlocker says what stops a TLS connection to a host: layer, rule and reason. It is empty if nothing does.
func tlsBlocker(net *flow.Network, from flow.Endpoint, host string) string {
	return describeBlock(net.Check(flow.Flow{From: from, To: flow.Host(host), Protocol: flow.TCP, Port: 443}))
}

// privateTLSBlocker is obstacle for a host that must be reached over its private endpoint.
func privateTLSBlocker(net *flow.Network, subnetID, host string) string {
	found := net.Resolve(subnetID, host)
	if !found.Resolved {
		return fmt.Sprintf("layer dns, %s: %s", found.By, found.Reason)
	}
	if !found.Private {
		return fmt.Sprintf("layer dns, %s: %s, as no private DNS zone with a record for it is linked to where subnet %s resolves names",
			found.By, found.Reason, resourceid.Name(subnetID))
	}
	return tlsBlocker(net, flow.Subnet(subnetID), host)
}

// describeBlock renders a verdict that stops a flow; it is empty for one that does not.
func describeBlock(result flow.Result) string {
	if result.Allowed {
		return ""
	}
	return fmt.Sprintf("layer %s, %s: %s", result.Layer, result.By, result.Reason)
}
