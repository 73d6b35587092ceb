package azuresim

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/provider"
)

// attempt is one thing to make in a lab of its own.
type attempt struct {
	name, token string
	inputs      object
	code        string // Azure's; empty is accepted
}

func try(t *testing.T, deploy func(*lab), attempts []attempt) {
	t.Helper()
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			l := start(t, Options{})
			l.group()
			if deploy != nil {
				deploy(l)
			}
			_, _, err := l.create(a.token, a.inputs)
			if a.code == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, `Code="`+a.code+`"`)
		})
	}
}

// plant enters a resource as if Azure had made it, for what the test needs besides what it is about.
func (l *lab) plant(id, armType string, outputs object) string {
	l.server.subscription.Lock()
	defer l.server.subscription.Unlock()
	l.server.subscription.PutImplicit(id, armType, outputs)
	return id
}

// sim runs something on the subscription under its lock.
func (l *lab) sim(run func(*arm.Subscription)) {
	l.server.subscription.Lock()
	defer l.server.subscription.Unlock()
	run(l.server.subscription)
}

// diff is what the engine would do about new inputs.
func (l *lab) diff(token, id string, old, now object) *pulumirpc.DiffResponse {
	before, err := provider.Encode(old)
	require.NoError(l.t, err)
	after, err := provider.Encode(now)
	require.NoError(l.t, err)
	response, err := l.azure.Diff(context.Background(), &pulumirpc.DiffRequest{Urn: urnOf(token, "r"), Id: id, OldInputs: before, Olds: before, News: after})
	require.NoError(l.t, err)
	return response
}

func encodeBase64(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

// certified is a certificate with its key, in the forms that vaults take.
type certified struct{ pem, pfx, public string }

func certificate(t *testing.T, name string, authority bool) certified {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: arm.Epoch, NotAfter: arm.Epoch.Add(365 * 24 * time.Hour),
		IsCA: authority, BasicConstraintsValid: true,
	}
	if !authority {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pfx, err := pkcs12.Modern.Encode(private, parsed, nil, "")
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	block := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return certified{
		pem: block("PRIVATE KEY", encoded) + block("CERTIFICATE", der), pfx: base64.StdEncoding.EncodeToString(pfx),
		public: base64.StdEncoding.EncodeToString(der),
	}
}
