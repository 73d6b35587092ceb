package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Jobs sign in to Azure only as a GitHub environment, so that its rules and its own identity apply; those that only look
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

// Following docs/delivery.md sets up the GitHub environments that jobs ask for, with an identity each, and no others.
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
		assert.Contains(t, d.workflow.Jobs["prod"].If, "(vars.PROD_BY_HAND != 'true' || github.event_name == 'workflow_dispatch')")
		for environment, waived := range map[string]string{"prod": "vars.PROD_BY_HAND == 'true'", "prod-preview": "vars.PREVIEW == 'simulated'"} {
			asked := slices.IndexFunc(d.workflow.Jobs["check"].Steps, func(s step) bool {
				return strings.HasPrefix(s.Run, ".bin/delivery approvals --environment "+environment+" ")
			})
			require.GreaterOrEqual(t, asked, 0, environment)
			assert.Equal(t, "${{ "+waived+" }}", d.workflow.Jobs["check"].Steps[asked].Env["WAIVED"])
		}
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
			if step.Run != "" && step.Run != "make delivery-tools" && step.Run != "make delivery-plugins" {
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
