package azuresim

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

func checkDeployment(op *operation) error {
	properties := tree.At(op.inputs, "properties")
	if tree.Text(op.inputs, "location") == "" {
		return badRequest("LocationRequired", "%s: a deployment at a subscription needs a location", op.id)
	}
	if mode := tree.Text(properties, "mode"); mode != "Incremental" {
		return badRequest("InvalidDeploymentMode", "%s: deployments at a subscription are Incremental, not %q", op.id, mode)
	}
	resources := tree.List(properties, "template", "resources")
	if len(resources) == 0 {
		return badRequest("InvalidTemplate", "%s: the template has no resources", op.id)
	}
	for _, resource := range resources {
		if armType := tree.Text(resource, "type"); !strings.EqualFold(armType, "Microsoft.Security/pricings") {
			return badRequest("InvalidTemplate", "%s: the simulator deploys Microsoft.Security/pricings from templates, not %s", op.id, armType)
		}
		plain := tree.CloneObject(map[string]any{"resource": resource})
		delete(tree.Object(plain, "resource"), "dependsOn")
		if hasExpression(plain) {
			return badRequest("InvalidTemplate", "%s: of template expressions the simulator knows subscriptionResourceId in dependsOn", op.id)
		}
		if err := checkPlan(tree.Text(resource, "name"), tree.Object(resource, "properties")); err != nil {
			return err
		}
	}
	return checkTurns(op, resources)
}

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
func checkTurns(op *operation, resources []any) error {
	waits := map[string][]string{}
	for _, resource := range resources {
		name := tree.Text(resource, "name")
		if _, twice := waits[name]; twice {
			return badRequest("InvalidTemplate", "%s: plan %s is there twice", op.id, name)
		}
		waits[name] = nil
		for _, dependency := range tree.Texts(resource, "dependsOn") {
			match := planDependency.FindStringSubmatch(dependency)
			if match == nil {
				return badRequest("InvalidTemplate", "%s: %s depends on %q, which the simulator cannot read", op.id, name, dependency)
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
				return badRequest("InvalidTemplate", "%s: %s depends on %s, which the template lacks", op.id, a, next)
			}
		}
		for b := range waits {
			if a != b && !reaches(a, b, len(waits)) && !reaches(b, a, len(waits)) {
				return conflict("Conflict", "%s: another update operation is in progress: %s and %s do not wait for each other", op.id, a, b)
			}
		}
		if reaches(a, a, len(waits)) {
			return badRequest("InvalidTemplate", "%s: %s depends on itself", op.id, a)
		}
	}
	return nil
}

func deploymentLocks(*operation) []string { return []string{subscriptionPlans} }

// deploymentOutputs leave out the template, which Azure does not give back.
func deploymentOutputs(op *operation) map[string]any {
	properties := tree.CloneObject(tree.Object(op.inputs, "properties"))
	delete(properties, "template")
	delete(properties, "parameters")
	properties["provisioningState"] = stateSucceeded
	properties["timestamp"] = op.sub.clock.now().Format(time.RFC3339)
	return map[string]any{"properties": properties}
}

// deploy sets the plans of a template. They stay when the deployment is deleted.
func deploy(op *operation) {
	for _, resource := range tree.List(op.inputs, "properties", "template", "resources") {
		id := subscriptionPlans + "/" + tree.Text(resource, "name")
		plan := op.sub.find(id)
		if plan == nil {
			plan = op.sub.catalog().builtIn(id)
			op.sub.put(plan)
		}
		for name, v := range tree.Object(resource, "properties") {
			plan.Inputs[name], plan.Outputs[name] = tree.Clone(v), tree.Clone(v)
		}
		op.sub.touch(plan)
	}
}
