package azuresim

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
)

// Whoever comes before Azure knows what was made gets Azure's own code, and is served once the time has passed: usually less than at worst.
func TestNothingIsVisibleEverywhereAtOnce(t *testing.T) {
	const definition, set = subscriptionScope + "/providers/Microsoft.Authorization/policyDefinitions/d",
		subscriptionScope + "/providers/Microsoft.Authorization/policySetDefinitions/s"
	for _, c := range []struct {
		name   string
		spread azurefacts.Spread
		// prepare returns what is tried at once and again later.
		prepare func(*lab) (token string, inputs object)
		says    string
	}{
		{"an identity without its type", azurefacts.Identity, func(l *lab) (string, object) {
			_, principal := l.identity("mi-one")
			return "authorization:RoleAssignment", with(assignment(principal, contributor, groupID), "principalType", nil)
		}, `Code="PrincipalNotFound"`},
		{"a role", azurefacts.RoleDefinition, func(l *lab) (string, object) {
			l.must("authorization:RoleDefinition", roleDefinition("lab", "Microsoft.Network/*"))
			return "authorization:RoleAssignment", assignment(arm.DeployerObjectID, customRole, groupID)
		}, `Code="RoleDefinitionDoesNotExist"`},
		{"a policy definition", azurefacts.PolicyDefinition, func(l *lab) (string, object) {
			l.must(governance.DefinitionToken, policyDefinitionOf("d", is(interfaces), "deny"))
			return governance.AssignmentToken, policyAssignment("a", definition, nil, nil)
		}, `Code="PolicyDefinitionNotFound"`},
		{"an initiative", azurefacts.PolicyDefinition, func(l *lab) (string, object) {
			l.must(governance.SetDefinitionToken, object{"policySetDefinitionName": "s", "displayName": "s", "policyType": "Custom",
				"policyDefinitions": array{object{"policyDefinitionId": httpsOnly}}})
			return governance.AssignmentToken, policyAssignment("a", set, nil, nil)
		}, `Code="PolicySetDefinitionNotFound"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, propagation := range []arm.Propagation{arm.Typical, arm.Worst} {
				l := start(t, Options{Propagation: propagation})
				l.group()
				token, inputs := c.prepare(l)
				_, _, err := l.create(token, inputs)
				require.ErrorContains(t, err, c.says)
				times := azurefacts.TimesOf(c.spread)
				l.server.Advance(times.Typical)
				if propagation == arm.Worst {
					_, _, err = l.create(token, inputs)
					require.ErrorContains(t, err, c.says)
					l.server.Advance(times.Worst - times.Typical)
				}
				l.must(token, inputs)
			}
		})
	}
	_, err := Start(Options{Propagation: "slow"})
	assert.ErrorContains(t, err, `"slow"`)
}

// A new assignment grants nothing until it is known, and a changed role what it granted before; a restart does not shorten the wait.
func TestRolesSpread(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file, Propagation: arm.Typical})
	l.group()
	_, principal := l.identity("mi-one")
	role := l.must("authorization:RoleDefinition", roleDefinition("lab", "Microsoft.Compute/images/read"))
	l.server.Advance(azurefacts.TimesOf(azurefacts.RoleDefinition).Typical)
	l.must("authorization:RoleAssignment", assignment(principal, customRole, groupID))
	may := func(action string) (allowed bool) {
		l.sim(func(s *arm.Subscription) { allowed = authz.Allows(s, principal, action, groupID) })
		return allowed
	}
	assert.False(t, may("Microsoft.Compute/images/read"))
	require.NoError(t, l.server.Close())
	l = start(t, Options{StateFile: file, Propagation: arm.Typical})
	l.server.Advance(azurefacts.TimesOf(azurefacts.RoleAssignment).Typical - time.Second)
	assert.False(t, may("Microsoft.Compute/images/read"))
	l.server.Advance(time.Second)
	assert.True(t, may("Microsoft.Compute/images/read"))

	require.NoError(t, l.update("authorization:RoleDefinition", role, roleDefinition("lab", "Microsoft.Compute/images/write")))
	assert.True(t, may("Microsoft.Compute/images/read"))
	assert.False(t, may("Microsoft.Compute/images/write"))
	require.NoError(t, l.update("authorization:RoleDefinition", role, roleDefinition("lab", "Microsoft.Compute/images/delete")))
	assert.True(t, may("Microsoft.Compute/images/read"), "a second change does not bring the first one forward")
	l.server.Advance(azurefacts.TimesOf(azurefacts.RoleDefinition).Typical)
	assert.False(t, may("Microsoft.Compute/images/read"))
	assert.True(t, may("Microsoft.Compute/images/delete"))
}

// A new policy assignment denies nothing until it is in force, and a longer list of allowed types still denies what was not on the old one.
func TestPolicyAssignmentsComeIntoForce(t *testing.T) {
	l := start(t, Options{Propagation: arm.Typical})
	l.group()
	types := func(types ...any) object {
		return policyAssignment("a", allowedTypes, object{"listOfResourceTypesAllowed": array(types)}, nil)
	}
	id := l.must(governance.AssignmentToken, types(interfaces))
	assert.NoError(t, judged(l, scaleSets, "s", object{}), "not in force")
	l.server.Advance(azurefacts.TimesOf(azurefacts.PolicyAssignment).Typical)
	require.ErrorContains(t, judged(l, scaleSets, "s", object{}), "RequestDisallowedByPolicy")
	require.NoError(t, l.update(governance.AssignmentToken, id, types(interfaces, scaleSets)))
	assert.ErrorContains(t, judged(l, scaleSets, "s", object{}), "RequestDisallowedByPolicy", "the old list holds")
	l.server.Advance(azurefacts.TimesOf(azurefacts.PolicyAssignment).Typical)
	assert.NoError(t, judged(l, scaleSets, "s", object{}))
}
