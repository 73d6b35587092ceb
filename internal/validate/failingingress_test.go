package validate

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What keeps the ingress controller from its certificate, its identity or its address is named.
func TestIngressFailures(t *testing.T) {
	const class, service = "ingress/ingress-tls", "ingress/traefik"
	requireFailures(t, []failure{
		{"other vault", "secret-provider-class", func(l *lab) {
			l.set("SecretProviderClass", class, "spec.parameters.keyvaultName", "kv-other")
		}, "SecretProviderClass ingress/ingress-tls has keyvaultName=kv-other, not kv-test", nil},
		{"placeholder", "secret-provider-class", func(l *lab) {
			l.set("SecretProviderClass", class, "spec.parameters.clientID", "${ingress_client_id}")
		}, "still has a variable: ${ingress_client_id}", nil},
		{"outputs differ", "secret-provider-class", func(l *lab) { l.expected.VaultName = "kv-new" },
			"keyvaultName=kv-test, not kv-new", nil},
		{"not mounted", "certificate-mounted", func(l *lab) {
			l.set("SecretProviderClassPodStatus", "ingress/traefik-1-status", "status.mounted", false)
		}, "pod traefik-1 has not mounted the certificate", nil},
		{"no status", "certificate-mounted", func(l *lab) { l.remove("SecretProviderClassPodStatus", "ingress/traefik-0-status") },
			"pod traefik-0 has not mounted the certificate", nil},
		{"no driver", "certificate-mounted", func(l *lab) { l.removeKind("SecretProviderClassPodStatus") },
			"the cluster has no secrets store driver", nil},
		{"no pods", "certificate-mounted", func(l *lab) {
			l.remove("Pod", "ingress/traefik-0")
			l.remove("Pod", "ingress/traefik-1")
		}, "deployment traefik has no pods", nil},
		{"no account", "workload-identity", func(l *lab) { l.remove("ServiceAccount", "ingress/traefik-ingress-controller") },
			"ServiceAccount ingress/traefik-ingress-controller is missing", []string{"manifests-present"}},
		{"other account", "workload-identity", func(l *lab) {
			l.set("Deployment", service, "spec.template.spec.serviceAccountName", "default")
		}, `Deployment ingress/traefik runs as "default"`, nil},
		{"other address", "ingress-address", func(l *lab) {
			l.set("Service", service, "status.loadBalancer.ingress", []any{map[string]any{"ip": "20.1.2.3"}})
		}, "Service ingress/traefik has the address 20.1.2.3, not 10.240.4.4", nil},
		{"no address", "ingress-address", func(l *lab) { l.set("Service", service, "status", map[string]any{}) },
			"has the address (none), not 10.240.4.4", nil},
		{"public", "ingress-address", func(l *lab) {
			l.set("Service", service, "metadata.annotations", map[string]any{
				annotationSubnet: "snet-cluster-ingressservices",
			})
		}, "Service ingress/traefik is not internal", nil},
		{"other subnet", "ingress-address", func(l *lab) {
			l.set("Service", service, "metadata.annotations", map[string]any{
				annotationInternal: "true", annotationSubnet: "snet-else",
			})
		}, `is in subnet "snet-else", not "snet-cluster-ingressservices"`, nil},
		{"other type", "ingress-address", func(l *lab) { l.set("Service", service, "spec.type", "ClusterIP") },
			"is of type ClusterIP", nil},
	})
}

// Only an ingress controller that answers wrongly fails; one that this machine does not reach says nothing.
func TestIngressCertificate(t *testing.T) {
	const host = "bu0001a0005-00.aks-ingress.contoso.com"
	soon := time.Now().Add(time.Hour)
	tests := []struct {
		name    string
		address func(*testing.T) string
		want    string
	}{
		{"other name", func(t *testing.T) string { return ingressServer(t, "traefik.default", soon) },
			"failed: 10.240.4.4:443 shows a certificate of other names"},
		{"expired", func(t *testing.T) string { return ingressServer(t, host, time.Now().Add(-time.Hour)) },
			"failed: the certificate has expired on"},
		{"not yet", func(t *testing.T) string { return ingressServer(t, host, time.Now().Add(96*time.Hour)) },
			"failed: the certificate is not valid before"},
		{"old TLS", func(t *testing.T) string {
			return ingressServer(t, host, soon, func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 })
		}, "failed: 10.240.4.4:443 accepts TLS 1.1"},
		{"only old TLS", func(t *testing.T) string {
			return ingressServer(t, host, soon, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })
		}, "failed: 10.240.4.4:443 refuses a handshake for " + host},
		{"no TLS", func(t *testing.T) string {
			return plainServer(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) })
		}, "failed: 10.240.4.4:443 refuses a handshake"},
		{"hangs up", func(t *testing.T) string { return plainServer(t, func(net.Conn) {}) },
			"skipped: 10.240.4.4:443 does not answer this machine"},
		{"nobody", func(*testing.T) string { return "127.0.0.1:1" }, "skipped: 10.240.4.4:443 does not answer this machine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			address, dial := tt.address(t), (&net.Dialer{}).DialContext
			l.options.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, address) }
			report, err := l.run("ingress-certificate")
			require.NoError(t, err)
			assert.Contains(t, failures(report)["ingress-certificate"], tt.want)
		})
	}
}
