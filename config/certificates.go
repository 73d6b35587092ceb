package config

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"time"

	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

const (
	listenerAllowed = "base64 of a PKCS#12 file without password, with key and certificate"
	ingressAllowed  = "PEM blocks: the private key, its certificate, and what it chains to, the root last"
)

// checkCertificates checks both certificates against the names that they are for. Messages never repeat the values.
func (r *reader) checkCertificates(cfg *Config) {
	now := time.Now()
	r.checkListener(cfg, now)
	r.checkIngress(cfg, now)
}

func (r *reader) checkListener(cfg *Config, now time.Time) {
	const key = "certificates.listener"
	if !cfg.Certificates.Listener.IsSet() {
		r.reject(key, "", listenerAllowed+"; make dev-certs makes one for a development stack")
		return
	}
	file, err := base64.StdEncoding.DecodeString(cfg.Certificates.Listener.Reveal())
	if err != nil {
		r.reject(key, hidden, listenerAllowed)
		return
	}
	privateKey, certificate, _, err := pkcs12.DecodeChain(file, "")
	if err != nil || !keyFits(privateKey, certificate) {
		r.reject(key, hidden, listenerAllowed)
		return
	}
	// Application Gateway reports a wrong password for such a file (MicrosoftDocs/azure-docs issue 54393).
	if bytes.Contains(file, pbes2) {
		r.reject(key, hidden, "a PKCS#12 file with the older encryption (openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES "+
			"-macalg sha1), which Application Gateway reads")
	}
	r.checkNameAndTime(key, certificate, cfg.Gateway.HostName, now)
}

// pbes2 is the encoded object identifier 1.2.840.113549.1.5.13 of password-based encryption with AES.
var pbes2 = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d}

func (r *reader) checkIngress(cfg *Config, now time.Time) {
	const key = "certificates.ingress"
	if !cfg.Certificates.Ingress.IsSet() {
		r.reject(key, "", ingressAllowed+"; make dev-certs makes one for a development stack")
		return
	}
	chain, err := ingressChain(cfg.Certificates.Ingress)
	if err != nil {
		r.reject(key, hidden, ingressAllowed)
		return
	}
	r.checkNameAndTime(key, chain[0], cfg.Ingress.BackendHostName(), now)
	// The gateway trusts only the root, so the certificate has to chain to it.
	root := chain[len(chain)-1]
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	// checkNameAndTime has reported an expired certificate; here only the chain matters.
	when := now
	if when.After(chain[0].NotAfter) || when.Before(chain[0].NotBefore) {
		when = chain[0].NotBefore
	}
	_, err = chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: when})
	if err != nil || !bytes.Equal(root.RawIssuer, root.RawSubject) {
		r.reject(key, hidden, ingressAllowed+", none of them expired")
	}
}

func (r *reader) checkNameAndTime(key string, certificate *x509.Certificate, name string, now time.Time) {
	if certificate.VerifyHostname(name) != nil {
		r.reject(key, hidden, "a certificate for "+name)
	}
	if now.Before(certificate.NotBefore) {
		r.reject(key, hidden, "a certificate that is valid already; this one will be on "+certificate.NotBefore.Format(time.DateOnly))
	}
	if now.After(certificate.NotAfter) {
		r.reject(key, hidden, "a certificate that has not expired; this one did on "+certificate.NotAfter.Format(time.DateOnly))
	}
}

// ingressChain parses the ingress certificate: the certificate first, the root last.
func ingressChain(bundle Secret) ([]*x509.Certificate, error) {
	plain := []byte(bundle.Reveal())
	pair, err := tls.X509KeyPair(plain, plain)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

// IngressRoot is the public root certificate of the ingress certificate, which the gateway trusts, as base64 of its PEM
// form (azure-cli issue 16913).
// It fails for a bundle that Load refuses.
func (c Certificates) IngressRoot() (string, error) {
	chain, err := ingressChain(c.Ingress)
	if err != nil {
		return "", err
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[len(chain)-1].Raw})
	return base64.StdEncoding.EncodeToString(root), nil
}

// keyFits reports whether a private key belongs to a certificate.
func keyFits(privateKey any, certificate *x509.Certificate) bool {
	signer, ok := privateKey.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(certificate.PublicKey)
}

// rsaBits is the length of an RSA public key.
func rsaBits(key ssh.PublicKey) int {
	public, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return 0
	}
	modulus, ok := public.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return modulus.N.BitLen()
}
