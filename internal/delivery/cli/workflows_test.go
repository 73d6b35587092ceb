package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every action is pinned by a commit, and the version that this commit is of stands beside it for people and for Dependabot. The
// same action has the same pin everywhere.
func TestActionsArePinned(t *testing.T) {
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(.*)$`)
	pinned := regexp.MustCompile(`^([a-z]+/[a-z-]+)(?:/[a-z]+)?@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$`)
	pins := map[string]string{}
	for _, d := range definitions(t) {
		for _, match := range uses.FindAllStringSubmatch(d.text, -1) {
			if strings.HasPrefix(match[1], "./") {
				assert.DirExists(t, filepath.Join(dotGitHub, "..", match[1]))
				continue
			}
			pin := pinned.FindStringSubmatch(match[1])
			if !assert.NotNil(t, pin, "%s: %s", d.name, match[1]) {
				continue
			}
			if pins[pin[1]] == "" {
				pins[pin[1]] = pin[2] + pin[3]
			}
			assert.Equal(t, pins[pin[1]], pin[2]+pin[3], "%s: another pin of %s", d.name, pin[1])
		}
	}
	assert.Len(t, pins, 6, "a further action is a further party to trust: say why it is needed, and add it here")
}

// Nothing is allowed to all jobs, and only these jobs may do more than read the code.
func TestPermissions(t *testing.T) {
	want := map[string]map[string]string{
		"workflows/pull-request.yml preview":         {"id-token": "write"},
		"workflows/pull-request-comment.yml comment": {"actions": "read", "pull-requests": "write"},
		"workflows/deploy.yml check":                 {"actions": "read"},
		"workflows/deploy.yml dev":                   {"id-token": "write"},
		"workflows/deploy.yml prod":                  {"id-token": "write"},
		"workflows/drift.yml refresh":                {"id-token": "write"},
		"workflows/drift.yml report":                 {"issues": "write"},
	}
	for _, d := range definitions(t) {
		if !d.isWorkflow() {
			continue
		}
		assert.NotNil(t, d.workflow.Permissions, d.name)
		assert.Empty(t, d.workflow.Permissions, d.name)
		for name, job := range d.workflow.Jobs {
			key := d.name + " " + name
			more := map[string]string{}
			for scope, access := range job.Permissions {
				if scope != "contents" {
					more[scope] = access
				}
			}
			assert.Equal(t, "read", job.Permissions["contents"], key)
			if want[key] == nil {
				assert.Empty(t, more, key)
			}
			if want[key] != nil {
				assert.Equal(t, want[key], more, key)
			}
			delete(want, key)
		}
	}
	assert.Empty(t, want, "these jobs are gone")
}

// No job runs for ever, keeps the token in the checkout, or puts what others can write into a script.
func TestJobs(t *testing.T) {
	for _, d := range definitions(t) {
		assert.NotContains(t, d.text, "pull_request_target", d.name)
		assert.NotContains(t, d.text, "secrets.", "%s: there are no stored secrets", d.name)
		for name, job := range d.workflow.Jobs {
			key := d.name + " " + name
			if d.isWorkflow() {
				assert.Positive(t, job.Timeout, key)
			}
			for _, step := range job.Steps {
				assert.NotContains(t, step.Run, "${{", key)
				if strings.HasPrefix(step.Uses, "actions/checkout@") {
					assert.Equal(t, false, step.With["persist-credentials"], key)
					assert.Nil(t, step.With["ref"], "%s: the default is the safe one", key)
				}
			}
		}
	}
}

// Only what runs main's code may write: the workflow that runs a pull request's code has no job that can, and the one that can
// does not unpack what came from there before its own program is built.
func TestPullRequestCodeCannotWrite(t *testing.T) {
	for _, d := range definitions(t) {
		on := triggers(t, d)
		for name, job := range d.workflow.Jobs {
			for scope, access := range job.Permissions {
				if slices.Contains(on, "pull_request") && access == "write" {
					assert.Equal(t, "id-token", scope, name)
					assert.Contains(t, job.If, "needs.changed.outputs.azure == 'true'", name)
				}
			}
		}
		if slices.Contains(on, "workflow_run") {
			var order []string
			for _, step := range d.workflow.Jobs["comment"].Steps {
				order = append(order, strings.SplitN(step.Uses+step.Run, "@", 2)[0])
			}
			assert.Less(t, slices.Index(order, "make .bin/delivery"), slices.Index(order, "actions/download-artifact"))
		}
	}
}

func triggers(t *testing.T, d definition) []string {
	t.Helper()
	switch on := d.workflow.On.(type) {
	case string:
		return []string{on}
	case map[string]any:
		var names []string
		for name := range on {
			names = append(names, name)
		}
		return names
	}
	assert.False(t, d.isWorkflow(), "%s: no trigger was understood", d.name)
	return nil
}

// Everything that a workflow runs exists: a target of the Makefile, or a command of cmd/delivery with its flags. So all of it
// runs on any machine as well.
func TestRunsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(dotGitHub, "../Makefile"))
	require.NoError(t, err)
	runs := 0
	for _, d := range definitions(t) {
		for _, job := range d.workflow.Jobs {
			for _, step := range job.Steps {
				if step.Run == "" {
					continue
				}
				runs++
				for _, variable := range variables.FindAllStringSubmatch(step.Run, -1) {
					assert.True(t, step.Env[variable[1]] != "" || strings.HasPrefix(variable[1], "GITHUB_"), "%s: %s", d.name, step.Run)
				}
				// A quoted variable is one word, whatever is in it; a bare one would be any number of words.
				words := strings.Fields(variables.ReplaceAllString(step.Run, "1"))
				assert.NotContains(t, strings.Join(words, " "), "$", "%s: %s", d.name, step.Run)
				switch words[0] {
				case "make":
					checkTargets(t, string(makefile), words[1:])
				case ".bin/delivery":
					checkCommand(t, words[1:])
				default:
					t.Errorf("%s: %s", d.name, step.Run)
				}
			}
		}
	}
	assert.Greater(t, runs, 20)
}

// variables are references to the environment in the only form that is allowed.
var variables = regexp.MustCompile(`"\$([A-Z_]+)"`)

func checkTargets(t *testing.T, makefile string, words []string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(word, "=") {
			assert.Regexp(t, `(?m)^`+regexp.QuoteMeta(word)+`:`, makefile)
		}
	}
}

func checkCommand(t *testing.T, words []string) {
	t.Helper()
	root := (&App{Stdout: io.Discard, Stderr: &bytes.Buffer{}}).Command()
	command, rest, err := root.Find(words)
	require.NoError(t, err)
	require.NotSame(t, root, command)
	require.NoError(t, command.ParseFlags(rest), words)
	assert.Empty(t, command.Flags().Args(), words)
}

// Only the job that compiles everything saves caches: a smaller one under the same key would stay, and every run compile the SDK.
func TestOneJobSavesCaches(t *testing.T) {
	var savers []string
	for _, d := range definitions(t) {
		for name, job := range d.workflow.Jobs {
			for _, step := range job.Steps {
				if step.With["save"] == "true" {
					savers = append(savers, d.name+" "+name)
				}
				if strings.HasPrefix(step.Uses, "actions/cache@") {
					assert.Equal(t, "inputs.save == 'true'", step.If, d.name)
				}
			}
		}
	}
	assert.Equal(t, []string{"workflows/main.yml check"}, savers)
}

// The checks run on this machine too: what the workflows are is held by make lint and by continuous integration.
func TestWorkflowsAreLinted(t *testing.T) {
	for _, file := range []string{"../Makefile", "../.ci/run"} {
		text, err := os.ReadFile(filepath.Join(dotGitHub, file))
		require.NoError(t, err)
		assert.Contains(t, string(text), "actionlint", file)
	}
}
