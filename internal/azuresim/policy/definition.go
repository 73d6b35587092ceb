// Package policy evaluates the rules of Azure Policy. What it does not know in a rule is an error, so that none is judged only in part.
package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Definition is a policy that can be assigned, alone or in an initiative.
type Definition struct {
	// Name is the display name.
	id, Name, mode string
	parameters     map[string]Parameter // by lower-case name
	// Holds reports whether the rule is broken; nil if it is not ARM that judges, or if the effect never denies.
	Holds condition
	// effect is what the rule has, which may be a parameter.
	effect operand
	// counted are the lists that counts of values go through.
	counted []operand
}

// Parameter is what a definition takes.
type Parameter struct {
	Name, Kind string // Kind is a type such as Array
	Allowed    []any  // empty for any value
	fallback   any
	Optional   bool // has a default
}

// Set is an initiative; a single definition is one with one member.
type Set struct {
	Name       string               // the display name
	Parameters map[string]Parameter // by lower-case name
	Members    []Member             // its definitions
}

// Member is a definition in an initiative.
type Member struct {
	// Definition is what it evaluates.
	Definition *Definition
	// parameters are what the initiative hands on, by lower-case name; nil hands on everything.
	parameters map[string]operand
}

// effectNames are the effects that the simulator knows, in lower case.
var effectNames = []string{"deny", "audit", "disabled", "auditifnotexists", "deployifnotexists"}

// ReadDefinition compiles a definition as its maker wrote it.
func ReadDefinition(id string, inputs map[string]any) (*Definition, error) {
	made := &Definition{id: id, Name: tree.Text(inputs, "displayName"), mode: tree.Text(inputs, "mode")}
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
	made.Holds, err = reader.condition(tree.At(rule, "if"))
	made.counted = reader.lists
	return made, err
}

// effects are all that the definition can have, by its rule and its parameters.
func (d *Definition) effects() []string {
	values := map[string]any{}
	for name, parameter := range d.parameters {
		values[name] = parameter.fallback
	}
	found := []string{fmt.Sprint(d.effect(&evaluation{parameters: values}))}
	for _, parameter := range d.parameters {
		// The rule does not say which parameter is the effect, but it is the one whose value it takes over.
		if strings.EqualFold(parameter.Name, "effect") {
			for _, allowed := range parameter.Allowed {
				found = append(found, fmt.Sprint(allowed))
			}
		}
	}
	return slices.DeleteFunc(found, func(effect string) bool { return effect == "<nil>" })
}

var parameterKinds = []string{"String", "Array", "Object", "Boolean", "Integer", "Float", "DateTime"}

func readParameters(inputs map[string]any) (map[string]Parameter, error) {
	found := map[string]Parameter{}
	for name, raw := range tree.Object(inputs, "parameters") {
		parameter := Parameter{Name: name, Kind: tree.Text(raw, "type"), Allowed: tree.List(raw, "allowedValues"),
			fallback: tree.At(raw, "defaultValue")}
		parameter.Optional = parameter.fallback != nil
		if !slices.ContainsFunc(parameterKinds, func(kind string) bool { return strings.EqualFold(kind, parameter.Kind) }) {
			return nil, fmt.Errorf("parameter %q has no known type, but %q", name, parameter.Kind)
		}
		if parameter.Optional && !parameter.Permits(parameter.fallback) {
			return nil, fmt.Errorf("the default of parameter %q, %v, is not one of its allowed values", name, parameter.fallback)
		}
		found[strings.ToLower(name)] = parameter
	}
	return found, nil
}

// Fits reports whether a value has the type of a parameter.
func (p Parameter) Fits(v any) bool {
	switch v.(type) {
	case []any:
		return strings.EqualFold(p.Kind, "Array")
	case map[string]any:
		return strings.EqualFold(p.Kind, "Object")
	case bool:
		return strings.EqualFold(p.Kind, "Boolean")
	case float64:
		return strings.EqualFold(p.Kind, "Integer") || strings.EqualFold(p.Kind, "Float")
	case string:
		return strings.EqualFold(p.Kind, "String") || strings.EqualFold(p.Kind, "DateTime")
	}
	return false
}

// Permits reports whether a parameter takes a value; its allowed values count with their case.
func (p Parameter) Permits(v any) bool {
	return len(p.Allowed) == 0 || slices.ContainsFunc(p.Allowed, func(allowed any) bool { return fmt.Sprint(allowed) == fmt.Sprint(v) })
}

// Library finds custom definitions and initiatives by their ids. Its functions return nil for an id of something else.
type Library struct {
	Definition, Initiative func(id string) (inputs map[string]any) // by id, in any case
}

// definitionOf finds a policy definition, built-in or custom.
func (l Library) definitionOf(id string) (*Definition, error) {
	if custom := l.Definition(id); custom != nil {
		return ReadDefinition(id, custom)
	}
	if policy, known := builtInPolicy(id); known && !policy.Initiative {
		return BuiltInDefinition(id, policy)
	}
	return nil, arm.NotFound("PolicyDefinitionNotFound", "the policy definition %s could not be found", id)
}

// SetOf finds what an assignment assigns: an initiative, or a definition, which is then the only member.
func (l Library) SetOf(id string) (*Set, error) {
	if custom := l.Initiative(id); custom != nil {
		return l.ReadSet(custom)
	}
	if policy, known := builtInPolicy(id); known && policy.Initiative {
		// Its members judge inside of clusters, not in ARM.
		return &Set{Name: policy.DisplayName, Parameters: parametersOf(policy)}, nil
	}
	if strings.EqualFold(resourceid.Type(id), setType) {
		return nil, arm.NotFound("PolicySetDefinitionNotFound", "the policy set definition %s could not be found", id)
	}
	definition, err := l.definitionOf(id)
	if err != nil {
		return nil, err
	}
	return &Set{Name: definition.Name, Parameters: definition.parameters, Members: []Member{{Definition: definition}}}, nil
}

// ReadSet compiles an initiative.
func (l Library) ReadSet(inputs map[string]any) (*Set, error) {
	made := &Set{Name: tree.Text(inputs, "displayName")}
	var err error
	if made.Parameters, err = readParameters(inputs); err != nil {
		return nil, err
	}
	reader := ruleReader{declared: map[string]bool{}}
	for name := range made.Parameters {
		reader.declared[name] = true
	}
	for _, raw := range tree.List(inputs, "policyDefinitions") {
		definition, err := l.definitionOf(tree.Text(raw, "policyDefinitionId"))
		if err != nil {
			return nil, err
		}
		member := Member{definition, map[string]operand{}}
		for name, parameter := range tree.Object(raw, "parameters") {
			if _, taken := definition.parameters[strings.ToLower(name)]; !taken {
				return nil, fmt.Errorf("definition %s takes no parameter %q", definition.id, name)
			}
			handed, err := reader.value(tree.At(parameter, "value"))
			if err != nil {
				return nil, err
			}
			// What the initiative's own parameters decide is known only when it is assigned.
			if value := handed(&evaluation{parameters: map[string]any{}}); value != nil && !definition.parameters[strings.ToLower(name)].Permits(value) {
				return nil, arm.BadRequest("PolicyParameterValueNotAllowed", "%v is not allowed for parameter %q of %q; it must be one of %v", value, name,
					definition.Name, definition.parameters[strings.ToLower(name)].Allowed)
			}
			member.parameters[strings.ToLower(name)] = handed
		}
		made.Members = append(made.Members, member)
	}
	return made, nil
}

// Given are the parameter values of an assignment with the defaults of what it assigns.
func (p *Set) Given(assignment map[string]any) map[string]any {
	values := map[string]any{}
	for name, parameter := range p.Parameters {
		values[name] = parameter.fallback
	}
	for name, raw := range tree.Object(assignment, "parameters") {
		values[strings.ToLower(name)] = tree.At(raw, "value")
	}
	return values
}

// Given are the parameter values of a member, from those of its initiative.
func (m Member) Given(values map[string]any) map[string]any {
	if m.parameters == nil {
		return values
	}
	handed := map[string]any{}
	for name, parameter := range m.Definition.parameters {
		handed[name] = parameter.fallback
	}
	for name, v := range m.parameters {
		handed[name] = v(&evaluation{parameters: values})
	}
	return handed
}

// Effect is the effect that a member has with the values of its initiative, in the spelling of the assignment.
func (m Member) Effect(values map[string]any) string {
	effect, _ := m.Definition.effect(&evaluation{parameters: m.Given(values)}).(string)
	return effect
}

// Denies reports whether a member denies a resource with the values of its initiative. Definitions of mode Indexed judge only indexed
// resources: those that have a location and tags.
func (m Member) Denies(resource flow.Resource, indexed bool, values map[string]any) bool {
	d := m.Definition
	return d.Holds != nil && (indexed || d.mode != "Indexed") && strings.EqualFold(m.Effect(values), "deny") &&
		d.Holds(&evaluation{resource: resource, parameters: m.Given(values)})
}
