package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// startGateway is where a gateway starts and reads its certificates.
func startGateway(op *arm.Operation) error { return CheckCertificates(op.Sub, op.ID, op.Inputs) }

// CheckCertificates says what stops a gateway from reading its certificates, in the words of Azure's error.
func CheckCertificates(s *arm.Subscription, id string, inputs map[string]any) error {
	for _, collection := range []string{"sslCertificates", "trustedRootCertificates"} {
		for _, certificate := range tree.List(inputs, collection) {
			uri := tree.Text(certificate, "keyVaultSecretId")
			if uri == "" {
				continue
			}
			if problem := certificateProblem(s, inputs, collection, uri); problem != "" {
				return arm.BadRequest("ApplicationGatewayKeyVaultSecretException", "%s cannot read certificate %s from %s: %s",
					id, tree.Text(certificate, "name"), uri, problem)
			}
		}
	}
	return nil
}

var secretURI = regexp.MustCompile(`(?i)^https://([a-z0-9-]+)\.vault\.azure\.net/secrets/([0-9a-z-]+)(/[0-9a-f]+)?$`)

// certificateProblem walks from the gateway's identity to the secret, and says what is in the way.
func certificateProblem(s *arm.Subscription, inputs map[string]any, collection, uri string) string {
	match := secretURI.FindStringSubmatch(uri)
	if match == nil {
		return "the URI must look like https://{vault}.vault.azure.net/secrets/{name}"
	}
	principal, err := authz.PrincipalOf(s, inputs)
	if err != nil {
		return fmt.Sprintf("the gateway has no identity to read it with: %v", err)
	}
	vault := vaultdata.VaultNamed(s, match[1])
	if vault == nil {
		return fmt.Sprintf("key vault %s does not exist", match[1])
	}
	// The gateway first finds its way to the vault.
	for _, configuration := range tree.List(inputs, "gatewayIPConfigurations") {
		if problem := vaultPathProblem(s, vault, vaultdata.VaultHost(vault.ID), tree.Text(configuration, "subnet", "id")); problem != "" {
			return problem
		}
	}
	if lack := vaultdata.MissingPermission(s, principal, vault); lack != "" {
		return fmt.Sprintf("identity %s lacks permission %s at key vault %s",
			tree.Texts(inputs, "identity", "userAssignedIdentities")[0], lack, vault.ID)
	}
	facts, found := vaultdata.SecretFactsOf(s, uri)
	if !found {
		return fmt.Sprintf("key vault %s has no secret %s, or it is disabled or expired", resourceid.Name(vault.ID), match[2])
	}
	return certificateFactsProblem(s, facts, collection)
}

// certificateFactsProblem says why a gateway cannot use what a secret holds: a listener takes a PFX file with its key, a trusted
// root one public certificate (Azure documents "TLS termination with Key Vault certificates" and "End to end TLS").
func certificateFactsProblem(s *arm.Subscription, facts vaultdata.SecretFacts, collection string) string {
	wanted, what := vaultdata.FormPFX, "a base64 PFX file without password, with its private key"
	if collection == "trustedRootCertificates" {
		wanted, what = vaultdata.FormCertificate, "one public certificate in base64"
	}
	if facts.Form != wanted || wanted == vaultdata.FormPFX && !facts.Key || len(facts.Certificates) == 0 {
		return fmt.Sprintf("the secret must hold %s; its form is %s", what, facts.Form)
	}
	if ends := facts.Certificates[0].NotAfter; !s.Clock.Now().Before(ends) {
		return fmt.Sprintf("the certificate %s expired on %s", facts.Certificates[0].Subject, ends.Format(time.DateOnly))
	}
	return ""
}

// vaultPathProblem says what is between a gateway's subnet and a vault that takes no public traffic. The name has to resolve
// in zones linked to the gateway's own network, whatever DNS servers that names (Azure document "TLS termination with Key Vault
// certificates").
func vaultPathProblem(s *arm.Subscription, vault *arm.Record, host, subnet string) string {
	if !strings.EqualFold(tree.Text(vault.Inputs, "properties", "publicNetworkAccess"), "Disabled") {
		return ""
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err.Error()
	}
	found := net.ResolvePlatform(subnet, host)
	if !found.Resolved || !found.Private {
		return fmt.Sprintf("layer dns: key vault %s takes private traffic only, and %s does not resolve to its private endpoint from "+
			"virtual network %s; link zone privatelink.vaultcore.azure.net to that network itself: %s",
			resourceid.Name(vault.ID), host, resourceid.Name(resourceid.Parent(subnet)), found.Reason)
	}
	return networking.DescribeBlock(net.Check(networking.EndpointFlow(subnet, found.Addresses[0])))
}
