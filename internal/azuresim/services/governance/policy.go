package governance

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/policy"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Tokens of the kinds of Azure Policy.
const (
	AssignmentToken    = "authorization:PolicyAssignment"
	DefinitionToken    = "authorization:PolicyDefinition"
	SetDefinitionToken = "authorization:PolicySetDefinition"

	groupDefinitionToken    = "authorization:PolicyDefinitionAtManagementGroup"
	groupSetDefinitionToken = "authorization:PolicySetDefinitionAtManagementGroup"
)

// policyName holds the longest name (Azure document "Naming rules and restrictions for Azure resources").
var policyName = regexp.MustCompile(`^[^<>*%&:\\?.+/]{0,63}[^<>*%&:\\?.+/ ]$`)

// groupPath is the path of what is defined at a management group.
const groupPath = "/providers/Microsoft.Management/managementGroups/{managementGroupId}"

// Definitions are at a subscription or at a management group, which the provider has types of their own for.
var (
	definitionKind      = newDefinitionKind(DefinitionToken, arm.SubscriptionPath)
	groupDefinitionKind = newDefinitionKind(groupDefinitionToken, groupPath)
	initiativeKind      = newInitiativeKind(SetDefinitionToken, arm.SubscriptionPath)
	groupInitiativeKind = newInitiativeKind(groupSetDefinitionToken, groupPath)
)

func newDefinitionKind(token, scope string) *arm.Kind {
	return &arm.Kind{
		Token: token, Path: scope + "/providers/Microsoft.Authorization/policyDefinitions/{policyDefinitionName}",
		Name: policyName, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
		Rules: []func(*arm.Operation) error{checkDefinedAt, checkPolicyDefinition}, WeakReferences: []string{"policyRule", "metadata", "parameters"},
		Spreads: azurefacts.PolicyDefinition,
		Compute: func(*arm.Operation) map[string]any { return map[string]any{"policyType": "Custom"} },
	}
}

func newInitiativeKind(token, scope string) *arm.Kind {
	return &arm.Kind{
		Token: token, Path: scope + "/providers/Microsoft.Authorization/policySetDefinitions/{policySetDefinitionName}",
		Name: policyName, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
		Rules: []func(*arm.Operation) error{checkDefinedAt, checkPolicySet}, WeakReferences: []string{"metadata", "parameters"},
		Spreads: azurefacts.PolicyDefinition,
		Compute: func(*arm.Operation) map[string]any { return map[string]any{"policyType": "Custom"} },
	}
}

// scopeOf is the subscription or management group of a definition; empty for one that Azure ships.
func scopeOf(definition string) string {
	at := strings.Index(strings.ToLower(definition), "/providers/microsoft.authorization/")
	return definition[:max(at, 0)]
}

// checkDefinedAt refuses a definition at a management group that does not exist.
func checkDefinedAt(op *arm.Operation) error {
	if scope := scopeOf(op.ID); !op.Sub.IsReady(scope) {
		return arm.NotFound("ManagementGroupNotFound", "management group %q could not be found", resourceid.Name(scope))
	}
	return nil
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
	custom := func(tokens ...string) func(string) map[string]any {
		return func(id string) map[string]any {
			if found := s.Find(id); found != nil && slices.Contains(tokens, found.Token) {
				return s.Known(found)
			}
			return nil
		}
	}
	return policy.Library{
		Definition: custom(DefinitionToken, groupDefinitionToken), Initiative: custom(SetDefinitionToken, groupSetDefinitionToken),
	}
}
