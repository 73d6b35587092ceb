package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/pulumicli"
)

// stack makes a stack of the language host's test program in a backend of its own, with a secret in its configuration.
func stack(t *testing.T) (*Pulumi, Target) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	command, err := pulumicli.Find(root)
	require.NoError(t, err, "tests on the engine need the Pulumi CLI: run make test")
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	project := t.TempDir()
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(project, ".bin")+"/",
		"aks-regulated-pulumi/cmd/pulumi-language-go").CombinedOutput()
	require.NoError(t, err, "%s", output)
	writeFile(t, project, "Pulumi.yaml", fmt.Sprintf("name: program\nruntime: go\nmain: %s/internal/languagehost/testdata/program\n", root))
	writeFile(t, project, "Pulumi.dev.yaml", "")
	for name, value := range map[string]string{"GOCACHE": strings.TrimSpace(string(gocache)), "XDG_CACHE_HOME": t.TempDir(),
		"PULUMI_HOME": t.TempDir(), "PULUMI_BACKEND_URL": "file://" + t.TempDir(), "PULUMI_CONFIG_PASSPHRASE": "correct horse"} {
		t.Setenv(name, value)
	}
	for _, args := range [][]string{{"stack", "init", "dev"}, {"config", "set", "--stack", "dev", "--secret", "program:greeting", "hidden-value"}} {
		cmd := exec.Command(command, args...)
		cmd.Dir = project
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	return &Pulumi{ProjectDir: project, Command: command}, Target{Stack: "dev"}
}

// The pinned CLI takes the arguments, runs the program by the language host in .bin, and logs events as they are read here. A
// preview changes nothing, a refresh neither, and a secret of the configuration is shown by none of them.
func TestRealCLI(t *testing.T) {
	pulumi, target := stack(t)
	for range 2 {
		result, err := pulumi.Look(t.Context(), OperationPreview, target)
		require.NoError(t, err)
		require.True(t, result.OK, result.Error)
		assert.Equal(t, map[string]int{"create": 2}, result.Counts, "the stack and what is in it")
		assert.Contains(t, result.Resources, Resource{Type: "program:index:Box", Name: "box", Op: "create"}, "a preview must leave everything to do")
		assert.Contains(t, result.Text, "[secret]")
		assert.NotContains(t, result.Text, "hidden-value")
	}
	var shown strings.Builder
	pulumi.Progress = &shown
	require.NoError(t, pulumi.Up(t.Context(), target))
	assert.Contains(t, shown.String(), "created")
	assert.NotContains(t, shown.String(), "hidden-value")
	for _, operation := range []string{OperationPreview, OperationRefresh} {
		result, err := pulumi.Look(t.Context(), operation, target)
		require.NoError(t, err)
		require.True(t, result.OK, result.Error)
		assert.Empty(t, result.Resources, operation)
		assert.NotContains(t, result.Text, "\x1b", operation)
	}
	// A recovery asks the same CLI for the state, and takes away the lock that a lost job has left.
	lock := filepath.Join(strings.TrimPrefix(os.Getenv("PULUMI_BACKEND_URL"), "file://"), ".pulumi/locks/organization/program/dev")
	require.NoError(t, os.MkdirAll(lock, 0o700))
	writeFile(t, lock, "left.json", `{"pid":1,"username":"runner","hostname":"lost","timestamp":"2026-11-30T00:00:00Z"}`)
	require.ErrorContains(t, pulumi.Up(t.Context(), target), ".bin/delivery recover --stack dev")
	report, err := pulumi.Recover(t.Context(), target, Recovery{Unlock: true})
	require.NoError(t, err)
	assert.True(t, report.Clean())
	assert.NoFileExists(t, filepath.Join(lock, "left.json"))
	target.Stack = "nowhere"
	result, err := pulumi.Look(t.Context(), OperationPreview, target)
	require.NoError(t, err)
	assert.Contains(t, result.Error, "no stack named 'nowhere' found")
}
