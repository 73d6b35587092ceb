package flow

import (
	"fmt"
	"net/netip"

	"aks-regulated-pulumi/internal/resourceid"
)

// properties is one level of a resource's property tree. Every mistake found while reading it is added to errs with the
// resource's id and the property's path, so that all of them can be reported in one go.
type properties struct {
	id     string
	path   string
	values map[string]any
	errs   *[]error
}

func (p properties) at(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

// Mistake is one mistake in a resource. An error of New joins them.
type Mistake struct {
	// ID is the resource's id, Property the path of the property in it.
	ID, Property, Problem string
	// Missing says that the resource refers to one that is not in the set.
	Missing bool
}

// Error names the resource, the property and the problem.
func (m *Mistake) Error() string {
	return fmt.Sprintf("%s: property %s: %s", m.ID, m.Property, m.Problem)
}

func (p properties) fail(name, format string, args ...any) {
	*p.errs = append(*p.errs, &Mistake{ID: p.id, Property: p.at(name), Problem: fmt.Sprintf(format, args...)})
}

func (p properties) missing(name, format string, args ...any) {
	*p.errs = append(*p.errs, &Mistake{ID: p.id, Property: p.at(name), Problem: fmt.Sprintf(format, args...), Missing: true})
}

func (p properties) has(name string) bool {
	switch v := p.values[name].(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case []string:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func (p properties) text(name string) string {
	switch v := p.values[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		p.fail(name, "want a string, got %T", v)
		return ""
	}
}

func (p properties) texts(name string) []string {
	switch v := p.values[name].(type) {
	case nil:
		return nil
	case []string:
		return v
	case []any:
		out := make([]string, 0, len(v))
		for i, item := range v {
			s, ok := item.(string)
			if !ok {
				p.fail(name, "item %d: want a string, got %T", i, item)
				continue
			}
			out = append(out, s)
		}
		return out
	default:
		p.fail(name, "want a list of strings, got %T", v)
		return nil
	}
}

// either joins a singular property and its plural, the two spellings that NSG rules and subnets have for one fact.
func (p properties) either(singular, plural string) []string {
	out := p.texts(plural)
	if s := p.text(singular); s != "" {
		out = append([]string{s}, out...)
	}
	return out
}

func (p properties) truth(name string, absent bool) bool {
	switch v := p.values[name].(type) {
	case nil:
		return absent
	case bool:
		return v
	default:
		p.fail(name, "want a boolean, got %T", v)
		return absent
	}
}

func (p properties) integer(name string) int {
	switch v := p.values[name].(type) {
	case nil:
		return 0
	case float64:
		return int(v)
	case int:
		return v
	default:
		p.fail(name, "want a number, got %T", v)
		return 0
	}
}

func (p properties) object(name string) properties {
	child := properties{id: p.id, path: p.at(name), errs: p.errs}
	switch v := p.values[name].(type) {
	case nil:
	case map[string]any:
		child.values = v
	default:
		p.fail(name, "want an object, got %T", v)
	}
	return child
}

func (p properties) objects(name string) []properties {
	items, ok := p.values[name].([]any)
	if !ok {
		if v := p.values[name]; v != nil {
			p.fail(name, "want a list of objects, got %T", v)
		}
		return nil
	}
	out := make([]properties, 0, len(items))
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", name, i)
		values, ok := item.(map[string]any)
		if !ok {
			p.fail(at, "want an object, got %T", item)
			continue
		}
		out = append(out, properties{id: p.id, path: p.at(at), values: values, errs: p.errs})
	}
	return out
}

// ref reads the id of a sub-resource reference such as networkSecurityGroup.id, as a key (see resourceid.Key).
func (p properties) ref(name string) string { return resourceid.Key(p.object(name).text("id")) }

func (p properties) prefixes(name string, texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		prefix, err := netip.ParsePrefix(t)
		if err != nil {
			p.fail(name, "%q is no prefix in CIDR notation", t)
			continue
		}
		out = append(out, prefix.Masked())
	}
	return out
}

func (p properties) addr(name, value string) netip.Addr {
	if value == "" {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(value)
	if err != nil {
		p.fail(name, "%q is no IP address", value)
	}
	return addr
}
