package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	deployed = `{"version":3,"deployment":{"manifest":{"version":"v3.1.0"},"resources":[{"urn":"urn:pulumi:dev::p::t::n","custom":true,
		"id":"/subscriptions/s/resourceGroups/g"}]}}`
	empty = `{"version":3,"deployment":{"manifest":{},"resources":[]}}`
)

func run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	return app.Run(args), out.String(), errs.String()
}

// The export comes from a file or from a pipe, and the page goes to a pipe.
func TestStandardStreams(t *testing.T) {
	file := filepath.Join(t.TempDir(), "export.json")
	require.NoError(t, os.WriteFile(file, []byte(deployed), 0o600))
	for name, args := range map[string][]string{"file": {file}, "pipe": nil, "dash": {"-"}} {
		code, stdout, stderr := run(t, deployed, args...)
		assert.Equal(t, ExitWritten, code, name)
		assert.True(t, strings.HasPrefix(stdout, "<!DOCTYPE html>"), name)
		assert.Contains(t, stdout, "Stack dev")
		assert.Empty(t, stderr)
	}
}

// A file of the page is for its owner only, since it shows where the platform is open.
func TestOutputFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	code, stdout, stderr := run(t, deployed, "-o", file)
	assert.Equal(t, ExitWritten, code, stderr)
	assert.Empty(t, stdout)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Whatever goes wrong is told once, with exit code 2, and leaves no page behind.
func TestMistakes(t *testing.T) {
	output := filepath.Join(t.TempDir(), "report.html")
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"no such file":     {"", []string{"nowhere.json"}, "nowhere.json"},
		"no export":        {"hello", nil, "no export of a stack"},
		"nothing deployed": {empty, nil, "make up"},
		"two files":        {deployed, []string{"a", "b"}, "at most 1 arg"},
		"unknown flag":     {deployed, []string{"--frobnicate"}, "unknown flag"},
		"no such folder":   {deployed, []string{"-o", "/nowhere/report.html"}, "write the page"},
	} {
		args := c.args
		if len(args) == 0 {
			args = []string{"-o", output}
		}
		code, stdout, stderr := run(t, c.stdin, args...)
		assert.Equal(t, ExitError, code, name)
		assert.Empty(t, stdout, name)
		assert.Contains(t, stderr, c.want, name)
		assert.Equal(t, 1, strings.Count(stderr, "report: "), name)
	}
	assert.NoFileExists(t, output)
}
