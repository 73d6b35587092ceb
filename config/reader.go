package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Source is where configuration comes from; *pulumi.Context is one.
type Source interface {
	// Project is the name of the Pulumi project, the namespace of its keys.
	Project() string
	// GetConfig returns the value of a namespaced key as Pulumi stores it: text, or JSON for arrays and objects.
	GetConfig(key string) (string, bool)
}

// reader reads typed values and collects every mistake instead of stopping at the first.
type reader struct {
	source   Source
	sections map[string]map[string]json.RawMessage
	problems []Problem
}

// newReader reads the objects that hold the keys with a dot: hub.addressSpace is property addressSpace of object hub.
func newReader(source Source) *reader {
	r := &reader{source: source, sections: map[string]map[string]json.RawMessage{}}
	for _, key := range Keys {
		section, _, nested := strings.Cut(key.Name, ".")
		if !nested {
			continue
		}
		// Pulumi stores such a key when it is set without --path, and nothing would read it.
		if value, set := source.GetConfig(source.Project() + ":" + key.Name); set {
			r.reject(key.Name, value, fmt.Sprintf("a property of %s: set it with pulumi config set --path", section))
		}
		if _, read := r.sections[section]; !read {
			r.sections[section] = r.section(section)
		}
	}
	return r
}

func (r *reader) section(name string) map[string]json.RawMessage {
	value, set := r.source.GetConfig(r.source.Project() + ":" + name)
	if !set {
		return map[string]json.RawMessage{}
	}
	var section map[string]json.RawMessage
	if err := json.Unmarshal([]byte(value), &section); err != nil {
		r.reject(name, value, "an object with properties such as "+strings.Join(properties(name), ", "))
		return map[string]json.RawMessage{}
	}
	for _, property := range slices.Sorted(maps.Keys(section)) {
		if !slices.Contains(properties(name), property) {
			r.reject(name+"."+property, plain(section[property]), "one of the properties "+strings.Join(properties(name), ", "))
		}
	}
	return section
}

// properties are the names of the keys in a section.
func properties(section string) []string {
	var names []string
	for _, key := range Keys {
		if property, inside := strings.CutPrefix(key.Name, section+"."); inside {
			names = append(names, property)
		}
	}
	return names
}

func (r *reader) reject(key, value, allowed string) {
	if value != "" && holdsSecret(key) {
		value = hidden
	}
	r.problems = append(r.problems, Problem{Key: key, Value: value, Allowed: allowed})
}

// rejected reports whether a key has a problem already.
func (r *reader) rejected(key string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Key == key })
}

// holdsSecret reports whether the value of a key must not be shown: it is a secret, or an unknown property beside one.
func holdsSecret(key string) bool {
	key, _, _ = strings.Cut(key, "[")
	section, _, _ := strings.Cut(key, ".")
	return slices.ContainsFunc(Keys, func(k Key) bool {
		unknown := lookupKey(key).Kind == ""
		return k.Secret && (k.Name == key || unknown && strings.HasPrefix(k.Name, section+"."))
	})
}

// raw returns a value as text, or as JSON for lists and objects.
func (r *reader) raw(key string) (string, bool) {
	section, property, nested := strings.Cut(key, ".")
	if !nested {
		return r.source.GetConfig(r.source.Project() + ":" + key)
	}
	value, set := r.sections[section][property]
	if !set {
		return "", false
	}
	return plain(value), true
}

// plain is a JSON string without its quotes, or any other JSON as it is.
func plain(value json.RawMessage) string {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return string(value)
	}
	return text
}

func (r *reader) text(key string) string {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.(string)
		return fallback
	}
	return value
}

func (r *reader) oneOf(key string, allowed ...string) string {
	value := r.text(key)
	for _, candidate := range allowed {
		if value == candidate {
			return value
		}
	}
	r.reject(key, value, "one of "+strings.Join(allowed, ", "))
	return value
}

func (r *reader) boolean(key string) bool {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.(bool)
		return fallback
	}
	parsed, err := strconv.ParseBool(value)
	if err != nil {
		r.reject(key, value, "true or false")
	}
	return parsed
}

func (r *reader) integer(key string, low, high int) int {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.(int)
		return fallback
	}
	parsed, err := strconv.Atoi(value)
	if err != nil || parsed < low || parsed > high {
		r.reject(key, value, fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return parsed
}

func (r *reader) list(key string) []string {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.([]string)
		return fallback
	}
	var parsed []string
	if err := json.Unmarshal([]byte(value), &parsed); err != nil {
		r.reject(key, value, "a list of strings")
		return nil
	}
	return parsed
}

func (r *reader) object(key string) map[string]string {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.(map[string]string)
		return fallback
	}
	var parsed map[string]string
	if err := json.Unmarshal([]byte(value), &parsed); err != nil {
		r.reject(key, value, "an object whose values are strings")
		return nil
	}
	return parsed
}

// prefix reads an IPv4 network of at least the given size: bits is the longest prefix length that is allowed.
func (r *reader) prefix(key string, bits int) netip.Prefix {
	return r.parsePrefix(key, r.text(key), bits)
}

func (r *reader) parsePrefix(key, value string, bits int) netip.Prefix {
	allowed := fmt.Sprintf("an IPv4 network in CIDR notation, /%d or larger, without host bits", bits)
	parsed, err := netip.ParsePrefix(value)
	if err != nil || !parsed.Addr().Is4() || parsed.Masked() != parsed || parsed.Bits() > bits || parsed.Bits() < 8 {
		r.reject(key, value, allowed)
		return netip.Prefix{}
	}
	return parsed
}
