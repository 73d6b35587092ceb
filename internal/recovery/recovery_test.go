package recovery_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurenative/authorization"
	operationalinsights "aks-regulated-pulumi/internal/azurenative/operationalinsights/v20200801"
	workspaces "aks-regulated-pulumi/internal/azurenative/operationalinsights/v20230901"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/recovery"
)

// stack is a small program on the real engine and the simulated Azure: a group, a workspace with a secret in its tags, and a search in it.
type stack struct {
	azure  *azuresim.Server
	runner *offline.Runner
	dir    string
	days   atomic.Int64 // of retention
	empty  atomic.Bool  // the program has only the group
}

func newStack(t *testing.T) *stack {
	t.Helper()
	s := &stack{dir: t.TempDir()}
	s.days.Store(30)
	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte("name: small\nruntime: go\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.dev.yaml"), []byte("config: {}\n"), 0o600))
	command, err := pulumicli.Find(filepath.Join("..", ".."))
	require.NoError(t, err)
	s.runner, err = offline.Open(t.Context(), offline.Options{
		ProjectDir: project, StateDir: s.dir, Stack: "dev", Program: s.program, Command: command, Checkpoints: true,
		Simulate: func(file string) (offline.Simulator, error) {
			server, err := azuresim.Start(azuresim.Options{StateFile: file})
			s.azure = server
			return server, err
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.runner.Close()) })
	return s
}

func (s *stack) program(ctx *pulumi.Context) error {
	account, err := authorization.GetClientConfig(ctx)
	if err != nil {
		return err
	}
	group, err := resources.NewResourceGroup(ctx, "group", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String("rg-small"), Location: pulumi.String("eastus2"),
		Tags: pulumi.StringMap{"in": pulumi.String("/subscriptions/" + account.SubscriptionId)},
	})
	if err != nil || s.empty.Load() {
		return err
	}
	workspace, err := workspaces.NewWorkspace(ctx, "workspace", &workspaces.WorkspaceArgs{
		WorkspaceName: pulumi.String("la-small"), ResourceGroupName: group.Name, Location: pulumi.String("eastus2"),
		RetentionInDays: pulumi.Int(int(s.days.Load())),
		Tags:            pulumi.StringMap{"code": pulumi.ToSecret(pulumi.String("hunter2")).(pulumi.StringOutput)},
	}, pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return err
	}
	_, err = operationalinsights.NewSavedSearch(ctx, "search", &operationalinsights.SavedSearchArgs{
		SavedSearchId: pulumi.String("search"), WorkspaceName: workspace.Name, ResourceGroupName: group.Name,
		Category: pulumi.String("c"), DisplayName: pulumi.String("d"), Query: pulumi.String("Heartbeat"),
	}, pulumi.DeleteBeforeReplace(true))
	return err
}

// up updates, and expects that to work.
func (s *stack) up(t *testing.T) *offline.Result {
	t.Helper()
	result, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	return result
}

// killed updates, and kills the engine once Azure has accepted an operation on a resource, which Azure then finishes.
func (s *stack) killed(t *testing.T, operation azuresim.Verb, name string) {
	t.Helper()
	killed, goOn := make(chan error, 1), make(chan struct{})
	s.azure.Inject(azuresim.Fault{Operation: operation, Resource: name, Times: 1, Midway: true, Then: func(string) {
		killed <- s.kill()
		<-goOn
	}})
	_, err := s.runner.Up(context.Background(), offline.RunOptions{})
	close(goOn)
	require.NoError(t, <-killed)
	require.ErrorContains(t, err, "make recover")
	require.Contains(t, s.state(t), "pending_operations")
}

func (s *stack) kill() error {
	locks, err := filepath.Glob(filepath.Join(s.dir, "dev", "pulumi", ".pulumi", "locks", "*", "*", "*", "*.json"))
	if err != nil || len(locks) != 1 {
		return err
	}
	content, err := os.ReadFile(locks[0])
	if err != nil {
		return err
	}
	var lock struct{ PID int }
	if err := json.Unmarshal(content, &lock); err != nil {
		return err
	}
	return syscall.Kill(lock.PID, syscall.SIGKILL)
}

func (s *stack) recover(t *testing.T, adopt ...string) *recovery.Report {
	t.Helper()
	report, err := s.runner.Recover(context.Background(), adopt)
	require.NoError(t, err)
	require.NotContains(t, s.state(t), "pending_operations")
	require.NotContains(t, s.state(t), "hunter2", "a secret stays encrypted")
	return report
}

func (s *stack) state(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, "dev", "pulumi", ".pulumi", "stacks", "small", "dev.json"))
	require.NoError(t, err)
	return string(content)
}

// settled expects that the state agrees with Azure, and has all that is to be deleted.
func (s *stack) settled(t *testing.T) {
	t.Helper()
	_, err := s.runner.Refresh(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	_, err = s.runner.Destroy(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	assert.Empty(t, s.azure.Left())
}

func namesOf(urns []string) []string {
	var names []string
	for _, urn := range urns {
		names = append(names, urn[strings.LastIndex(urn, "::")+2:])
	}
	return names
}

// What Azure made for an engine that was killed is added to the state as if the engine had seen the end of it, the very first resource
// included; then an update has only the rest to do.
func TestKilledWhileCreating(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, killed string
		adopted      []string
		creates      int
	}{
		{"first resource", "rg-small", []string{"group"}, 2}, {"last resource", "search", []string{"search"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.killed(t, azuresim.Create, c.killed)
			assert.Equal(t, c.adopted, namesOf(s.recover(t).Adopted))
			assert.Equal(t, c.creates, s.up(t).Changes["create"])
			s.settled(t)
		})
	}
}

// An operation that was noted and never accepted leaves no trace.
func TestKilledBeforeAzureAccepted(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.azure.Inject(azuresim.Fault{Operation: azuresim.Create, Resource: "la-small", Status: 503, Code: "Killed", Message: "m", Only: func(string) bool {
		return s.kill() == nil
	}})
	_, err := s.runner.Up(context.Background(), offline.RunOptions{})
	require.ErrorContains(t, err, "make recover")
	s.azure.Heal()
	assert.Equal(t, []string{"workspace"}, namesOf(s.recover(t).Dropped))
	assert.Equal(t, 2, s.up(t).Changes["create"])
	assert.True(t, s.recover(t).Clean())
	s.settled(t)
}

// An update that Azure finished without the engine is sent again, also if the program has gone back meanwhile. What was being deleted
// counts as deleted if it is.
func TestKilledWhileChanging(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.up(t)
	s.days.Store(90)
	s.killed(t, azuresim.Update, "la-small")
	s.days.Store(30)
	assert.Equal(t, []string{"workspace"}, namesOf(s.recover(t).Repeated))
	assert.Equal(t, 1, s.up(t).Changes["update"])

	s.empty.Store(true)
	s.killed(t, azuresim.Delete, "search")
	assert.Equal(t, []string{"search"}, namesOf(s.recover(t).Dropped))
	s.empty.Store(false)
	assert.Equal(t, 1, s.up(t).Changes["create"])
	s.settled(t)
}

// What Azure accepted although the answer was lost is found because the program wants it. In a group of the stack it is the stack's; a group
// itself may be somebody else's, and is added when an operator says so.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, name := range []string{"rg-small", "la-small"} {
		s.azure.Inject(azuresim.Fault{Operation: azuresim.Create, Resource: name, Times: 1, AfterEffect: true, Status: 400, Message: "connection reset"})
	}
	fails := func() {
		t.Helper()
		_, err := s.runner.Up(context.Background(), offline.RunOptions{})
		require.ErrorContains(t, err, "make recover")
	}
	fails()
	report := s.recover(t)
	require.Len(t, report.Unclaimed, 1)
	assert.Empty(t, report.Adopted)
	fails()
	assert.Equal(t, []string{"group"}, namesOf(s.recover(t, report.Unclaimed...).Adopted))
	fails()
	assert.Equal(t, []string{"workspace"}, namesOf(s.recover(t).Adopted))
	s.up(t)
	s.settled(t)
}
