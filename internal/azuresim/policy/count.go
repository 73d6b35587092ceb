package policy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

// MaxCounted is how many values one count goes through (Azure document "Azure Policy definition structure policy rule").
const MaxCounted = 100

var indexName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// count compiles the number of elements of a field, or of values, of those that a condition holds for if there is one.
func (c *ruleReader) count(raw any) (func(*evaluation) []any, error) {
	object, _ := raw.(map[string]any)
	for property := range object {
		switch property {
		case "field", "value", "name", "where":
		default:
			return nil, fmt.Errorf("the simulator does not know %q in a count", property)
		}
	}
	_, ofField := object["field"]
	_, ofValue := object["value"]
	if ofField == ofValue {
		return nil, errors.New("a count has one of field and value")
	}
	if ofValue {
		return c.countValues(object)
	}
	return c.countElements(object)
}

func (c *ruleReader) where(object map[string]any) (condition, error) {
	if object["where"] == nil {
		return func(*evaluation) bool { return true }, nil
	}
	return c.condition(object["where"])
}

func (c *ruleReader) countElements(object map[string]any) (func(*evaluation) []any, error) {
	name := tree.Text(object, "field")
	where, err := c.where(object)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, "[*]") || object["name"] != nil {
		return nil, fmt.Errorf("count needs a field that ends in [*], not %q, and takes no name for it", name)
	}
	if err := checkAlias(name); err != nil {
		return nil, err
	}
	return func(s *evaluation) []any {
		found := 0.0
		for _, element := range s.field(name) {
			inner := *s
			inner.current = withEntry(s.current, strings.ToLower(name), element)
			if where(&inner) {
				found++
			}
		}
		return []any{found}
	}, nil
}

// countValues compiles a count of a list that the rule or a parameter holds. Its condition finds the value by current().
func (c *ruleReader) countValues(object map[string]any) (func(*evaluation) []any, error) {
	name := tree.Text(object, "name")
	if !indexName.MatchString(name) {
		return nil, fmt.Errorf("the simulator needs a name of letters and digits for a count of values, not %q", name)
	}
	values, err := c.value(object["value"])
	if err != nil {
		return nil, err
	}
	inside := &ruleReader{declared: c.declared, counting: append(append([]string{}, c.counting...), name)}
	where, err := inside.where(object)
	if err != nil {
		return nil, err
	}
	c.lists = append(append(c.lists, values), inside.lists...)
	return func(s *evaluation) []any {
		found := 0.0
		counted, _ := values(s).([]any)
		for _, element := range counted {
			inner := *s
			inner.counted = withEntry(s.counted, name, element)
			if where(&inner) {
				found++
			}
		}
		return []any{found}
	}, nil
}

// withEntry is a copy of a map with one more entry.
func withEntry(values map[string]any, name string, v any) map[string]any {
	copied := maps.Clone(values)
	if copied == nil {
		copied = map[string]any{}
	}
	copied[name] = v
	return copied
}

// CheckCounts refuses a definition that counts longer lists than Azure goes through.
func (d *Definition) CheckCounts(parameters map[string]any) error {
	for _, list := range d.counted {
		if counted, _ := list(&evaluation{parameters: parameters}).([]any); len(counted) > MaxCounted {
			return fmt.Errorf("a count of %q goes through %d values, more than %d", d.Name, len(counted), MaxCounted)
		}
	}
	return nil
}
