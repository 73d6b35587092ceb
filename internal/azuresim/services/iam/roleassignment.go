package iam

import (
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var roleAssignmentKind = &arm.Kind{
	Token: "authorization:RoleAssignment", Path: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
	Name: arm.GUIDPattern, Create: 10 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Spreads: azurefacts.RoleAssignment,
	// An assignment outlives what it is at (Azure document "Troubleshoot Azure RBAC", orphaned role assignments).
	Orphaned: true,
	Immutable: []arm.Immutable{{
		Paths: []string{"principalId", "principalType", "roleDefinitionId"}, Code: "RoleAssignmentUpdateNotPermitted",
		Why: ": tenant ID, application ID, principal ID, and scope are not allowed to be updated",
	}},
	Rules: []func(*arm.Operation) error{checkRoleAssignment}, Observe: dates,
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"roleDefinitionId": authz.RoleAt(tree.Text(op.Record.Inputs, "scope"), tree.Text(op.Record.Inputs, "roleDefinitionId"))}
	},
}

// dates are when a role or an assignment was made and changed.
func dates(_ *arm.Subscription, r *arm.Record) map[string]any {
	made, changed := r.MadeAt, r.ChangedAt
	if changed.Before(made) {
		changed = made
	}
	return map[string]any{"createdOn": made.Format(time.RFC3339), "updatedOn": changed.Format(time.RFC3339)}
}

func checkRoleAssignment(op *arm.Operation) error {
	principal, role, scope := tree.Text(op.Inputs, "principalId"), tree.Text(op.Inputs, "roleDefinitionId"), tree.Text(op.Inputs, "scope")
	if !authz.IsPrincipal(op.Sub, principal) {
		return arm.BadRequest("PrincipalNotFound", "principal %s does not exist in the directory %s", principal, arm.TenantID)
	}
	if tree.Text(op.Inputs, "principalType") == "" && !authz.HasReplicated(op.Sub, principal) {
		return arm.BadRequest("PrincipalNotFound", "principal %s has not replicated yet; set principalType ServicePrincipal", principal)
	}
	if op.Principal() == arm.DeployerObjectID && !op.Sub.MayAssign(resourceid.Name(role)) {
		return arm.Forbidden("AuthorizationFailed", "the client with object id %s does not have authorization to perform action "+
			"Microsoft.Authorization/roleAssignments/write over scope %s, as a condition on its own role excludes role %s",
			arm.DeployerObjectID, op.ID, resourceid.Name(role))
	}
	if op.Old == nil && !op.Sub.IsReady(scope) {
		return arm.NotFound("ResourceNotFound", "scope %s does not exist", scope)
	}
	if definition := op.Sub.Find(role); definition != nil && op.Sub.Known(definition) != nil {
		assignable := tree.Texts(op.Sub.Known(definition), "assignableScopes")
		if !slices.ContainsFunc(assignable, func(allowed string) bool { return resourceid.Within(scope, allowed) }) {
			return arm.BadRequest("RoleAssignmentScopeNotAssignableToRoleDefinition", "%s is not assignable at %s", role, scope)
		}
	} else if !authz.IsBuiltInRole(role) {
		return arm.BadRequest("RoleDefinitionDoesNotExist", "role definition %s does not exist", role)
	}
	for _, other := range op.Others() {
		if tree.Text(other.Inputs, "principalId") == principal &&
			authz.KnownRoleID(tree.Text(other.Inputs, "roleDefinitionId")) == authz.KnownRoleID(role) &&
			resourceid.Equal(tree.Text(other.Inputs, "scope"), scope) {
			return arm.Conflict("RoleAssignmentExists", "the role assignment already exists: %s", other.ID)
		}
	}
	return nil
}
