package delivery

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script writes an executable for /bin/sh.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "command")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700))
	return path
}

// events is an engine's log with two changes, one of which is known only from the provider's answer.
const events = `cat >"$log" <<'END'
{"resourcePreEvent": {"metadata": {"op": "update", "urn": "urn:pulumi:dev::p::a:b:C::changed", "type": "a:b:C"}}}
{"resourcePreEvent": {"metadata": {"op": "refresh", "urn": "urn:pulumi:dev::p::a:b:D::gone", "type": "a:b:D"}}}
{"resOutputsEvent": {"metadata": {"op": "delete", "urn": "urn:pulumi:dev::p::a:b:D::gone", "type": "a:b:D"}}}
{"resourcePreEvent": {"metadata": {"op": "same", "urn": "urn:pulumi:dev::p::a:b:E::kept", "type": "a:b:E"}}}
{"diagnosticEvent": {"severity": "warning", "message": "only a warning"}}
{"diagnosticEvent": {"severity": "error", "message": "<{%reset%}>denied correct horse<{%reset%}>"}}
{"summaryEvent": {"resourceChanges": {"update": 1, "delete": 1, "same": 1}}}
END
`

// findLog sets the variable log to the file that the CLI is told to log to.
const findLog = `for word; do [ "$previous" = --event-log ] && log=$word; previous=$word; done
`

// A preview and a refresh only look, and leave the engine's text, counts and changes without colours and secrets.
func TestLook(t *testing.T) {
	for operation, want := range map[string]string{
		OperationPreview: "preview --diff --event-log",
		OperationRefresh: "refresh --preview-only --diff --event-log",
	} {
		command := script(t, findLog+events+`echo "$@"; printf '\033[32m+ %s\033[0m\n' "$PULUMI_CONFIG_PASSPHRASE"`)
		var progress bytes.Buffer
		pulumi := &Pulumi{ProjectDir: t.TempDir(), Command: command, Progress: &progress}
		result, err := pulumi.Look(t.Context(), operation, Target{Stack: "dev", Simulated: true, ConfigFile: "c.yaml",
			Environment: []string{"PULUMI_CONFIG_PASSPHRASE=correct horse"}})
		require.NoError(t, err)
		assert.True(t, result.OK)
		assert.Empty(t, result.Error)
		assert.Contains(t, result.Text, want)
		assert.Contains(t, result.Text, "--stack dev --color never --suppress-progress --config-file c.yaml\n")
		assert.Contains(t, result.Text, "\n+ [secret]\n")
		assert.Equal(t, result.Text, progress.String())
		assert.Equal(t, map[string]int{"update": 1, "delete": 1, "same": 1}, result.Counts)
		assert.Equal(t, []Resource{{Type: "a:b:C", Name: "changed", Op: "update"}, {Type: "a:b:D", Name: "gone", Op: "delete"}}, result.Resources)
	}
}

// A failure is a result too: with the engine's errors, or with the end of what the CLI printed if the engine never began.
func TestLookFails(t *testing.T) {
	look := func(text string) *Result {
		pulumi := &Pulumi{ProjectDir: t.TempDir(), Command: script(t, text)}
		result, err := pulumi.Look(t.Context(), OperationPreview, Target{Stack: "dev",
			Environment: []string{"PULUMI_CONFIG_PASSPHRASE=correct horse"}})
		require.NoError(t, err)
		assert.False(t, result.OK)
		return result
	}
	assert.Equal(t, "denied [secret]", look(findLog+events+"exit 255").Error)
	assert.Equal(t, "error: no stack named dev", look("echo error: no stack named dev >&2; exit 1").Error)
	assert.Equal(t, "exit status 3", look("exit 3").Error)
	assert.Equal(t, "cut off", look(findLog+`echo '{"summaryEvent": {' >"$log"; echo cut off; exit 1`).Error)
}

// What is not a stack, not an operation or not readable is no result.
func TestLookRefuses(t *testing.T) {
	pulumi := &Pulumi{ProjectDir: t.TempDir(), Command: script(t, findLog+`echo nonsense >"$log"`)}
	_, err := pulumi.Look(t.Context(), "destroy", Target{Stack: "dev"})
	require.ErrorContains(t, err, `operation "destroy" is unknown`)
	_, err = pulumi.Look(t.Context(), OperationPreview, Target{Stack: "dev"})
	require.ErrorContains(t, err, "read the engine's events")
	result, err := pulumi.Look(t.Context(), OperationPreview, Target{Stack: "--yes"})
	require.ErrorContains(t, err, "stack name")
	assert.Nil(t, result)
}

// A cancelled job interrupts the engine once and lets it finish what it has begun.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	command := script(t, `trap 'echo finished >finished; exit 1' INT; echo started >started; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() { done <- (&Pulumi{ProjectDir: dir, Command: command}).Up(ctx, Target{Stack: "dev"}) }()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "started"))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.Error(t, <-done)
	assert.FileExists(t, filepath.Join(dir, "finished"))
}

// planned is a CLI whose preview has one step, and that says what it was called for.
func planned(t *testing.T, kind, op string) *Pulumi {
	t.Helper()
	log := `{"resourcePreEvent": {"metadata": {"op": "` + op + `", "urn": "urn:pulumi:dev::p::` + kind + `::it", "type": "` + kind + `"}}}`
	return &Pulumi{ProjectDir: t.TempDir(), Command: script(t, findLog+`[ -z "$log" ] || echo '`+log+`' >"$log"
case "$*" in *" up "*) echo updated >updated;; esac
`)}
}

// A deployment begins only if its preview deletes and replaces nothing that is guarded, or a person has said that it may. Anything
// else, and a part of the program that only has such a name, goes through.
func TestDeployGuards(t *testing.T) {
	const cluster = "azure-native:containerservice/v20240901:ManagedCluster"
	for name, test := range map[string]struct {
		kind, op   string
		mayReplace bool
		stops      bool
	}{
		"a cluster is replaced":           {cluster, "replace", false, true},
		"a cluster is replaced, as meant": {cluster, "replace", true, false},
		"a cluster is created first":      {cluster, "create-replacement", false, true},
		"a cluster is updated":            {cluster, "update", false, false},
		"a cluster is created":            {cluster, "create", false, false},
		"a network is deleted":            {"azure-native:network/v20240501:VirtualNetwork", "delete", false, true},
		"a vault of another release":      {"azure-native:keyvault/v20260201:Vault", "delete", false, true},
		"a group is deleted":              {"azure-native:resources/v20230701:ResourceGroup", "delete", false, true},
		"a script is replaced":            {"azure-native:resources/v20230801:AzureCliScript", "replace", false, false},
		"a component goes":                {"aksregulated:cluster:Vault", "delete", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			pulumi := planned(t, test.kind, test.op)
			err := pulumi.Deploy(t.Context(), Target{Stack: "dev"}, test.mayReplace)
			if test.stops {
				assert.ErrorContains(t, err, "was not begun")
				assert.ErrorContains(t, err, test.kind+" it: ")
				assert.ErrorContains(t, err, "gh workflow run deploy.yml --field may-replace=dev")
				assert.NoFileExists(t, filepath.Join(pulumi.ProjectDir, "updated"))
				return
			}
			require.NoError(t, err)
			assert.FileExists(t, filepath.Join(pulumi.ProjectDir, "updated"))
		})
	}
	broken := &Pulumi{ProjectDir: t.TempDir(), Command: script(t, `case "$*" in *" up "*) echo updated >updated;; *) echo no state; exit 1;; esac`)}
	assert.ErrorContains(t, broken.Deploy(t.Context(), Target{Stack: "dev"}, true), "preview dev, before the update: no state")
	assert.NoFileExists(t, filepath.Join(broken.ProjectDir, "updated"))
}

// What is guarded are types that the program registers: a slip of the pen would guard nothing.
func TestGuardedTypesExist(t *testing.T) {
	text, err := os.ReadFile("../typetoken/typetoken.go")
	require.NoError(t, err)
	for kind, why := range guarded {
		assert.Regexp(t, `"azure-native:[a-z]+/v[0-9a-z]+:`+kind+`"`, string(text), kind)
		assert.NotEmpty(t, why, kind)
	}
}

// An update does not ask, runs in the project with the language host of .bin on the PATH, and fails with the CLI's own words.
func TestUp(t *testing.T) {
	dir := t.TempDir()
	var progress bytes.Buffer
	pulumi := &Pulumi{ProjectDir: dir, Command: script(t, `echo "$@"; pwd; echo "$PATH"`), Progress: &progress}
	require.NoError(t, pulumi.Up(t.Context(), Target{Stack: "dev"}))
	assert.Contains(t, progress.String(), "--non-interactive up --yes --stack dev --color never")
	assert.Contains(t, progress.String(), "\n"+dir+"\n"+dir+"/.bin:")
	pulumi.Command = script(t, "echo the stack is locked; exit 1")
	assert.ErrorContains(t, pulumi.Up(t.Context(), Target{Stack: "dev"}), "update dev: the stack is locked")
}

// An update that Azure refuses only for what it does not know everywhere yet is resumed, twice at most; any other failure ends it.
func TestDeployResumesWhatCameTooEarly(t *testing.T) {
	const early, template, other = `error: Status=400 Code="RoleDefinitionDoesNotExist" Message="x"`,
		`error: Status=400 Code="ValidationFailed" Message="Not authorized to access the resource: x"`,
		`error: Status=409 Code="ValidationFailed" Message="the source is gone"`
	for name, c := range map[string]struct {
		fails  []string // of the first updates
		starts int
		works  bool
	}{
		"nothing fails":       {nil, 1, true},
		"too early":           {[]string{early}, 2, true},
		"early twice":         {[]string{early, template}, 3, true},
		"early for good":      {[]string{early, early, early}, 3, false},
		"something else":      {[]string{other}, 1, false},
		"something else, too": {[]string{early + "\n" + other}, 1, false},
		"no code":             {[]string{"error: the program failed"}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, text := range c.fails {
				require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint("fail", i)), []byte(text+"\n"), 0o600))
			}
			pulumi := &Pulumi{ProjectDir: dir, Patience: time.Millisecond, Command: script(t, findLog+`
if [ -n "$log" ]; then echo '{"summaryEvent": {"resourceChanges": {"create": 1}}}' >"$log"; exit; fi
n=$(cat starts 2>/dev/null || echo 0); echo $((n + 1)) >starts
[ ! -f fail$n ] || { cat fail$n; exit 1; }
`)}
			err := pulumi.Deploy(t.Context(), Target{Stack: "dev"}, false)
			assert.Equal(t, c.works, err == nil, "%v", err)
			starts, err := os.ReadFile(filepath.Join(dir, "starts"))
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint(c.starts), strings.TrimSpace(string(starts)))
		})
	}
}
