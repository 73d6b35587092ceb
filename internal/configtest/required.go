package configtest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

// AdminGroup is the Entra group of cluster administrators in Required.
const AdminGroup = "7c1d53cf-6a1e-4f1b-9d0e-2c4a8d6f5b01"

// Required returns values for the keys that have no default, by the names of config.Keys, with others put over them.
func Required(others map[string]string) map[string]string {
	values := maps.Clone(required())
	maps.Copy(values, others)
	return values
}

var required = sync.OnceValue(func() map[string]string {
	listenerKey, listener := certificate("bicycle.contoso.com")
	ingressKey, ingress := certificate("*.aks-ingress.contoso.com")
	pfx := must(pkcs12.Modern.Encode(listenerKey, listener, nil, ""))
	bundle := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(ingressKey))})
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ingress.Raw})...)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	key := must(ssh.NewPublicKey(must(public, err)))
	operators := must(json.Marshal(map[string]string{"opsuser01": string(ssh.MarshalAuthorizedKey(key)[:80])}))
	return map[string]string{
		"cluster.adminGroupObjectId": AdminGroup,
		"certificates.listener":      base64.StdEncoding.EncodeToString(pfx),
		"certificates.ingress":       string(bundle),
		"operators":                  string(operators),
	}
})

// certificate makes a self-signed certificate for a host name.
func certificate(host string) (*ecdsa.PrivateKey, *x509.Certificate) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return key, must(x509.ParseCertificate(der))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
