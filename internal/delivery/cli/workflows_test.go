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

// Whoever signs in to Azure does so as a GitHub environment, so that its rules and its own identity apply; those that only look
// never as the one that deploys, and what comes by itself never as the one whose reviewers would have to wake up for it.
func TestIdentities(t *testing.T) {
	for _, d := range definitions(t) {
		for name, job := range d.workflow.Jobs {
			want := ""
			switch {
			case job.Permissions["id-token"] == "":
			case d.name == "workflows/deploy.yml":
				want = name
			case slices.Contains(triggers(t, d), "schedule"):
				want = "${{ matrix.environment }}-drift"
			default:
				want = "${{ matrix.environment }}-preview"
			}
			assert.Equal(t, want, job.Environment, "%s %s", d.name, name)
			for _, step := range job.Steps {
				login := strings.HasPrefix(step.Uses, "azure/login@")
				assert.False(t, login && job.Permissions["id-token"] == "", "%s %s", d.name, name)
				assert.Nil(t, step.With["creds"], "%s %s", d.name, name)
			}
		}
	}
}

// Whoever follows docs/delivery.md sets up the GitHub environments that jobs ask for, with an identity each, and no others.
func TestEnvironmentsAreSetUp(t *testing.T) {
	var stacks []string
	paths, err := filepath.Glob(filepath.Join(dotGitHub, "../Pulumi.*.yaml"))
	require.NoError(t, err)
	for _, path := range paths {
		stacks = append(stacks, strings.Split(filepath.Base(path), ".")[1])
	}
	used := map[string]bool{}
	for _, d := range definitions(t) {
		for _, job := range d.workflow.Jobs {
			for _, stack := range stacks {
				if job.Environment != "" {
					used[strings.ReplaceAll(job.Environment, "${{ matrix.environment }}", stack)] = true
				}
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dotGitHub, "../docs/delivery.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "for stack in "+strings.Join(stacks, " ")+"; do")
	loops := regexp.MustCompile(`for environment in (.*); do`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, loops, 2, "one for Azure, one for GitHub")
	for _, loop := range loops {
		made := map[string]bool{}
		for _, word := range strings.Fields(strings.ReplaceAll(loop[1], `"`, "")) {
			for _, stack := range stacks {
				made[strings.ReplaceAll(word, "$stack", stack)] = true
			}
		}
		assert.Equal(t, used, made, loop[0])
	}
}

// Environments are deployed one after the other, each has a job, and no update is stopped midway.
func TestDeployment(t *testing.T) {
	stacks, err := filepath.Glob(filepath.Join(dotGitHub, "../Pulumi.*.yaml"))
	require.NoError(t, err)
	for _, d := range definitions(t) {
		if d.name != "workflows/deploy.yml" {
			continue
		}
		require.Len(t, d.workflow.Jobs, len(stacks)+1, "a job for each, and the check")
		assert.Equal(t, "dev", d.workflow.Jobs["prod"].Needs)
		groups := map[string]bool{}
		for name, job := range d.workflow.Jobs {
			if name != "check" {
				assert.FileExists(t, filepath.Join(dotGitHub, "../Pulumi."+name+".yaml"))
			}
			assert.Contains(t, job.If, "github.ref == 'refs/heads/main'")
			require.NotNil(t, job.Concurrency, name)
			require.NotNil(t, job.Concurrency.Cancel, name)
			assert.False(t, *job.Concurrency.Cancel, name)
			groups[job.Concurrency.Group] = true
		}
		assert.Len(t, groups, len(d.workflow.Jobs), "a job that waits for approval would hold up the others")
		return
	}
	t.Fatal("no deploy.yml")
}

// What is deployed has passed, as the very commit of the run, all that a pull request and main have to pass: a merge can break what
// two branches did not. That is checked without an identity, and nothing deploys past it.
func TestOnlyWhatPassedIsDeployed(t *testing.T) {
	jobs := map[string]map[string]job{}
	for _, d := range definitions(t) {
		jobs[d.name] = d.workflow.Jobs
		if d.name == "workflows/deploy.yml" {
			assert.ElementsMatch(t, []string{"push", "workflow_dispatch"}, triggers(t, d), "these alone run the commit that they name")
			assert.NotContains(t, d.text, "continue-on-error")
		}
	}
	deploy := jobs["workflows/deploy.yml"]
	var passed []string
	for _, step := range deploy["check"].Steps {
		assert.Empty(t, step.If, "a step that is left out checks nothing")
		passed = append(passed, step.Run)
	}
	for _, checks := range []job{jobs["workflows/main.yml"]["check"], jobs["workflows/pull-request.yml"]["lint"], jobs["workflows/pull-request.yml"]["test"]} {
		runs := 0
		for _, step := range checks.Steps {
			if step.Run != "" && step.Run != "make delivery-tools" {
				runs++
				assert.Contains(t, passed, step.Run)
			}
		}
		assert.Positive(t, runs)
	}
	for name, job := range deploy {
		// Only a condition that calls one of GitHub's status functions lets a job run after one that failed.
		assert.NotContains(t, job.If, "()", name)
		assert.Equal(t, name == "check", job.Permissions["id-token"] == "", name)
		if name == "check" {
			continue
		}
		before, _ := job.Needs.(string)
		for range deploy {
			if next, more := deploy[before].Needs.(string); more {
				before = next
			}
		}
		assert.Equal(t, "check", before, name)
	}
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
	root := (&App{Stdout: io.Discard, Stderr: &bytes.Buffer{}}).rootCommand()
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
