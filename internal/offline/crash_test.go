package offline

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crashVariable tells the process that TestCrash starts which directory to work in until it is killed.
const crashVariable = "OFFLINE_TEST_CRASH"

func crashOptions(t *testing.T, dir string, program pulumi.RunFunc) Options {
	t.Helper()
	return Options{
		ProjectDir: dir,
		StateDir:   filepath.Join(dir, "state"),
		Stack:      "dev",
		Program:    program,
		Command:    testCommand(t),
	}
}

// A runner that is killed in the middle of an update leaves nothing that keeps the next one from working.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashVariable); dir != "" {
		r := open(t, crashOptions(t, dir, func(*pulumi.Context) error {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "running"), nil, 0o600))
			select {}
		}))
		_, err := r.Up(t.Context(), RunOptions{})
		t.Fatal("the update ended:", err)
	}

	dir := writeProject(t, map[string]string{"dev": testStack})
	opts := crashOptions(t, dir, func(*pulumi.Context) error { return nil })
	victim := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	victim.Env = append(os.Environ(), crashVariable+"="+dir)
	require.NoError(t, victim.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "running"))
		return err == nil
	}, time.Minute, 20*time.Millisecond)

	_, err := Open(t.Context(), opts)
	require.ErrorContains(t, err, "in use by another offline command")
	require.NoError(t, victim.Process.Kill())
	require.Error(t, victim.Wait())

	_, err = open(t, opts).Up(t.Context(), RunOptions{})
	assert.NoError(t, err)
}

// An engine that is killed while it writes may leave an empty file of attributes beside a checkpoint, which is as good as none.
func TestTornAttributes(t *testing.T) {
	dir := writeProject(t, map[string]string{"dev": testStack})
	opts := crashOptions(t, dir, func(*pulumi.Context) error { return nil })
	r := open(t, opts)
	_, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	torn, err := filepath.Glob(filepath.Join(dir, "state", "dev", "pulumi", ".pulumi", "stacks", "*", "dev.json.attrs"))
	require.NoError(t, err)
	require.NotEmpty(t, torn)
	for _, file := range torn {
		require.NoError(t, os.Truncate(file, 0))
	}
	_, err = open(t, opts).Up(t.Context(), RunOptions{})
	assert.NoError(t, err)
}
