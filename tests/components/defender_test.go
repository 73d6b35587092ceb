package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

// The initiative keeps the plans at Standard: built-in members, an identity with the role that they ask for, and only that.
func TestEnableDefenderInitiative(t *testing.T) {
	for enforce, unenforced := range map[string]bool{"true": false, "false": true} {
		m := deployGovernance(t, settings{"defender.enforcePolicies": enforce})
		set := m.one(t, typetoken.PolicySet, "governance-enable-defender")
		assertInputs(t, without(t, set, "description"), object{
			"policySetDefinitionName": stackGUID(hubGroup, "EnableDefender"), "displayName": "Enable Microsoft Defender Standard",
			"policyType": "Custom",
			"metadata":   object{"version": "1.0.0", "category": "Microsoft Defender for Cloud"},
			"policyDefinitions": list{
				object{
					"policyDefinitionId":          builtInPolicies + "c9ddb292-b203-4738-aead-18e2716e858f",
					"policyDefinitionReferenceId": "EnableDefenderForAks",
				},
				object{
					"policyDefinitionId":          builtInPolicies + "1f725891-01c0-420a-9059-4fa46cb770b7",
					"policyDefinitionReferenceId": "EnableDefenderForAkv",
					"parameters":                  object{"subPlan": object{"value": "PerKeyVault"}},
				},
				object{
					"policyDefinitionId":          builtInPolicies + "b7021b2b-08fd-4dc0-9de7-3c6ece09faf9",
					"policyDefinitionReferenceId": "EnableDefenderForArm",
					"parameters":                  object{"subPlan": object{"value": "PerSubscription"}},
				},
			},
		})
		assignment := assertPolicy(t, m, "governance-enable-defender", policyFact{
			Definition: subscription + builtInSets + stackGUID(hubGroup, "EnableDefender"), Scope: subscription,
			NameParts: []string{subscriptionID}, Display: "Enable Microsoft Defender Standard", Unenforced: unenforced,
		})
		assert.Equal(t, object{"type": "SystemAssigned"}, assignment.Inputs["identity"])
		assert.Equal(t, "eastus2", assignment.Inputs["location"])
		assertWaits(t, m, assignment, set)
		assertAssignment(t, m, "governance-enable-defender", assignmentFact{
			Role:      subscription + "/providers/Microsoft.Authorization/roleDefinitions/fb1c8493-542b-48eb-b624-b4c8fea62acd",
			Principal: principalOf(assignment.ID), Scope: subscription,
		})
	}
	assert.Equal(t, rbac.BuiltInRole("fb1c8493-542b-48eb-b624-b4c8fea62acd"), rbac.SecurityAdmin)
}

// Current Defender plans at Standard, none of the deprecated ones, one after another; and none if Defender is not wanted.
func TestDefenderPlans(t *testing.T) {
	plan := func(name string, properties object, after ...any) object {
		properties["pricingTier"] = "Standard"
		resource := object{
			"type": "Microsoft.Security/pricings", "apiVersion": "2024-01-01", "name": name, "properties": properties,
		}
		if len(after) > 0 {
			resource["dependsOn"] = after
		}
		return resource
	}
	on := func(extension string) object { return object{"name": extension, "isEnabled": "True"} }
	assertInputs(t, deployGovernance(t, nil).one(t, typetoken.SubscriptionDeployment, "governance-defender"), object{
		"deploymentName": "defender-plans-" + config.Unique(subscriptionID, hubGroup, "eastus2"),
		"location":       "eastus2", "tags": testTags,
		"properties": object{"mode": "Incremental", "template": object{
			"$schema":        "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
			"contentVersion": "1.0.0.0",
			"resources": list{
				plan("Containers", object{"extensions": list{
					on("ContainerRegistriesVulnerabilityAssessments"), on("AgentlessDiscoveryForKubernetes"),
					on("AgentlessVmScanning"), on("ContainerSensor"), on("ContainerIntegrityContribution"),
				}}),
				plan("KeyVaults", object{"subPlan": "PerKeyVault"},
					"[subscriptionResourceId('Microsoft.Security/pricings', 'Containers')]"),
				plan("Arm", object{"subPlan": "PerSubscription"},
					"[subscriptionResourceId('Microsoft.Security/pricings', 'KeyVaults')]"),
			},
			"outputs": object{"Containers": object{
				"type": "array", "value": "[reference(subscriptionResourceId('Microsoft.Security/pricings', 'Containers'), '2024-01-01').extensions]",
			}},
		}},
	})
	assert.Empty(t, deployGovernance(t, settings{"defender.enabled": "false"}).OfType(typetoken.SubscriptionDeployment))
}

// A plan is set even if one of its extensions fails, which Azure reports inside a success: the operator gets a warning that names it.
func TestFailedDefenderExtensionsAreReported(t *testing.T) {
	extension := func(name, code string) object {
		return object{"name": name, "isEnabled": "True", "operationStatus": object{"code": code, "message": "missing permissions"}}
	}
	m := &recordingMonitor{}
	m.Answers = map[string]map[string]any{"governance-defender": {"properties": object{"outputs": object{
		"Containers": object{"type": "array", "value": list{extension("ContainerSensor", "Succeeded"), extension("AgentlessVmScanning", "Failed")}},
	}}}}
	require.NoError(t, m.run(t, nil, func(ctx *pulumi.Context) error {
		_, err := newGovernance(ctx, loadConfig(t, nil))
		return err
	}))
	require.Len(t, m.Warnings, 1)
	assert.Contains(t, m.Warnings[0], "AgentlessVmScanning of Defender plan Containers failed: missing permissions")
	assert.Contains(t, m.Warnings[0], "Owner")
}
