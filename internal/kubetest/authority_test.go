package kubetest

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Clients are who the test says, for this control plane and for nothing else: no client can serve, no server sign in.
func TestCertificatesNameUserAndGroups(t *testing.T) {
	a, err := newAuthority()
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(a.certificate)
	client, err := a.client("reader", []string{"readers", "auditors"})
	require.NoError(t, err)
	server, err := a.server("git.example.com", privateNames)
	require.NoError(t, err)
	reader := parse(t, client)
	assert.Equal(t, "reader", reader.Subject.CommonName)
	assert.ElementsMatch(t, []string{"readers", "auditors"}, reader.Subject.Organization)
	for usage, want := range map[x509.ExtKeyUsage][2]bool{
		x509.ExtKeyUsageClientAuth: {true, false}, x509.ExtKeyUsageServerAuth: {false, true},
	} {
		options := x509.VerifyOptions{Roots: trusted, KeyUsages: []x509.ExtKeyUsage{usage}}
		for i, certificate := range []*x509.Certificate{reader, parse(t, server)} {
			_, err := certificate.Verify(options)
			assert.Equal(t, want[i], err == nil, "%s for usage %d: %v", certificate.Subject.CommonName, usage, err)
		}
	}
	for _, name := range []string{"127.0.0.1", "git.example.com", "aks-test-1.privatelink.eastus2.azmk8s.io"} {
		assert.NoError(t, parse(t, server).VerifyHostname(name))
	}
}

func parse(t *testing.T, p pair) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(p.certificate)
	require.NotNil(t, block)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return certificate
}
