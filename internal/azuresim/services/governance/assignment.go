package governance

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/policy"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var assignmentKind = &arm.Kind{
	Token: AssignmentToken, Path: "{scope}/providers/Microsoft.Authorization/policyAssignments/{policyAssignmentName}",
	Name: policyName, Create: 15 * time.Second, Update: 10 * time.Second, Remove: 5 * time.Second,
	Spreads:   azurefacts.PolicyAssignment,
	Immutable: []arm.Immutable{{Paths: []string{"policyDefinitionId"}}}, WeakReferences: []string{"parameters", "notScopes", "metadata"},
	Rules:   []func(*arm.Operation) error{checkPolicyAssignment},
	Compute: assignmentOutputs, UnknownInPreview: []string{"identity"},
}

// assignmentOutputs give a system-assigned identity its principal.
func assignmentOutputs(op *arm.Operation) map[string]any {
	computed := map[string]any{"scope": tree.Text(op.Inputs, "scope")}
	if tree.Text(op.Inputs, "identity", "type") == "SystemAssigned" {
		computed["identity"] = map[string]any{"type": "SystemAssigned", "principalId": op.GUID("principal"), "tenantId": arm.TenantID}
	}
	return computed
}

func checkPolicyAssignment(op *arm.Operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if mode := tree.Text(op.Inputs, "enforcementMode"); mode != "" && mode != "Default" && mode != "DoNotEnforce" {
		return arm.BadRequest("InvalidPolicyAssignment", "%s: enforcementMode %q is neither Default nor DoNotEnforce", op.ID, mode)
	}
	if err := checkAssignedAt(op); err != nil {
		return err
	}
	assigned, err := libraryOf(op.Sub).SetOf(tree.Text(op.Inputs, "policyDefinitionId"))
	if err != nil {
		return asAzureError("InvalidCreatePolicyAssignmentRequest", op.ID, err)
	}
	given := tree.Object(op.Inputs, "parameters")
	for name, raw := range given {
		parameter, taken := assigned.Parameters[strings.ToLower(name)]
		switch v := tree.At(raw, "value"); {
		case !taken:
			return arm.BadRequest("UndefinedPolicyParameter", "%s: %q takes no parameter %q", op.ID, assigned.Name, name)
		case !parameter.Fits(v):
			return arm.BadRequest("InvalidPolicyParameterType", "%s: parameter %q of %q must be of type %s", op.ID, name, assigned.Name,
				parameter.Kind)
		case !parameter.Permits(v):
			return arm.BadRequest("PolicyParameterValueNotAllowed", "%s: %v is not allowed for parameter %q of %q; it must be one of %v",
				op.ID, v, name, assigned.Name, parameter.Allowed)
		}
	}
	for _, parameter := range assigned.Parameters {
		if !parameter.Optional && policy.PropertyOf(given, parameter.Name) == nil {
			return arm.BadRequest("MissingPolicyParameter", "%s: parameter %q of %q has no value", op.ID, parameter.Name, assigned.Name)
		}
	}
	for _, member := range assigned.Members {
		if err := member.Definition.CheckCounts(member.Given(assigned.Given(op.Inputs))); err != nil {
			return asAzureError("InvalidPolicyRule", op.ID, err)
		}
	}
	return checkAssignmentIdentity(op, assigned)
}

// maxGroupName is the longest name of an assignment at a management group (Azure/azure-powershell issue 8992).
const maxGroupName = 24

// checkAssignedAt checks name and definition against the scope: definitions are taken from the scope or from above it (Azure document "Azure
// Policy assignment structure").
func checkAssignedAt(op *arm.Operation) error {
	scope, definition := tree.Text(op.Inputs, "scope"), tree.Text(op.Inputs, "policyDefinitionId")
	if name := resourceid.Name(op.ID); resourceid.Subscription(scope) == "" && len(name) > maxGroupName {
		return arm.BadRequest("InvalidPolicyAssignmentName", "the policy assignment name %q is invalid: its length must not exceed %d characters",
			name, maxGroupName)
	}
	if at := scopeOf(definition); at != "" && !op.Sub.Covers(at, scope) {
		return arm.BadRequest("InvalidCreatePolicyAssignmentRequest",
			"%s: the policy definition %s is out of scope: it must be at or above the scope of the assignment", op.ID, definition)
	}
	return nil
}

// checkAssignmentIdentity demands an identity of an assignment that deploys.
func checkAssignmentIdentity(op *arm.Operation, assigned *policy.Set) error {
	identity := tree.Text(op.Inputs, "identity", "type")
	if identity != "" && identity != "None" && tree.Text(op.Inputs, "location") == "" {
		return arm.BadRequest("LocationRequired", "%s: an assignment with an identity needs a location", op.ID)
	}
	deploys := slices.ContainsFunc(assigned.Members, func(m policy.Member) bool {
		return strings.EqualFold(m.Effect(assigned.Given(op.Inputs)), "deployIfNotExists")
	})
	if deploys && identity != "SystemAssigned" && identity != "UserAssigned" {
		return arm.BadRequest("ResourceIdentityRequired", "%s: %q deploys, for which the assignment needs an identity", op.ID, assigned.Name)
	}
	return nil
}

// Admit refuses a resource that an assignment in whose scope it is denies. Only resources with location and tags are indexed. What holds is
// what has spread: a new assignment denies nothing at first, and a changed one still what it denied before.
func Admit(s *arm.Subscription, resource flow.Resource, indexed bool) error {
	for _, assignment := range s.OfToken(AssignmentToken) {
		inForce := s.Known(assignment)
		if !assignment.Usable() || inForce == nil || tree.Text(inForce, "enforcementMode") == "DoNotEnforce" ||
			!s.Covers(tree.Text(inForce, "scope"), resource.ID) ||
			slices.ContainsFunc(tree.Texts(inForce, "notScopes"),
				func(scope string) bool { return s.Covers(scope, resource.ID) }) {
			continue
		}
		assigned, err := libraryOf(s).SetOf(tree.Text(inForce, "policyDefinitionId"))
		if err != nil {
			return err
		}
		values := assigned.Given(inForce)
		for _, member := range assigned.Members {
			if !member.Denies(resource, indexed, values) {
				continue
			}
			return arm.Forbidden("RequestDisallowedByPolicy", "resource %s of type %s was disallowed by policy: assignment %q, definition %q%s",
				resource.ID, resource.Type, displayName(assignment), member.Definition.Name, nonCompliance(assignment))
		}
	}
	return nil
}

func displayName(assignment *arm.Record) string {
	if name := tree.Text(assignment.Inputs, "displayName"); name != "" {
		return name
	}
	return resourceid.Name(assignment.ID)
}

func nonCompliance(assignment *arm.Record) string {
	said := ""
	for _, message := range tree.List(assignment.Inputs, "nonComplianceMessages") {
		said += "; " + tree.Text(message, "message")
	}
	return said
}
