package policy

import (
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// InCluster is the mode of definitions that the policy add-on judges inside of clusters.
const InCluster = "Microsoft.Kubernetes.Data"

// setType is the ARM type of initiatives.
const setType = "Microsoft.Authorization/policySetDefinitions"

// deniedBy are the conditions of the built-in definitions that can deny in ARM, by GUID (repository Azure/azure-policy, folder
// built-in-policies). Of all others ARM has nothing to judge: they only audit, or deploy, or are for the add-on.
var deniedBy = map[string]map[string]any{
	// Allowed resource types
	"a08ec900-254a-4555-9bf5-e42af04b5c5c": {"not": map[string]any{"field": "type", "in": "[parameters('listOfResourceTypesAllowed')]"}},
	// Disks of clusters encrypted by customer-managed keys
	"7d7be79c-23ba-4033-84dd-45e2a5ccdd67": onType(arm.ManagedClusters, map[string]any{"anyOf": []any{
		map[string]any{"field": arm.ManagedClusters + "/diskEncryptionSetID", "exists": "false"},
		map[string]any{"field": arm.ManagedClusters + "/diskEncryptionSetID", "equals": ""},
	}}),
	// Node pools encrypted at host
	"41425d9f-d1a5-499a-9932-f8ed8453932c": onType(arm.ManagedClusters, map[string]any{"greater": 0.0, "count": map[string]any{
		"field": arm.ManagedClusters + "/agentPoolProfiles[*]",
		"where": map[string]any{"field": arm.ManagedClusters + "/agentPoolProfiles[*].enableEncryptionAtHost", "notEquals": "true"},
	}}),
	// Private clusters
	"040732e8-d947-40b8-95d6-854c95024bf8": onType(arm.ManagedClusters,
		map[string]any{"field": arm.ManagedClusters + "/apiServerAccessProfile.enablePrivateCluster", "notEquals": "true"}),
	// Web application firewall for gateways
	"564feb30-bf6a-4854-b4bb-0d2d2d1e6c66": onType("Microsoft.Network/applicationGateways",
		map[string]any{"field": "Microsoft.Network/applicationGateways/webApplicationFirewallConfiguration", "exists": "false"},
		map[string]any{"field": "Microsoft.Network/applicationGateways/firewallPolicy", "exists": "false"}),
}

// onType is a condition for one type of resource.
func onType(armType string, conditions ...any) map[string]any {
	return map[string]any{"allOf": append([]any{map[string]any{"field": "type", "equals": armType}}, conditions...)}
}

// builtInPolicy finds a built-in definition or initiative by its id.
func builtInPolicy(id string) (azurefacts.Policy, bool) {
	policy, known := azurefacts.BuiltInPolicy(resourceid.Name(id))
	kind := "Microsoft.Authorization/policyDefinitions"
	if policy.Initiative {
		kind = setType
	}
	return policy, known && strings.EqualFold(resourceid.Type(id), kind)
}

// parametersOf are the parameters of a built-in definition or initiative, by name in lower case.
func parametersOf(policy azurefacts.Policy) map[string]Parameter {
	found := map[string]Parameter{"effect": {
		Name: "effect", Kind: "String", Allowed: anyValues(policy.Effect.Allowed), fallback: policy.Effect.Default, Optional: true,
	}}
	for _, p := range policy.Parameters {
		found[strings.ToLower(p.Name)] = Parameter{Name: p.Name, Kind: p.Type, Allowed: anyValues(p.Allowed), Optional: !p.Required}
	}
	return found
}

func anyValues(values []string) []any {
	var found []any
	for _, value := range values {
		found = append(found, value)
	}
	return found
}

// BuiltInDefinition is a built-in definition as an assignment meets it.
func BuiltInDefinition(id string, policy azurefacts.Policy) (*Definition, error) {
	made := &Definition{id: id, Name: policy.DisplayName, mode: policy.Mode, parameters: parametersOf(policy)}
	made.effect = func(s *evaluation) any { return s.parameters["effect"] }
	rule := deniedBy[policy.GUID]
	if rule == nil {
		return made, nil
	}
	reader := ruleReader{declared: map[string]bool{}}
	for name := range made.parameters {
		reader.declared[name] = true
	}
	var err error
	made.Holds, err = reader.condition(rule)
	return made, err
}
