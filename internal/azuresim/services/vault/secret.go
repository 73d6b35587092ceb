package vault

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var secretKind = &arm.Kind{
	Token: vaultdata.SecretToken, Path: vaultPath + "/secrets/{secretName}", Name: regexp.MustCompile(`^[a-zA-Z0-9-]{1,127}$`),
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkSecret}, Busy: vaultBusy,
	Locks: func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} },
	// Besides "value", which Azure never gives back, nothing of a secret has that name.
	WriteOnly: []string{"value"}, Contents: SecretContents,
	Compute: secretOutputs, UnknownInPreview: []string{"properties"},
	CheckRemoval: checkSecretRemoval, CleanUp: softDeleteSecret,
}

func checkSecret(op *arm.Operation) error {
	if tree.Text(op.Inputs, "properties", "value") == "" {
		return arm.BadRequest("BadRequest", "%s: a secret needs a value", op.ID)
	}
	if len(tree.Text(op.Inputs, "properties", "value")) > 25*1024 {
		return arm.BadRequest("BadRequest", "%s: a secret holds at most 25 KB", op.ID)
	}
	if op.Old != nil {
		return nil
	}
	for _, gone := range deletedSecrets(op.Sub.Find(resourceid.Parent(op.ID))) {
		if strings.EqualFold(gone, resourceid.Name(op.ID)) {
			return arm.Conflict("Conflict", "secret %s is currently in a deleted but recoverable state, and its name cannot be reused", gone)
		}
	}
	return nil
}

// DeployerAddress is the public address from which the deployment reaches data planes.
const DeployerAddress = "203.0.113.77"

// checkSecretRemoval: ARM cannot delete secrets, so azure-native does it through the vault's own API, which knows the
// vault's firewall and its data roles. A secret that is to go with its vault needs the option DeletedWith.
func checkSecretRemoval(op *arm.Operation) error {
	vault := op.Sub.Find(resourceid.Parent(op.ID))
	if vault == nil {
		return nil
	}
	if refusal := networking.PublicAccessDenial(vault, DeployerAddress); refusal != "" {
		return arm.Forbidden("Forbidden", "deleting secret %s through %s: %s", resourceid.Name(op.ID), vaultdata.VaultHost(vault.ID), refusal)
	}
	if !vaultdata.MayUseVault(op.Sub, arm.DeployerObjectID, vaultdata.DeleteSecret, vault) {
		return arm.Forbidden("Forbidden", "deleting secret %s: the caller is not authorized to perform %s on %s",
			resourceid.Name(op.ID), vaultdata.DeleteSecret, vault.ID)
	}
	return nil
}

// secretOutputs name the secret, with and without its version.
func secretOutputs(op *arm.Operation) map[string]any {
	properties := tree.CloneObject(tree.Object(op.Record.Inputs, "properties"))
	uri := "https://" + vaultdata.VaultHost(resourceid.Parent(op.ID)) + "/secrets/" + resourceid.Name(op.ID)
	properties["secretUri"] = uri
	properties["secretUriWithVersion"] = uri + "/" + tree.Text(op.Record.Contents, "version")
	return map[string]any{"properties": properties}
}

// SecretContents are the facts of a secret's value, and its version, which changes with the value.
func SecretContents(op *arm.Operation) map[string]any {
	value := tree.Text(op.Inputs, "properties", "value")
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
	version := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", op.ID, op.Sub.NextNumber(), op.Sub.Clock.Now()))
	return map[string]any{"form": form, "key": key, "certificates": found, "version": fmt.Sprintf("%x", version[:16])}
}

// readSecret says what a value holds: its form, whether a private key is there, and the certificates.
func readSecret(value string) (form string, key bool, certificates []*x509.Certificate) {
	if key, certificates := readPEM([]byte(value)); key || len(certificates) > 0 {
		return vaultdata.FormPEM, key, certificates
	}
	binary, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return vaultdata.FormOpaque, false, nil
	}
	if _, leaf, chain, err := pkcs12.DecodeChain(binary, ""); err == nil {
		return vaultdata.FormPFX, true, append([]*x509.Certificate{leaf}, chain...)
	}
	if certificate, err := x509.ParseCertificate(binary); err == nil {
		return vaultdata.FormCertificate, false, []*x509.Certificate{certificate}
	}
	if key, certificates := readPEM(binary); !key && len(certificates) == 1 {
		return vaultdata.FormCertificate, false, certificates
	}
	return vaultdata.FormOpaque, false, nil
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

// deletedSecrets are the names of the secrets of a vault that were deleted and can be recovered.
func deletedSecrets(vault *arm.Record) []string { return tree.Texts(vault.Contents, "deletedSecrets") }

// softDeleteSecret keeps the name of a deleted secret taken. The vault itself may have gone before.
func softDeleteSecret(s *arm.Subscription, gone *arm.Record) {
	vault := s.Find(resourceid.Parent(gone.ID))
	if vault == nil {
		return
	}
	if vault.Contents == nil {
		vault.Contents = map[string]any{}
	}
	vault.Contents["deletedSecrets"] = append(tree.List(vault.Contents, "deletedSecrets"), resourceid.Name(gone.ID))
	s.Touch(vault)
}
