package azuresim

import (
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const roleDefinitions = "/providers/microsoft.authorization/roledefinitions/"

// roleAtSubscription is the id by which Azure knows a role, wherever it is defined, and with which its assignments come back.
func roleAtSubscription(id string) string {
	return "/subscriptions/" + SubscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + resourceid.Name(id)
}

func isRoleID(id string) bool { return strings.Contains(resourceid.Key(id), roleDefinitions) }

func isBuiltInRole(id string) bool {
	_, known := azurefacts.BuiltInRole(resourceid.Name(id))
	return known && isRoleID(id)
}

// builtInRole is a role that every directory has.
func builtInRole(id string) (inputs, outputs map[string]any) {
	if !isBuiltInRole(id) {
		return nil, nil
	}
	return map[string]any{}, map[string]any{"roleType": "BuiltInRole"}
}

// actionName is a control or data plane operation, possibly with wildcards.
var actionName = regexp.MustCompile(`^(\*|[A-Za-z]+\.[A-Za-z.]+)(/[A-Za-z0-9.*]+)+$|^\*$`)

func checkRoleDefinition(op *operation) error {
	name := tree.Text(op.inputs, "roleName")
	if name == "" || len(name) > 512 {
		return badRequest("RoleDefinitionNameInvalid", "a role needs a display name of at most 512 characters")
	}
	for _, other := range op.others() {
		if strings.EqualFold(tree.Text(other.Inputs, "roleName"), name) {
			return conflict("RoleDefinitionWithSameNameExists", "a custom role named %q exists in this directory", name)
		}
	}
	scopes := tree.Texts(op.inputs, "assignableScopes")
	if !slices.ContainsFunc(scopes, func(scope string) bool { return resourceid.Within(tree.Text(op.inputs, "scope"), scope) }) {
		return badRequest("InvalidAssignableScopes", "the role %q is not assignable at its own scope", name)
	}
	for _, granted := range tree.List(op.inputs, "permissions") {
		for _, action := range slices.Concat(tree.Texts(granted, "actions"), tree.Texts(granted, "notActions"),
			tree.Texts(granted, "dataActions"), tree.Texts(granted, "notDataActions")) {
			if !actionName.MatchString(action) {
				return badRequest("InvalidActionOrNotAction", "%q of role %q is not an operation", action, name)
			}
		}
	}
	return nil
}

func checkRoleAssignment(op *operation) error {
	principal, role, scope := tree.Text(op.inputs, "principalId"), tree.Text(op.inputs, "roleDefinitionId"), tree.Text(op.inputs, "scope")
	if !op.sub.isPrincipal(principal) {
		return badRequest("PrincipalNotFound", "principal %s does not exist in the directory %s", principal, TenantID)
	}
	if tree.Text(op.inputs, "principalType") == "" {
		return badRequest("PrincipalNotFound", "principal %s has not replicated yet; set principalType ServicePrincipal", principal)
	}
	if op.old == nil && !op.sub.isReady(scope) {
		return notFound("ResourceNotFound", "scope %s does not exist", scope)
	}
	if definition := op.sub.find(role); definition != nil {
		assignable := tree.Texts(definition.Inputs, "assignableScopes")
		if !slices.ContainsFunc(assignable, func(allowed string) bool { return resourceid.Within(scope, allowed) }) {
			return badRequest("RoleAssignmentScopeNotAssignableToRoleDefinition", "%s is not assignable at %s", role, scope)
		}
	} else if !isBuiltInRole(role) {
		return badRequest("RoleDefinitionDoesNotExist", "role definition %s does not exist", role)
	}
	for _, other := range op.others() {
		if tree.Text(other.Inputs, "principalId") == principal &&
			resourceid.Equal(roleAtSubscription(tree.Text(other.Inputs, "roleDefinitionId")), roleAtSubscription(role)) &&
			resourceid.Equal(tree.Text(other.Inputs, "scope"), scope) {
			return conflict("RoleAssignmentExists", "the role assignment already exists: %s", other.ID)
		}
	}
	return nil
}

func (s *subscription) isPrincipal(principalID string) bool {
	if principalID == deployerObjectID {
		return true
	}
	return s.identityOf(principalID) != nil
}

// identityOf finds the managed identity with a principal id, or the resource that has it as its own.
func (s *subscription) identityOf(principalID string) *record {
	for r := range s.all() {
		if r.ARMType == "Microsoft.ManagedIdentity/userAssignedIdentities" && tree.Text(r.Outputs, "principalId") == principalID ||
			tree.Text(r.Outputs, "identity", "principalId") == principalID && principalID != "" {
			return r
		}
	}
	return nil
}

// allows reports whether a principal may do an action at a resource.
func (s *subscription) allows(principalID, action, resourceID string) bool {
	return s.grants(principalID, resourceID, func(p azurefacts.Permissions) bool {
		return matchesAny(p.Actions, action) && !matchesAny(p.NotActions, action)
	})
}

// allowsData is allows for the data plane.
func (s *subscription) allowsData(principalID, action, resourceID string) bool {
	return s.grants(principalID, resourceID, func(p azurefacts.Permissions) bool {
		return matchesAny(p.DataActions, action) && !matchesAny(p.NotDataActions, action)
	})
}

func (s *subscription) grants(principalID, resourceID string, granted func(azurefacts.Permissions) bool) bool {
	for _, r := range s.ofToken["authorization:RoleAssignment"] {
		if !r.usable() || tree.Text(r.Inputs, "principalId") != principalID {
			continue
		}
		if !resourceid.Within(resourceID, tree.Text(r.Inputs, "scope")) {
			continue
		}
		if slices.ContainsFunc(s.permissionsOf(tree.Text(r.Inputs, "roleDefinitionId")), granted) {
			return true
		}
	}
	return false
}

func (s *subscription) permissionsOf(roleID string) []azurefacts.Permissions {
	if role, known := azurefacts.BuiltInRole(resourceid.Name(roleID)); known && isRoleID(roleID) {
		return []azurefacts.Permissions{role.Permissions}
	}
	definition := s.find(roleID)
	if definition == nil {
		return nil
	}
	var permissions []azurefacts.Permissions
	for _, granted := range tree.List(definition.Inputs, "permissions") {
		permissions = append(permissions, azurefacts.Permissions{
			Actions: tree.Texts(granted, "actions"), NotActions: tree.Texts(granted, "notActions"),
			DataActions: tree.Texts(granted, "dataActions"), NotDataActions: tree.Texts(granted, "notDataActions"),
		})
	}
	return permissions
}

// matchesAny compares an action with patterns in which * stands for anything. Among what lies in a resource, as in
// userAssignedIdentities/*/assign/action, Azure counts the resource itself.
func matchesAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return matches(pattern, action) || matches(strings.ReplaceAll(pattern, "/*/", "/"), action)
	})
}

func matches(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, found := strings.CutPrefix(strings.ToLower(action), parts[0])
	if !found {
		return false
	}
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return rest == ""
}

// principalOf is the principal id of the identity that a resource runs as, if it names exactly one.
func (s *subscription) principalOf(inputs map[string]any) (string, error) {
	ids := tree.Texts(inputs, "identity", "userAssignedIdentities")
	if len(ids) != 1 {
		return "", badRequest("InvalidIdentity", "exactly one user-assigned identity is needed, not %d", len(ids))
	}
	identity := s.find(ids[0])
	if identity == nil {
		return "", badRequest("InvalidIdentity", "identity %s does not exist", ids[0])
	}
	return tree.Text(identity.Outputs, "principalId"), nil
}
