package engine

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
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
	name     string
	stateDir string
	// project is where the stack's file is; empty for this working tree.
	project string
	// shared is the name of the simulated Azure that the stack shares with others; empty for one of its own.
	shared string
	azure  *azuresim.Server
	runner *offline.Runner
	// repository is what Flux finds in Git; nil means this working tree.
	repository fs.FS
	// propagation is how long roles and policies take until all of Azure knows them.
	propagation azuresim.Propagation
	// scale is how many simulated seconds pass in a real one; with 0 nothing takes any time, and so nothing meets what Azure has locked.
	scale float64
	// secrets are encrypted configuration beside what is made up, by the paths of config.Keys.
	secrets map[string]string
	// checkpoints has the engine save its state after each step, as it does on Azure.
	checkpoints bool
}

// newEngineStack opens a stack in an empty subscription, with values by the names of config.Keys over the checked-in ones.
func newEngineStack(t *testing.T, name string, config map[string]any) *engineStack {
	t.Helper()
	return openStack(t, &engineStack{name: name, stateDir: t.TempDir()}, config)
}

func openStack(t *testing.T, stack *engineStack, config map[string]any) *engineStack {
	t.Helper()
	stack.open(t, config)
	t.Cleanup(func() { stack.close(t) })
	return stack
}

func (s *engineStack) open(t *testing.T, config map[string]any) {
	t.Helper()
	command, err := pulumicli.Find("../..")
	require.NoError(t, err, "tests on the engine need the Pulumi CLI: run make test")
	s.runner, err = offline.Open(context.Background(), offline.Options{
		ProjectDir: s.projectDir(), StateDir: s.stateDir, Stack: s.name, Azure: s.shared, Config: configtest.Nested(config), Program: platform.Deploy, Check: platform.CheckConfig,
		Supply: s.supply, Command: command, Checkpoints: s.checkpoints,
		Simulate: func(stateFile string) (offline.Simulator, error) {
			zone, err := offline.LandingZone(s.projectDir(), s.name, "")
			if err != nil {
				return nil, err
			}
			server, err := azuresim.Start(azuresim.Options{
				StateFile: stateFile, Repository: s.gitRepository(), Propagation: s.propagation, Scale: s.scale, LandingZone: zone,
			})
			if err != nil {
				return nil, err
			}
			s.azure = server
			return server, nil
		},
	})
	require.NoError(t, err)
}

func (s *engineStack) projectDir() string { return cmp.Or(s.project, "../..") }

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

func (s *engineStack) close(t *testing.T) {
	if s.runner == nil {
		return
	}
	require.NoError(t, s.runner.Close())
	s.runner = nil
}

// reopen ends engine and simulator and starts both again on what they saved, possibly with another configuration.
func (s *engineStack) reopen(t *testing.T, config map[string]any) {
	t.Helper()
	s.close(t)
	s.open(t, config)
}

func (s *engineStack) up(t *testing.T) *offline.Result {
	t.Helper()
	result, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	return result
}

// upFails returns what the engine says of an update that must fail.
func (s *engineStack) upFails(t *testing.T) string {
	t.Helper()
	result, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.Error(t, err)
	if result == nil {
		return err.Error()
	}
	return err.Error() + "\n" + strings.Join(result.Errors(), "\n")
}

func (s *engineStack) destroy(t *testing.T) {
	t.Helper()
	_, err := s.runner.Destroy(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
}

// id returns the Azure resource id of the one deployed resource of a type whose name contains part.
func (s *engineStack) id(t *testing.T, armType, part string) string {
	t.Helper()
	return idIn(t, s.azure, armType, part)
}

func idIn(t *testing.T, azure *azuresim.Server, armType, part string) string {
	t.Helper()
	var found []string
	for _, r := range azure.Resources() {
		if strings.EqualFold(r.Type, armType) && strings.Contains(r.ID[strings.LastIndex(r.ID, "/"):], part) {
			found = append(found, r.ID)
		}
	}
	require.Len(t, found, 1, "resources of type %s with %q in the name", armType, part)
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

// joinedGateway is where a subnet lists the gateway that has joined it since the network was made. No program can know that beforehand, and
// azure-native compares without ignoreChanges, so the first refresh shows it. The next update leaves it alone.
var joinedGateway = regexp.MustCompile(`^subnets\[\d+\]\.applicationGatewayIPConfigurations$`)

// drifted lists what a refresh has found different in Azure, as "op type path" of each property, but for gateways that have joined.
func drifted(refreshed *offline.Result) []string {
	var found []string
	for _, event := range refreshed.Events {
		if event.ResOutputsEvent == nil {
			continue
		}
		meta := event.ResOutputsEvent.Metadata
		step := string(meta.Op) + " " + meta.Type
		switch meta.Op {
		case apitype.OpSame, apitype.OpRefresh, apitype.OpRead:
		case apitype.OpUpdate:
			for path := range meta.DetailedDiff {
				if !joinedGateway.MatchString(path) {
					found = append(found, step+" "+path)
				}
			}
		default:
			found = append(found, step)
		}
	}
	return found
}
