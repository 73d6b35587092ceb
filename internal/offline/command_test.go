package offline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeCommand makes a program that prints output, as a CLI asked for its version does.
func writeCommand(t *testing.T, dir, output string) string {
	t.Helper()
	path := filepath.Join(dir, "pulumi")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho '"+output+"'\n"), 0o700))
	return path
}

// The CLI that is named wins over the one that make built, and that one over what happens to be installed.
func TestFindCommand(t *testing.T) {
	project, bin := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv(CommandVariable, "")
	_, err := FindCommand(project)
	require.ErrorContains(t, err, "make cli")

	installed := writeCommand(t, bin, "v3.255.0")
	found, err := FindCommand(project)
	require.NoError(t, err)
	assert.Equal(t, installed, found)

	built := writeCommand(t, filepath.Join(project, ".bin"), "v3.255.0")
	found, err = FindCommand(project)
	require.NoError(t, err)
	assert.Equal(t, built, found)

	t.Setenv(CommandVariable, "/named/pulumi")
	found, err = FindCommand(project)
	require.NoError(t, err)
	assert.Equal(t, "/named/pulumi", found)
}

// A CLI that does not fit is refused before it does anything.
func TestCommandVersion(t *testing.T) {
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
			_, err := openCommand(t.Context(), writeCommand(t, dir, test.output), dir)
			if test.problem == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.problem)
			}
		})
	}
	_, err := openCommand(t.Context(), "/nowhere/pulumi", t.TempDir())
	assert.ErrorContains(t, err, "/nowhere/pulumi")
}
