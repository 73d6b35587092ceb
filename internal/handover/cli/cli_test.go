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

// Both files come from a file or a pipe, are for their owner only, and a mistake is told once and writes nothing.
func TestRun(t *testing.T) {
	const outputs = `{"handover": {"links": [{"zone": "privatelink.azurecr.io", "name": "to-spoke", "networkId": "/subscriptions/s/resourceGroups/g"}]}}`
	file := filepath.Join(t.TempDir(), "outputs.json")
	require.NoError(t, os.WriteFile(file, []byte(outputs), 0o600))
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		"file":          {"", []string{file}, ExitWritten, ""},
		"pipe":          {outputs, nil, ExitWritten, ""},
		"no outputs":    {"{}", nil, ExitError, "has no outputs"},
		"no such file":  {"", []string{file + "x"}, ExitError, "no such file"},
		"two files":     {"", []string{file, file}, ExitError, "accepts at most 1"},
		"unknown flag":  {"", []string{"--colour"}, ExitError, "unknown flag"},
		"no such place": {outputs, []string{"-o", file}, ExitError, "make the directory"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			dir := filepath.Join(t.TempDir(), "made")
			app := &App{Stdin: strings.NewReader(c.stdin), Stdout: &stdout, Stderr: &stderr}
			assert.Equal(t, c.code, app.Run(append([]string{"-o", dir, "--stack", "prod"}, c.args...)))
			if c.code == ExitError {
				assert.Equal(t, 1, strings.Count(stderr.String(), "handover: "))
				assert.Contains(t, stderr.String(), c.says)
				assert.NoDirExists(t, dir)
				return
			}
			assert.Equal(t, filepath.Join(dir, "handover.md")+"\n"+filepath.Join(dir, "handover.json")+"\n", stdout.String())
			for file, part := range map[string]string{"handover.md": "# What the stack prod leaves", "handover.json": `"stack": "prod"`} {
				content, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				assert.Contains(t, string(content), part)
				info, err := os.Stat(filepath.Join(dir, file))
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			}
		})
	}
}
