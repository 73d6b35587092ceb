package engine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
)

// deployment is a stack that one update has deployed from nothing. Tests that start from there copy it, instead of deploying it again.
type deployment struct {
	name   string
	config map[string]any
	scale  float64 // of the deployment only

	once sync.Once
	// first is what the update has found; make sets it.
	first *offline.Result
	dir   string
}

// The deployments that tests start from.
var (
	development = &deployment{name: "dev"}
	production  = &deployment{name: "prod", scale: runningClock}
	inManifests = &deployment{name: "dev", config: following(map[string]any{"bootstrap.mode": "manifests"})}
)

// runningClock is fast, and slow enough for operations to meet: a peering takes 70 milliseconds. In five minutes the records of scripts expire.
const runningClock = 300

// make deploys once; the first test to ask waits for it, and the others for that test.
func (d *deployment) make(t *testing.T) {
	t.Helper()
	d.once.Do(func() {
		stack := openStack(t, &engineStack{name: d.name, stateDir: t.TempDir(), scale: d.scale}, d.config)
		first := stack.up(t)
		stack.close(t)
		dir, err := os.MkdirTemp("", "deployment-")
		require.NoError(t, err)
		require.NoError(t, os.CopyFS(dir, os.DirFS(stack.stateDir)))
		d.first, d.dir = first, dir
	})
	require.NotEmpty(t, d.dir, "the deployment of %s failed", d.name)
}

// copy opens a stack just as it is after the deployment.
func (d *deployment) copy(t *testing.T) *engineStack {
	t.Helper()
	d.make(t)
	// What a test changes in it is seldom about propagation: those that are say so.
	stack := &engineStack{name: d.name, stateDir: t.TempDir(), propagation: azuresim.Immediate}
	require.NoError(t, os.CopyFS(stack.stateDir, os.DirFS(d.dir)))
	return openStack(t, stack, d.config)
}

// simulate opens the deployed subscription alone, without an engine, where Flux finds a repository.
func (d *deployment) simulate(t *testing.T, repository fs.FS) *azuresim.Server {
	t.Helper()
	d.make(t)
	content, err := os.ReadFile(filepath.Join(d.dir, d.name, "azure.json"))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "azure.json")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	server, err := azuresim.Start(azuresim.Options{StateFile: file, Repository: repository})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server
}

// newDeployedStack opens a development stack just as it is after an update from nothing.
func newDeployedStack(t *testing.T) *engineStack {
	t.Helper()
	return development.copy(t)
}

// long leaves a test to LONG=1, which .ci/run and the workflows set: it deploys longer than make test has time for, and what it promises of one
// stack at least one other test does, too.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make test LONG=1 runs it")
	}
}

// TestMain takes away what the tests shared.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, d := range []*deployment{development, production, inManifests} {
		if err := os.RemoveAll(d.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}
