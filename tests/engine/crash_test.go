package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
)

// An engine that is killed in the middle of an update saves nothing of it. The simulated Azure goes back to where the update began, so that
// the next one makes all of it, and finds nothing that is there already.
func TestEngineIsKilled(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	before := stack.ids(t)
	stack.reopen(t, stampsOf("01", "02"))
	ended := make(chan error)
	go func() {
		_, err := stack.runner.Up(context.Background(), offline.RunOptions{})
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(stack.azure.Resources()) > len(before)+20 }, 5*time.Minute, 10*time.Millisecond)
	require.NoError(t, syscall.Kill(stack.enginePID(t), syscall.SIGKILL))
	require.Error(t, <-ended)
	_, err := stack.runner.Up(context.Background(), offline.RunOptions{})
	require.ErrorContains(t, err, "was killed")
	stack.reopen(t, stampsOf("01", "02"))
	assert.Equal(t, before, stack.ids(t))
	for _, step := range changed(stack.up(t)) {
		assert.True(t, strings.HasPrefix(step, "create "), step)
	}
}

// enginePID is the process that holds the stack's lock.
func (s *engineStack) enginePID(t *testing.T) int {
	t.Helper()
	locks, err := filepath.Glob(filepath.Join(s.stateDir, s.name, "pulumi", ".pulumi", "locks", "*", "*", "*", "*.json"))
	require.NoError(t, err)
	require.Len(t, locks, 1)
	content, err := os.ReadFile(locks[0])
	require.NoError(t, err)
	var lock struct{ PID int }
	require.NoError(t, json.Unmarshal(content, &lock))
	require.Positive(t, lock.PID)
	return lock.PID
}
