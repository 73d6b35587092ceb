package azuresim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// reachability is whether and how an endpoint reaches a service by its public name.
type reachability struct {
	allowed bool
	// private is set when the name leads to a private endpoint.
	private bool
	// reason says why it is not allowed.
	reason string
}

// reach reports whether an endpoint gets through to a registry or a vault on the given network, by the host name that clients
// use. An endpoint that is in no subnet comes over the internet.
func (s *subscription) reach(net *flow.Network, from flow.Endpoint, host string) reachability {
	target := s.serviceAt(host)
	if target == nil {
		return reachability{reason: fmt.Sprintf("no registry or vault is named %s", host)}
	}
	result := net.Check(flow.Flow{From: from, To: flow.Host(host), Protocol: flow.TCP, Port: 443})
	outside := result.Layer == flow.LayerPath && result.By == "endpoint/destination"
	if !result.Allowed && !outside {
		return reachability{reason: result.Reason}
	}
	first := result.Hops[0]
	if !outside && first.Layer == flow.LayerDNS && strings.HasPrefix(first.By, "privatelink.") {
		return reachability{allowed: true, private: true}
	}
	if refusal := publicAccessDenial(target, ""); refusal != "" {
		return reachability{reason: fmt.Sprintf("%s is reached over the internet: %s", host, refusal)}
	}
	return reachability{allowed: true}
}

// serviceAt finds the registry or the vault with a host name, data endpoints included.
func (s *subscription) serviceAt(host string) *record {
	for _, r := range s.sorted() {
		if r.usable() && slices.Contains(s.privateHosts(r), strings.ToLower(host)) {
			return r
		}
	}
	return nil
}

// publicAccessDenial is why a service refuses a public address, or the empty string if it lets it in. No address stands for one that
// no IP rule names.
func publicAccessDenial(service *record, address string) string {
	settings, rules := service.kind.privateLink.firewall(service)
	if strings.EqualFold(tree.Text(settings, "publicNetworkAccess"), "Disabled") {
		return "public network access is disabled and the request is not from a trusted service nor via an approved private link"
	}
	if !strings.EqualFold(tree.Text(rules, "defaultAction"), "Deny") {
		return ""
	}
	addr, err := netip.ParseAddr(address)
	for _, rule := range tree.List(rules, "ipRules") {
		if allowed, ok := addressRule(rule); ok && err == nil && allowed.Contains(addr) {
			return ""
		}
	}
	return "the client address is not authorized and the caller is not a trusted service"
}

// TryAccess says why an endpoint of the deployed network does not reach a registry or a vault by the host name that clients
// use; it is empty if it does. An endpoint in no subnet, such as flow.Tag("Internet"), comes from outside. It fails if the
// network cannot be read.
func (s *Server) TryAccess(from flow.Endpoint, host string) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.completeDue()
	net, err := s.subscription.network(flow.Options{})
	if err != nil {
		return "", err
	}
	return s.subscription.reach(net, from, host).reason, nil
}
