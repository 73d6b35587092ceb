package iam

import (
	"net/url"
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var federationKind = &arm.Kind{
	Token: "managedidentity:FederatedIdentityCredential",
	Path: arm.GroupPath + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}" +
		"/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
	Name:   regexp.MustCompile(`^[a-zA-Z0-9][\w-]{2,119}$`),
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkFederation}, Spreads: azurefacts.FederatedCredential,
	// Azure refuses to write two credentials of one identity at a time.
	Locks: func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} },
}

// MaxFederations is how many federated credentials Azure takes for one identity.
const MaxFederations = 20

// checkFederation checks a credential by the Azure document "Important considerations and restrictions for federated
// identity credentials".
func checkFederation(op *arm.Operation) error {
	issuer, subject := tree.Text(op.Inputs, "issuer"), tree.Text(op.Inputs, "subject")
	if address, err := url.Parse(issuer); err != nil || address.Scheme != "https" || address.Host == "" || len(issuer) > 600 {
		return arm.BadRequest("InvalidIssuer", "%s: issuer %q is not an HTTPS address of at most 600 characters", op.ID, issuer)
	}
	if subject == "" || len(subject) > 600 {
		return arm.BadRequest("InvalidSubject", "%s: a subject has 1 to 600 characters", op.ID)
	}
	if audiences := tree.Texts(op.Inputs, "audiences"); len(audiences) != 1 || audiences[0] == "" {
		return arm.BadRequest("InvalidAudience", "%s: exactly one audience is needed, not %d", op.ID, len(audiences))
	}
	count := 1
	for _, other := range op.Others() {
		if !resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.ID)) {
			continue
		}
		count++
		if tree.Text(other.Inputs, "issuer") == issuer && tree.Text(other.Inputs, "subject") == subject {
			return arm.Conflict("IssuerSubjectCombinationAlreadyExists", "%s has issuer %s and subject %s already", other.ID, issuer, subject)
		}
	}
	if count > MaxFederations {
		return arm.BadRequest("TooManyFederatedIdentityCredentials", "%s has %d federated credentials already",
			resourceid.Parent(op.ID), MaxFederations)
	}
	return nil
}
