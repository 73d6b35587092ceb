// Package tree reads trees of JSON values as encoding/json decodes them: objects as map[string]any, lists as []any, numbers as float64.
// Whatever is missing or of another type counts as absent, so that no reader has to check each level of a path.
package tree

import (
	"maps"
	"slices"
)

// At follows the names of nested objects and returns the value there, or nil.
func At(value any, path ...string) any {
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// Text is the string at a path, or empty.
func Text(value any, path ...string) string {
	s, _ := At(value, path...).(string)
	return s
}

// Number is the number at a path; ok is false if there is none.
func Number(value any, path ...string) (n float64, ok bool) {
	n, ok = At(value, path...).(float64)
	return n, ok
}

// Truth is the boolean at a path, or false.
func Truth(value any, path ...string) bool {
	b, _ := At(value, path...).(bool)
	return b
}

// List is the list at a path, or nil.
func List(value any, path ...string) []any {
	l, _ := At(value, path...).([]any)
	return l
}

// Texts are the strings of the list at a path; other items are left out.
func Texts(value any, path ...string) []string {
	var out []string
	for _, item := range List(value, path...) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Object is the object at a path; an empty one if there is none.
func Object(value any, path ...string) map[string]any {
	if object, ok := At(value, path...).(map[string]any); ok {
		return object
	}
	return map[string]any{}
}

// Names are the names in the object at a path, sorted.
func Names(value any, path ...string) []string {
	return slices.Sorted(maps.Keys(Object(value, path...)))
}

// Clone copies a tree deeply. Values that JSON does not have stay shared.
func Clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return CloneObject(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Clone(item)
		}
		return out
	}
	return value
}

// CloneObject copies an object deeply; the copy of nil is empty, not nil.
func CloneObject(object map[string]any) map[string]any {
	out := make(map[string]any, len(object))
	for name, item := range object {
		out[name] = Clone(item)
	}
	return out
}
