package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/delivery"
	"aks-regulated-pulumi/internal/offline"
)

// upAgain runs updates until one succeeds, as delivery deploys and as the documents say: each that stops was refused for what Azure does not
// know everywhere yet, and ten minutes later the next one resumes. It returns how many stopped.
func (s *engineStack) upAgain(t *testing.T, most int) int {
	t.Helper()
	for stopped := 0; ; stopped++ {
		result, err := s.runner.Up(context.Background(), offline.RunOptions{})
		if err == nil {
			return stopped
		}
		require.Less(t, stopped, most, "it does not converge: %v", err)
		require.NotNil(t, result, "%v", err)
		assert.True(t, delivery.TooEarly(strings.Join(result.Errors(), "\n")), "%v: %v", err, result.Errors())
		s.azure.Advance(azurefacts.TimesOf(azurefacts.RoleAssignment).Worst)
	}
}

// Where nothing is known everywhere before the longest time that Azure documents, policies and image come up in the first update, and what is
// refused for a role that has not spread passes in the next: the platform converges, and then rests.
func TestEngineComesUpAtWorst(t *testing.T) {
	long(t)
	t.Parallel()
	stack := openStack(t, &engineStack{name: "dev", stateDir: t.TempDir(), propagation: azuresim.Worst, scale: 400}, nil)
	stack.upAgain(t, 3)
	assert.Equal(t, 1, stack.azure.ImageBuilds())
	stack.unchanged(t)
}

// Virtual nodes on a stack that runs bring a role and its assignments. The import of their images lies in between, so that Azure knows the role
// by then, even at worst.
func TestEngineVirtualNodesLaterAtWorst(t *testing.T) {
	long(t)
	t.Parallel()
	stack := newDeployedStack(t)
	// Where nothing takes time the waits of operations at the same time add up, and hide what comes too early.
	stack.propagation, stack.scale = azuresim.Worst, 300
	stack.reopen(t, map[string]any{"virtualNodes.enabled": true})
	stack.azure.Advance(time.Hour)
	assert.Zero(t, stack.upAgain(t, 1))
	stack.unchanged(t)
}
