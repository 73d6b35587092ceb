package arm

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Wildcards mean what a regular expression with .* in their place means, without regard to case.
func FuzzMatchesAny(f *testing.F) {
	for _, seed := range [][2]string{
		{"*", "a/b/read"}, {"Microsoft.Network/*", "microsoft.network/virtualNetworks/read"}, {"*/read", "a.b/read"}, {"a*b*c", "abc"},
		{"a*a", "a"}, {"", ""}, {"Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write"}, {"**", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, action string) {
		for _, s := range []string{pattern, action} {
			for _, r := range s {
				if r < ' ' || r > '~' {
					t.Skip("operations are plain ASCII")
				}
			}
		}
		expression := "(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		want, err := regexp.MatchString(expression, action)
		require.NoError(t, err)
		assert.Equal(t, want, MatchesAny([]string{pattern}, action), "%q against %q", pattern, action)
	})
}
