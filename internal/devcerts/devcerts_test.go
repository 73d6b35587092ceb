package devcerts

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func mustMake(t *testing.T) *Certificates {
	t.Helper()
	made, err := Make(DefaultHostName, DefaultIngressDomain, noon)
	require.NoError(t, err)
	return made
}

// assertServer holds a certificate against what a server's has to be: for one name, for a year, for TLS servers only.
func assertServer(t *testing.T, certificate *x509.Certificate, name string) {
	t.Helper()
	assert.Equal(t, name, certificate.Subject.CommonName)
	assert.Equal(t, []string{name}, certificate.DNSNames)
	assert.False(t, certificate.NotBefore.After(noon))
	assert.Equal(t, noon.AddDate(0, 0, 365), certificate.NotAfter)
	assert.Equal(t, x509.KeyUsageDigitalSignature, certificate.KeyUsage)
	assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, certificate.ExtKeyUsage)
	assert.False(t, certificate.IsCA)
	assert.LessOrEqual(t, len(certificate.SerialNumber.Bytes()), 10)
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	require.True(t, ok)
	assert.Equal(t, 2048, key.N.BitLen())
}

// The gateway gets a PKCS#12 file without password, in the cipher it can read, with a certificate for the host name and
// the key that belongs to it.
func TestListener(t *testing.T) {
	file, err := base64.StdEncoding.DecodeString(mustMake(t).Listener)
	require.NoError(t, err)
	key, certificate, err := pkcs12.Decode(file, "")
	require.NoError(t, err)
	assertServer(t, certificate, DefaultHostName)
	private, ok := key.(*rsa.PrivateKey)
	require.True(t, ok)
	assert.True(t, private.PublicKey.Equal(certificate.PublicKey))
	assert.NoError(t, certificate.CheckSignature(
		certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature))

	// OIDs as they stand in DER: pbeWithSHAAnd3-KeyTripleDES-CBC, which the gateway reads, and PBES2, which it does not.
	assert.Contains(t, string(file), "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03")
	assert.NotContains(t, string(file), "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d")
}

// The ingress controller gets its key, its wildcard certificate and the root, in this order, and who trusts the root
// trusts the workload's name.
func TestIngress(t *testing.T) {
	bundle := []byte(mustMake(t).Ingress)
	pair, err := tls.X509KeyPair(bundle, bundle)
	require.NoError(t, err)
	require.Len(t, pair.Certificate, 2)
	first, _ := pem.Decode(bundle)
	assert.Equal(t, "PRIVATE KEY", first.Type)
	_, err = x509.ParsePKCS8PrivateKey(first.Bytes)
	require.NoError(t, err)

	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	require.NoError(t, err)
	assertServer(t, leaf, "*."+DefaultIngressDomain)
	root, err := x509.ParseCertificate(pair.Certificate[1])
	require.NoError(t, err)
	assert.True(t, root.IsCA)
	assert.Equal(t, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, root.KeyUsage)
	require.NoError(t, root.CheckSignatureFrom(root))
	assert.Equal(t, leaf.NotAfter, root.NotAfter)

	roots := x509.NewCertPool()
	roots.AddCert(root)
	for name, trusted := range map[string]bool{
		"bu0001a0005-00." + DefaultIngressDomain: true,
		DefaultHostName:                          false,
	} {
		_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: noon.AddDate(0, 0, 364)})
		assert.Equal(t, trusted, err == nil, "%s: %v", name, err)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: noon.AddDate(0, 0, 366)})
	assert.Error(t, err)
}

// Nothing is fixed: who has one stack's certificates or key has no other's.
func TestNoTwoAlike(t *testing.T) {
	first, second := mustMake(t), mustMake(t)
	assert.NotEqual(t, first.Listener, second.Listener)
	key := func(bundle string) string { return strings.SplitAfter(bundle, "-----END PRIVATE KEY-----")[0] }
	assert.NotEqual(t, key(first.Ingress), key(second.Ingress))

	one, _, err := MakeOperatorKey("opsuser01")
	require.NoError(t, err)
	other, _, err := MakeOperatorKey("opsuser01")
	require.NoError(t, err)
	assert.NotEqual(t, one, other)
}

// A name that no certificate can carry is an error that says which.
func TestNames(t *testing.T) {
	for _, name := range []string{
		"", "localhost", "Bicycle.contoso.com", "a..b", "-a.com", "a b.com", "*.*.com", strings.Repeat("a.", 126) + "com",
	} {
		_, err := Make(name, DefaultIngressDomain, noon)
		assert.ErrorContains(t, err, "listener certificate: ", name)
		_, err = Make(DefaultHostName, name, noon)
		assert.ErrorContains(t, err, "ingress certificate: ", name)
	}
}

// A name too long for a common name still gets its certificate.
func TestLongName(t *testing.T) {
	name := strings.Repeat("a.", 40) + "com"
	certificate, err := makeListener(name, noon)
	require.NoError(t, err)
	parsed, err := parseListener(certificate)
	require.NoError(t, err)
	assert.Empty(t, parsed.Subject.CommonName)
	assert.NoError(t, parsed.VerifyHostname(name))
}

// Both halves of an operator's key are what OpenSSH reads, and belong together.
func TestMakeOperatorKey(t *testing.T) {
	public, private, err := MakeOperatorKey("opsuser01")
	require.NoError(t, err)
	key, comment, _, rest, err := ssh.ParseAuthorizedKey([]byte(public))
	require.NoError(t, err)
	assert.Equal(t, "opsuser01", comment)
	assert.Empty(t, rest)
	assert.Equal(t, ssh.KeyAlgoED25519, key.Type())
	assert.NotContains(t, public, "\n")
	signer, err := ssh.ParsePrivateKey([]byte(private))
	require.NoError(t, err)
	assert.Equal(t, key.Marshal(), signer.PublicKey().Marshal())
}
