package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

// assignmentFact is who may do what where, as Azure resource ids and an Entra object id.
type assignmentFact struct {
	Role, Principal, Scope string
}

// assertAssignment checks a role assignment together with the GUID that names it.
func assertAssignment(t *testing.T, m *recordingMonitor, name string, want assignmentFact) registration {
	t.Helper()
	assignment, guid := m.one(t, typetoken.RoleAssignment, name), m.one(t, typetoken.UUID, name)
	description, _ := assignment.Inputs["description"].(string)
	assert.NotEmpty(t, description, "an auditor reads the description of %s", name)
	assert.LessOrEqual(t, len(description), 512)
	assertInputs(t, assignment, object{
		"roleAssignmentName": guid.ID, "roleDefinitionId": want.Role, "principalId": want.Principal, "scope": want.Scope,
		"principalType": "ServicePrincipal", "description": description,
	})
	assertInputs(t, guid, object{"keepers": object{
		"roleDefinitionId": want.Role, "principalId": want.Principal, "scope": want.Scope,
	}})
	assert.Equal(t, assignment.Parent, guid.Parent)
	return assignment
}

// An assignment's name is drawn once and kept by role, principal and scope, which Azure cannot change under one name.
func TestAssignment(t *testing.T) {
	const role = subscription + "/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
	principal := stableGUID("someone")
	m := deploy(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"first", "second"} {
			assignment, err := rbac.Assign(ctx, name, &rbac.AssignmentArgs{
				RoleDefinitionID: pulumi.String(role), PrincipalID: pulumi.String(principal),
				Scope: pulumi.String(subscription + "/resourceGroups/rg"), Description: "A test.",
			})
			if err != nil {
				return err
			}
			ctx.Export(name, assignment.ID())
		}
		return nil
	})
	fact := assignmentFact{Role: role, Principal: principal, Scope: subscription + "/resourceGroups/rg"}
	first, second := assertAssignment(t, m, "first", fact), assertAssignment(t, m, "second", fact)
	assert.NotEqual(t, first.Inputs["roleAssignmentName"], second.Inputs["roleAssignmentName"])
	assert.Contains(t, first.Dependencies, m.one(t, typetoken.UUID, "first").URN)
	require.Contains(t, m.Exports, "first")
	assert.Equal(t, pulumi.ID(subscription+"/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/"+
		m.one(t, typetoken.UUID, "first").ID), m.Exports["first"])
}

// Built-in roles have the GUIDs of the Azure document "Azure built-in roles", and ids in the stack's subscription.
func TestBuiltInRoles(t *testing.T) {
	for role, guid := range map[rbac.BuiltInRole]string{
		rbac.AcrPull:                       "7f951dda-4ed3-4680-a7ca-43fe172d538d",
		rbac.ContainerRegistryDataImporter: "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
		rbac.Contributor:                   "b24988ac-6180-42a0-ab88-20f7382dd24c",
		rbac.KeyVaultReader:                "21090545-7ca7-4776-b22c-e363652d74d2",
		rbac.KubernetesAgentlessOperator:   "d5a2ae44-610b-4500-93be-660a0c5f5ca6",
		rbac.KeyVaultSecretsUser:           "4633458b-17de-408a-b874-0445c86b69e6",
		rbac.NetworkContributor:            "4d97b98b-1d4f-4787-a291-c67834d212e7",
		rbac.PrivateDNSZoneContributor:     "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
		rbac.SecurityAdmin:                 "fb1c8493-542b-48eb-b624-b4c8fea62acd",
		rbac.StorageFileDataPrivileged:     "69566ab7-960f-475b-8e7c-b3118f30c6bd",
		rbac.StorageBlobDataContributor:    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
		rbac.VMScannerOperator:             "d24ecba3-c1f4-40fa-a7bb-4588a071e8fd",
	} {
		assert.Equal(t, subscription+"/providers/Microsoft.Authorization/roleDefinitions/"+guid, role.ID(subscriptionID))
	}
}
