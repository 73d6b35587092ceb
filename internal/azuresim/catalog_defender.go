package azuresim

import (
	"regexp"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const subscriptionPlans = "/subscriptions/" + SubscriptionID + "/providers/Microsoft.Security/pricings"

var defenderKinds = []*kind{
	{
		// Every subscription has the plans, and only API version 2024-01-01 of azure-native 2.90.0 has them as a resource. It treats
		// them as an ordinary one: it refuses to create what exists, and its DELETE is for single machines.
		token: "security:Pricing", path: "/{scopeId}/providers/Microsoft.Security/pricings/{pricingName}", name: regexp.MustCompile(`^\w+$`),
		create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkPricing}, builtIn: unchangedPlan,
		locks:        func(*operation) []string { return []string{subscriptionPlans} },
		checkRemoval: checkPricingRemoval,
	},
	{
		token: "resources:DeploymentAtSubscriptionScope", path: subscriptionPath + "/providers/Microsoft.Resources/deployments/{deploymentName}",
		name:   regexp.MustCompile(`^[-\w.()]{1,64}$`),
		create: 30 * time.Second, update: 30 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkDeployment}, locks: deploymentLocks,
		unknownInPreview: []string{"properties"}, compute: deploymentOutputs, createImplicit: deploy,
	},
}

// defenderPlans are the Defender plans of a subscription; those that were replaced cannot be switched on any longer (Azure document
// "Pricings - Update").
var defenderPlans = map[string]struct {
	replacedBy string
	subPlans   []string
}{
	"VirtualMachines": {subPlans: []string{"P1", "P2"}}, "SqlServers": {}, "AppServices": {}, "SqlServerVirtualMachines": {},
	"StorageAccounts": {subPlans: []string{"DefenderForStorageV2", "PerTransaction"}},
	"KeyVaults":       {subPlans: []string{"PerTransaction", "PerKeyVault"}},
	"Arm":             {subPlans: []string{"PerApiCall", "PerSubscription"}},
	"Containers":      {}, "CloudPosture": {}, "CosmosDbs": {}, "OpenSourceRelationalDatabases": {}, "Api": {subPlans: []string{"P1", "P2", "P3", "P4", "P5"}},
	"AI":                {},
	"KubernetesService": {replacedBy: "Containers"}, "ContainerRegistry": {replacedBy: "Containers"}, "Dns": {replacedBy: "VirtualMachines"},
}

// planExtensions are those that a plan has; plans that are not here are not checked.
var planExtensions = map[string][]string{
	"Containers": {
		"ContainerRegistriesVulnerabilityAssessments", "AgentlessDiscoveryForKubernetes", "AgentlessVmScanning", "ContainerSensor",
		"ContainerIntegrityContribution",
	},
	"KeyVaults": {}, "Arm": {},
}

// unchangedPlan is a plan as every subscription has it at first: free.
func unchangedPlan(id string) (inputs, outputs map[string]any) {
	name := resourceid.Name(id)
	plan, known := defenderPlans[name]
	if !known || !resourceid.Equal(resourceid.Parent(id), "/subscriptions/"+SubscriptionID) {
		return nil, nil
	}
	outputs = map[string]any{"pricingTier": "Free", "freeTrialRemainingTime": "P30D"}
	if plan.replacedBy != "" {
		outputs["deprecated"], outputs["replacedBy"] = true, []any{plan.replacedBy}
	}
	return map[string]any{"pricingTier": "Free"}, outputs
}

func checkPricing(op *operation) error { return checkPlan(resourceid.Name(op.id), op.inputs) }

func checkPlan(name string, settings map[string]any) error {
	plan, known := defenderPlans[name]
	if !known {
		return badRequest("InvalidPricingName", "the name %q is not a valid name of a pricing bundle", name)
	}
	tier := tree.Text(settings, "pricingTier")
	if tier != "Free" && tier != "Standard" {
		return badRequest("InvalidPricingTier", "plan %s: tier %q is neither Free nor Standard", name, tier)
	}
	if plan.replacedBy != "" && tier == "Standard" {
		return badRequest("DeprecatedPlan", "plan %s is deprecated and was replaced by %s", name, plan.replacedBy)
	}
	if sub := tree.Text(settings, "subPlan"); sub != "" && !slices.Contains(plan.subPlans, sub) {
		return badRequest("InvalidSubPlan", "plan %s has no sub-plan %q", name, sub)
	}
	extensions, checked := planExtensions[name]
	for _, extension := range tree.List(settings, "extensions") {
		if checked && !slices.Contains(extensions, tree.Text(extension, "name")) {
			return badRequest("InvalidExtension", "plan %s has no extension %q", name, tree.Text(extension, "name"))
		}
	}
	return nil
}

func checkPricingRemoval(op *operation) error {
	return badRequest("InvalidUrlConfiguration",
		"%s: delete is supported only for single resources, not for subscriptions; set the plan to Free instead", op.id)
}
