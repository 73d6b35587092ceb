package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
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
	problems []Problem
}

func (r *reader) reject(key, value, allowed string) {
	r.problems = append(r.problems, Problem{Key: key, Value: value, Allowed: allowed})
}

func (r *reader) raw(key string) (string, bool) {
	return r.source.GetConfig(r.source.Project() + ":" + key)
}

func (r *reader) text(key string) string {
	value, ok := r.raw(key)
	if !ok {
		fallback, _ := lookupKey(key).Default.(string)
		return fallback
	}
	return strings.TrimSpace(value)
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
	}
	return parsed
}

// prefix reads an IPv4 network of at least the given size: bits is the longest prefix length that is allowed.
func (r *reader) prefix(key string, bits int) netip.Prefix {
	value := r.text(key)
	allowed := fmt.Sprintf("an IPv4 network in CIDR notation, /%d or larger, without host bits", bits)
	parsed, err := netip.ParsePrefix(value)
	if err != nil || !parsed.Addr().Is4() || parsed.Masked() != parsed || parsed.Bits() > bits || parsed.Bits() < 8 {
		r.reject(key, value, allowed)
		return netip.Prefix{}
	}
	return parsed
}
