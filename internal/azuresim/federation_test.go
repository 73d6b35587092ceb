package azuresim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/azuresim/services/iam"
)

// A federated credential is for one issuer, subject and audience, each pair once for an identity, and at most twenty of them.
func TestFederatedCredentials(t *testing.T) {
	credential := in(object{
		"resourceName": "mi-ingress", "federatedIdentityCredentialResourceName": "ingress", "issuer": "https://eastus2.oic.prod-aks.azure.com/a/b/",
		"subject": "system:serviceaccount:ingress:traefik", "audiences": array{"api://AzureADTokenExchange"},
	})
	named := func(name string) object { return with(credential, "federatedIdentityCredentialResourceName", name) }
	const token = "managedidentity:FederatedIdentityCredential"
	given := func(l *lab) { l.identity("mi-ingress"); l.must(token, credential) }
	try(t, given, []attempt{
		{"another subject", token, with(named("other"), "subject", "system:serviceaccount:a:b"), ""},
		{"the same pair", token, named("other"), "IssuerSubjectCombinationAlreadyExists"},
		{"a plain issuer", token, with(named("other"), "issuer", "http://example.org"), "InvalidIssuer"},
		{"no issuer", token, with(named("other"), "issuer", nil), "InvalidIssuer"},
		{"no subject", token, with(named("other"), "subject", ""), "InvalidSubject"},
		{"no audience", token, with(named("other"), "audiences", array{}), "InvalidAudience"},
		{"two audiences", token, with(named("other"), "audiences", array{"a", "b"}), "InvalidAudience"},
		{"a name of two", token, named("ab"), "InvalidResourceName"},
		{"of no identity", token, with(named("other"), "resourceName", "mi-gone"), "ParentResourceNotFound"},
	})
	l := start(t, Options{})
	l.group()
	l.identity("mi-ingress")
	for i := range iam.MaxFederations {
		l.must(token, with(named(fmt.Sprintf("number%d", i)), "subject", fmt.Sprint(i)))
	}
	_, _, err := l.create(token, credential)
	assert.ErrorContains(t, err, "TooManyFederatedIdentityCredentials")
	l.identity("mi-other")
	l.must(token, with(credential, "resourceName", "mi-other"))
}
