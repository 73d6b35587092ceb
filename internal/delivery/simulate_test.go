package delivery

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The simulator's environment and configuration file become the target, it runs until it is stopped, and an empty directory is
// told from one that holds something.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	s := &Simulator{ProjectDir: dir, StateDir: "state", Command: script(t, `echo "$@" >arguments
trap 'echo saved >saved; exit 0' INT
echo '{"environment": [{"name": "PULUMI_HOME", "value": "/h"}], "configFile": "/c.yaml", "path": ["x"]}'
while :; do sleep 0.05; done`)}
	target, stop, err := s.Serve(t.Context(), "dev")
	require.NoError(t, err)
	assert.Equal(t, Target{Stack: "dev", Simulated: true, Empty: true, Environment: []string{"PULUMI_HOME=/h"}, ConfigFile: "/c.yaml"}, target)
	require.NoError(t, stop())
	assert.FileExists(t, filepath.Join(dir, "saved"), "the simulator must be able to save its state")
	arguments, err := os.ReadFile(filepath.Join(dir, "arguments"))
	require.NoError(t, err)
	assert.Equal(t, "serve --json --stack dev --state-dir state\n", string(arguments))

	s.StateDir = filepath.Join(dir, "state")
	require.NoError(t, os.MkdirAll(filepath.Join(s.StateDir, "dev"), 0o700))
	target, stop, err = s.Serve(t.Context(), "dev")
	require.NoError(t, err)
	assert.False(t, target.Empty)
	require.NoError(t, stop())
}

// A simulator that is missing or does not start says why.
func TestServeFails(t *testing.T) {
	s := &Simulator{ProjectDir: t.TempDir(), Command: script(t, "echo offline: invalid configuration >&2; exit 1")}
	_, _, err := s.Serve(t.Context(), "dev")
	require.EqualError(t, err, "start the simulated Azure: offline: invalid configuration")
	s.Command = script(t, "echo nonsense; while :; do sleep 0.05; done")
	_, _, err = s.Serve(t.Context(), "dev")
	require.ErrorContains(t, err, "invalid character", "and it must not go on running")
	s.Command = "nowhere/offline"
	_, _, err = s.Serve(t.Context(), "dev")
	require.ErrorContains(t, err, `run "make delivery-simulator"`)
	_, _, err = s.Serve(t.Context(), "../dev")
	require.ErrorContains(t, err, "stack name")
}
