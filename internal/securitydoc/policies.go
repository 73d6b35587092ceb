package securitydoc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// inCluster is the mode of definitions that the policy add-on enforces.
const inCluster = "Microsoft.Kubernetes.Data"

// writePolicies writes the policy assignments: those of a stamp's group, those inside the cluster, and all others.
func writePolicies(tables map[string]string, m *recording.Monitor) error {
	shared := newTable("Definition", "Effect", "Scope", "What it does")
	stamp := newTable("Definition", "Effect", "What it does")
	cluster := newTable("Definition", "Effect", "Excluded namespaces", "Parameters", "What it does")
	for _, r := range m.OfType(typetoken.PolicyAssignment) {
		definition, err := definitionOf(m, r)
		if err != nil {
			return fmt.Errorf("write policies: %s: %w", r, err)
		}
		effect, why := definition.effect(r), tree.Text(r.Inputs, "description")
		switch {
		case definition.inCluster:
			cluster.add(definition.name, effect, excludedNamespaces(r), parameters(r), why)
		case strings.HasPrefix(r.Name, "governance-"):
			shared.add(definition.name, effect, place(tree.Text(r.Inputs, "scope")), why)
		default:
			stamp.add(definition.name, effect, why)
		}
	}
	tables["policies at the subscription and the networks"] = shared.String()
	tables["policies of a stamp's group"] = stamp.String()
	tables["policies inside the cluster"] = cluster.String()
	return nil
}

// definition is what a policy assignment assigns.
type definition struct {
	name string
	// own is the effect without a parameter.
	own       string
	inCluster bool
}

func (d definition) effect(assignment recording.Registration) string {
	effect := d.own
	if set, _ := parameter(assignment, "effect").(string); set != "" {
		effect = set
	}
	if tree.Text(assignment.Inputs, "enforcementMode") == "DoNotEnforce" {
		effect += ", not enforced"
	}
	return effect
}

func definitionOf(m *recording.Monitor, assignment recording.Registration) (definition, error) {
	id := tree.Text(assignment.Inputs, "policyDefinitionId")
	for _, r := range m.OfType(typetoken.PolicyDefinition) {
		if r.ID == id {
			return definition{name: tree.Text(r.Inputs, "displayName") + " (custom)", own: tree.Text(r.Inputs, "policyRule", "then", "effect")}, nil
		}
	}
	for _, r := range m.OfType(typetoken.PolicySet) {
		if r.ID != id {
			continue
		}
		var names, effects []string
		for _, member := range tree.List(r.Inputs, "policyDefinitions") {
			policy, known := azurefacts.BuiltInPolicy(resourceid.Name(tree.Text(member, "policyDefinitionId")))
			if !known {
				return definition{}, fmt.Errorf("member %s of %s is not known", tree.Text(member, "policyDefinitionId"), r)
			}
			names, effects = append(names, policy.DisplayName), append(effects, policy.Effect.Default)
		}
		name := fmt.Sprintf("%s (custom initiative of %s)", tree.Text(r.Inputs, "displayName"), strings.Join(names, "; "))
		return definition{name: name, own: strings.Join(slices.Compact(effects), ", ")}, nil
	}
	policy, known := azurefacts.BuiltInPolicy(resourceid.Name(id))
	if !known {
		return definition{}, fmt.Errorf("policy definition %s is not known", id)
	}
	found := definition{name: policy.DisplayName, own: policy.Effect.Default, inCluster: policy.Mode == inCluster}
	if policy.Initiative {
		found.name, found.inCluster = found.name+" (initiative)", strings.HasPrefix(policy.DisplayName, "Kubernetes")
	}
	return found, nil
}

func parameter(assignment recording.Registration, name string) any {
	return tree.At(assignment.Inputs, "parameters", name, "value")
}

func excludedNamespaces(assignment recording.Registration) string {
	value := parameter(assignment, "excludedNamespaces")
	if value == nil {
		return "the definition's default"
	}
	namespaces := tree.Texts(value)
	if len(namespaces) == 0 {
		return "none"
	}
	return code(namespaces...)
}

// parameters are those of an assignment that no other column has.
func parameters(assignment recording.Registration) string {
	all := tree.Object(assignment.Inputs, "parameters")
	var set []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name == "effect" || name == "excludedNamespaces" {
			continue
		}
		encoded, err := json.Marshal(parameter(assignment, name))
		if err != nil {
			encoded = []byte("?")
		}
		set = append(set, code(readable(name+": "+string(encoded))))
	}
	return strings.Join(set, ", ")
}

// writeDefenderPlans writes the plans of Microsoft Defender for Cloud.
func writeDefenderPlans(tables map[string]string, m *recording.Monitor) error {
	t := newTable("Plan", "Tier", "Sub-plan", "Extensions")
	for _, r := range m.OfType(typetoken.SubscriptionDeployment) {
		for _, plan := range tree.List(r.Inputs, "properties", "template", "resources") {
			var extensions []string
			for _, extension := range tree.List(plan, "properties", "extensions") {
				name := tree.Text(extension, "name")
				if tree.Text(extension, "isEnabled") != "True" {
					name += " off"
				}
				extensions = append(extensions, name)
			}
			var subPlan []string
			if name := tree.Text(plan, "properties", "subPlan"); name != "" {
				subPlan = []string{name}
			}
			t.add(code(tree.Text(plan, "name")), tree.Text(plan, "properties", "pricingTier"), code(subPlan...), code(extensions...))
		}
	}
	tables["Defender plans"] = t.String()
	return nil
}
