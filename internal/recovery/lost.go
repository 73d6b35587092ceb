package recovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/armpath"
	"aks-regulated-pulumi/internal/resourceid"
)

// adoptLost adds what the program would create although Azure has it: the answer to a request that Azure accepted was lost. What depends on
// such a resource does not exist, since its creation failed for the engine.
func (s *Stack) adoptLost(ctx context.Context, state *state, report *Report) error {
	planned, err := s.Preview(ctx)
	if err != nil {
		return fmt.Errorf("ask the program what it would create: %w", err)
	}
	wanted := state.creations(planned)
	if len(wanted) == 0 {
		return nil
	}
	found, err := s.wait(ctx, state, wanted)
	if err != nil {
		return err
	}
	changed := false
	for _, lost := range wanted {
		azure := found[lost.key()]
		switch {
		case azure == nil:
		case !s.claims(state, lost.resource.id()):
			report.Unclaimed = append(report.Unclaimed, lost.resource.id())
			s.say("exists, but nothing shows that it is this stack's: %s; if it is, add it with --adopt %s", lost.resource.id(), lost.resource.id())
		default:
			made := lost.resource
			if slices.Contains(neverUpdated, made.token()) {
				// The next update could not send what differs. What is hidden here is sent by a replacement.
				made.object["taint"] = masked(made.inputs())
			} else {
				made.object["inputs"] = agreed(made.inputs(), azure.outputs(), armpath.Names(made.token()))
			}
			made.object["dependencies"] = state.references(made)
			s.report(state.adopt(made, *azure), made, report)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return s.load(ctx, state)
}

// creations are the resources of Azure that a preview creates, as far as their ids are known.
func (s *state) creations(planned []Planned) []*doubt {
	var wanted []*doubt
	for _, plan := range planned {
		if plan.Op != "create" {
			continue
		}
		made := resource{object{
			"urn": plan.URN, "type": plan.Type, "custom": true, "inputs": plan.Inputs, "provider": s.providerOf(plan.Provider), "parent": plan.Parent,
		}}
		for name, set := range map[string]bool{"protect": plan.Protect, "retainOnDelete": plan.RetainOnDelete} {
			if set {
				made.object[name] = true
			}
		}
		id, err := s.idOf(made)
		if err != nil || made.text("provider") == "" || s.find(plan.Parent) == nil {
			continue
		}
		wanted = append(wanted, &doubt{resource: made.withID(id)})
	}
	return wanted
}

// plannedSubscription is the GUID of the first subscription that an input of a planned resource names, and that no provider of its own is for.
func plannedSubscription(planned []Planned) string {
	foreign := map[string]bool{}
	for _, plan := range planned {
		if id, named := plan.Inputs["subscriptionId"].(string); named && strings.HasPrefix(plan.Type, providerType) {
			foreign[strings.ToLower(id)] = true
		}
	}
	var find func(value any) string
	find = func(value any) string {
		switch value := value.(type) {
		case string:
			if id := resourceid.Subscription(value); strings.HasPrefix(value, "/subscriptions/") && !foreign[strings.ToLower(id)] {
				return id
			}
		case object:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				if found := find(value[key]); found != "" {
					return found
				}
			}
		case []any:
			for _, part := range value {
				if found := find(part); found != "" {
					return found
				}
			}
		}
		return ""
	}
	for _, plan := range planned {
		if found := find(plan.Inputs); found != "" {
			return found
		}
	}
	return ""
}

// providerOf is a planned resource's provider as the state refers to it. A preview may show a default provider without its id.
func (s *state) providerOf(planned string) string {
	if known := s.find(providerURN(planned)); known != nil {
		return known.urn() + "::" + known.id()
	}
	return ""
}

// providerType begins the types of providers.
const providerType = "pulumi:providers:"

// providerURN is the URN in a reference to a provider, which ends in the provider's id.
func providerURN(reference string) string {
	return reference[:max(0, strings.LastIndex(reference, "::"))]
}

func (s *state) find(urn string) *resource {
	for _, known := range s.resources {
		if known.urn() == urn {
			return &known
		}
	}
	return nil
}

// claims reports whether a resource is certainly the stack's: it was named, it lies in a group or a resource of the stack, or its own name is a
// GUID that the stack has drawn.
func (s *Stack) claims(state *state, id string) bool {
	if slices.ContainsFunc(s.Adopt, func(named string) bool { return resourceid.Equal(named, id) }) {
		return true
	}
	for _, known := range state.resources {
		owner := known.id()
		switch {
		case known.is("delete") || owner == "":
		case strings.HasPrefix(owner, "/") && resourceid.Within(id, owner) && !resourceid.Equal(id, owner):
			return true
		case len(owner) == len("00000000-0000-0000-0000-000000000000") && strings.EqualFold(owner, resourceid.Name(id)):
			return true
		}
	}
	return false
}

// references are the resources of the state whose ids the inputs name, and what the resource lies in.
func (s *state) references(made resource) []any {
	found := []any{}
	for _, known := range s.resources {
		id := known.id()
		if id == "" || known.is("delete") || known.urn() == made.urn() || strings.HasPrefix(known.token(), providerType) {
			continue
		}
		if resourceid.Within(made.id(), id) || names(made.inputs(), id) {
			found = append(found, known.urn())
		}
	}
	return found
}

// names reports whether a value has a text that is an id or lies in it.
func names(value any, id string) bool {
	switch value := value.(type) {
	case string:
		return resourceid.Within(value, id)
	case object:
		for key, part := range value {
			if resourceid.Within(key, id) || names(part, id) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(part any) bool { return names(part, id) })
	}
	return false
}

// agreed are the inputs of a program with Azure's values where these differ, so that the next update sends what differs. Hidden values that
// Azure does not return are left out, and sent again as well. Fixed are the names in the id, which Azure does not return.
func agreed(inputs, azure object, fixed []string) object {
	result := object{}
	for name, wanted := range inputs {
		has, returned := azure[name]
		switch {
		case slices.Contains(fixed, name), !returned && !masked(wanted):
			// What Azure never returns was sent by the program that wants it.
			result[name] = wanted
		case returned:
			if value := agreedValue(wanted, has); value != nil {
				result[name] = value
			}
		}
	}
	return result
}

func agreedValue(wanted, has any) any {
	switch wanted := wanted.(type) {
	case object:
		if wanted[signature] == nil {
			if parts, ok := has.(object); ok {
				return agreed(wanted, parts, nil)
			}
			return wanted
		}
	case []any:
		// Azure has its own order and forms of lists, such as objects in the place of ids.
		if parts, ok := has.([]any); !masked(wanted) && (!ok || len(parts) == len(wanted)) {
			return wanted
		}
	case string:
		if text, ok := has.(string); ok && !masked(wanted) && strings.EqualFold(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(wanted, " ", "")) {
			return wanted
		}
	}
	switch {
	case masked(has):
		return nil
	case masked(wanted):
		return secret(has)
	}
	return has
}
