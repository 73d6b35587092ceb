package kubetest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Route tells to which address (host:port) connections to a host name lead; empty for nowhere.
type Route func(host string) string

// StartProxy leads connections to names of which no DNS knows to servers on loopback, until the test ends. It returns the additions to the
// environment with which programs go through it; what they reach on loopback they reach directly.
func StartProxy(t testing.TB, route Route) []string {
	t.Helper()
	server := httptest.NewServer(route)
	t.Cleanup(server.Close)
	environment := []string{"NO_PROXY=localhost", "no_proxy=localhost"}
	for _, variable := range []string{"HTTPS_PROXY", "https_proxy"} {
		environment = append(environment, variable+"="+server.URL)
	}
	return environment
}

// ServeHTTP connects, and knows no other request.
func (r Route) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	host, _, err := net.SplitHostPort(request.Host)
	if err != nil || request.Method != http.MethodConnect || r(host) == "" {
		http.Error(response, "no way to "+request.Host, http.StatusForbidden)
		return
	}
	far, err := net.Dial("tcp", r(host))
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadGateway)
		return
	}
	response.WriteHeader(http.StatusOK)
	near, _, err := http.NewResponseController(response).Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	go relay(far, near)
	go relay(near, far)
}

// relay copies until one side ends, and then ends both.
func relay(to io.WriteCloser, from io.ReadCloser) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}
