package azuresim

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

const (
	assignmentToken    = "authorization:PolicyAssignment"
	definitionToken    = "authorization:PolicyDefinition"
	setDefinitionToken = "authorization:PolicySetDefinition"
)

// policyName holds the longest name (Azure document "Naming rules and restrictions for Azure resources"); at a management
// group an assignment's name has at most 24 characters.
var policyName = regexp.MustCompile(`^[^<>*%&:\\?.+/]{0,63}[^<>*%&:\\?.+/ ]$`)

var policyKinds = []*kind{
	{
		token: definitionToken, path: subscriptionPath + "/providers/Microsoft.Authorization/policyDefinitions/{policyDefinitionName}",
		name: policyName, create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkPolicyDefinition}, weakReferences: []string{"policyRule", "metadata", "parameters"},
		compute: func(*operation) map[string]any { return map[string]any{"policyType": "Custom"} },
	},
	{
		token: setDefinitionToken, path: subscriptionPath + "/providers/Microsoft.Authorization/policySetDefinitions/{policySetDefinitionName}",
		name: policyName, create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkPolicySet}, weakReferences: []string{"metadata", "parameters"},
		compute: func(*operation) map[string]any { return map[string]any{"policyType": "Custom"} },
	},
	{
		token: assignmentToken, path: "{scope}/providers/Microsoft.Authorization/policyAssignments/{policyAssignmentName}",
		name: policyName, create: 15 * time.Second, update: 10 * time.Second, remove: 5 * time.Second,
		replaceOn: []string{"policyDefinitionId"}, weakReferences: []string{"parameters", "notScopes", "metadata"},
		rules:   []func(*operation) error{checkPolicyAssignment},
		compute: assignmentOutputs, unknownInPreview: []string{"identity"},
	},
}

// assignmentOutputs give a system-assigned identity its principal.
func assignmentOutputs(op *operation) map[string]any {
	computed := map[string]any{"scope": tree.Text(op.inputs, "scope")}
	if tree.Text(op.inputs, "identity", "type") == "SystemAssigned" {
		computed["identity"] = map[string]any{"type": "SystemAssigned", "principalId": op.guid("principal"), "tenantId": TenantID}
	}
	return computed
}
