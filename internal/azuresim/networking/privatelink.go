package networking

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// Connection is the one connection that a private endpoint has, made by hand or not.
func Connection(inputs map[string]any) any {
	all := slices.Concat(tree.List(inputs, "privateLinkServiceConnections"), tree.List(inputs, "manualPrivateLinkServiceConnections"))
	if len(all) != 1 {
		return nil
	}
	return all[0]
}

// ServedBy finds what a connection leads to, and the private link of that; either may be nil.
func ServedBy(s *arm.Subscription, connection any) (*arm.Record, *arm.PrivateLink) {
	target, groups := s.Find(tree.Text(connection, "privateLinkServiceId")), tree.Texts(connection, "groupIds")
	if target == nil || target.Kind == nil || target.Kind.PrivateLink == nil ||
		len(groups) != 1 || !strings.EqualFold(groups[0], target.Kind.PrivateLink.Group) {
		return target, nil
	}
	return target, target.Kind.PrivateLink
}

// serviceAt finds the registry or the vault with a host name, data endpoints included.
func serviceAt(s *arm.Subscription, host string) *arm.Record {
	for _, r := range s.Sorted() {
		if r.Usable() && slices.Contains(PrivateHosts(s, r), strings.ToLower(host)) {
			return r
		}
	}
	return nil
}

// PrivateHosts are the names under which clients reach what private endpoints can lead to.
func PrivateHosts(s *arm.Subscription, target *arm.Record) []string {
	var hosts []string
	if target.Kind != nil && target.Kind.PrivateLink != nil {
		for _, m := range target.Kind.PrivateLink.Members(s, target) {
			hosts = append(hosts, strings.ToLower(m.Host))
		}
	}
	return hosts
}

// InNetwork are the resources of a type that refer to something in a virtual network.
func InNetwork(s *arm.Subscription, armType, vnetID string) []*arm.Record {
	var found []*arm.Record
	for _, r := range s.Sorted() {
		if r.ARMType == armType && r.Token != "" && r.Usable() && r.RefersTo(vnetID) {
			found = append(found, r)
		}
	}
	return found
}

// EndpointHosts are the names of the registries and vaults that have a private endpoint in a network.
func EndpointHosts(s *arm.Subscription, vnet string) []string {
	var hosts []string
	for _, endpoint := range InNetwork(s, "Microsoft.Network/privateEndpoints", vnet) {
		if target, service := ServedBy(s, Connection(endpoint.Inputs)); service != nil {
			hosts = append(hosts, PrivateHosts(s, target)...)
		}
	}
	return hosts
}
