package azuresim

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const getSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action"

// Forms of what a secret holds.
const (
	formOpaque      = "opaque"
	formPFX         = "pfx"         // base64 of a PKCS#12 file without password
	formPEM         = "pem"         // PEM blocks: certificates, keys
	formCertificate = "certificate" // base64 of one certificate, as DER or as PEM
)

// secretFacts are what the simulator keeps of a secret's value, which it does not keep.
type secretFacts struct {
	// SecretID and VaultID are the Azure resource ids.
	SecretID, VaultID string
	Form              string
	// Key reports whether the private key of the first certificate is there.
	Key bool
	// Certificates are in the order of the value, the leaf first in a well-made one.
	Certificates []certificateFacts
}

// certificateFacts are what a certificate says of itself.
type certificateFacts struct {
	Subject, Issuer string
	// Names are the DNS names that it is for.
	Names    []string
	NotAfter time.Time
	CA       bool
}

// secretFacts finds a secret by its address, with or without version. ok is false if there is no such secret, or another
// version of it, or if it is disabled or expired.
func (s *subscription) secretFacts(secretURI string) (facts secretFacts, ok bool) {
	address, err := url.Parse(secretURI)
	if err != nil {
		return facts, false
	}
	parts := strings.Split(strings.Trim(address.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "secrets" {
		return facts, false
	}
	for _, r := range s.sorted() {
		if r.Token != secretToken || !r.usable() || !strings.EqualFold(resourceid.Name(r.ID), parts[1]) ||
			!strings.EqualFold(vaultHost(resourceid.Parent(r.ID)), address.Hostname()) {
			continue
		}
		if len(parts) == 3 && parts[2] != tree.Text(r.Contents, "version") || !s.isSecretEnabled(r) {
			return facts, false
		}
		facts = secretFacts{SecretID: r.ID, VaultID: resourceid.Parent(r.ID), Form: tree.Text(r.Contents, "form"),
			Key: tree.Truth(r.Contents, "key")}
		for _, certificate := range tree.List(r.Contents, "certificates") {
			facts.Certificates = append(facts.Certificates, readCertificate(certificate))
		}
		return facts, true
	}
	return facts, false
}

// isSecretEnabled reports whether a secret may be read at this time.
func (s *subscription) isSecretEnabled(secret *record) bool {
	attributes := tree.At(secret.Inputs, "properties", "attributes")
	if on, set := tree.At(attributes, "enabled").(bool); set && !on {
		return false
	}
	now := float64(s.clock.now().Unix())
	expires, set := tree.Number(attributes, "exp")
	return !set || now < expires
}

// mayReadSecret reports whether a principal may read a secret of a vault.
func (s *subscription) mayReadSecret(principal, vaultID string) bool {
	vault := s.find(vaultID)
	return vault != nil && s.mayUseVault(principal, getSecret, vault)
}

// secretContents are the facts of a secret's value, and its version, which changes with the value.
func secretContents(op *operation) map[string]any {
	value := tree.Text(op.inputs, "properties", "value")
	form, key, certificates := readSecret(value)
	found := []any{}
	for _, c := range certificates {
		names := []any{}
		for _, name := range c.DNSNames {
			names = append(names, name)
		}
		found = append(found, map[string]any{
			"subject": c.Subject.String(), "issuer": c.Issuer.String(), "names": names,
			"notAfter": c.NotAfter.UTC().Format(time.RFC3339), "ca": c.IsCA,
		})
	}
	// The version must not let anybody try values: it has the time and the number of resources made in it.
	version := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", op.id, op.sub.nextNumber(), op.sub.clock.now()))
	return map[string]any{"form": form, "key": key, "certificates": found, "version": fmt.Sprintf("%x", version[:16])}
}

func readCertificate(value any) certificateFacts {
	facts := certificateFacts{
		Subject: tree.Text(value, "subject"), Issuer: tree.Text(value, "issuer"), Names: tree.Texts(value, "names"), CA: tree.Truth(value, "ca"),
	}
	facts.NotAfter, _ = time.Parse(time.RFC3339, tree.Text(value, "notAfter")) // written by secretContents
	return facts
}

// readSecret says what a value holds: its form, whether a private key is there, and the certificates.
func readSecret(value string) (form string, key bool, certificates []*x509.Certificate) {
	if key, certificates := readPEM([]byte(value)); key || len(certificates) > 0 {
		return formPEM, key, certificates
	}
	binary, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return formOpaque, false, nil
	}
	if _, leaf, chain, err := pkcs12.DecodeChain(binary, ""); err == nil {
		return formPFX, true, append([]*x509.Certificate{leaf}, chain...)
	}
	if certificate, err := x509.ParseCertificate(binary); err == nil {
		return formCertificate, false, []*x509.Certificate{certificate}
	}
	if key, certificates := readPEM(binary); !key && len(certificates) == 1 {
		return formCertificate, false, certificates
	}
	return formOpaque, false, nil
}

func readPEM(content []byte) (key bool, certificates []*x509.Certificate) {
	for {
		block, rest := pem.Decode(content)
		if block == nil {
			return key, certificates
		}
		content = rest
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			key = true
		}
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			certificates = append(certificates, certificate)
		}
	}
}
