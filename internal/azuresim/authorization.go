package azuresim

import (
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// permission is what a role allows.
type permission struct {
	actions, notActions, dataActions, notDataActions []string
}

// builtInRoles are the built-in roles that the platform may assign, by GUID (Azure document "Azure built-in roles").
var builtInRoles = map[string]permission{
	"b24988ac-6180-42a0-ab88-20f7382dd24c": { // Contributor
		actions: []string{"*"},
		notActions: []string{
			"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action",
			"Microsoft.Blueprint/blueprintAssignments/write", "Microsoft.Blueprint/blueprintAssignments/delete",
			"Microsoft.Compute/galleries/share/action",
		},
	},
	"4d97b98b-1d4f-4787-a291-c67834d212e7": { // Network Contributor
		actions: []string{
			"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Network/*",
			"Microsoft.ResourceHealth/availabilityStatuses/read", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*",
		},
	},
	"fb1c8493-542b-48eb-b624-b4c8fea62acd": { // Security Admin
		actions: []string{
			"Microsoft.Authorization/*/read", "Microsoft.Authorization/policyAssignments/*", "Microsoft.Authorization/policyDefinitions/*",
			"Microsoft.Authorization/policyExemptions/*", "Microsoft.Authorization/policySetDefinitions/*", "Microsoft.Insights/alertRules/*",
			"Microsoft.Management/managementGroups/read", "Microsoft.operationalInsights/workspaces/*/read",
			"Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Security/*",
			"Microsoft.Support/*",
		},
	},
	"b12aa53e-6015-4669-85d0-8515ebb3ae7f": { // Private DNS Zone Contributor
		actions: []string{
			"Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/read",
			"Microsoft.Network/privateDnsZones/*", "Microsoft.Network/privateDnsOperationResults/*",
			"Microsoft.Network/privateDnsOperationStatuses/*", "Microsoft.Network/virtualNetworks/read",
			"Microsoft.Network/virtualNetworks/join/action", "Microsoft.Authorization/*/read",
		},
	},
	"7f951dda-4ed3-4680-a7ca-43fe172d538d": { // AcrPull
		actions: []string{"Microsoft.ContainerRegistry/registries/pull/read"},
	},
	"f1a07417-d97a-45cb-824c-7a7467783830": { // Managed Identity Operator
		actions: []string{
			"Microsoft.ManagedIdentity/userAssignedIdentities/*/read", "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
			"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*",
		},
	},
	"577a9874-89fd-4f24-9dbd-b5034d0ad23a": { // Container Registry Data Importer and Data Reader
		actions: []string{
			"Microsoft.ContainerRegistry/registries/importImage/action", "Microsoft.ContainerRegistry/registries/read",
			"Microsoft.ContainerRegistry/registries/pull/read",
		},
	},
	"21090545-7ca7-4776-b22c-e363652d74d2": { // Key Vault Reader
		actions: []string{
			"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*", "Microsoft.KeyVault/checkNameAvailability/read",
			"Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read", "Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/operations/read",
		},
		dataActions: []string{"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"},
	},
	"4633458b-17de-408a-b874-0445c86b69e6": { // Key Vault Secrets User
		dataActions: []string{"Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"},
	},
	"b86a8fe4-44ce-4948-aee5-eccb2c155cd7": { // Key Vault Secrets Officer
		actions: []string{
			"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*", "Microsoft.KeyVault/checkNameAvailability/read",
			"Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read", "Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/operations/read",
		},
		dataActions: []string{"Microsoft.KeyVault/vaults/secrets/*"},
	},
	"ba92f5b4-2d11-453d-a403-e96b0029c9fe": { // Storage Blob Data Contributor
		actions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/delete", "Microsoft.Storage/storageAccounts/blobServices/containers/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/write",
			"Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
		},
		dataActions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
		},
	},
}

const roleDefinitions = "/providers/microsoft.authorization/roledefinitions/"

// roleAtSubscription is the id by which Azure knows a role, wherever it is defined, and with which its assignments come back.
func roleAtSubscription(id string) string {
	return "/subscriptions/" + SubscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + resourceid.Name(id)
}

func isRoleID(id string) bool { return strings.Contains(resourceid.Key(id), roleDefinitions) }

func isBuiltInRole(id string) bool {
	_, ok := builtInRoles[resourceid.Key(resourceid.Name(id))]
	return ok && isRoleID(id)
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
		return missing("ResourceNotFound", "scope %s does not exist", scope)
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
	for _, r := range s.records {
		if r.ARMType == "Microsoft.ManagedIdentity/userAssignedIdentities" && tree.Text(r.Outputs, "principalId") == principalID ||
			tree.Text(r.Outputs, "identity", "principalId") == principalID && principalID != "" {
			return r
		}
	}
	return nil
}

// allows tells whether a principal may do an action at a resource.
func (s *subscription) allows(principalID, action, resourceID string) bool {
	return s.grants(principalID, resourceID, func(p permission) bool {
		return matchesAny(p.actions, action) && !matchesAny(p.notActions, action)
	})
}

// allowsData is allows for the data plane.
func (s *subscription) allowsData(principalID, action, resourceID string) bool {
	return s.grants(principalID, resourceID, func(p permission) bool {
		return matchesAny(p.dataActions, action) && !matchesAny(p.notDataActions, action)
	})
}

func (s *subscription) grants(principalID, resourceID string, granted func(permission) bool) bool {
	for _, r := range s.records {
		if r.Token != "authorization:RoleAssignment" || !r.usable() || tree.Text(r.Inputs, "principalId") != principalID {
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

func (s *subscription) permissionsOf(roleID string) []permission {
	if isBuiltInRole(roleID) {
		return []permission{builtInRoles[resourceid.Key(resourceid.Name(roleID))]}
	}
	definition := s.find(roleID)
	if definition == nil {
		return nil
	}
	var permissions []permission
	for _, granted := range tree.List(definition.Inputs, "permissions") {
		permissions = append(permissions, permission{
			actions: tree.Texts(granted, "actions"), notActions: tree.Texts(granted, "notActions"),
			dataActions: tree.Texts(granted, "dataActions"), notDataActions: tree.Texts(granted, "notDataActions"),
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
