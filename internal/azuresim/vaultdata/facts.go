package vaultdata

import (
	"net/url"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Forms of what a secret holds.
const (
	FormOpaque      = "opaque"
	FormPFX         = "pfx"         // base64 of a PKCS#12 file without password
	FormPEM         = "pem"         // PEM blocks: certificates, keys
	FormCertificate = "certificate" // base64 of one certificate, as DER or as PEM
)

// SecretFacts are what the simulator keeps of a secret's value, which it does not keep.
type SecretFacts struct {
	// SecretID and VaultID are the Azure resource ids.
	SecretID, VaultID string
	Form              string // such as FormPEM
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

// SecretFactsOf finds a secret by its address, with or without version. ok is false if there is no such secret, or another
// version of it, or if it is disabled or expired.
func SecretFactsOf(s *arm.Subscription, secretURI string) (facts SecretFacts, ok bool) {
	address, err := url.Parse(secretURI)
	if err != nil {
		return facts, false
	}
	parts := strings.Split(strings.Trim(address.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "secrets" {
		return facts, false
	}
	for _, r := range s.Sorted() {
		if r.Token != SecretToken || !r.Usable() || !strings.EqualFold(resourceid.Name(r.ID), parts[1]) ||
			!strings.EqualFold(VaultHost(resourceid.Parent(r.ID)), address.Hostname()) {
			continue
		}
		if len(parts) == 3 && parts[2] != tree.Text(r.Contents, "version") || !isSecretEnabled(s, r) {
			return facts, false
		}
		facts = SecretFacts{SecretID: r.ID, VaultID: resourceid.Parent(r.ID), Form: tree.Text(r.Contents, "form"),
			Key: tree.Truth(r.Contents, "key")}
		for _, certificate := range tree.List(r.Contents, "certificates") {
			facts.Certificates = append(facts.Certificates, readCertificate(certificate))
		}
		return facts, true
	}
	return facts, false
}

// isSecretEnabled reports whether a secret may be read at this time.
func isSecretEnabled(s *arm.Subscription, secret *arm.Record) bool {
	attributes := tree.At(secret.Inputs, "properties", "attributes")
	if on, set := tree.At(attributes, "enabled").(bool); set && !on {
		return false
	}
	now := float64(s.Clock.Now().Unix())
	expires, set := tree.Number(attributes, "exp")
	return !set || now < expires
}

func readCertificate(value any) certificateFacts {
	facts := certificateFacts{
		Subject: tree.Text(value, "subject"), Issuer: tree.Text(value, "issuer"), Names: tree.Texts(value, "names"), CA: tree.Truth(value, "ca"),
	}
	facts.NotAfter, _ = time.Parse(time.RFC3339, tree.Text(value, "notAfter")) // written by secretContents
	return facts
}
