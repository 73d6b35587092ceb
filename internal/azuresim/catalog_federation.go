package azuresim

import (
	"net/url"
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var federationKinds = []*kind{{
	token: "managedidentity:FederatedIdentityCredential",
	path: groupPath + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}" +
		"/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
	name:   regexp.MustCompile(`^[a-zA-Z0-9][\w-]{2,119}$`),
	create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
	rules: []func(*operation) error{checkFederation},
	// Azure refuses to write two credentials of one identity at a time.
	locks: func(op *operation) []string { return []string{resourceid.Parent(op.id)} },
}}

// maxFederations is how many federated credentials Azure takes for one identity.
const maxFederations = 20

// checkFederation holds a credential against the Azure document "Important considerations and restrictions for federated
// identity credentials".
func checkFederation(op *operation) error {
	issuer, subject := tree.Text(op.inputs, "issuer"), tree.Text(op.inputs, "subject")
	if address, err := url.Parse(issuer); err != nil || address.Scheme != "https" || address.Host == "" || len(issuer) > 600 {
		return badRequest("InvalidIssuer", "%s: issuer %q is not an HTTPS address of at most 600 characters", op.id, issuer)
	}
	if subject == "" || len(subject) > 600 {
		return badRequest("InvalidSubject", "%s: a subject has 1 to 600 characters", op.id)
	}
	if audiences := tree.Texts(op.inputs, "audiences"); len(audiences) != 1 || audiences[0] == "" {
		return badRequest("InvalidAudience", "%s: exactly one audience is needed, not %d", op.id, len(audiences))
	}
	count := 1
	for _, other := range op.others() {
		if !resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.id)) {
			continue
		}
		count++
		if tree.Text(other.Inputs, "issuer") == issuer && tree.Text(other.Inputs, "subject") == subject {
			return conflict("IssuerSubjectCombinationAlreadyExists", "%s has issuer %s and subject %s already", other.ID, issuer, subject)
		}
	}
	if count > maxFederations {
		return badRequest("TooManyFederatedIdentityCredentials", "%s has %d federated credentials already",
			resourceid.Parent(op.id), maxFederations)
	}
	return nil
}
