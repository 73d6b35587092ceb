// Package authz decides what a principal may do: roles and their assignments, and deny assignments.
package authz

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const roleDefinitions = "/providers/microsoft.authorization/roledefinitions/"

// KnownRoleID is the one id by which the simulator knows a role: its GUID is unique in the tenant, wherever the role is defined and whichever
// subscription an id names.
func KnownRoleID(id string) string { return roleDefinitions + strings.ToLower(resourceid.Name(id)) }

// RoleAt is the id with which the assignments of a role at a scope come back: in the subscription of the scope, if it is in any.
func RoleAt(scope, id string) string {
	return arm.SubscriptionScope(scope) + "/providers/Microsoft.Authorization/roleDefinitions/" + resourceid.Name(id)
}

// IsRoleID reports whether an id is that of a role definition.
func IsRoleID(id string) bool { return strings.Contains(resourceid.Key(id), roleDefinitions) }

// IsBuiltInRole reports whether an id is that of a built-in role that the simulator knows.
func IsBuiltInRole(id string) bool {
	_, known := azurefacts.BuiltInRole(resourceid.Name(id))
	return known && IsRoleID(id)
}

// IsPrincipal reports whether the directory has a principal: the deployer, or a managed identity.
func IsPrincipal(s *arm.Subscription, principalID string) bool {
	if principalID == arm.DeployerObjectID || principalID == arm.OwnerObjectID {
		return true
	}
	return identityOf(s, principalID) != nil
}

// HasReplicated reports whether the whole directory knows a principal by now.
func HasReplicated(s *arm.Subscription, principalID string) bool {
	identity := identityOf(s, principalID)
	return identity == nil || s.HasSpread(identity.MadeAt, azurefacts.Identity)
}

// identityOf finds the managed identity with a principal id, or the resource that has it as its own.
func identityOf(s *arm.Subscription, principalID string) *arm.Record {
	for r := range s.All() {
		if r.ARMType == "Microsoft.ManagedIdentity/userAssignedIdentities" && tree.Text(r.Outputs, "principalId") == principalID ||
			tree.Text(r.Outputs, "identity", "principalId") == principalID && principalID != "" {
			return r
		}
	}
	return nil
}

// PrincipalOf is the principal id of the identity that a resource runs as, if it names exactly one.
func PrincipalOf(s *arm.Subscription, inputs map[string]any) (string, error) {
	ids := tree.Texts(inputs, "identity", "userAssignedIdentities")
	if len(ids) != 1 {
		return "", arm.BadRequest("InvalidIdentity", "exactly one user-assigned identity is needed, not %d", len(ids))
	}
	identity := s.Find(ids[0])
	if identity == nil {
		return "", arm.BadRequest("InvalidIdentity", "identity %s does not exist", ids[0])
	}
	return tree.Text(identity.Outputs, "principalId"), nil
}

// Allows reports whether a principal may do an action at a resource.
func Allows(s *arm.Subscription, principalID, action, resourceID string) bool {
	allowed := func(p azurefacts.Permissions) bool {
		return arm.MatchesAny(p.Actions, action) && !arm.MatchesAny(p.NotActions, action)
	}
	switch {
	case principalID == arm.OwnerObjectID:
		return true
	case principalID == arm.DeployerObjectID && slices.ContainsFunc(s.Rights(), func(r arm.Right) bool {
		return allowed(r.Permissions) && s.Covers(r.Scope, resourceID)
	}):
		return true
	}
	return grants(s, principalID, resourceID, allowed)
}

// AllowsData is allows for the data plane.
func AllowsData(s *arm.Subscription, principalID, action, resourceID string) bool {
	return grants(s, principalID, resourceID, func(p azurefacts.Permissions) bool {
		return arm.MatchesAny(p.DataActions, action) && !arm.MatchesAny(p.NotDataActions, action)
	})
}

// RequirePermission refuses what a principal may not do.
func RequirePermission(s *arm.Subscription, principal, action, scope string) error {
	if err := CheckDenied(s, principal, action, scope); err != nil {
		return err
	}
	if Allows(s, principal, action, scope) {
		return nil
	}
	return arm.Forbidden("AuthorizationFailed", "the client with object id %s does not have authorization to perform action %s over scope %s "+
		"or the scope is invalid", principal, action, scope)
}

// Sees reports whether a principal has any right in a subscription, without which it does not find it.
func Sees(s *arm.Subscription, principalID, subscription string) bool {
	scope := "/subscriptions/" + subscription
	sees := func(at string) bool { return s.Covers(at, scope) || resourceid.Within(at, scope) }
	if principalID == arm.DeployerObjectID && slices.ContainsFunc(s.Rights(), func(r arm.Right) bool { return sees(r.Scope) }) {
		return true
	}
	return slices.ContainsFunc(s.OfToken("authorization:RoleAssignment"), func(r *arm.Record) bool {
		known := s.Known(r)
		return r.Usable() && tree.Text(known, "principalId") == principalID && sees(tree.Text(known, "scope"))
	})
}

// HasRole reports whether a principal has any role that Azure knows by now.
func HasRole(s *arm.Subscription, principalID string) bool {
	return slices.ContainsFunc(s.OfToken("authorization:RoleAssignment"), func(r *arm.Record) bool {
		return r.Usable() && tree.Text(s.Known(r), "principalId") == principalID
	})
}

func grants(s *arm.Subscription, principalID, resourceID string, granted func(azurefacts.Permissions) bool) bool {
	for _, r := range s.OfToken("authorization:RoleAssignment") {
		known := s.Known(r)
		if !r.Usable() || known == nil || tree.Text(known, "principalId") != principalID {
			continue
		}
		if !s.Covers(tree.Text(known, "scope"), resourceID) {
			continue
		}
		if slices.ContainsFunc(permissionsOf(s, tree.Text(known, "roleDefinitionId")), granted) {
			return true
		}
	}
	return false
}

func permissionsOf(s *arm.Subscription, roleID string) []azurefacts.Permissions {
	if role, known := azurefacts.BuiltInRole(resourceid.Name(roleID)); known && IsRoleID(roleID) {
		return []azurefacts.Permissions{role.Permissions}
	}
	definition := s.Find(roleID)
	if definition == nil {
		return nil
	}
	var permissions []azurefacts.Permissions
	for _, granted := range tree.List(s.Known(definition), "permissions") {
		permissions = append(permissions, azurefacts.Permissions{
			Actions: tree.Texts(granted, "actions"), NotActions: tree.Texts(granted, "notActions"),
			DataActions: tree.Texts(granted, "dataActions"), NotDataActions: tree.Texts(granted, "notDataActions"),
		})
	}
	return permissions
}
