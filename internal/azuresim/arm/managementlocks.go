package arm

import (
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// ManagementLocks is the token of management locks.
const ManagementLocks = "authorization:ManagementLockByScope"

// checkManagementLocks refuses to delete what a lock is on, above or below, and to change what a ReadOnly lock is on or above (Azure document
// "Lock your resources to protect your infrastructure", 2025-09; code and wording as in terraform-provider-azurerm issue 7965).
func (s *Subscription) checkManagementLocks(op *Operation) error {
	if op.Kind.Token == ManagementLocks {
		return nil
	}
	operation := "write"
	if op.name == Delete {
		operation = "delete"
	}
	for _, lock := range s.ofToken[ManagementLocks] {
		scope := tree.Text(lock.Inputs, "scope")
		readOnly := strings.EqualFold(tree.Text(lock.Inputs, "level"), "ReadOnly")
		on := s.Covers(scope, op.ID) && (op.name == Delete || readOnly)
		if on || op.name == Delete && resourceid.Within(scope, op.ID) {
			return Conflict("ScopeLocked", "the scope '%s' cannot perform %s operation because following scope(s) are locked: '%s'. "+
				"Please remove the lock and try again", op.ID, operation, scope)
		}
	}
	return nil
}
