package azuresim

import (
	"errors"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const maxDisplayName = 128

func checkDisplayName(op *operation) error {
	if name := tree.Text(op.inputs, "displayName"); len(name) > maxDisplayName {
		return badRequest("InvalidDisplayName", "%s: the display name has %d characters, more than %d", op.id, len(name), maxDisplayName)
	}
	return nil
}

func checkPolicyDefinition(op *operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if mode := tree.Text(op.inputs, "mode"); mode != "All" && mode != "Indexed" {
		return badRequest("InvalidPolicyDefinitionMode", "%s: the simulator judges modes All and Indexed, not %q", op.id, mode)
	}
	if _, err := readDefinition(op.id, op.inputs); err != nil {
		return badRequest("InvalidPolicyRule", "%s: %v", op.id, err)
	}
	return nil
}

func checkPolicySet(op *operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if len(tree.List(op.inputs, "policyDefinitions")) == 0 {
		return badRequest("InvalidPolicySetDefinition", "%s names no policy definitions", op.id)
	}
	if _, err := libraryOf(op.sub).readSet(op.inputs); err != nil {
		return asAzureError("InvalidPolicySetDefinition", op.id, err)
	}
	return nil
}

// asAzureError keeps what Azure says, and says for Azure what something else does.
func asAzureError(code, id string, err error) error {
	var refused *azureError
	if errors.As(err, &refused) {
		return err
	}
	return badRequest(code, "%s: %v", id, err)
}

func checkPolicyAssignment(op *operation) error {
	if err := checkDisplayName(op); err != nil {
		return err
	}
	if mode := tree.Text(op.inputs, "enforcementMode"); mode != "" && mode != "Default" && mode != "DoNotEnforce" {
		return badRequest("InvalidPolicyAssignment", "%s: enforcementMode %q is neither Default nor DoNotEnforce", op.id, mode)
	}
	assigned, err := libraryOf(op.sub).setOf(tree.Text(op.inputs, "policyDefinitionId"))
	if err != nil {
		return asAzureError("InvalidPolicyAssignment", op.id, err)
	}
	given := tree.Object(op.inputs, "parameters")
	for name, raw := range given {
		parameter, taken := assigned.parameters[strings.ToLower(name)]
		switch v := tree.At(raw, "value"); {
		case !taken:
			return badRequest("UndefinedPolicyParameter", "%s: %q takes no parameter %q", op.id, assigned.name, name)
		case !parameter.fits(v):
			return badRequest("InvalidPolicyParameterType", "%s: parameter %q of %q must be of type %s", op.id, name, assigned.name, parameter.kind)
		case !parameter.permits(v):
			return badRequest("PolicyParameterValueNotAllowed", "%s: %v is not allowed for parameter %q of %q; it must be one of %v",
				op.id, v, name, assigned.name, parameter.allowed)
		}
	}
	for _, parameter := range assigned.parameters {
		if !parameter.optional && propertyOf(given, parameter.name) == nil {
			return badRequest("MissingPolicyParameter", "%s: parameter %q of %q has no value", op.id, parameter.name, assigned.name)
		}
	}
	for _, member := range assigned.members {
		if err := member.definition.checkCounts(member.given(assigned.given(op.inputs))); err != nil {
			return asAzureError("InvalidPolicyRule", op.id, err)
		}
	}
	return checkAssignmentIdentity(op, assigned)
}

// checkAssignmentIdentity demands an identity of an assignment that deploys.
func checkAssignmentIdentity(op *operation, assigned *policySet) error {
	identity := tree.Text(op.inputs, "identity", "type")
	if identity != "" && identity != "None" && tree.Text(op.inputs, "location") == "" {
		return badRequest("LocationRequired", "%s: an assignment with an identity needs a location", op.id)
	}
	deploys := slices.ContainsFunc(assigned.members, func(m policyMember) bool {
		return strings.EqualFold(m.effect(assigned.given(op.inputs)), "deployIfNotExists")
	})
	if deploys && identity != "SystemAssigned" && identity != "UserAssigned" {
		return badRequest("ResourceIdentityRequired", "%s: %q deploys, for which the assignment needs an identity", op.id, assigned.name)
	}
	return nil
}

// libraryOf are the custom definitions and initiatives of a subscription.
func libraryOf(s *subscription) policyLibrary {
	custom := func(token string) func(string) map[string]any {
		return func(id string) map[string]any {
			if found := s.find(id); found != nil && found.Token == token {
				return found.Inputs
			}
			return nil
		}
	}
	return policyLibrary{definition: custom(definitionToken), initiative: custom(setDefinitionToken)}
}

// admit refuses a resource that an assignment in whose scope it is denies. Only resources with location and tags are indexed.
func admit(s *subscription, resource flow.Resource, indexed bool) error {
	for _, assignment := range s.ofToken[assignmentToken] {
		if !assignment.usable() || tree.Text(assignment.Inputs, "enforcementMode") == "DoNotEnforce" ||
			!resourceid.Within(resource.ID, tree.Text(assignment.Inputs, "scope")) ||
			slices.ContainsFunc(tree.Texts(assignment.Inputs, "notScopes"),
				func(scope string) bool { return resourceid.Within(resource.ID, scope) }) {
			continue
		}
		assigned, err := libraryOf(s).setOf(tree.Text(assignment.Inputs, "policyDefinitionId"))
		if err != nil {
			return err
		}
		values := assigned.given(assignment.Inputs)
		for _, member := range assigned.members {
			if !member.denies(resource, indexed, values) {
				continue
			}
			return forbidden("RequestDisallowedByPolicy", "resource %s of type %s was disallowed by policy: assignment %q, definition %q%s",
				resource.ID, resource.Type, displayName(assignment), member.definition.name, nonCompliance(assignment))
		}
	}
	return nil
}

func displayName(assignment *record) string {
	if name := tree.Text(assignment.Inputs, "displayName"); name != "" {
		return name
	}
	return resourceid.Name(assignment.ID)
}

func nonCompliance(assignment *record) string {
	said := ""
	for _, message := range tree.List(assignment.Inputs, "nonComplianceMessages") {
		said += "; " + tree.Text(message, "message")
	}
	return said
}
