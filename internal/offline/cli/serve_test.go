package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aks-regulated-pulumi/internal/offline"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve runs the command until the test ends, and waits for what it prints.
func (f *fixture) serve(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int)
	go func() { code <- f.run(ctx, append([]string{"serve"}, args...)...) }()
	t.Cleanup(func() {
		cancel()
		assert.Zero(t, <-code, "an interrupt is how serve ends")
		assert.True(t, f.closed, "the simulator must save its state")
	})
	require.Eventually(t, func() bool { return strings.Contains(f.stdout.String(), "pulumi destroy") },
		time.Minute, 50*time.Millisecond, "nothing was printed")
	return f.stdout.String()
}

// withLanguageHost puts the language host of this module, and the CLI, first on the PATH.
func withLanguageHost(t *testing.T) {
	t.Helper()
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(gocache)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	bin := t.TempDir()
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "aks-regulated-pulumi/cmd/pulumi-language-go").CombinedOutput()
	require.NoError(t, err, "%s", output)
	t.Setenv("PATH", strings.Join([]string{bin, os.Getenv("PATH")}, string(os.PathListSeparator)))
}

// A plain CLI that is given what serve prints previews and updates the program, keeps its state in the state directory,
// and leaves the checked-in configuration alone.
func TestPlainCLIAgainstServe(t *testing.T) {
	program, err := filepath.Abs(filepath.Join("..", "..", "languagehost", "testdata", "program"))
	require.NoError(t, err)
	f := newFixture(t, fmt.Sprintf("name: program\nruntime: go\nmain: %s\n", program), nil)
	withLanguageHost(t)
	script := f.serve(t)

	project := f.app.ProjectDir
	before, err := os.ReadFile(filepath.Join(project, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	for _, operation := range []string{"preview", "up --yes", "up --yes --expect-no-changes", "destroy --yes"} {
		config := filepath.Join(project, "state", "dev", "project", "Pulumi.dev.yaml")
		cmd := exec.Command("sh", "-c", script+"\npulumi "+operation+" --non-interactive --stack dev --config-file "+config)
		cmd.Dir = project
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", operation, output)
	}
	after, err := os.ReadFile(filepath.Join(project, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
	assert.FileExists(t, filepath.Join(project, "state/dev/pulumi/.pulumi/stacks/program/dev.json"))
}

// With --json the same is printed as a document; the stack is taken while serve runs.
func TestServeJSON(t *testing.T) {
	f := newFixture(t, "name: tiny\nruntime: go\n", component)
	withLanguageHost(t)
	var attach attachment
	require.NoError(t, json.Unmarshal([]byte(f.serve(t, "--json")), &attach))
	assert.Contains(t, attach.Environment, offline.Variable{Name: "PULUMI_DEBUG_PROVIDERS", Value: "none:1"})
	assert.Contains(t, attach.Commands[0], "--config-file '"+attach.ConfigFile+"'")

	second := *f.app
	stderr := &buffer{}
	second.Stderr = stderr
	assert.Equal(t, 1, second.Run(t.Context(), []string{"up", "--state-dir", filepath.Join(f.app.ProjectDir, "state")}))
	assert.Contains(t, stderr.String(), "in use by another offline command")
}

// PATH is extended by what is missing only, and an installation's language host is preferred.
func TestPathAdditions(t *testing.T) {
	tests := map[string]struct {
		onPath, beside, built []string // programs on the PATH, beside the CLI in cli/, and in .bin/
		command               string
		want                  []string
	}{
		"installation on the PATH":    {[]string{"pulumi", languageHost}, nil, []string{languageHost}, "path/pulumi", nil},
		"CLI without language host":   {[]string{"pulumi"}, nil, []string{languageHost}, "path/pulumi", []string{".bin"}},
		"all built":                   {nil, nil, []string{"pulumi", languageHost}, ".bin/pulumi", []string{".bin"}},
		"installation named":          {nil, []string{"pulumi", languageHost}, []string{languageHost}, "cli/pulumi", []string{"cli"}},
		"CLI named, host built":       {nil, []string{"pulumi"}, []string{languageHost}, "cli/pulumi", []string{"cli", ".bin"}},
		"other CLI first on the PATH": {[]string{"pulumi", languageHost}, []string{"pulumi"}, nil, "cli/pulumi", []string{"cli"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for sub, names := range map[string][]string{"path": test.onPath, "cli": test.beside, ".bin": test.built} {
				require.NoError(t, os.Mkdir(filepath.Join(dir, sub), 0o700))
				for _, name := range names {
					require.NoError(t, os.WriteFile(filepath.Join(dir, sub, name), nil, 0o700))
				}
			}
			t.Setenv("PATH", filepath.Join(dir, "path"))
			got, err := pathAdditions(filepath.Join(dir, test.command), dir)
			require.NoError(t, err)
			var want []string
			for _, sub := range test.want {
				want = append(want, filepath.Join(dir, sub))
			}
			assert.Equal(t, want, got)
		})
	}
	t.Setenv("PATH", t.TempDir())
	command := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(command, nil, 0o700))
	_, err := pathAdditions(command, t.TempDir())
	assert.ErrorContains(t, err, "make serve")
}

// What is printed for a shell survives any path.
func TestQuote(t *testing.T) {
	for _, s := range []string{"plain", "with space", "it's", `$HOME "x" \n`} {
		output, err := exec.Command("sh", "-c", "printf %s "+quote(s)).Output()
		require.NoError(t, err)
		assert.Equal(t, s, string(output))
	}
}
