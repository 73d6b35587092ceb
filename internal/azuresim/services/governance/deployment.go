package governance

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var deploymentKind = &arm.Kind{
	Token:  "resources:DeploymentAtSubscriptionScope",
	Path:   arm.SubscriptionPath + "/providers/Microsoft.Resources/deployments/{deploymentName}",
	Name:   regexp.MustCompile(`^[-\w.()]{1,64}$`),
	Create: 30 * time.Second, Update: 30 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkDeployment}, Locks: deploymentLocks,
	UnknownInPreview: []string{"properties"}, Compute: deploymentOutputs,
}

func checkDeployment(op *arm.Operation) error {
	properties := tree.At(op.Inputs, "properties")
	if tree.Text(op.Inputs, "location") == "" {
		return arm.BadRequest("LocationRequired", "%s: a deployment at a subscription needs a location", op.ID)
	}
	if mode := tree.Text(properties, "mode"); mode != "Incremental" {
		return arm.BadRequest("InvalidDeploymentMode", "%s: deployments at a subscription are Incremental, not %q", op.ID, mode)
	}
	resources := tree.List(properties, "template", "resources")
	if len(resources) == 0 {
		return arm.BadRequest("InvalidTemplate", "%s: the template has no resources", op.ID)
	}
	for _, resource := range resources {
		if armType := tree.Text(resource, "type"); !strings.EqualFold(armType, "Microsoft.Security/pricings") {
			return arm.BadRequest("InvalidTemplate", "%s: the simulator deploys Microsoft.Security/pricings from templates, not %s", op.ID, armType)
		}
		if err := op.Sub.CheckAPIVersion("Microsoft.Security/pricings", tree.Text(resource, "apiVersion")); err != nil {
			return err
		}
		plain := tree.CloneObject(map[string]any{"resource": resource})
		delete(tree.Object(plain, "resource"), "dependsOn")
		if hasExpression(plain) {
			return arm.BadRequest("InvalidTemplate", "%s: of template expressions the simulator knows subscriptionResourceId in dependsOn", op.ID)
		}
		if err := checkPlan(tree.Text(resource, "name"), tree.Object(resource, "properties")); err != nil {
			return err
		}
	}
	for name, output := range tree.Object(properties, "template", "outputs") {
		if planReference.FindStringSubmatch(tree.Text(output, "value")) == nil {
			return arm.BadRequest("InvalidTemplate", "%s: of outputs the simulator knows references to a property of a plan, not that of %s", op.ID, name)
		}
	}
	return checkTurns(op, resources)
}

// planReference is a property of a plan as it is after the deployment.
var planReference = regexp.MustCompile(
	`^\[reference\(subscriptionResourceId\('Microsoft\.Security/pricings', *'(\w+)'\), *'2024-01-01'\)\.(\w+)\]$`)

func hasExpression(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") && !strings.HasPrefix(v, "[[")
	case map[string]any:
		for _, item := range v {
			if hasExpression(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasExpression)
	}
	return false
}

var planDependency = regexp.MustCompile(`^\[subscriptionResourceId\('Microsoft\.Security/pricings', *'(\w+)'\)\]$`)

// checkTurns: Azure changes one plan of a subscription at a time, so the plans of a template must wait for each other.
func checkTurns(op *arm.Operation, resources []any) error {
	waits := map[string][]string{}
	for _, resource := range resources {
		name := tree.Text(resource, "name")
		if _, twice := waits[name]; twice {
			return arm.BadRequest("InvalidTemplate", "%s: plan %s is there twice", op.ID, name)
		}
		waits[name] = nil
		for _, dependency := range tree.Texts(resource, "dependsOn") {
			match := planDependency.FindStringSubmatch(dependency)
			if match == nil {
				return arm.BadRequest("InvalidTemplate", "%s: %s depends on %q, which the simulator cannot read", op.ID, name, dependency)
			}
			waits[name] = append(waits[name], match[1])
		}
	}
	var reaches func(from, to string, steps int) bool
	reaches = func(from, to string, steps int) bool {
		return steps > 0 && slices.ContainsFunc(waits[from], func(next string) bool { return next == to || reaches(next, to, steps-1) })
	}
	for a := range waits {
		for _, next := range waits[a] {
			if _, known := waits[next]; !known {
				return arm.BadRequest("InvalidTemplate", "%s: %s depends on %s, which the template lacks", op.ID, a, next)
			}
		}
		for b := range waits {
			if a != b && !reaches(a, b, len(waits)) && !reaches(b, a, len(waits)) {
				return arm.Conflict("Conflict", "%s: another update operation is in progress: %s and %s do not wait for each other", op.ID, a, b)
			}
		}
		if reaches(a, a, len(waits)) {
			return arm.BadRequest("InvalidTemplate", "%s: %s depends on itself", op.ID, a)
		}
	}
	return nil
}

func deploymentLocks(op *arm.Operation) []string { return []string{PlansBeside(op.ID)} }

// deploymentOutputs are what the plans are once they are set, without the template, which Azure does not give back.
func deploymentOutputs(op *arm.Operation) map[string]any {
	if op.Record.State == arm.StateSucceeded {
		deploy(op)
	}
	properties := tree.CloneObject(tree.Object(op.Inputs, "properties"))
	delete(properties, "template")
	delete(properties, "parameters")
	properties["provisioningState"] = arm.StateSucceeded
	properties["timestamp"] = op.Sub.Clock.Now().Format(time.RFC3339)
	if asked := tree.Object(op.Inputs, "properties", "template", "outputs"); len(asked) > 0 {
		outputs := map[string]any{}
		for name, output := range asked {
			reference := planReference.FindStringSubmatch(tree.Text(output, "value"))
			plan := op.Sub.Find(PlansBeside(op.ID) + "/" + reference[1])
			if plan == nil {
				continue
			}
			outputs[name] = map[string]any{"type": tree.Text(output, "type"), "value": tree.Clone(plan.Outputs[reference[2]])}
		}
		properties["outputs"] = outputs
	}
	return map[string]any{"properties": properties}
}

// deploy sets the plans of a template. They stay when the deployment is deleted.
func deploy(op *arm.Operation) {
	for _, resource := range tree.List(op.Inputs, "properties", "template", "resources") {
		id := PlansBeside(op.ID) + "/" + tree.Text(resource, "name")
		plan := op.Sub.Find(id)
		if plan == nil {
			plan = op.Sub.Catalog().BuiltIn(id)
			op.Sub.Put(plan)
		}
		for name, v := range tree.Object(resource, "properties") {
			plan.Inputs[name], plan.Outputs[name] = tree.Clone(v), tree.Clone(v)
		}
		plan.Outputs["extensions"] = provision(op, tree.List(plan.Inputs, "extensions"))
		op.Sub.Touch(plan)
	}
}
