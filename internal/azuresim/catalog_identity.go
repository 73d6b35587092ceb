package azuresim

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

var guidName = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

var identityKinds = []*kind{
	{
		token: "managedidentity:UserAssignedIdentity",
		path:  groupPath + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
		name:  regexp.MustCompile(`^[a-zA-Z0-9][\w-]{2,127}$`), located: true,
		create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		compute: func(op *operation) map[string]any {
			return map[string]any{"principalId": op.guid("principal"), "clientId": op.guid("client"), "tenantId": TenantID}
		},
	},
	{
		token: "authorization:RoleDefinition", path: "{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
		name: guidName, create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkRoleDefinition},
		// A role is known at the subscription, wherever it is defined.
		canonicalID: func(id string) (string, bool) { return roleAtSubscription(id), isRoleID(id) },
		builtIn:     builtInRole,
	},
	{
		token: "authorization:RoleAssignment", path: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
		name: guidName, create: 10 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		replaceOn: []string{"roleDefinitionId", "principalId", "principalType"},
		rules:     []func(*operation) error{checkRoleAssignment},
		compute: func(op *operation) map[string]any {
			return map[string]any{"roleDefinitionId": roleAtSubscription(tree.Text(op.record.Inputs, "roleDefinitionId"))}
		},
	},
}
