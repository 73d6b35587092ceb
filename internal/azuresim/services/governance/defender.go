package governance

import (
	"regexp"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// PlansBeside is the id in which the Defender plans of the subscription are that an id lies in or is.
func PlansBeside(id string) string {
	return arm.SubscriptionScope(id) + "/providers/Microsoft.Security/pricings"
}

var defenderPlanKind = &arm.Kind{
	// Every subscription has the plans, and only API version 2024-01-01 of azure-native 2.90.0 has them as a resource. It treats
	// them as an ordinary one: it refuses to create what exists, and its DELETE is for single machines.
	Token: "security:Pricing", Path: "/{scopeId}/providers/Microsoft.Security/pricings/{pricingName}", Name: regexp.MustCompile(`^\w+$`),
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkPricing}, BuiltIn: unchangedPlan,
	Locks:        func(op *arm.Operation) []string { return []string{PlansBeside(op.ID)} },
	CheckRemoval: checkPricingRemoval,
	Compute: func(op *arm.Operation) map[string]any {
		return map[string]any{"extensions": provision(op, tree.List(op.Record.Inputs, "extensions"))}
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

// extensionRoles are the roles that Azure assigns at the subscription, with the rights of who sets the plan, for an extension: Kubernetes
// Agentless Operator and VM Scanner Operator. The sensor comes by policies of Defender's own, for which Microsoft asks for Owner
// (MicrosoftDocs/azure-docs, issue 84944), so that a deployer who may not assign every role is refused.
var extensionRoles = map[string]string{
	"AgentlessDiscoveryForKubernetes": "d5a2ae44-610b-4500-93be-660a0c5f5ca6",
	"AgentlessVmScanning":             "d24ecba3-c1f4-40fa-a7bb-4588a071e8fd",
	"ContainerSensor":                 "",
}

// provision is what becomes of a plan's extensions: each has a status of its own, and one that fails leaves the request a success (example
// of a partial success of Microsoft.Security/pricings 2024-01-01, in Azure/azure-rest-api-specs pull request 24625).
func provision(op *arm.Operation, extensions []any) []any {
	provisioned := []any{}
	for _, asked := range extensions {
		extension := tree.CloneObject(tree.Object(map[string]any{"extension": asked}, "extension"))
		status := map[string]any{"code": "Succeeded"}
		if problem := extensionProblem(op, tree.Text(extension, "name")); problem != "" {
			status = map[string]any{"code": "Failed", "message": problem}
		}
		if tree.Text(extension, "isEnabled") == "True" {
			extension["operationStatus"] = status
		}
		provisioned = append(provisioned, extension)
	}
	return provisioned
}

// extensionProblem is why Azure cannot assign the role that an extension needs at the subscription of an operation, or empty.
func extensionProblem(op *arm.Operation, name string) string {
	role, needed := extensionRoles[name]
	if !needed {
		return ""
	}
	if !op.Sub.MayAssign(role) {
		return "the extension could not be enabled due to missing permissions: assigning roles at the subscription"
	}
	if role == "" {
		return ""
	}
	scope := arm.SubscriptionScope(op.ID)
	err := op.Sub.Admit(flow.Resource{
		Type: "Microsoft.Authorization/roleAssignments",
		ID:   scope + "/providers/Microsoft.Authorization/roleAssignments/" + arm.GUID(name),
		Properties: map[string]any{
			"roleDefinitionId": authz.RoleAt(scope, role), "principalId": arm.GUID("Microsoft Defender for Cloud"),
		},
	}, false)
	if err != nil {
		return err.Error()
	}
	return ""
}

// unchangedPlan is a plan as every subscription has it at first: free.
func unchangedPlan(id string) (inputs, outputs map[string]any) {
	name := resourceid.Name(id)
	plan, known := defenderPlans[name]
	if !known || resourceid.Type(resourceid.Parent(id)) != resourceid.TypeSubscription {
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
