package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
)

// With the effect Deny the platform comes up from nothing, since its own roles are on the list, and a second update changes nothing.
func TestEngineRestrictedRoles(t *testing.T) {
	t.Parallel()
	stack := newEngineStack(t, "dev", map[string]any{"builtInRoles.restrict": true, "builtInRoles.effect": "Deny"})
	stack.up(t)
	_, err := stack.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	stack.destroy(t)
	assert.Empty(t, stack.azure.Left())
}

// Switching the policy on in a deployed stack assigns it, and switching it off takes the assignment away; nothing else changes. Azure has known
// the definition since the stack was made, so that it does not refuse the assignment.
func TestEngineRestrictRolesLater(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.propagation = azuresim.Worst
	for _, step := range []struct {
		config map[string]any
		op     string
		types  []string
	}{
		{map[string]any{"builtInRoles.restrict": true}, "create", []string{"PolicyAssignment"}},
		{map[string]any{"builtInRoles.restrict": true, "builtInRoles.effect": "Deny"}, "update", []string{"PolicyAssignment"}},
		{nil, "delete", []string{"PolicyAssignment"}},
	} {
		stack.reopen(t, step.config)
		var done []string
		for _, change := range changed(stack.up(t)) {
			op, token, _ := strings.Cut(change, " ")
			assert.Equal(t, step.op, op, change)
			done = append(done, token[strings.LastIndex(token, ":")+1:])
		}
		assert.ElementsMatch(t, step.types, done, "%v", step.config)
	}
}
