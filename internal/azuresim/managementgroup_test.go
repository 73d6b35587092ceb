package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// A management group has definitions and assignments, with short names, for the subscriptions in it and for nothing else; whoever has no right
// there defines nothing.
func TestManagementGroups(t *testing.T) {
	const corp = "/providers/Microsoft.Management/managementGroups/corp"
	const login = "/subscriptions/" + arm.SubscriptionID
	zone := func(rights string) *lab {
		return start(t, Options{LandingZone: []byte("managementGroups: {corp: [login], lab: []}\nrights:\n- {at: \"${login}\", role: Owner}\n" + rights)})
	}
	definition := func(group string) object {
		return object{
			"managementGroupId": group, "policyDefinitionName": "no-groups", "policyType": "Custom", "mode": "All", "displayName": "no groups",
			"policyRule": object{
				"if":   object{"field": "type", "equals": "Microsoft.Network/ipGroups"},
				"then": object{"effect": "deny"},
			},
		}
	}
	assignment := func(scope, name, definition string) object {
		return object{"scope": scope, "policyAssignmentName": name, "policyDefinitionId": definition, "displayName": "no groups"}
	}
	l := zone("- {at: \"${corp}\", role: Owner}\n- {at: \"${lab}\", role: Owner}\n")
	const atGroup = "authorization:PolicyDefinitionAtManagementGroup"
	id := l.must(atGroup, definition("corp"))
	assert.Equal(t, corp+"/providers/Microsoft.Authorization/policyDefinitions/no-groups", id)
	own := definition("")
	delete(own, "managementGroupId")
	ours := l.must("authorization:PolicyDefinition", own)
	elsewhere := l.must(atGroup, definition("lab"))
	for _, refused := range []struct {
		token  string
		inputs object
		code   string
	}{
		{atGroup, definition("nowhere"), "nowhere"},
		{"authorization:PolicyAssignment", assignment(corp, "0123456789012345678901234", id), "InvalidPolicyAssignmentName"},
		{"authorization:PolicyAssignment", assignment(corp, "ours", ours), "out of scope"},
		{"authorization:PolicyAssignment", assignment(login, "elsewhere", elsewhere), "out of scope"},
	} {
		_, _, err := l.create(refused.token, refused.inputs)
		assert.ErrorContains(t, err, refused.code)
	}
	l.must("resources:ResourceGroup", object{"resourceGroupName": "rg", "location": "eastus2"})
	l.must("authorization:PolicyAssignment", assignment(corp, "no-groups", id))
	_, _, err := l.create("network:IpGroup", object{"resourceGroupName": "rg", "ipGroupsName": "i", "location": "eastus2", "ipAddresses": []any{"10.0.0.0/8"}})
	require.ErrorContains(t, err, "RequestDisallowedByPolicy")

	_, _, err = zone("").create(atGroup, definition("corp"))
	require.ErrorContains(t, err, "AuthorizationFailed")
}
