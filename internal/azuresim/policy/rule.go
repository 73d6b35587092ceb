package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/flow"
)

// evaluation is what a policy rule judges: a resource, with the parameters of the assignment.
type evaluation struct {
	resource   flow.Resource
	parameters map[string]any // by lower-case name
	// current holds the elements that count expressions are at, by lower-case alias.
	current map[string]any
	// counted holds the values that count expressions are at, by the name that the expression gives them.
	counted map[string]any
}

// condition is a compiled part of a policy rule.
type condition func(*evaluation) bool

// operand is a compiled operand: a literal, or what parameters say.
type operand func(*evaluation) any

// ruleReader compiles policy rules (Azure document "Details of the policy definition rule structure"). What it does not know is an
// error, so that no rule is judged only in part.
type ruleReader struct {
	declared map[string]bool // lower-case names of the parameters
	counting []string        // names of the counts of values around what is read
	lists    []operand       // what counts of values go through
}

func (c *ruleReader) condition(raw any) (condition, error) {
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a condition is an object, not %T", raw)
	}
	for _, quantifier := range []string{"allOf", "anyOf"} {
		if members, ok := object[quantifier].([]any); ok && len(object) == 1 {
			return c.members(members, quantifier == "allOf")
		}
	}
	if negated, ok := object["not"]; ok && len(object) == 1 {
		inner, err := c.condition(negated)
		return func(s *evaluation) bool { return !inner(s) }, err
	}
	return c.comparison(object)
}

func (c *ruleReader) members(raw []any, all bool) (condition, error) {
	var members []condition
	for _, item := range raw {
		member, err := c.condition(item)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return func(s *evaluation) bool {
		// All of them hold if there is none that does not, any of them if there is one that does.
		return all != slices.ContainsFunc(members, func(member condition) bool { return member(s) != all })
	}, nil
}

// comparison compiles field, value or count with one operator.
func (c *ruleReader) comparison(object map[string]any) (condition, error) {
	if len(object) != 2 {
		return nil, fmt.Errorf("a condition has one of field, value and count, and one operator: %v", object)
	}
	var left func(*evaluation) []any
	var compare func(left, right any) bool
	var right operand
	for name, raw := range object {
		var err error
		switch name {
		case "field":
			left, err = c.field(raw)
		case "value":
			var literal operand
			literal, err = c.value(raw)
			left = func(s *evaluation) []any { return []any{literal(s)} }
		case "count":
			left, err = c.count(raw)
		default:
			if compare = operators[name]; compare == nil {
				return nil, fmt.Errorf("the simulator does not know %q in a policy rule", name)
			}
			right, err = c.value(raw)
		}
		if err != nil {
			return nil, err
		}
	}
	if left == nil || compare == nil {
		return nil, fmt.Errorf("a condition has one of field, value and count, and one operator: %v", object)
	}
	return func(s *evaluation) bool {
		wanted := right(s)
		// A condition on [*] holds if no element breaks it, so it holds for no elements.
		return !slices.ContainsFunc(left(s), func(v any) bool { return !compare(v, wanted) })
	}, nil
}

func (c *ruleReader) field(raw any) (func(*evaluation) []any, error) {
	name, ok := raw.(string)
	if !ok || strings.HasPrefix(name, "[") {
		return nil, fmt.Errorf("a field is a name, not %v", raw)
	}
	if err := checkAlias(name); err != nil {
		return nil, err
	}
	return func(s *evaluation) []any { return s.field(name) }, nil
}

var (
	parameterCall = regexp.MustCompile(`^parameters\(\s*'([^']+)'\s*\)$`)
	currentCall   = regexp.MustCompile(`^current\(\s*'([^']+)'\s*\)$`)
	concatCall    = regexp.MustCompile(`^concat\((.*)\)$`)
	stringLiteral = regexp.MustCompile(`^'([^']*)'$`)
)

// value compiles an operand. Of template functions it knows parameters, concat, and current with the name of a count of values.
func (c *ruleReader) value(raw any) (operand, error) {
	if items, ok := raw.([]any); ok {
		var compiled []operand
		for _, item := range items {
			v, err := c.value(item)
			if err != nil {
				return nil, err
			}
			compiled = append(compiled, v)
		}
		return func(s *evaluation) any {
			all := []any{}
			for _, v := range compiled {
				all = append(all, v(s))
			}
			return all
		}, nil
	}
	said, ok := raw.(string)
	if !ok || !strings.HasPrefix(said, "[") || strings.HasPrefix(said, "[[") {
		literal := raw
		if ok {
			literal = strings.Replace(said, "[[", "[", 1)
		}
		return func(*evaluation) any { return literal }, nil
	}
	return c.call(strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(said, "["), "]")))
}

func (c *ruleReader) call(expression string) (operand, error) {
	if match := parameterCall.FindStringSubmatch(expression); match != nil {
		name := strings.ToLower(match[1])
		if !c.declared[name] {
			return nil, fmt.Errorf("parameter %q is not declared", match[1])
		}
		return func(s *evaluation) any { return s.parameters[name] }, nil
	}
	if match := currentCall.FindStringSubmatch(expression); match != nil {
		if !slices.Contains(c.counting, match[1]) {
			return nil, fmt.Errorf("no count of values has the name %q here", match[1])
		}
		return func(s *evaluation) any { return s.counted[match[1]] }, nil
	}
	if match := stringLiteral.FindStringSubmatch(expression); match != nil {
		return func(*evaluation) any { return match[1] }, nil
	}
	match := concatCall.FindStringSubmatch(expression)
	if match == nil {
		return nil, fmt.Errorf("the simulator does not know the template expression %q", expression)
	}
	var parts []operand
	for _, argument := range strings.Split(match[1], ",") {
		part, err := c.call(strings.TrimSpace(argument))
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return func(s *evaluation) any {
		joined := ""
		for _, part := range parts {
			joined += fmt.Sprint(part(s))
		}
		return joined
	}, nil
}

// operators compare what a resource has with what a rule wants; nil stands for a property that is not there.
var operators = map[string]func(has, wants any) bool{
	"equals":          equalValues,
	"notEquals":       func(has, wants any) bool { return !equalValues(has, wants) },
	"in":              amongThem,
	"notIn":           func(has, wants any) bool { return !amongThem(has, wants) },
	"contains":        containsValue,
	"notContains":     func(has, wants any) bool { return !containsValue(has, wants) },
	"like":            matchesPattern,
	"notLike":         func(has, wants any) bool { return !matchesPattern(has, wants) },
	"exists":          func(has, wants any) bool { return (has != nil) == equalValues(wants, true) },
	"less":            func(has, wants any) bool { a, b, ok := numbers(has, wants); return ok && a < b },
	"lessOrEquals":    func(has, wants any) bool { a, b, ok := numbers(has, wants); return ok && a <= b },
	"greater":         func(has, wants any) bool { a, b, ok := numbers(has, wants); return ok && a > b },
	"greaterOrEquals": func(has, wants any) bool { a, b, ok := numbers(has, wants); return ok && a >= b },
}

// equalValues compares without regard to case, and the string "true" is as good as true.
func equalValues(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	return strings.EqualFold(fmt.Sprint(a), fmt.Sprint(b))
}

func amongThem(has, wants any) bool {
	options, _ := wants.([]any)
	return slices.ContainsFunc(options, func(option any) bool { return equalValues(has, option) })
}

func containsValue(has, wants any) bool {
	if items, ok := has.([]any); ok {
		return slices.ContainsFunc(items, func(item any) bool { return equalValues(item, wants) })
	}
	said, ok := has.(string)
	return ok && strings.Contains(strings.ToLower(said), strings.ToLower(fmt.Sprint(wants)))
}

func matchesPattern(has, wants any) bool {
	said, ok := has.(string)
	return ok && arm.MatchesAny([]string{fmt.Sprint(wants)}, said)
}

func numbers(a, b any) (x, y float64, ok bool) {
	x, first := a.(float64)
	y, second := b.(float64)
	return x, y, first && second
}
