// Package devcerts makes what a development stack needs before anyone has bought a certificate or enrolled an operator:
// a certificate for the gateway's listener, one for the ingress controller, and an SSH key pair. None of them is for
// production: no other machine trusts them, and what signs them is thrown away at once.
package devcerts

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

// Names that a stack's certificates are for unless its configuration sets gateway.hostName and ingress.domain.
const (
	DefaultHostName      = "bicycle.contoso.com"
	DefaultIngressDomain = "aks-ingress.contoso.com"
)

// Validity is how long a certificate is valid from the moment it is made.
const Validity = 365 * 24 * time.Hour

// clockSkew is how far behind the checking machine's clock may be.
const clockSkew = time.Hour

const rsaBits = 2048

// Certificates are the two certificates of a stack, in the form of the configuration certificates.listener and
// certificates.ingress. Both contain private keys.
type Certificates struct {
	// Listener is a self-signed certificate and its RSA key: base64 of a PKCS#12 file without password.
	Listener string
	// Ingress is a PEM bundle: the RSA key (PKCS#8), its wildcard certificate, and the private root that signed it.
	Ingress string
}

// Make makes certificates that are valid from now on: one for hostName, such as bicycle.contoso.com, and one for every
// name directly below ingressDomain, such as aks-ingress.contoso.com. It fails if one of them is not a DNS name.
func Make(hostName, ingressDomain string, now time.Time) (*Certificates, error) {
	listener, err := makeListener(hostName, now)
	if err != nil {
		return nil, fmt.Errorf("listener certificate: %w", err)
	}
	ingress, err := makeIngress(ingressDomain, now)
	if err != nil {
		return nil, fmt.Errorf("ingress certificate: %w", err)
	}
	return &Certificates{Listener: listener, Ingress: ingress}, nil
}

// issued is a certificate with its key.
type issued struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

func makeListener(hostName string, now time.Time) (string, error) {
	if err := checkName(hostName); err != nil {
		return "", err
	}
	leaf, err := issue(serverTemplate(hostName), nil, now)
	if err != nil {
		return "", err
	}
	// Application Gateway answers a file encrypted with AES, the default elsewhere, with "password is incorrect"
	// (github.com/MicrosoftDocs/azure-docs, issue 54393). Without a password neither cipher protects the key: the
	// configuration's encryption and the vault do.
	file, err := pkcs12.LegacyDES.Encode(leaf.key, leaf.certificate, nil, "")
	if err != nil {
		return "", fmt.Errorf("encode as PKCS#12: %w", err)
	}
	return base64.StdEncoding.EncodeToString(file), nil
}

// makeIngress signs with a root instead of the certificate itself, because the gateway takes a backend's trusted root
// only if it is a certificate authority.
func makeIngress(domain string, now time.Time) (string, error) {
	if err := checkName("*." + domain); err != nil {
		return "", err
	}
	root, err := issue(rootTemplate(domain), nil, now)
	if err != nil {
		return "", err
	}
	leaf, err := issue(serverTemplate("*."+domain), root, now)
	if err != nil {
		return "", err
	}
	// A PEM secret in Key Vault has its key as PKCS#8.
	key, err := x509.MarshalPKCS8PrivateKey(leaf.key)
	if err != nil {
		return "", fmt.Errorf("encode the key: %w", err)
	}
	var bundle strings.Builder
	for _, block := range []*pem.Block{
		{Type: "PRIVATE KEY", Bytes: key},
		{Type: "CERTIFICATE", Bytes: leaf.certificate.Raw},
		{Type: "CERTIFICATE", Bytes: root.certificate.Raw},
	} {
		if err := pem.Encode(&bundle, block); err != nil {
			return "", fmt.Errorf("encode as PEM: %w", err)
		}
	}
	return bundle.String(), nil
}

func serverTemplate(name string) *x509.Certificate {
	subject := pkix.Name{CommonName: name}
	if len(name) > maxCommonName {
		subject = pkix.Name{} // clients look at the alternative names
	}
	return &x509.Certificate{
		Subject:               subject,
		DNSNames:              []string{name},
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
}

func rootTemplate(domain string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{domain}, CommonName: "Development root"},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
}

// issue makes a key and a certificate for it from template, signed by parent, or by the new key itself without one.
func issue(template *x509.Certificate, parent *issued, now time.Time) (*issued, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	// Azure App Service, which takes the same files, refuses serial numbers of more than 10 bytes
	// (github.com/MicrosoftDocs/azure-docs, pull request 91029); 63 random bits are enough to be unique.
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<63-1))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	template.NotBefore, template.NotAfter = now.Add(-clockSkew), now.Add(Validity)
	signer := parent
	if signer == nil {
		signer = &issued{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, key.Public(), signer.key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back what was signed: %w", err)
	}
	return &issued{certificate, key}, nil
}

const (
	// maxCommonName is the upper bound that X.509 sets for a common name (RFC 5280, ub-common-name).
	maxCommonName = 64
	maxDNSName    = 253
)

// checkName accepts a DNS name of two labels or more, the first of which may be the wildcard.
func checkName(name string) error {
	labels := strings.Split(strings.TrimPrefix(name, "*."), ".")
	valid := len(labels) > 1 && len(name) <= maxDNSName
	for _, label := range labels {
		valid = valid && label != "" && strings.Trim(label, "-") == label &&
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	}
	if !valid {
		return fmt.Errorf("%q is not a DNS name in lower case of up to %d characters", name, maxDNSName)
	}
	return nil
}

// MakeOperatorKey makes an Ed25519 key pair for SSH. It returns the public key as a line of authorized_keys, with user as
// the comment, and the private key as OpenSSH stores it, without passphrase.
func MakeOperatorKey(user string) (public, privatePEM string, err error) {
	key, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("operator's key: %w", err)
	}
	sshKey, err := ssh.NewPublicKey(key)
	if err != nil {
		return "", "", fmt.Errorf("operator's key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, user)
	if err != nil {
		return "", "", fmt.Errorf("operator's key: %w", err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshKey))) + " " + user
	return line, string(pem.EncodeToMemory(block)), nil
}
