package pulumicli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/blang/semver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var least = semver.MustParse("3.255.0")

// writeCommand makes a program that prints output, as a CLI asked for its version does.
func writeCommand(t *testing.T, dir, output string) string {
	t.Helper()
	path := filepath.Join(dir, "pulumi")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho '"+output+"'\n"), 0o700))
	return path
}

// The CLI that is named wins over the one that make built, and that one over what happens to be installed.
func TestFind(t *testing.T) {
	project, bin := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv(Variable, "")
	_, err := Find(project)
	require.ErrorContains(t, err, "make cli")

	installed := writeCommand(t, bin, "v3.255.0")
	found, err := Find(project)
	require.NoError(t, err)
	assert.Equal(t, installed, found)

	built := writeCommand(t, filepath.Join(project, ".bin"), "v3.255.0")
	found, err = Find(project)
	require.NoError(t, err)
	assert.Equal(t, built, found)

	t.Setenv(Variable, "/named/pulumi")
	found, err = Find(project)
	require.NoError(t, err)
	assert.Equal(t, "/named/pulumi", found)
}

// A CLI that does not fit is refused before it does anything.
func TestOpenChecksTheVersion(t *testing.T) {
	tests := map[string]struct{ output, problem string }{
		"exact":        {"v3.255.0", ""},
		"newer":        {"v3.300.1", ""},
		"older":        {"v3.254.9", "3.254.9"},
		"next major":   {"v4.0.0", "4.0.0"},
		"not a Pulumi": {"usage: pulumi", "version"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Open(t.Context(), writeCommand(t, dir, test.output), dir, least)
			if test.problem == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.problem)
			}
		})
	}
	_, err := Open(t.Context(), "/nowhere/pulumi", t.TempDir(), least)
	assert.ErrorContains(t, err, "/nowhere/pulumi")
}

// A version is asked for once, and again when the program is another one; every start counts.
func TestStarts(t *testing.T) {
	home := t.TempDir()
	path := writeCommand(t, t.TempDir(), "v3.255.0")
	open := func() *CLI {
		t.Helper()
		c, err := Open(t.Context(), path, home, least)
		require.NoError(t, err)
		return c
	}
	assert.Equal(t, 1, open().Starts())
	assert.Zero(t, open().Starts(), "this process knows")
	asked.Clear()
	assert.Zero(t, open().Starts(), "the home knows")
	require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1, 0)))
	again := open()
	assert.Equal(t, 1, again.Starts())
	var stdout bytes.Buffer
	code, err := again.Run(t.Context(), Invocation{Stdout: &stdout}, "whatever")
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Equal(t, "v3.255.0\n", stdout.String())
	assert.Equal(t, 2, again.Starts())
}

// The CLI gets its arguments and variables, and one interrupt when the context ends.
func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(path, []byte(`#!/bin/bash
trap 'echo interrupted; exit 4' INT
echo "$* $NAMED $(cat)"
[[ "$*" != *wait ]] || { sleep 60 & wait; }
exit 3
`), 0o700))
	var stdout bytes.Buffer
	in := Invocation{Env: []string{"NAMED=named"}, Stdin: bytes.NewBufferString("said"), Stdout: &stdout, Grace: time.Second}
	code, err := New(path).Run(t.Context(), in, "stack", "ls")
	assert.Error(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "--non-interactive stack ls named said\n", stdout.String())

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	stdout.Reset()
	code, err = New(path).Run(ctx, in, "wait")
	assert.Error(t, err)
	assert.Equal(t, 4, code)
	assert.Contains(t, stdout.String(), "interrupted")
	code, err = New("/nowhere/pulumi").Run(t.Context(), Invocation{})
	assert.ErrorContains(t, err, "/nowhere/pulumi")
	assert.Equal(t, -1, code)
}
