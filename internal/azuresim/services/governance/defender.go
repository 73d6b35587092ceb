package governance

import (
	"regexp"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// SubscriptionPlans is the id in which the Defender plans of the subscription are.
const SubscriptionPlans = "/subscriptions/" + arm.SubscriptionID + "/providers/Microsoft.Security/pricings"

var defenderPlanKind = &arm.Kind{
	// Every subscription has the plans, and only API version 2024-01-01 of azure-native 2.90.0 has them as a resource. It treats
	// them as an ordinary one: it refuses to create what exists, and its DELETE is for single machines.
	Token: "security:Pricing", Path: "/{scopeId}/providers/Microsoft.Security/pricings/{pricingName}", Name: regexp.MustCompile(`^\w+$`),
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkPricing}, BuiltIn: unchangedPlan,
	Locks:        func(*arm.Operation) []string { return []string{SubscriptionPlans} },
	CheckRemoval: checkPricingRemoval,
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
	"Containers":      {}, "CloudPosture": {}, "CosmosDbs": {}, "OpenSourceRelationalDatabases": {}, "Api": {subPlans: []string{"P1",
		"P2", "P3", "P4", "P5"}},
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
	if !known || !resourceid.Equal(resourceid.Parent(id), "/subscriptions/"+arm.SubscriptionID) {
		return nil, nil
	}
	outputs = map[string]any{"pricingTier": "Free", "freeTrialRemainingTime": "P30D"}
	if plan.replacedBy != "" {
		outputs["deprecated"], outputs["replacedBy"] = true, []any{plan.replacedBy}
	}
	return map[string]any{"pricingTier": "Free"}, outputs
}

func checkPricing(op *arm.Operation) error { return checkPlan(resourceid.Name(op.ID), op.Inputs) }

func checkPlan(name string, settings map[string]any) error {
	plan, known := defenderPlans[name]
	if !known {
		return arm.BadRequest("InvalidPricingName", "the name %q is not a valid name of a pricing bundle", name)
	}
	tier := tree.Text(settings, "pricingTier")
	if tier != "Free" && tier != "Standard" {
		return arm.BadRequest("InvalidPricingTier", "plan %s: tier %q is neither Free nor Standard", name, tier)
	}
	if plan.replacedBy != "" && tier == "Standard" {
		return arm.BadRequest("DeprecatedPlan", "plan %s is deprecated and was replaced by %s", name, plan.replacedBy)
	}
	if sub := tree.Text(settings, "subPlan"); sub != "" && !slices.Contains(plan.subPlans, sub) {
		return arm.BadRequest("InvalidSubPlan", "plan %s has no sub-plan %q", name, sub)
	}
	extensions, checked := planExtensions[name]
	for _, extension := range tree.List(settings, "extensions") {
		if checked && !slices.Contains(extensions, tree.Text(extension, "name")) {
			return arm.BadRequest("InvalidExtension", "plan %s has no extension %q", name, tree.Text(extension, "name"))
		}
	}
	return nil
}

func checkPricingRemoval(op *arm.Operation) error {
	return arm.BadRequest("InvalidUrlConfiguration",
		"%s: delete is supported only for single resources, not for subscriptions; set the plan to Free instead", op.ID)
}
