package offline

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// When the engine is killed in an update, the next run finds state and simulated Azure as they were before it, and says so.
func TestKilledUpdateIsUndone(t *testing.T) {
	azure := startPets(t)
	opts := testOptions(t, petProgram)
	opts.Simulate = azure.simulate
	simulated := filepath.Join(opts.StateDir, "dev", "azure.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(simulated), 0o700))
	require.NoError(t, os.WriteFile(simulated, []byte("before"), 0o600))
	r := open(t, opts)
	_, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	before, err := r.Export(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.Close())

	// A script in place of the CLI leaves the number of the process that then becomes the CLI.
	dir := t.TempDir()
	engine, script := filepath.Join(dir, "engine"), filepath.Join(dir, "pulumi")
	require.NoError(t, os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\necho $$ >%s\nexec %s \"$@\"\n", engine, opts.Command), 0o700))
	doomed := opts
	doomed.Command = script
	doomed.Program = func(ctx *pulumi.Context) error {
		if err := os.WriteFile(simulated+".journal", []byte("after"), 0o600); err != nil {
			return err
		}
		text, err := os.ReadFile(engine)
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return err
		}
		return syscall.Kill(pid, syscall.SIGKILL)
	}
	r = open(t, doomed)
	_, err = r.Up(t.Context(), RunOptions{})
	require.Error(t, err)
	_, err = r.Up(t.Context(), RunOptions{})
	require.ErrorContains(t, err, "open the stack again")
	require.NoError(t, r.Close())
	require.FileExists(t, simulated+".journal")

	var said strings.Builder
	opts.Stderr = &said
	r = open(t, opts)
	assert.Equal(t, "The last operation on stack dev was killed. The stack is as it was before.\n", said.String())
	content, err := os.ReadFile(simulated)
	require.NoError(t, err)
	assert.Equal(t, "before", string(content))
	assert.NoFileExists(t, simulated+".journal")
	after, err := r.Export(t.Context())
	require.NoError(t, err)
	assert.JSONEq(t, string(before), string(after))
	_, err = r.Up(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)

	require.NoError(t, r.Close())
	said.Reset()
	open(t, opts)
	assert.Empty(t, said.String(), "an operation that has ended stays")
}
