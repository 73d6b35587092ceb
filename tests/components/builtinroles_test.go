package components

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

const (
	securityAdmin      = "fb1c8493-542b-48eb-b624-b4c8fea62acd"
	agentlessOperator  = "d5a2ae44-610b-4500-93be-660a0c5f5ca6"
	scannerOperator    = "d24ecba3-c1f4-40fa-a7bb-4588a071e8fd"
	restrictedRolesKey = "RestrictRolesAtSubscription"
)

// The definition looks at assignments at the subscription only, allows what is on its lists, and by itself audits.
func TestRestrictedRolesDefinition(t *testing.T) {
	m := deployGovernance(t, settings{"builtInRoles.restrict": "true"})
	r := m.one(t, typetoken.PolicyDefinition, "governance-restricted-roles")
	assert.Contains(t, r.Inputs["description"], "those that exist already are only reported")
	parameters := r.Inputs["parameters"].(object)
	assert.Equal(t, list{"Audit", "Deny", "Disabled"}, parameters["effect"].(object)["allowedValues"])
	assert.Equal(t, "Audit", parameters["effect"].(object)["defaultValue"])
	assertInputs(t, without(t, r, "description"), object{
		"policyDefinitionName": stackGUID(hubGroup, restrictedRolesKey), "policyType": "Custom", "mode": "All",
		"displayName": "Only listed roles should be assigned at the subscription itself",
		"metadata":    object{"version": "1.0.0", "category": "Security"}, "parameters": parameters,
		"policyRule": object{
			"if": object{"allOf": list{
				object{"field": "type", "equals": "Microsoft.Authorization/roleAssignments"},
				object{"field": "id", "notContains": "/resourceGroups/"},
				object{"equals": 0, "count": object{"value": "[parameters('allowedRoleIds')]", "name": "allowedRoleIds", "where": object{
					"field": "Microsoft.Authorization/roleAssignments/roleDefinitionId", "like": "[concat('*/', current('allowedRoleIds'))]",
				}}},
				object{"field": "Microsoft.Authorization/roleAssignments/principalId", "notIn": "[parameters('exemptPrincipalIds')]"},
			}},
			"then": object{"effect": "[parameters('effect')]"},
		},
	})
}

// The list has the roles that deploying the platform assigns at the subscription, and those of the configuration, each once.
func TestRestrictedRolesAssignment(t *testing.T) {
	const role, principal = "11111111-aaaa-4bbb-8ccc-000000000001", "22222222-aaaa-4bbb-8ccc-000000000002"
	for _, c := range []struct {
		config     settings
		effect     string
		roles      list
		principals list
		verb       string
	}{
		{settings{}, "Audit", list{scannerOperator, agentlessOperator, securityAdmin}, list{}, "Audits "},
		{settings{"defender.enabled": "false"}, "Audit", list{securityAdmin}, list{}, "Audits "},
		{settings{
			"builtInRoles.effect": "Deny", "builtInRoles.exemptPrincipalIds": `["` + principal + `"]`,
			"builtInRoles.exemptRoleIds": `["` + strings.ToUpper(role) + `","` + role + `","` + securityAdmin + `"]`,
		}, "Deny", list{role, scannerOperator, agentlessOperator, securityAdmin}, list{principal}, "Denies new "},
	} {
		with := maps.Clone(c.config)
		with["builtInRoles.restrict"] = "true"
		m := deployGovernance(t, with)
		r := m.one(t, typetoken.PolicyAssignment, "governance-restricted-roles")
		messages, _ := r.Inputs["nonComplianceMessages"].(list)
		require.Len(t, messages, 1)
		message := messages[0].(object)["message"].(string)
		assert.Contains(t, message, "resource group")
		assert.Contains(t, message, "builtInRoles.exemptRoleIds")
		assertPolicy(t, m, "governance-restricted-roles", policyFact{
			Definition: customPolicy(restrictedRolesKey), Scope: subscription, NameParts: []string{subscriptionID},
			Display:    "Only listed roles should be assigned at the subscription itself",
			Parameters: object{"allowedRoleIds": c.roles, "exemptPrincipalIds": c.principals, "effect": c.effect}, Message: message,
		})
		assert.Regexp(t, "^"+c.verb, r.Inputs["description"])
		assertWaits(t, m, r, m.one(t, typetoken.PolicyDefinition, "governance-restricted-roles"))
	}
}

// What the program itself assigns at the subscription is on the list, whatever it may be.
func TestOwnRolesAtSubscription(t *testing.T) {
	m := deployPlatform(t, settings{"builtInRoles.restrict": "true"})
	allowed := policyValue(m.one(t, typetoken.PolicyAssignment, "governance-restricted-roles"), "allowedRoleIds").(list)
	found := 0
	for _, r := range m.OfType(typetoken.RoleAssignment) {
		if r.Inputs["scope"] == subscription {
			id := r.Inputs["roleDefinitionId"].(string)
			assert.Contains(t, allowed, id[strings.LastIndex(id, "/")+1:], "%s", r)
			found++
		}
	}
	assert.NotZero(t, found)
}

// Azure counts through a hundred values at most: a longer list is refused before anything is registered.
func TestTooManyExemptRoles(t *testing.T) {
	var exempt []string
	for i := range 98 {
		exempt = append(exempt, fmt.Sprintf("11111111-aaaa-4bbb-8ccc-%012d", i))
	}
	check := func(roles []string) (*recordingMonitor, error) {
		encoded, err := json.Marshal(roles)
		require.NoError(t, err)
		m := &recordingMonitor{}
		return m, m.run(t, withTags(settings{"builtInRoles.restrict": "true", "builtInRoles.exemptRoleIds": string(encoded)}), platform.Deploy)
	}
	m, err := check(exempt)
	require.ErrorContains(t, err, "builtInRoles.exemptRoleIds")
	assert.ErrorContains(t, err, "at most 97 roles")
	assert.Empty(t, m.All())
	_, err = check(exempt[:97])
	assert.NoError(t, err)
}
