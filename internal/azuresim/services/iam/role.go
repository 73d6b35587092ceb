package iam

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var roleDefinitionKind = &arm.Kind{
	Token: "authorization:RoleDefinition", Path: "{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
	Name: arm.GUIDPattern, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkRoleDefinition}, Spreads: azurefacts.RoleDefinition, Observe: dates,
	// A role is known in the whole tenant, wherever it is defined.
	CanonicalID: func(id string) (string, bool) { return authz.KnownRoleID(id), authz.IsRoleID(id) },
	BuiltIn:     builtInRole,
}

// builtInRole is a role that every directory has.
func builtInRole(id string) (inputs, outputs map[string]any) {
	if !authz.IsBuiltInRole(id) {
		return nil, nil
	}
	return map[string]any{}, map[string]any{"roleType": "BuiltInRole"}
}

// actionName is a control or data plane operation, possibly with wildcards.
var actionName = regexp.MustCompile(`^(\*|[A-Za-z]+\.[A-Za-z.]+)(/[A-Za-z0-9.*]+)+$|^\*$`)

func checkRoleDefinition(op *arm.Operation) error {
	name := tree.Text(op.Inputs, "roleName")
	if name == "" || len(name) > 512 {
		return arm.BadRequest("RoleDefinitionNameInvalid", "a role needs a display name of at most 512 characters")
	}
	for _, other := range op.Others() {
		if strings.EqualFold(tree.Text(other.Inputs, "roleName"), name) {
			return arm.Conflict("RoleDefinitionWithSameNameExists", "a custom role named %q exists in this directory", name)
		}
	}
	scopes := tree.Texts(op.Inputs, "assignableScopes")
	if !slices.ContainsFunc(scopes, func(scope string) bool { return resourceid.Within(tree.Text(op.Inputs, "scope"), scope) }) {
		return arm.BadRequest("InvalidAssignableScopes", "the role %q is not assignable at its own scope", name)
	}
	for _, granted := range tree.List(op.Inputs, "permissions") {
		for _, action := range slices.Concat(tree.Texts(granted, "actions"), tree.Texts(granted, "notActions"),
			tree.Texts(granted, "dataActions"), tree.Texts(granted, "notDataActions")) {
			if !actionName.MatchString(action) {
				return arm.BadRequest("InvalidActionOrNotAction", "%q of role %q is not an operation", action, name)
			}
		}
	}
	return nil
}
