package azuresim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// policyDefinition is a policy that can be assigned, alone or in an initiative.
type policyDefinition struct {
	id, name, mode string
	parameters     map[string]policyParameter // by lower-case name
	// holds reports whether the rule is broken; nil if it is not ARM that judges, or if the effect never denies.
	holds condition
	// effect is what the rule has, which may be a parameter.
	effect operand
	// counted are the lists that counts of values go through.
	counted []operand
}

// policyParameter is what a definition takes.
type policyParameter struct {
	name, kind string
	allowed    []any
	fallback   any
	optional   bool
}

// policySet is an initiative; a single definition is one with one member.
type policySet struct {
	name       string
	parameters map[string]policyParameter
	members    []policyMember
}

type policyMember struct {
	definition *policyDefinition
	// parameters are what the initiative hands on, by lower-case name; nil hands on everything.
	parameters map[string]operand
}

// effectNames are the effects that the simulator knows, in lower case.
var effectNames = []string{"deny", "audit", "disabled", "auditifnotexists", "deployifnotexists"}

// readDefinition compiles a definition as its maker wrote it.
func readDefinition(id string, inputs map[string]any) (*policyDefinition, error) {
	made := &policyDefinition{id: id, name: tree.Text(inputs, "displayName"), mode: tree.Text(inputs, "mode")}
	var err error
	if made.parameters, err = readParameters(inputs); err != nil {
		return nil, err
	}
	reader := ruleReader{declared: map[string]bool{}}
	for name := range made.parameters {
		reader.declared[name] = true
	}
	rule := tree.At(inputs, "policyRule")
	if made.effect, err = reader.value(tree.At(rule, "then", "effect")); err != nil {
		return nil, err
	}
	for _, effect := range made.effects() {
		if !slices.Contains(effectNames, strings.ToLower(effect)) {
			return nil, fmt.Errorf("the simulator does not know effect %q", effect)
		}
		if strings.EqualFold(effect, "deployIfNotExists") && len(tree.Texts(rule, "then", "details", "roleDefinitionIds")) == 0 {
			return nil, errors.New("deployIfNotExists needs details with roleDefinitionIds")
		}
	}
	made.holds, err = reader.condition(tree.At(rule, "if"))
	made.counted = reader.lists
	return made, err
}

// effects are all that the definition can have, by its rule and its parameters.
func (d *policyDefinition) effects() []string {
	values := map[string]any{}
	for name, parameter := range d.parameters {
		values[name] = parameter.fallback
	}
	found := []string{fmt.Sprint(d.effect(&evaluation{parameters: values}))}
	for _, parameter := range d.parameters {
		// The rule does not say which parameter is the effect, but it is the one whose value it takes over.
		if strings.EqualFold(parameter.name, "effect") {
			for _, allowed := range parameter.allowed {
				found = append(found, fmt.Sprint(allowed))
			}
		}
	}
	return slices.DeleteFunc(found, func(effect string) bool { return effect == "<nil>" })
}

var parameterKinds = []string{"String", "Array", "Object", "Boolean", "Integer", "Float", "DateTime"}

func readParameters(inputs map[string]any) (map[string]policyParameter, error) {
	found := map[string]policyParameter{}
	for name, raw := range tree.Object(inputs, "parameters") {
		parameter := policyParameter{name: name, kind: tree.Text(raw, "type"), allowed: tree.List(raw, "allowedValues"),
			fallback: tree.At(raw, "defaultValue")}
		parameter.optional = parameter.fallback != nil
		if !slices.ContainsFunc(parameterKinds, func(kind string) bool { return strings.EqualFold(kind, parameter.kind) }) {
			return nil, fmt.Errorf("parameter %q has no known type, but %q", name, parameter.kind)
		}
		if parameter.optional && !parameter.permits(parameter.fallback) {
			return nil, fmt.Errorf("the default of parameter %q, %v, is none of its allowed values", name, parameter.fallback)
		}
		found[strings.ToLower(name)] = parameter
	}
	return found, nil
}

// fits reports whether a value has the type of a parameter.
func (p policyParameter) fits(v any) bool {
	switch v.(type) {
	case []any:
		return strings.EqualFold(p.kind, "Array")
	case map[string]any:
		return strings.EqualFold(p.kind, "Object")
	case bool:
		return strings.EqualFold(p.kind, "Boolean")
	case float64:
		return strings.EqualFold(p.kind, "Integer") || strings.EqualFold(p.kind, "Float")
	case string:
		return strings.EqualFold(p.kind, "String") || strings.EqualFold(p.kind, "DateTime")
	}
	return false
}

// permits reports whether a parameter takes a value; its allowed values count with their case.
func (p policyParameter) permits(v any) bool {
	return len(p.allowed) == 0 || slices.ContainsFunc(p.allowed, func(allowed any) bool { return fmt.Sprint(allowed) == fmt.Sprint(v) })
}

// policyLibrary finds custom definitions and initiatives by their ids. Its functions return nil for an id of something else.
type policyLibrary struct {
	definition, initiative func(id string) (inputs map[string]any)
}

// definitionOf finds a policy definition, built-in or custom.
func (l policyLibrary) definitionOf(id string) (*policyDefinition, error) {
	if custom := l.definition(id); custom != nil {
		return readDefinition(id, custom)
	}
	if policy, known := builtInPolicy(id); known && !policy.Initiative {
		return builtInDefinition(id, policy)
	}
	return nil, notFound("PolicyDefinitionNotFound", "the policy definition %s could not be found", id)
}

// setOf finds what an assignment assigns: an initiative, or a definition, which is then the only member.
func (l policyLibrary) setOf(id string) (*policySet, error) {
	if custom := l.initiative(id); custom != nil {
		return l.readSet(custom)
	}
	if policy, known := builtInPolicy(id); known && policy.Initiative {
		// Its members judge inside of clusters, not in ARM.
		return &policySet{name: policy.DisplayName, parameters: parametersOf(policy)}, nil
	}
	definition, err := l.definitionOf(id)
	if err != nil {
		return nil, err
	}
	return &policySet{name: definition.name, parameters: definition.parameters, members: []policyMember{{definition: definition}}}, nil
}

// readSet compiles an initiative.
func (l policyLibrary) readSet(inputs map[string]any) (*policySet, error) {
	made := &policySet{name: tree.Text(inputs, "displayName")}
	var err error
	if made.parameters, err = readParameters(inputs); err != nil {
		return nil, err
	}
	reader := ruleReader{declared: map[string]bool{}}
	for name := range made.parameters {
		reader.declared[name] = true
	}
	for _, raw := range tree.List(inputs, "policyDefinitions") {
		definition, err := l.definitionOf(tree.Text(raw, "policyDefinitionId"))
		if err != nil {
			return nil, err
		}
		member := policyMember{definition, map[string]operand{}}
		for name, parameter := range tree.Object(raw, "parameters") {
			if _, taken := definition.parameters[strings.ToLower(name)]; !taken {
				return nil, fmt.Errorf("definition %s takes no parameter %q", definition.id, name)
			}
			if member.parameters[strings.ToLower(name)], err = reader.value(tree.At(parameter, "value")); err != nil {
				return nil, err
			}
		}
		made.members = append(made.members, member)
	}
	return made, nil
}

// given are the parameter values of an assignment with the defaults of what it assigns.
func (p *policySet) given(assignment map[string]any) map[string]any {
	values := map[string]any{}
	for name, parameter := range p.parameters {
		values[name] = parameter.fallback
	}
	for name, raw := range tree.Object(assignment, "parameters") {
		values[strings.ToLower(name)] = tree.At(raw, "value")
	}
	return values
}

// given are the parameter values of a member, from those of its initiative.
func (m policyMember) given(values map[string]any) map[string]any {
	if m.parameters == nil {
		return values
	}
	handed := map[string]any{}
	for name, parameter := range m.definition.parameters {
		handed[name] = parameter.fallback
	}
	for name, v := range m.parameters {
		handed[name] = v(&evaluation{parameters: values})
	}
	return handed
}

// effect is the effect that a member has with the values of its initiative, in the spelling of the assignment.
func (m policyMember) effect(values map[string]any) string {
	effect, _ := m.definition.effect(&evaluation{parameters: m.given(values)}).(string)
	return effect
}

// denies reports whether a member denies a resource with the values of its initiative. Definitions of mode Indexed judge only indexed
// resources: those that have a location and tags.
func (m policyMember) denies(resource flow.Resource, indexed bool, values map[string]any) bool {
	d := m.definition
	return d.holds != nil && (indexed || d.mode != "Indexed") && strings.EqualFold(m.effect(values), "deny") &&
		d.holds(&evaluation{resource: resource, parameters: m.given(values)})
}
