package azuresim

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// startGateway is where a gateway starts and reads its certificates.
func startGateway(op *operation) error { return op.sub.checkCertificates(op.id, op.inputs) }

// checkCertificates says what stops a gateway from reading its certificates, in the words of Azure's error.
func (s *subscription) checkCertificates(id string, inputs map[string]any) error {
	for _, collection := range []string{"sslCertificates", "trustedRootCertificates"} {
		for _, certificate := range tree.List(inputs, collection) {
			uri := tree.Text(certificate, "keyVaultSecretId")
			if uri == "" {
				continue
			}
			if problem := s.certificateProblem(inputs, collection, uri); problem != "" {
				return badRequest("ApplicationGatewayKeyVaultSecretException", "%s cannot read certificate %s from %s: %s",
					id, tree.Text(certificate, "name"), uri, problem)
			}
		}
	}
	return nil
}

var secretURI = regexp.MustCompile(`(?i)^https://([a-z0-9-]+)\.vault\.azure\.net/secrets/([0-9a-z-]+)(/[0-9a-f]+)?$`)

// certificateProblem walks from the gateway's identity to the secret, and tells what is in the way.
func (s *subscription) certificateProblem(inputs map[string]any, collection, uri string) string {
	match := secretURI.FindStringSubmatch(uri)
	if match == nil {
		return "the URI must look like https://{vault}.vault.azure.net/secrets/{name}"
	}
	principal, err := s.principalOf(inputs)
	if err != nil {
		return fmt.Sprintf("the gateway has no identity to read it with: %v", err)
	}
	vault := s.vaultNamed(match[1])
	if vault == nil {
		return fmt.Sprintf("key vault %s does not exist", match[1])
	}
	// The gateway first finds its way to the vault.
	for _, configuration := range tree.List(inputs, "gatewayIPConfigurations") {
		if problem := s.vaultPathProblem(vault, vaultHost(vault.ID), tree.Text(configuration, "subnet", "id")); problem != "" {
			return problem
		}
	}
	if lack := s.missingSecretPermission(principal, vault); lack != "" {
		return fmt.Sprintf("identity %s lacks permission %s at key vault %s",
			tree.Texts(inputs, "identity", "userAssignedIdentities")[0], lack, vault.ID)
	}
	facts, found := s.secretFacts(uri)
	if !found {
		return fmt.Sprintf("key vault %s has no secret %s, or it is disabled or expired", resourceid.Name(vault.ID), match[2])
	}
	return s.certificateFactsProblem(facts, collection)
}

func (s *subscription) vaultNamed(name string) *record {
	for _, r := range s.sorted() {
		if r.Token == vaultToken && strings.EqualFold(resourceid.Name(r.ID), name) && r.usable() {
			return r
		}
	}
	return nil
}

// certificateFactsProblem says why a gateway cannot use what a secret holds: a listener takes a PFX file with its key, a trusted
// root one public certificate (Azure documents "TLS termination with Key Vault certificates" and "End to end TLS").
func (s *subscription) certificateFactsProblem(facts secretFacts, collection string) string {
	wanted, what := formPFX, "a base64 PFX file without password, with its private key"
	if collection == "trustedRootCertificates" {
		wanted, what = formCertificate, "one public certificate in base64"
	}
	if facts.Form != wanted || wanted == formPFX && !facts.Key || len(facts.Certificates) == 0 {
		return fmt.Sprintf("the secret must hold %s; its form is %s", what, facts.Form)
	}
	if ends := facts.Certificates[0].NotAfter; !s.clock.now().Before(ends) {
		return fmt.Sprintf("the certificate %s expired on %s", facts.Certificates[0].Subject, ends.Format(time.DateOnly))
	}
	return ""
}

// missingSecretPermission names the first permission that a principal lacks to read secrets of a vault, as Azure checks them
// for Application Gateway; empty if it has both.
func (s *subscription) missingSecretPermission(principal string, vault *record) string {
	const read = "Microsoft.KeyVault/vaults/read"
	byRole := tree.Truth(vault.Inputs, "properties", "enableRbacAuthorization")
	switch mayGet := s.mayReadSecret(principal, vault.ID); {
	case !mayGet && !byRole:
		return "get on secrets (access policy)"
	case !mayGet:
		return getSecret + " (Key Vault Secrets User)"
	case byRole && !s.allows(principal, read, vault.ID):
		return read + " (Key Vault Reader)"
	}
	return ""
}

// vaultPathProblem says what is between a gateway's subnet and a vault that takes no public traffic. The name has to resolve
// in zones linked to the gateway's own network, whatever DNS servers that names (Azure document "TLS termination with Key Vault
// certificates").
func (s *subscription) vaultPathProblem(vault *record, host, subnet string) string {
	if !strings.EqualFold(tree.Text(vault.Inputs, "properties", "publicNetworkAccess"), "Disabled") {
		return ""
	}
	net, err := s.network(flow.Options{})
	if err != nil {
		return err.Error()
	}
	found := net.ResolvePlatform(subnet, host)
	if !found.Resolved || !found.Private {
		return fmt.Sprintf("layer dns: key vault %s takes private traffic only, and %s does not resolve to its private endpoint from "+
			"virtual network %s; link zone privatelink.vaultcore.azure.net to that network itself: %s",
			resourceid.Name(vault.ID), host, resourceid.Name(resourceid.Parent(subnet)), found.Reason)
	}
	return describeBlock(net.Check(endpointFlow(subnet, found.Addresses[0])))
}

// endpointFlow is TLS from a subnet to the address of a private endpoint.
func endpointFlow(subnet string, address netip.Addr) flow.Flow {
	return flow.Flow{From: flow.Subnet(subnet), To: flow.Address(address), Protocol: flow.TCP, Port: 443}
}
