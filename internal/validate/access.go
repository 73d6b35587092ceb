package validate

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
)

// checkAPIPrivate cannot try from outside. From inside, what makes the API server unreachable there is that its name leads to
// addresses of the virtual network and nowhere else.
func checkAPIPrivate(ctx context.Context, s *subject) (verdict, error) {
	host := apiHost(s.Config.Host)
	if host == "" {
		return failed("the kubeconfig's server %q has no host name. Fetch it again: az aks get-credentials", s.Config.Host), nil
	}
	// Private clusters are at <name>.privatelink.<region>.azmk8s.io; the public zone is .hcp.
	if strings.Contains(host, ".hcp.") {
		return failed("%s is a name in public DNS. Switch off the cluster's public FQDN and fetch the kubeconfig again", host), nil
	}
	addresses, err := s.lookup(ctx, host)
	if err != nil {
		return failed("%s does not resolve: %v. Look at the private DNS zone and the hub's DNS", host, err), nil
	}
	var wrong problems
	for _, address := range addresses {
		switch {
		case !address.IsPrivate():
			wrong.add("%s resolves to the public address %s", host, address)
		case !s.expected.addressSpace.Contains(address):
			wrong.add("%s resolves to %s, outside the stamp's %s", host, address, s.expected.AddressSpace)
		}
	}
	return wrong.verdict("Look at the cluster's API server access profile, and whether the kubeconfig is this cluster's",
		"%s resolves to %s only, inside %s: there is no way to it from outside", host, joined(addresses), s.expected.AddressSpace), nil
}

func (s *subject) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	found, err := s.options.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no address")
	}
	for i, address := range found {
		found[i] = address.Unmap()
	}
	return found, nil
}

// apiHost is the host name of a kubeconfig's server, which may lack a scheme.
func apiHost(server string) string {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	parsed, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Hostname())
}

// localAdministrators is the group of AKS's local account, which no sign-in through Entra gives.
const localAdministrators = "system:masters"

func checkSignIn(_ context.Context, s *subject) (verdict, error) {
	const hint = "Sign in through Entra: az aks get-credentials without --admin, then kubelogin convert-kubeconfig"
	var wrong problems
	if used := localCredential(s.Config); used != "" {
		wrong.add("the kubeconfig's user has %s", used)
	}
	if s.Config.ExecProvider == nil {
		wrong.add("the kubeconfig's user runs no sign-in command")
	}
	if slices.Contains(s.user.Groups, localAdministrators) {
		wrong.add("%s is in %s", s.user.Username, localAdministrators)
	}
	if len(wrong) > 0 {
		return wrong.verdict(hint, ""), nil
	}
	return passed("signed in as %s by %s; that local accounts are off is not asked here, Azure knows it",
		s.user.Username, s.Config.ExecProvider.Command), nil
}

// localCredential names a credential that a kubeconfig holds itself.
func localCredential(config *rest.Config) string {
	switch {
	case len(config.CertData) > 0 || config.CertFile != "" || len(config.KeyData) > 0 || config.KeyFile != "":
		return "a client certificate"
	case config.BearerToken != "" || config.BearerTokenFile != "":
		return "a token"
	case config.Username != "" || config.Password != "":
		return "a password"
	}
	return ""
}

// joined lists values for people.
func joined[T any](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = fmt.Sprint(value)
	}
	return strings.Join(texts, ", ")
}
