package components

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

// Each built-in role that the program names is the one that Azure has under its GUID.
func TestBuiltInRolesAreAzures(t *testing.T) {
	for role, name := range map[rbac.BuiltInRole]string{
		rbac.AcrPull:                       "AcrPull",
		rbac.ContainerRegistryDataImporter: "Container Registry Data Importer and Data Reader",
		rbac.Contributor:                   "Contributor",
		rbac.KeyVaultReader:                "Key Vault Reader",
		rbac.KeyVaultSecretsUser:           "Key Vault Secrets User",
		rbac.KubernetesAgentlessOperator:   "Defender Kubernetes API Access",
		rbac.ManagedIdentityOperator:       "Managed Identity Operator",
		rbac.NetworkContributor:            "Network Contributor",
		rbac.PrivateDNSZoneContributor:     "Private DNS Zone Contributor",
		rbac.SecurityAdmin:                 "Security Admin",
		rbac.StorageFileDataPrivileged:     "Storage File Data Privileged Contributor",
		rbac.StorageBlobDataContributor:    "Storage Blob Data Contributor",
		rbac.VMScannerOperator:             "Defender Agentless VM Scan",
	} {
		known, _ := azurefacts.BuiltInRole(string(role))
		assert.Equal(t, name, known.Name)
	}
}

// wholePlatform is the platform with every part that is off by default.
func wholePlatform(t *testing.T) *recordingMonitor {
	t.Helper()
	return deployPlatform(t, withVirtualNodes(t, nil))
}

// Roles are assigned that exist, and custom roles allow operations that exist: Azure accepts any, and a misspelt one allows nothing.
func TestRolesAllowWhatExists(t *testing.T) {
	m := wholePlatform(t)
	custom := map[string]bool{}
	for _, role := range m.OfType(typetoken.RoleDefinition) {
		custom[role.Inputs["roleDefinitionId"].(string)] = true
		for _, action := range texts(role.Inputs["permissions"].([]any)[0].(object)["actions"]) {
			_, known := azurefacts.Operation(action)
			assert.True(t, known, "%s of role %s is in no document", action, role.Inputs["roleName"])
		}
	}
	require.NotEmpty(t, custom)
	for _, assignment := range m.OfType(typetoken.RoleAssignment) {
		guid := resourceid.Name(assignment.Inputs["roleDefinitionId"].(string))
		_, builtIn := azurefacts.BuiltInRole(guid)
		assert.True(t, builtIn || custom[guid], "%s has a role that is neither built in nor custom", assignment)
	}
}

// Built-in policies are assigned with effects and parameters that they take, and with all that they ask for.
func TestAssignmentsFitBuiltInPolicies(t *testing.T) {
	assigned := 0
	for _, assignment := range wholePlatform(t).OfType(typetoken.PolicyAssignment) {
		id := assignment.Inputs["policyDefinitionId"].(string)
		if strings.HasPrefix(id, "/subscriptions/") {
			continue
		}
		assigned++
		policy, known := azurefacts.BuiltInPolicy(resourceid.Name(id))
		if !assert.True(t, known, "%s: no built-in policy %s", assignment, id) {
			continue
		}
		assert.Equal(t, policy.Initiative, strings.Contains(id, "/policySetDefinitions/"), id)
		assert.Contains(t, assignment.Inputs["displayName"], policy.DisplayName[:min(len(policy.DisplayName), 60)])
		given, _ := assignment.Inputs["parameters"].(object)
		takes := map[string]bool{"effect": true}
		for _, parameter := range policy.Parameters {
			takes[parameter.Name] = true
			if parameter.Required {
				assert.Contains(t, given, parameter.Name, policy.DisplayName)
			}
		}
		for name, value := range given {
			assert.True(t, takes[name], "%s takes no parameter %s", policy.DisplayName, name)
			if name == "effect" {
				assert.Contains(t, policy.Effect.Allowed, value.(object)["value"], policy.DisplayName)
			}
		}
	}
	assert.Greater(t, assigned, 10)
}

// Diagnostic settings send categories that their type of resource has, and that are written without anything else being switched on.
func TestLogsExist(t *testing.T) {
	settings := wholePlatform(t).OfType(typetoken.Diagnostic)
	require.NotEmpty(t, settings)
	for _, setting := range settings {
		armType := resourceid.Type(setting.Inputs["resourceUri"].(string))
		if strings.HasPrefix(armType, "Microsoft.Storage/storageAccounts/") {
			armType = "Microsoft.Storage/storageAccounts/services"
		}
		known, found := azurefacts.CategoriesOf(armType)
		require.True(t, found, armType)
		for property, categories := range map[string][]string{"logs": known.Logs, "metrics": known.Metrics} {
			for _, entry := range values(setting.Inputs[property]) {
				// A group of categories is Azure's own.
				if category, named := entry.(object)["category"].(string); named {
					assert.Contains(t, categories, category, armType)
					assert.Empty(t, known.OnlyIf[category], "%s of %s", category, armType)
				}
			}
		}
	}
}
