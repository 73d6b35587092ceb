package governance

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
)

// Sub-plans: the only ones that the built-in policies for these plans still accept (Azure/azure-policy, 2026-04).
const (
	perKeyVault     = "PerKeyVault"
	perSubscription = "PerSubscription"
)

const deploymentSchema = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"

// defenderPlan is a plan of Microsoft Defender for Cloud at its Standard tier.
type defenderPlan struct {
	name, subPlan string
	extensions    []string
}

// defenderPlans are set at the subscription. Containers replaces the deprecated plans KubernetesService and
// ContainerRegistry; Dns is closed to new subscriptions, its alerts come with Servers plan 2.
var defenderPlans = []defenderPlan{
	{name: "Containers", extensions: []string{
		"ContainerRegistriesVulnerabilityAssessments", "AgentlessDiscoveryForKubernetes", "AgentlessVmScanning",
		"ContainerSensor", "ContainerIntegrityContribution",
	}},
	{name: "KeyVaults", subPlan: perKeyVault},
	{name: "Arm", subPlan: perSubscription},
}

// setDefenderPlans sets the plans by a deployment at the subscription. The provider's own type for a plan cannot: every subscription has
// every plan, at least as Free, and azure-native 2.90.0 creates only what does not exist, except for types without DELETE or with
// a known default; Microsoft.Security/pricings 2024-01-01 is neither, and supports DELETE only below the subscription. Deleting a
// deployment deletes only its record: the plans stay on for everything else in the subscription.
func setDefenderPlans(ctx *pulumi.Context, name string, args *GovernanceArgs, opts ...pulumi.ResourceOption) error {
	_, err := resources.NewDeploymentAtSubscriptionScope(ctx, name, &resources.DeploymentAtSubscriptionScopeArgs{
		DeploymentName: pulumi.String("defender-plans-" + config.Unique(args.SubscriptionID, args.ResourceGroups.Hub, args.Location)),
		Location:       pulumi.String(args.Location),
		Tags:           pulumi.ToStringMap(args.Tags),
		Properties: resources.DeploymentPropertiesArgs{
			Mode: resources.DeploymentModeIncremental,
			Template: pulumi.Map{
				"$schema":        pulumi.String(deploymentSchema),
				"contentVersion": pulumi.String("1.0.0.0"),
				"resources":      defenderResources(),
			},
		},
	}, opts...)
	if err != nil {
		return fmt.Errorf("defender plans: %w", err)
	}
	return nil
}

// defenderResources are the plans as resources of a template, one after another: Azure refuses to change two plans at once.
func defenderResources() pulumi.Array {
	var array pulumi.Array
	for i, plan := range defenderPlans {
		properties := pulumi.Map{"pricingTier": pulumi.String("Standard")}
		if plan.subPlan != "" {
			properties["subPlan"] = pulumi.String(plan.subPlan)
		}
		if len(plan.extensions) > 0 {
			var extensions pulumi.Array
			for _, extension := range plan.extensions {
				extensions = append(extensions, pulumi.Map{"name": pulumi.String(extension), "isEnabled": pulumi.String("True")})
			}
			properties["extensions"] = extensions
		}
		resource := pulumi.Map{
			"type":       pulumi.String("Microsoft.Security/pricings"),
			"apiVersion": pulumi.String("2024-01-01"),
			"name":       pulumi.String(plan.name),
			"properties": properties,
		}
		if i > 0 {
			previous := fmt.Sprintf("[subscriptionResourceId('Microsoft.Security/pricings', '%s')]", defenderPlans[i-1].name)
			resource["dependsOn"] = pulumi.Array{pulumi.String(previous)}
		}
		array = append(array, resource)
	}
	return array
}
