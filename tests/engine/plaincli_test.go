package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
)

// The program previews under the plain Pulumi CLI, with runtime go, against what "offline serve" prints; the checked-in
// configuration stays as it is.
func TestPlainCLIPreviewsAgainstServe(t *testing.T) {
	t.Parallel()
	command, err := pulumicli.Find("../..")
	require.NoError(t, err)
	command, err = filepath.Abs(command)
	require.NoError(t, err)
	bin, err := filepath.Abs("../../.bin")
	require.NoError(t, err)
	// Into .bin, where Go links again only what has changed.
	build := exec.Command("make", "--no-print-directory", ".bin/offline", ".bin/pulumi-language-go")
	build.Dir = "../.."
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	before, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)

	path := "PATH=" + strings.Join([]string{bin, filepath.Dir(command), os.Getenv("PATH")}, string(os.PathListSeparator))
	attach := startServe(t, filepath.Join(bin, "offline"), path)
	preview := exec.Command(command, "preview", "--non-interactive", "--stack", "dev", "--config-file", attach.ConfigFile, "--json")
	preview.Dir = "../.."
	preview.Env = append(os.Environ(), path)
	for _, variable := range attach.Environment {
		if variable.Name != "PATH" {
			preview.Env = append(preview.Env, variable.Name+"="+variable.Value)
		}
	}
	var stderr bytes.Buffer
	preview.Stderr = &stderr
	shown, err := preview.Output()
	require.NoError(t, err, "%s\n%s", stderr.String(), shown)
	var plan struct {
		Steps         []struct{ Op, URN string }
		ChangeSummary map[string]int
	}
	require.NoError(t, json.Unmarshal(shown, &plan))
	assert.Greater(t, plan.ChangeSummary["create"], 70)
	assert.FileExists(t, "../../.bin/aks-regulated-pulumi", "the host builds the program where Pulumi.yaml says")
	after, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

// served is what serve --json prints.
type served struct {
	ConfigFile  string
	Environment []offline.Variable
}

// startServe runs "offline serve" until the test ends and returns what it prints.
func startServe(t *testing.T, program, path string) served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	serve := exec.CommandContext(ctx, program, "serve", "--json", "--state-dir", t.TempDir())
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	serve.WaitDelay = 20 * time.Second
	serve.Dir, serve.Env = "../..", append(os.Environ(), path)
	stdout, err := serve.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())
	t.Cleanup(func() {
		cancel()
		_ = serve.Wait() // ends by the interrupt
	})
	var attach served
	require.NoError(t, json.NewDecoder(stdout).Decode(&attach))
	return attach
}
