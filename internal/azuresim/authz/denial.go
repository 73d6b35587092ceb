package authz

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// DeniedCode is the code of an action that a deny assignment covers.
const DeniedCode = "DenyAssignmentAuthorizationFailed"

// denialAt is the deny assignment that covers an id, in words, or empty. A resource can have one on the resource group that it manages;
// it holds for everyone but Azure itself, whatever roles they have.
func denialAt(s *arm.Subscription, id string) string {
	group := s.Find(arm.ParentGroupID(id))
	if group == nil {
		return ""
	}
	owner := s.Find(tree.Text(group.Outputs, "managedBy"))
	if owner == nil || owner.Kind == nil || owner.Kind.DenyAssignment == nil {
		return ""
	}
	return owner.Kind.DenyAssignment(owner, group.ID)
}

// CheckDenied refuses an action that a deny assignment covers. Reading is never denied.
func CheckDenied(s *arm.Subscription, principal, action, id string) error {
	denial := denialAt(s, id)
	if denial == "" || strings.HasSuffix(action, "/read") {
		return nil
	}
	return arm.Forbidden(DeniedCode, "the client with object id %s may not perform action %s over scope %s because of the %s",
		principal, action, id, denial)
}

// CheckJoinDenied refuses to place something in a subnet of a virtual network that a deny assignment covers.
func CheckJoinDenied(s *arm.Subscription, who, subnet string) error {
	denial := denialAt(s, subnet)
	if denial == "" {
		return nil
	}
	return arm.Forbidden(DeniedCode, "%s does not have permission to join the subnet %s because of the %s", who, subnet, denial)
}
