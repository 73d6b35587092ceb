package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/tree"
)

// movedToStamp are the resources that the documented steps move from a stack with everything to one with a stamp, by type and name; their
// children go along.
var movedToStamp = []string{
	"azure-native:resources/v20240301:ResourceGroup::workload", "aksregulated:cluster:Policies::stamp01",
	"aksregulated:cluster:Governance$azure-native:authorization/v20240501:PolicyAssignment::governance-nics-01",
	"aksregulated:platform:Stamp::stamp01",
}

// A stack that has everything is split by "pulumi state move", as docs/operations.md says, with its data protected: afterwards neither stack
// changes anything in Azure, and the new one only registers components that Azure knows nothing of.
func TestSplitOfAStack(t *testing.T) {
	long(t)
	t.Parallel()
	protected := map[string]any{"protect": true}
	whole := development.copy(t)
	whole.reopen(t, protected)
	whole.up(t)
	state, err := whole.runner.Export(context.Background())
	require.NoError(t, err)
	whole.close(t)

	stamp := &engineStack{
		name: "stamp", project: projectOf(t, "stamp"), stateDir: whole.stateDir, shared: development.name, propagation: azuresim.Immediate,
	}
	// The new stack has the certificates and operators of the old one.
	shared := filepath.Join(whole.stateDir, development.name)
	require.NoError(t, os.CopyFS(filepath.Join(shared, "stacks", stamp.name, "supplied"), os.DirFS(filepath.Join(shared, "supplied"))))
	openStack(t, stamp, following(map[string]any{
		"protect": true, "parts": []any{"stamps"}, "hub.stack": development.name, "imageBuilder.stack": development.name,
		"hub.flowLogRetentionDays": 90, // as in the file of the old one
	}))
	stamp.pulumi(t, withoutReplaceWith(t, state), "stack", "import", "--stack", development.name)
	args := []string{"state", "move", "--yes", "--source", development.name, "--dest", stamp.name}
	for _, resource := range movedToStamp {
		args = append(args, "urn:pulumi:"+development.name+"::aks-regulated-pulumi::"+resource)
	}
	stamp.pulumi(t, nil, args...)

	result := stamp.up(t)
	steps := changed(result)
	slices.Sort(steps)
	assert.Equal(t, []string{
		"create aksregulated:cluster:Governance", "create aksregulated:network:FlowLogStore", "create aksregulated:network:Hub",
		"create aksregulated:network:PrivateDNS",
		"create pulumi:providers:pulumi",
	}, steps)
	stamp.close(t)
	rest := maps.Clone(protected)
	maps.Copy(rest, map[string]any{"parts": []any{"network", "image"}, "resourceGroups.existing": []any{"workload"}})
	whole.reopen(t, rest)
	_, err = whole.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
}

// projectOf is a project with one stack, whose file is that of the development stack.
func projectOf(t *testing.T, stack string) string {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{"Pulumi.yaml": "Pulumi.yaml", "Pulumi.dev.yaml": "Pulumi." + stack + ".yaml"} {
		content, err := os.ReadFile(filepath.Join("../..", from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), content, 0o600))
	}
	return dir
}

// pulumi runs the CLI on the backend of the stack.
func (s *engineStack) pulumi(t *testing.T, stdin []byte, args ...string) {
	t.Helper()
	cmd := exec.Command(s.runner.Command(), args...)
	cmd.Dir, cmd.Stdin, cmd.Env = filepath.Dir(s.runner.ConfigFile()), bytes.NewReader(stdin), os.Environ()
	for _, variable := range s.runner.Environment() {
		cmd.Env = append(cmd.Env, variable.Name+"="+variable.Value)
	}
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", strings.Join(args, " "), output)
}

// withoutReplaceWith is an exported state without marks that "pulumi state move" gets wrong.
func withoutReplaceWith(t *testing.T, exported json.RawMessage) []byte {
	t.Helper()
	var state map[string]any
	require.NoError(t, json.Unmarshal(exported, &state))
	for _, resource := range tree.List(state, "deployment", "resources") {
		delete(resource.(map[string]any), "replaceWith")
	}
	written, err := json.Marshal(state)
	require.NoError(t, err)
	return written
}
