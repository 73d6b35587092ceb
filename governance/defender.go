package governance

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/tree"
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
	deployment, err := resources.NewDeploymentAtSubscriptionScope(ctx, name, &resources.DeploymentAtSubscriptionScopeArgs{
		DeploymentName: pulumi.String("defender-plans-" + config.Unique(args.Subscription.ID, args.ResourceGroups.Hub, args.Location)),
		Location:       pulumi.String(args.Location),
		Tags:           pulumi.ToStringMap(args.Tags),
		Properties: resources.DeploymentPropertiesArgs{
			Mode: resources.DeploymentModeIncremental,
			Template: pulumi.Map{
				"$schema":        pulumi.String(deploymentSchema),
				"contentVersion": pulumi.String("1.0.0.0"),
				"resources":      defenderResources(),
				"outputs":        extensionOutputs(),
			},
		},
	}, opts...)
	if err != nil {
		return fmt.Errorf("defender plans: %w", err)
	}
	deployment.Properties.ApplyT(func(properties map[string]any) error {
		for _, failed := range FailedExtensions(properties) {
			if err := ctx.Log.Warn(failed+". Agentless discovery, agentless scanning and the sensor need a deployer who may assign every role at "+
				"the subscription, such as an Owner. Then run pulumi up --replace with this resource's URN", &pulumi.LogArgs{
				Resource: deployment,
			}); err != nil {
				return fmt.Errorf("warn about Defender's extensions: %w", err)
			}
		}
		return nil
	})
	return nil
}

// extensionOutputs are what became of the extensions of each plan. The request that sets a plan succeeds even if an extension fails, as
// one does for which Azure cannot assign a role.
func extensionOutputs() pulumi.Map {
	outputs := pulumi.Map{}
	for _, plan := range defenderPlans {
		if len(plan.extensions) > 0 {
			outputs[plan.name] = pulumi.Map{"type": pulumi.String("array"), "value": pulumi.Sprintf(
				"[reference(subscriptionResourceId('Microsoft.Security/pricings', '%s'), '2024-01-01').extensions]", plan.name)}
		}
	}
	return outputs
}

// FailedExtensions says, from the outputs of the deployment that sets the plans, which extensions failed and why.
func FailedExtensions(properties map[string]any) []string {
	var failed []string
	outputs := tree.Object(properties, "outputs")
	for _, plan := range slices.Sorted(maps.Keys(outputs)) {
		for _, extension := range tree.List(outputs, plan, "value") {
			if status := tree.At(extension, "operationStatus"); tree.Text(status, "code") == "Failed" {
				failed = append(failed, fmt.Sprintf("extension %s of Defender plan %s failed: %s",
					tree.Text(extension, "name"), plan, tree.Text(status, "message")))
			}
		}
	}
	return failed
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
