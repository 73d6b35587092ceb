package azuresim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/policy"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
)

// rolesDefinition is a rule like the platform's against roles at the subscription.
func rolesDefinition() object {
	definition := policyDefinitionOf("roles", both(
		is("Microsoft.Authorization/roleAssignments"),
		object{"field": "id", "notContains": "/resourceGroups/"},
		object{"equals": 0.0, "count": object{"value": "[parameters('roles')]", "name": "role", "where": object{
			"field": "Microsoft.Authorization/roleAssignments/roleDefinitionId", "like": "[concat('*/', current('role'))]"}}},
		object{"field": "Microsoft.Authorization/roleAssignments/principalId", "notIn": "[parameters('principals')]"},
	), "[parameters('effect')]")
	definition["parameters"] = object{
		"roles": object{"type": "Array"}, "principals": object{"type": "Array"},
		"effect": object{"type": "String", "allowedValues": array{"Audit", "Deny", "Disabled"}, "defaultValue": "Audit"},
	}
	return definition
}

// A policy on role assignments refuses what is not on its list at the subscription itself, and nothing else: not listed roles, not
// exempt principals, not assignments at a group. What only audits refuses nothing.
func TestPolicyOnRoleAssignments(t *testing.T) {
	l := start(t, Options{})
	l.group()
	_, principal := l.identity("somebody")
	_, emergency := l.identity("emergency")
	custom := l.must("authorization:RoleDefinition", object{
		"scope": subscriptionScope, "roleDefinitionId": arm.GUID("custom"), "roleName": "custom", "roleType": "CustomRole",
		"assignableScopes": array{subscriptionScope}, "permissions": array{object{"actions": array{"Microsoft.Compute/images/read"}}},
	})
	unlisted := l.must("authorization:RoleDefinition", object{
		"scope": subscriptionScope, "roleDefinitionId": arm.GUID("unlisted"), "roleName": "unlisted", "roleType": "CustomRole",
		"assignableScopes": array{subscriptionScope}, "permissions": array{object{"actions": array{"Microsoft.Compute/images/read"}}},
	})
	const securityAdmin = "fb1c8493-542b-48eb-b624-b4c8fea62acd"
	parameters := func(effect string) object {
		return object{"roles": array{securityAdmin, strings.ToUpper(arm.GUID("custom"))}, "principals": array{emergency}, "effect": effect}
	}
	at := object{"scope": subscriptionScope, "nonComplianceMessages": array{object{"message": "use a group"}}}
	definition := l.must(governance.DefinitionToken, rolesDefinition())
	id := l.must(governance.AssignmentToken, policyAssignment("roles", definition, parameters("Deny"), at))

	refused := func(principal, role, scope string) {
		t.Helper()
		_, _, err := l.create("authorization:RoleAssignment", assignment(principal, role, scope))
		require.ErrorContains(t, err, "RequestDisallowedByPolicy")
		assert.ErrorContains(t, err, "use a group")
	}
	refused(principal, contributor, subscriptionScope)
	refused(principal, unlisted, subscriptionScope)
	l.must("authorization:RoleAssignment", assignment(principal, subscriptionScope+"/providers/Microsoft.Authorization/roleDefinitions/"+
		securityAdmin, subscriptionScope))
	l.must("authorization:RoleAssignment", assignment(principal, custom, subscriptionScope))
	l.must("authorization:RoleAssignment", assignment(emergency, contributor, subscriptionScope))
	l.must("authorization:RoleAssignment", assignment(principal, contributor, groupID))

	for _, effect := range []string{"Audit", "Disabled"} {
		require.NoError(t, l.update(governance.AssignmentToken, id, policyAssignment("roles", definition, parameters(effect), at)))
		made := l.must("authorization:RoleAssignment", assignment(principal, contributor, subscriptionScope))
		require.NoError(t, l.delete("authorization:RoleAssignment", made), effect)
	}
	many := array{}
	for i := range policy.MaxCounted + 1 {
		many = append(many, arm.GUID(fmt.Sprint(i)))
	}
	err := l.update(governance.AssignmentToken, id, policyAssignment("roles", definition, object{"roles": many, "principals": array{}}, at))
	assert.ErrorContains(t, err, "101 values")
}
