package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// buffer is written to by a command and read by the test at the same time.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

func (b *buffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data.Reset()
}

// noProviders is enough of a simulator for a program that has components only.
type noProviders struct{ closed *bool }

func (noProviders) DebugProviders() string { return "none:1" }
func (n noProviders) Close() error         { *n.closed = true; return nil }

type fixture struct {
	app            *App
	stdout, stderr *buffer
	closed         bool
	simulation     Simulation
}

func newFixture(t *testing.T, project string, program pulumi.RunFunc) *fixture {
	t.Helper()
	command, err := pulumicli.Find(filepath.Join("..", "..", ".."))
	require.NoError(t, err, "tests on the engine need the Pulumi CLI: run make test")
	command, err = filepath.Abs(command)
	require.NoError(t, err)
	t.Setenv(pulumicli.Variable, command)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), []byte("config:\n  greeting: hi\n"), 0o600))
	f := &fixture{stdout: &buffer{}, stderr: &buffer{}}
	f.app = &App{ProjectDir: dir, Program: program, Stdout: f.stdout, Stderr: f.stderr}
	f.app.Simulate = func(simulation Simulation) (offline.Simulator, error) {
		f.simulation = simulation
		return noProviders{&f.closed}, nil
	}
	return f
}

// run runs a command line with a state directory that the test's commands share.
func (f *fixture) run(ctx context.Context, args ...string) int {
	f.stdout.reset()
	f.stderr.reset()
	return f.app.Run(ctx, append(args, "--state-dir", filepath.Join(f.app.ProjectDir, "state")))
}

func component(ctx *pulumi.Context) error {
	var box pulumi.ResourceState
	if err := ctx.RegisterComponentResource("tiny:index:Box", "box", &box); err != nil {
		return err
	}
	ctx.Export("open", pulumi.Bool(true))
	ctx.Export("key", pulumi.ToSecret("<sesame>"))
	return nil
}

// The commands do on one stack what their names say, and leave the simulator closed.
func TestCommands(t *testing.T) {
	f := newFixture(t, "name: tiny\nruntime: go\n", component)
	zone := filepath.Join(f.app.ProjectDir, "zone.yaml")
	require.NoError(t, os.WriteFile(zone, []byte("groups: []\n"), 0o600))
	require.Zero(t, f.run(t.Context(), "preview", "--landing-zone", zone), f.stderr.String())
	assert.Contains(t, f.stdout.String(), " +    tiny:index:Box box\n", "a preview ends with the component tree")
	assert.NotContains(t, f.stdout.String(), "\x1b", "only a terminal gets colours")
	assert.True(t, f.closed)
	assert.Equal(t, Simulation{
		StateFile: filepath.Join(f.app.ProjectDir, "state", "dev", "azure.json"), Clock: DefaultClock, Propagation: "typical", LandingZone: []byte("groups: []\n"),
	}, f.simulation)

	require.Zero(t, f.run(t.Context(), "up", "--json", "--clock", "0", "--propagation", "worst"), f.stderr.String())
	assert.Zero(t, f.simulation.Clock)
	assert.Equal(t, "worst", f.simulation.Propagation)
	var up struct {
		Operation string
		Changes   map[string]int
		Outputs   map[string]any
		Steps     []offline.Step
		Error     *string
	}
	require.NoError(t, json.Unmarshal([]byte(f.stdout.String()), &up))
	assert.Equal(t, "up", up.Operation)
	assert.Equal(t, map[string]int{"create": 2}, up.Changes)
	assert.Equal(t, map[string]any{"open": true, "key": "[secret]"}, up.Outputs)
	assert.Len(t, up.Steps, 2)
	assert.Nil(t, up.Error)
	assert.Empty(t, f.stderr.String())

	for _, args := range [][]string{{"up", "--expect-no-changes"}, {"refresh", "--expect-no-changes"}, {"preview", "--diff"}} {
		assert.Zero(t, f.run(t.Context(), args...), "%v: %s", args, f.stderr.String())
	}

	file := filepath.Join(t.TempDir(), "export.json")
	require.Zero(t, f.run(t.Context(), "export", "-o", file), f.stderr.String())
	assert.Empty(t, f.stdout.String())
	exported, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Zero(t, f.run(t.Context(), "export"))
	assert.Equal(t, string(exported), f.stdout.String())
	assert.Contains(t, f.stdout.String(), `"urn:pulumi:dev::tiny::tiny:index:Box::box"`)
	assert.NotContains(t, f.stdout.String(), "sesame")

	require.Zero(t, f.run(t.Context(), "destroy"), f.stderr.String())
	assert.Contains(t, f.stdout.String(), "2 deleted")
}

// An error makes the exit code 1 and is shown once: by the engine, in the JSON document, or as one line.
func TestErrors(t *testing.T) {
	f := newFixture(t, "name: tiny\nruntime: go\n", func(*pulumi.Context) error { return errors.New("out of luck") })

	assert.Equal(t, 1, f.run(t.Context(), "up"))
	assert.Contains(t, f.stdout.String(), "out of luck")
	assert.NotContains(t, f.stderr.String(), "out of luck")

	assert.Equal(t, 1, f.run(t.Context(), "up", "--json"))
	var failed struct {
		Error       string
		Diagnostics []offline.Diagnostic
	}
	require.NoError(t, json.Unmarshal([]byte(f.stdout.String()), &failed))
	assert.Contains(t, failed.Error, "out of luck")
	assert.NotEmpty(t, failed.Diagnostics)
	assert.Empty(t, f.stderr.String())

	assert.Equal(t, 1, f.run(t.Context(), "preview", "--stack", "nowhere"))
	assert.Equal(t, "offline: no stack \"nowhere\": the project has dev\n", f.stderr.String())
	assert.Equal(t, 1, f.run(t.Context(), "preview", "--stack", "nowhere", "--json"))
	assert.JSONEq(t, `{"error": "no stack \"nowhere\": the project has dev"}`, f.stdout.String())

	assert.Equal(t, 1, f.run(t.Context(), "preview", "--clock=-1"))
	assert.Contains(t, f.stderr.String(), "--clock -1")
	assert.Equal(t, 1, f.run(t.Context(), "apply"))
	assert.Contains(t, f.stderr.String(), "unknown command")
}
