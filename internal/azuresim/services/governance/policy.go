package governance

import (
	"errors"
	"regexp"
	"time"
	"unicode/utf8"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/policy"
	"aks-regulated-pulumi/internal/tree"
)

// Tokens of the kinds of Azure Policy.
const (
	AssignmentToken    = "authorization:PolicyAssignment"
	DefinitionToken    = "authorization:PolicyDefinition"
	SetDefinitionToken = "authorization:PolicySetDefinition"
)

// policyName holds the longest name (Azure document "Naming rules and restrictions for Azure resources"); at a management
// group an assignment's name has at most 24 characters.
var policyName = regexp.MustCompile(`^[^<>*%&:\\?.+/]{0,63}[^<>*%&:\\?.+/ ]$`)

var definitionKind = &arm.Kind{
	Token: DefinitionToken, Path: arm.SubscriptionPath + "/providers/Microsoft.Authorization/policyDefinitions/{policyDefinitionName}",
	Name: policyName, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkPolicyDefinition}, WeakReferences: []string{"policyRule", "metadata", "parameters"},
	Spreads: azurefacts.PolicyDefinition,
	Compute: func(*arm.Operation) map[string]any { return map[string]any{"policyType": "Custom"} },
}

var initiativeKind = &arm.Kind{
	Token: SetDefinitionToken, Path: arm.SubscriptionPath + "/providers/Microsoft.Authorization/policySetDefinitions/{policySetDefinitionName}",
	Name: policyName, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkPolicySet}, WeakReferences: []string{"metadata", "parameters"},
	Spreads: azurefacts.PolicyDefinition,
	Compute: func(*arm.Operation) map[string]any { return map[string]any{"policyType": "Custom"} },
}

const maxDisplayName = 128

func checkDisplayName(op *arm.Operation) error {
	if length := utf8.RuneCountInString(tree.Text(op.Inputs, "displayName")); length > maxDisplayName {
		return arm.BadRequest("InvalidDisplayName", "%s: the display name has %d characters, more than %d", op.ID, length, maxDisplayName)
	}
	return nil
}

func checkPolicyDefinition(op *arm.Operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if mode := tree.Text(op.Inputs, "mode"); mode != "All" && mode != "Indexed" {
		return arm.BadRequest("InvalidPolicyDefinitionMode", "%s: the simulator judges modes All and Indexed, not %q", op.ID, mode)
	}
	if _, err := policy.ReadDefinition(op.ID, op.Inputs); err != nil {
		return arm.BadRequest("InvalidPolicyRule", "%s: %v", op.ID, err)
	}
	return nil
}

func checkPolicySet(op *arm.Operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if len(tree.List(op.Inputs, "policyDefinitions")) == 0 {
		return arm.BadRequest("InvalidPolicySetDefinition", "%s names no policy definitions", op.ID)
	}
	if _, err := libraryOf(op.Sub).ReadSet(op.Inputs); err != nil {
		return asAzureError("InvalidPolicySetDefinition", op.ID, err)
	}
	return nil
}

// asAzureError keeps what Azure says, and says for Azure what something else does.
func asAzureError(code, id string, err error) error {
	var refused *arm.Error
	if errors.As(err, &refused) {
		return err
	}
	return arm.BadRequest(code, "%s: %v", id, err)
}

// libraryOf are the custom definitions and initiatives of a subscription, as far as Azure Policy knows them by now.
func libraryOf(s *arm.Subscription) policy.Library {
	custom := func(token string) func(string) map[string]any {
		return func(id string) map[string]any {
			if found := s.Find(id); found != nil && found.Token == token {
				return s.Known(found)
			}
			return nil
		}
	}
	return policy.Library{Definition: custom(DefinitionToken), Initiative: custom(SetDefinitionToken)}
}
