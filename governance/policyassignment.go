package governance

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	authorization "aks-regulated-pulumi/internal/azurenative/authorization/v20240501"
	"aks-regulated-pulumi/internal/patience"
)

// maxDisplayName is the length to which display names are truncated, in characters. Azure refuses more than 128 (Azure document
// "Azure Policy assignment structure").
const maxDisplayName = 125

// definitionUnknown are the codes with which Azure refuses to assign a definition that it does not know everywhere yet, definitionKnown is how
// long that may take: no document says; reports have minutes.
var definitionUnknown = []string{"PolicyDefinitionNotFound", "PolicySetDefinitionNotFound", "InvalidCreatePolicyAssignmentRequest"}

const definitionKnown = 15 * time.Minute

// policyAssignment is one assignment of a definition.
type policyAssignment struct {
	definition policyDefinition
	// nameParts make the assignment's GUID together with the definition's id.
	nameParts []string
	// scope is the Azure resource id at which the policy applies, with everything below.
	scope pulumi.StringInput
	// atManagementGroup shortens the name.
	atManagementGroup bool
	// displayName is truncated if it is too long; description says what the assignment does.
	displayName, description string
	// message is shown with a denial; empty for Azure's own message.
	message    string
	parameters map[string]pulumi.Input
	// unenforced assignments report and deny nothing.
	unenforced bool
	// identityLocation is the region of the identity that remediates; empty for no identity.
	identityLocation string
}

func assignPolicy(
	ctx *pulumi.Context, name string, assigned policyAssignment, opts ...pulumi.ResourceOption,
) (*authorization.PolicyAssignment, error) {
	guid := templateGUID(append([]string{assigned.definition.id}, assigned.nameParts...)...)
	if assigned.atManagementGroup {
		guid = shortName(guid)
	}
	args := &authorization.PolicyAssignmentArgs{
		PolicyAssignmentName: pulumi.String(guid),
		PolicyDefinitionId:   assigned.definition.idInput().ToStringOutput().ToStringPtrOutput(),
		Scope:                assigned.scope,
		DisplayName:          pulumi.String(truncate(assigned.displayName, maxDisplayName)),
		Description:          pulumi.String(assigned.description),
		EnforcementMode:      pulumi.String("Default"),
	}
	if assigned.unenforced {
		args.EnforcementMode = pulumi.String("DoNotEnforce")
	}
	if len(assigned.parameters) > 0 {
		values := authorization.ParameterValuesValueMap{}
		for parameter, value := range assigned.parameters {
			values[parameter] = authorization.ParameterValuesValueArgs{Value: value}
		}
		args.Parameters = values
	}
	if assigned.message != "" {
		args.NonComplianceMessages = authorization.NonComplianceMessageArray{
			authorization.NonComplianceMessageArgs{Message: pulumi.String(assigned.message)},
		}
	}
	if assigned.identityLocation != "" {
		args.Location = pulumi.String(assigned.identityLocation)
		args.Identity = authorization.IdentityArgs{Type: authorization.ResourceIdentityTypeSystemAssigned}
	}
	if assigned.definition.registered != nil {
		patient, err := patience.WhileRefused(ctx, name+"-await-definition", definitionKnown, definitionUnknown...)
		if err != nil {
			return nil, err
		}
		opts = append(opts, patient)
	}
	registered, err := authorization.NewPolicyAssignment(ctx, name, args, append(opts, pulumi.DependsOn(assigned.definition.after),
		// Azure refuses another definition for an assignment that exists, and the provider would only update it.
		pulumi.ReplaceOnChanges([]string{"policyDefinitionId"}))...)
	if err != nil {
		return nil, fmt.Errorf("policy assignment %s: %w", name, err)
	}
	return registered, nil
}

// truncate shortens a text to a number of characters.
func truncate(text string, length int) string {
	characters := []rune(text)
	return string(characters[:min(length, len(characters))])
}

// AllowedTypesArgs configures AllowTypes.
type AllowedTypesArgs struct {
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID string
	// Group is the name of the resource group, GroupName the same once the group exists.
	Group     string
	GroupName pulumi.StringInput
	// Types are the Azure resource types that the group may hold.
	Types []string
	// Description says what the assignment does.
	Description string
}

// AllowTypes registers a policy assignment that denies all but some types of resources in a resource group.
func AllowTypes(ctx *pulumi.Context, name string, args *AllowedTypesArgs, opts ...pulumi.ResourceOption) error {
	_, err := assignPolicy(ctx, name, groupAssignment(
		allowedTypes, args.SubscriptionID, args.Group, args.GroupName, args.Description,
		map[string]pulumi.Input{"listOfResourceTypesAllowed": pulumi.ToStringArray(args.Types)},
	), opts...)
	return err
}

// groupAssignment is an assignment to a resource group, named and displayed after it.
func groupAssignment(
	definition policyDefinition, subscriptionID, group string, groupName pulumi.StringInput, description string,
	parameters map[string]pulumi.Input,
) policyAssignment {
	return policyAssignment{
		definition:  definition,
		nameParts:   []string{group},
		scope:       pulumi.Sprintf("/subscriptions/%s/resourceGroups/%s", subscriptionID, groupName),
		displayName: fmt.Sprintf("[%s] %s", group, definition.displayName),
		description: description,
		parameters:  parameters,
	}
}
