package azuresim

import (
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

const deniedCode = "DenyAssignmentAuthorizationFailed"

// denialAt is the deny assignment that covers an id, in words, or empty. A resource can have one on the resource group that it manages;
// it holds for everyone but Azure itself, whatever roles they have.
func denialAt(s *subscription, id string) string {
	group := s.find(parentGroupID(id))
	if group == nil {
		return ""
	}
	owner := s.find(tree.Text(group.Outputs, "managedBy"))
	if owner == nil || owner.kind == nil || owner.kind.denyAssignment == nil {
		return ""
	}
	return owner.kind.denyAssignment(owner, group.ID)
}

// checkDenied refuses an action that a deny assignment covers. Reading is never denied.
func checkDenied(s *subscription, principal, action, id string) error {
	denial := denialAt(s, id)
	if denial == "" || strings.HasSuffix(action, "/read") {
		return nil
	}
	return forbidden(deniedCode, "the client with object id %s may not perform action %s over scope %s because of the %s",
		principal, action, id, denial)
}

// checkJoinDenied refuses to place something in a subnet of a virtual network that a deny assignment covers.
func checkJoinDenied(s *subscription, who, subnet string) error {
	denial := denialAt(s, subnet)
	if denial == "" {
		return nil
	}
	return forbidden(deniedCode, "%s does not have permission to join the subnet %s because of the %s", who, subnet, denial)
}
