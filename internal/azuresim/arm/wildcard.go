package arm

import (
	"slices"
	"strings"
)

// MatchesAny compares an action with patterns in which * stands for anything. Among what lies in a resource, as in
// userAssignedIdentities/*/assign/action, Azure counts the resource itself.
func MatchesAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return matches(pattern, action) || matches(strings.ReplaceAll(pattern, "/*/", "/"), action)
	})
}

func matches(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, found := strings.CutPrefix(strings.ToLower(action), parts[0])
	if !found {
		return false
	}
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return rest == ""
}
