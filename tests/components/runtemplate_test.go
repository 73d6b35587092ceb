package components

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

// fakeAz answers az rest: states of the template one after the other, the last one for ever, and what else is asked. Of the
// requests that read, as many fail first as FLAKY has lines; runs are told apart by how many were started before.
const fakeAz = `echo "$*" >>"$CALLS"
case "$*" in
*"--method get"*) if [ -s "$FLAKY" ]; then sed -i 1d "$FLAKY"; echo "$SAYS" >&2; exit 3; fi ;;
esac
case "$*" in
*"--method post"*) exit "$POST_EXIT" ;;
*properties.lastRunStatus.runState*)
  head -n 1 "$STATES"
  if [ "$(wc -l <"$STATES")" -gt 1 ]; then sed -i 1d "$STATES"; fi ;;
*properties.lastRunStatus.startTime*) grep -c -e "--method post" "$CALLS" || true ;;
*properties.lastRunStatus.message*) echo "the customizer failed" ;;
*properties.exactStagingResourceGroup*) echo "/subscriptions/s/resourceGroups/IT_rg_template" ;;
*) exit 9 ;;
esac`

// scriptRun is what the deployment script did.
type scriptRun struct {
	err             error
	said, reported  string
	calls           string
	startedTheBuild int
}

func runTemplateScript(t *testing.T, states []string, postExit string, failedRequests int) scriptRun {
	t.Helper()
	script := deployImage(t, nil).one(t, typetoken.Script, buildName).Inputs["scriptContent"].(string)
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, os.WriteFile(file("states"), []byte(strings.Join(states, "\n")+"\n"), 0o600))
	require.NoError(t, os.WriteFile(file("flaky"), []byte(strings.Repeat("fail\n", failedRequests)), 0o600))
	said, err := shell(t, []string{"bash"}, script, map[string]string{"az": fakeAz, "sleep": "exit 0"}, map[string]string{
		"TEMPLATE_ID": "/subscriptions/s/template", "API_VERSION": "2024-02-01", "AZ_SCRIPTS_OUTPUT_PATH": file("output"),
		"CALLS": file("calls"), "STATES": file("states"), "FLAKY": file("flaky"), "POST_EXIT": postExit, "SAYS": os.Getenv("SAYS"),
	})
	reported, _ := os.ReadFile(file("output"))
	calls, readErr := os.ReadFile(file("calls"))
	require.NoError(t, readErr)
	return scriptRun{
		err: err, said: said, reported: string(reported), calls: string(calls),
		startedTheBuild: strings.Count(string(calls), "--method post"),
	}
}

// The script is one that its interpreter can read.
func TestRunTemplateIsBash(t *testing.T) {
	script := deployImage(t, nil).one(t, typetoken.Script, buildName).Inputs["scriptContent"].(string)
	assert.True(t, strings.HasPrefix(script, "#!/bin/bash\n"))
	assertSyntax(t, "bash", script)
}

// A build is started once and waited for; one that runs is joined, and one that has succeeded is left alone.
func TestRunTemplateSucceeds(t *testing.T) {
	tests := map[string]struct {
		states []string
		starts int
	}{
		"never built":     {[]string{"", "", "Running", "Running", "Succeeded"}, 1},
		"built before":    {[]string{"Succeeded"}, 0},
		"being built":     {[]string{"Running", "Succeeded"}, 0},
		"failed before":   {[]string{"Failed", "Running", "Succeeded"}, 1},
		"canceled before": {[]string{"Canceled", "Running", "Succeeded"}, 1},
		"being canceled":  {[]string{"Running", "Canceling", "Running", "Succeeded"}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run := runTemplateScript(t, test.states, "0", 0)
			require.NoError(t, run.err, run.said)
			assert.Equal(t, test.starts, run.startedTheBuild)
			assert.JSONEq(t, `{"runState": "Succeeded"}`, run.reported)
			if test.starts > 0 {
				assert.Contains(t, run.calls, "/subscriptions/s/template/run?api-version=2024-02-01")
			}
		})
	}
}

// A build that does not succeed fails the script, and the message says why and where the customization log is.
func TestRunTemplateFails(t *testing.T) {
	for _, state := range []string{"Failed", "Canceled", "PartiallySucceeded"} {
		t.Run(state, func(t *testing.T) {
			run := runTemplateScript(t, []string{"", "Running", state}, "0", 0)
			require.Error(t, run.err)
			for _, part := range []string{state, "the customizer failed", "customization.log", "packerlogs", "IT_rg_template"} {
				assert.Contains(t, run.said, part)
			}
			assert.Empty(t, run.reported)
		})
	}
}

// The role of a script is new when it starts: Azure gets ten minutes to know it, and no other error gets so long.
func TestRunTemplateWaitsForItsRole(t *testing.T) {
	t.Setenv("SAYS", "ERROR: Forbidden({\"error\":{\"code\":\"AuthorizationFailed\"}})")
	run := runTemplateScript(t, []string{"", "Running", "Succeeded"}, "0", 20)
	require.NoError(t, run.err, run.said)
	assert.Equal(t, 1, run.startedTheBuild)
	run = runTemplateScript(t, []string{""}, "0", 1000)
	require.Error(t, run.err)
	assert.Contains(t, run.said, "AuthorizationFailed")
	assert.Less(t, strings.Count(run.calls, "--method get"), 30)
}

// A build that cannot be started fails at once.
func TestRunTemplateCannotStart(t *testing.T) {
	run := runTemplateScript(t, []string{""}, "1", 0)
	require.Error(t, run.err)
	assert.Equal(t, 1, strings.Count(run.calls, "lastRunStatus.runState"), "nothing to wait for")
}

// Single requests may fail during a long build; a template that cannot be read at all fails the script.
func TestRunTemplateToleratesFailedRequests(t *testing.T) {
	run := runTemplateScript(t, []string{"", "Running", "Succeeded"}, "0", 4)
	require.NoError(t, run.err, run.said)
	assert.Equal(t, 1, run.startedTheBuild)
	run = runTemplateScript(t, []string{""}, "0", 1000)
	require.Error(t, run.err)
	assert.Zero(t, run.startedTheBuild)
}
