package devcerts

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	stackconfig "aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/offline"

	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"
)

// Operator is the jump boxes' user of a stack that names none.
const Operator = "opsuser01"

// RepositoryURL is what Flux follows in a stack that names nothing. It leads nowhere: no stack for Azure may name a repository that
// somebody else could fill, so none is checked in.
const RepositoryURL = "https://github.com/contoso/aks-regulated-pulumi"

// renewal is how long before they expire certificates are renewed.
const renewal = 30 * 24 * time.Hour

// Files that keep what was made for a stack.
const (
	listenerFile    = "listener.pfx.base64"
	ingressFile     = "ingress.pem"
	operatorFile    = "operator"
	operatorKeyFile = "operator.pub"
)

// Supply is an offline.Supply: it gives an offline run the secrets certificates.listener and certificates.ingress, one operator,
// a repository and the digests of virtual nodes, as far as the stack's configuration has none of its own. It keeps them in dir, with the operator's private
// key, until they are about to expire or the stack's host names change.
func Supply(project string, config map[string]string, dir string) (*offline.Supplied, error) {
	return supply(project, config, dir, time.Now())
}

func supply(project string, config map[string]string, dir string, now time.Time) (*offline.Supplied, error) {
	supplied := &offline.Supplied{Plain: map[string]any{}, Secret: map[string]string{}}
	set := properties(config[project+":certificates"])
	_, hasListener := set["listener"]
	_, hasIngress := set["ingress"]
	if !hasListener || !hasIngress {
		certificates, err := keepCertificates(dir,
			text(config[project+":gateway"], "hostName", DefaultHostName),
			text(config[project+":ingress"], "domain", DefaultIngressDomain), now)
		if err != nil {
			return nil, fmt.Errorf("throw-away certificates: %w", err)
		}
		if !hasListener {
			supplied.Secret["certificates.listener"] = certificates.Listener
		}
		if !hasIngress {
			supplied.Secret["certificates.ingress"] = certificates.Ingress
		}
	}
	if _, hasOperators := config[project+":operators"]; !hasOperators {
		public, err := keepOperatorKey(dir)
		if err != nil {
			return nil, fmt.Errorf("throw-away operator: %w", err)
		}
		supplied.Plain["operators"] = map[string]any{Operator: public}
	}
	if bootstrap := withRepository(config[project+":bootstrap"]); bootstrap != nil {
		supplied.Plain["bootstrap"] = bootstrap
	}
	if nodes := withDigests(config[project+":virtualNodes"]); nodes != nil {
		supplied.Plain["virtualNodes"] = nodes
	}
	return supplied, nil
}

// withDigests adds made-up digests to an object of the configuration that enables virtual nodes and pins no image of theirs; nil for any
// other. A simulated registry has images of every digest.
func withDigests(value string) map[string]any {
	object := map[string]any{}
	if json.Unmarshal([]byte(value), &object) != nil || object["enabled"] != true {
		return nil
	}
	if _, pinned := object["imageDigests"]; pinned {
		return nil
	}
	object["imageDigests"] = Digests()
	return object
}

// Digests are made-up digests of the images of virtual nodes, by name.
func Digests() map[string]any {
	digests := map[string]any{}
	for _, name := range stackconfig.VirtualNodeImages {
		digests[name] = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name)))
	}
	return digests
}

// withRepository adds RepositoryURL to an object of the configuration that names no repository; nil if it names one, or is none.
func withRepository(value string) map[string]any {
	object := map[string]any{}
	if value != "" && json.Unmarshal([]byte(value), &object) != nil {
		return nil
	}
	if _, named := object["repositoryUrl"]; named {
		return nil
	}
	object["repositoryUrl"] = RepositoryURL
	return object
}

// properties decodes an object of the configuration. One that is none has no properties: the program reports it.
func properties(value string) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(value), &object) != nil {
		return nil
	}
	return object
}

// text returns a property that is a name certificates can be made for, or else the default: the program reports a wrong
// one together with all other mistakes.
func text(object, property, otherwise string) string {
	var name string
	if json.Unmarshal(properties(object)[property], &name) != nil || checkName(name) != nil {
		return otherwise
	}
	return name
}

// keepCertificates returns the certificates in dir, or if they do not fit makes and stores new ones.
func keepCertificates(dir, hostName, domain string, now time.Time) (*Certificates, error) {
	listenerPath, ingressPath := filepath.Join(dir, listenerFile), filepath.Join(dir, ingressFile)
	// What cannot be read is made again.
	listener, _ := os.ReadFile(listenerPath)
	ingress, _ := os.ReadFile(ingressPath)
	kept := &Certificates{Listener: string(listener), Ingress: string(ingress)}
	if kept.fit(hostName, domain, now) {
		return kept, nil
	}
	made, err := Make(hostName, domain, now)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(listenerPath, []byte(made.Listener), 0o600); err != nil {
		return nil, err
	}
	return made, os.WriteFile(ingressPath, []byte(made.Ingress), 0o600)
}

// fit reports whether both certificates can be read, are for the names, and do not expire soon.
func (c *Certificates) fit(hostName, domain string, now time.Time) bool {
	listener, err := parseListener(c.Listener)
	if err != nil {
		return false
	}
	ingress, err := parseIngress(c.Ingress)
	if err != nil {
		return false
	}
	soon := now.Add(renewal)
	return slices.Equal(listener.DNSNames, []string{hostName}) && soon.Before(listener.NotAfter) &&
		slices.Equal(ingress.DNSNames, []string{"*." + domain}) && soon.Before(ingress.NotAfter)
}

func parseListener(encoded string) (*x509.Certificate, error) {
	file, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, err
	}
	_, certificate, err := pkcs12.Decode(file, "")
	return certificate, err
}

func parseIngress(bundle string) (*x509.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(bundle), []byte(bundle))
	if err != nil {
		return nil, err
	}
	return pair.Leaf, nil
}

// keepOperatorKey returns the operator's public key in dir, or if there is none makes and stores a key pair.
func keepOperatorKey(dir string) (string, error) {
	publicPath := filepath.Join(dir, operatorKeyFile)
	if kept, err := os.ReadFile(publicPath); err == nil {
		line := strings.TrimSpace(string(kept))
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil {
			return line, nil
		}
	}
	public, private, err := MakeOperatorKey(Operator)
	if err != nil {
		return "", err
	}
	// The public key comes last: where there is one, there is its private key.
	if err := os.WriteFile(filepath.Join(dir, operatorFile), []byte(private), 0o600); err != nil {
		return "", err
	}
	return public, os.WriteFile(publicPath, []byte(public+"\n"), 0o600)
}
