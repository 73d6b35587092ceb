package engine

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/configtest"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/platform"
)

// engineStack is a stack of the program on the real engine, with a simulated Azure of its own.
type engineStack struct {
	t        *testing.T
	name     string
	stateDir string
	azure    *azuresim.Server
	runner   *offline.Runner
	// repository is what Flux finds in Git; nil means this working tree.
	repository fs.FS
	// secrets are encrypted configuration beside what is made up, by the paths of config.Keys.
	secrets map[string]string
}

// newEngineStack opens a stack in an empty subscription, with values by the names of config.Keys over the checked-in ones.
// Without a Pulumi CLI the test is skipped; make test provides one.
func newEngineStack(t *testing.T, name string, config map[string]any) *engineStack {
	t.Helper()
	stack := &engineStack{t: t, name: name, stateDir: t.TempDir()}
	stack.open(config)
	t.Cleanup(stack.close)
	return stack
}

// deployed holds the state of a development stack that one update has deployed. Tests that start from there copy it.
var deployed struct {
	once sync.Once
	dir  string
}

// newDeployedStack opens a development stack that has been deployed, just as after an update from nothing.
func newDeployedStack(t *testing.T) *engineStack {
	t.Helper()
	deployed.once.Do(func() {
		stack := newEngineStack(t, "dev", nil)
		stack.up()
		stack.close()
		dir, err := os.MkdirTemp("", "deployed-")
		require.NoError(t, err)
		require.NoError(t, os.CopyFS(dir, os.DirFS(stack.stateDir)))
		deployed.dir = dir
	})
	require.NotEmpty(t, deployed.dir, "the first deployment failed")
	stack := &engineStack{t: t, name: "dev", stateDir: t.TempDir()}
	require.NoError(t, os.CopyFS(stack.stateDir, os.DirFS(deployed.dir)))
	stack.open(nil)
	t.Cleanup(stack.close)
	return stack
}

// TestMain takes away what the tests shared.
func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.RemoveAll(deployed.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func (s *engineStack) open(config map[string]any) {
	s.t.Helper()
	command, err := pulumicli.Find("../..")
	require.NoError(s.t, err)
	s.runner, err = offline.Open(context.Background(), offline.Options{
		ProjectDir: "../..", StateDir: s.stateDir, Stack: s.name, Config: configtest.Nested(config), Program: platform.Deploy, Check: platform.CheckConfig,
		Supply: s.supply, Command: command,
		Simulate: func(stateFile string) (offline.Simulator, error) {
			server, err := azuresim.Start(azuresim.Options{StateFile: stateFile, Repository: s.gitRepository()})
			if err != nil {
				return nil, err
			}
			s.azure = server
			return server, nil
		},
	})
	require.NoError(s.t, err)
}

func (s *engineStack) gitRepository() fs.FS {
	if s.repository != nil {
		return s.repository
	}
	return os.DirFS("../..")
}

// supply makes up what a stack has to bring itself, and adds the test's own secrets.
func (s *engineStack) supply(project string, config map[string]string, dir string) (*offline.Supplied, error) {
	supplied, err := devcerts.Supply(project, config, dir)
	if err == nil {
		maps.Copy(supplied.Secret, s.secrets)
	}
	return supplied, err
}

func (s *engineStack) close() {
	if s.runner == nil {
		return
	}
	require.NoError(s.t, s.runner.Close())
	s.runner = nil
}

// reopen ends engine and simulator and starts both again on what they saved, possibly with another configuration.
func (s *engineStack) reopen(config map[string]any) {
	s.t.Helper()
	s.close()
	s.open(config)
}

func (s *engineStack) up() *offline.Result {
	s.t.Helper()
	result, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.NoError(s.t, err)
	return result
}

// upFails returns what the engine says of an update that must fail.
func (s *engineStack) upFails() string {
	s.t.Helper()
	result, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.Error(s.t, err)
	if result == nil {
		return err.Error()
	}
	return err.Error() + "\n" + strings.Join(result.Errors(), "\n")
}

func (s *engineStack) destroy() {
	s.t.Helper()
	_, err := s.runner.Destroy(context.Background(), offline.RunOptions{})
	require.NoError(s.t, err)
}

// id returns the Azure resource id of the one deployed resource of a type whose name contains part.
func (s *engineStack) id(armType, part string) string {
	s.t.Helper()
	var found []string
	for _, r := range s.azure.Resources() {
		if strings.EqualFold(r.Type, armType) && strings.Contains(r.ID[strings.LastIndex(r.ID, "/"):], part) {
			found = append(found, r.ID)
		}
	}
	require.Len(s.t, found, 1, "resources of type %s with %q in the name", armType, part)
	return found[0]
}

// changed lists the steps of an operation that change something, as "op type".
func changed(result *offline.Result) []string {
	var steps []string
	for _, step := range result.Steps {
		if step.Op != "same" && step.Op != "refresh" && step.Op != "read" {
			steps = append(steps, step.Op+" "+step.Type)
		}
	}
	return steps
}
