package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"aks-regulated-pulumi/internal/delivery"
	"aks-regulated-pulumi/internal/delivery/github"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

type fixture struct {
	app            *App
	results        string
	stdout, stderr bytes.Buffer
	// pull is what GitHub says about every pull request; written is what it was told, with method and path.
	pull    string
	written []string
}

// environments are those of the repository, with their protection rules as GitHub answers them.
var environments = map[string]string{
	"reviewed": `{"id": 1, "type": "branch_policy"}, {"id": 2, "type": "required_reviewers", "prevent_self_review": true,
		"reviewers": [{"type": "Team", "reviewer": {"id": 1}}]}`,
	"empty":  `{"id": 2, "type": "required_reviewers", "reviewers": []}`,
	"branch": `{"id": 1, "type": "branch_policy"}`,
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{results: filepath.Join(t.TempDir(), "results"), pull: pullRequest("open", commit, "owner/name")}
	f.app = &App{ProjectDir: t.TempDir(), Stdout: &f.stdout, Stderr: &f.stderr}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			var body struct{ Body string }
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
			f.written = append(f.written, r.Method+" "+r.URL.Path+" "+body.Body)
			fmt.Fprint(w, "{}")
		case strings.HasPrefix(r.URL.Path, "/repos/owner/name/pulls/"):
			fmt.Fprint(w, f.pull)
		case strings.HasPrefix(r.URL.Path, "/repos/owner/name/environments/"):
			rules, found := environments[path.Base(r.URL.Path)]
			if !found {
				w.WriteHeader(http.StatusNotFound)
			}
			fmt.Fprintf(w, `{"name": "any", "protection_rules": [%s]}`, rules)
		default:
			fmt.Fprint(w, "[]")
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"GITHUB_API_URL": server.URL, "GITHUB_TOKEN": "token", "GITHUB_REPOSITORY": "",
		"GITHUB_SERVER_URL": "", "GITHUB_OUTPUT": "", "ACTIONS_ID_TOKEN_REQUEST_URL": "", "PULUMI_COMMAND": "/nowhere/pulumi"} {
		t.Setenv(name, value)
	}
	return f
}

func pullRequest(state, sha, repository string) string {
	return fmt.Sprintf(`{"number": 7, "state": %q, "head": {"sha": %q, "repo": {"full_name": %q}}}`, state, sha, repository)
}

func (f *fixture) run(t *testing.T, args ...string) int {
	t.Helper()
	f.stdout.Reset()
	f.stderr.Reset()
	return f.app.Run(t.Context(), args)
}

func (f *fixture) keep(t *testing.T, result delivery.Result, environments ...string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(f.results))
	require.NoError(t, (&delivery.Request{PullRequest: 7, Head: commit, Environments: environments}).Write(f.results))
	if result.Stack != "" {
		require.NoError(t, result.Write(f.results))
	}
}

func preview() delivery.Result {
	return delivery.Result{Stack: "dev", Operation: delivery.OperationPreview, OK: true, Text: "the diff"}
}

func (f *fixture) comment(t *testing.T, more ...string) int {
	t.Helper()
	return f.run(t, append([]string{"comment", "--results", f.results, "--repository", "owner/name", "--commit", commit, "--run", "5"}, more...)...)
}

// The result of a run becomes the comment on the pull request whose head it was for.
func TestComment(t *testing.T) {
	f := newFixture(t)
	f.keep(t, preview(), "dev")
	require.Zero(t, f.comment(t), f.stderr.String())
	require.Len(t, f.written, 1)
	assert.True(t, strings.HasPrefix(f.written[0], "POST /repos/owner/name/issues/7/comments "+delivery.CommentMarker))
	assert.Contains(t, f.written[0], "the diff")
	assert.Contains(t, f.written[0], "(https://github.com/owner/name/actions/runs/5)")
	assert.Equal(t, "Comment on pull request 7: created.\n", f.stdout.String())
}

// Whatever a run claims, nothing is written to a pull request that it was not for, and nothing if there is nothing to say.
func TestCommentStaysSilent(t *testing.T) {
	f := newFixture(t)
	f.keep(t, preview(), "dev")
	other := strings.Repeat("a", 40)
	for name, pull := range map[string]string{
		"another author's pull request": pullRequest("open", other, "owner/name"),
		"closed":                        pullRequest("closed", commit, "owner/name"),
	} {
		f.pull = pull
		assert.Zero(t, f.comment(t), name)
		assert.Contains(t, f.stdout.String(), "Nothing written", name)
	}
	f.pull = pullRequest("open", other, "owner/name")
	assert.Zero(t, f.run(t, "comment", "--results", f.results, "--repository", "owner/name", "--commit", other),
		"the run's own claim about its commit counts too")
	f.pull = pullRequest("open", commit, "owner/name")
	f.keep(t, delivery.Result{})
	assert.Zero(t, f.comment(t))
	assert.Contains(t, f.stdout.String(), "nothing to do")
	require.NoError(t, os.RemoveAll(f.results))
	assert.Zero(t, f.comment(t))
	assert.Contains(t, f.stdout.String(), "Nothing written")
	assert.Empty(t, f.written)
}

// A forged result is an error, and writes nothing.
func TestCommentRefuses(t *testing.T) {
	f := newFixture(t)
	f.keep(t, preview(), "dev")
	f.pull = pullRequest("open", commit, "fork/name")
	assert.Equal(t, 1, f.comment(t))
	assert.Contains(t, f.stderr.String(), delivery.ErrNotSimulated.Error())

	f.pull = pullRequest("open", commit, "owner/name")
	require.NoError(t, os.WriteFile(filepath.Join(f.results, "dev.json"), []byte(`{"approved": true}`), 0o600))
	assert.Equal(t, 1, f.comment(t))
	assert.Contains(t, f.stderr.String(), "unknown field")
	assert.Equal(t, 1, f.comment(t, "--run", "5)"))
	assert.Contains(t, f.stderr.String(), "expected a number")
	t.Setenv("GITHUB_TOKEN", "")
	assert.Equal(t, 1, f.comment(t))
	assert.Contains(t, f.stderr.String(), "GITHUB_TOKEN is not set")
	assert.Empty(t, f.written)
}

// A dry run needs no token, asks no one, and prints what would be written.
func TestDryRun(t *testing.T) {
	f := newFixture(t)
	t.Setenv("GITHUB_TOKEN", "")
	t.Setenv("GITHUB_API_URL", "http://127.0.0.1:1")
	f.keep(t, preview(), "dev")
	require.Zero(t, f.run(t, "comment", "--results", f.results, "--dry-run"), f.stderr.String())
	assert.Contains(t, f.stdout.String(), "Would write to pull request 7:\n\n"+delivery.CommentMarker)

	f.keep(t, refresh("update"))
	require.Zero(t, f.run(t, "drift", "--stack", "dev", "--results", f.results, "--dry-run"), f.stderr.String())
	assert.Contains(t, f.stdout.String(), `Would open or update the issue "Drift in dev" with the label drift`)
}

func refresh(ops ...string) delivery.Result {
	result := delivery.Result{Stack: "dev", Operation: delivery.OperationRefresh, OK: true}
	for _, op := range ops {
		result.Resources = append(result.Resources, delivery.Resource{Type: "a:b:AzureCliScript", Name: "script", Op: op})
	}
	return result
}

func (f *fixture) drift(t *testing.T) int {
	t.Helper()
	return f.run(t, "drift", "--stack", "dev", "--results", f.results, "--repository", "owner/name")
}

// Drift opens an issue. What was to be expected does not.
func TestDrift(t *testing.T) {
	f := newFixture(t)
	f.keep(t, refresh("update", "delete"))
	require.Zero(t, f.drift(t), f.stderr.String())
	assert.Contains(t, f.stdout.String(), "dev: 1 resources have drifted, 1 differ as expected.\n")
	require.Len(t, f.written, 1)
	assert.True(t, strings.HasPrefix(f.written[0], "POST /repos/owner/name/issues "+delivery.DriftMarker("dev")))

	for _, result := range []delivery.Result{refresh(), refresh("delete")} {
		f.keep(t, result)
		require.Zero(t, f.drift(t), f.stderr.String())
		assert.Contains(t, f.stdout.String(), string(github.Nothing))
	}
	assert.Len(t, f.written, 1)
}

// Without a result an issue is neither opened nor closed, and the job fails.
func TestDriftUnknown(t *testing.T) {
	f := newFixture(t)
	failed := refresh()
	failed.OK, failed.Error = false, "no sign-in"
	f.keep(t, failed)
	assert.Equal(t, 1, f.drift(t))
	assert.Contains(t, f.stderr.String(), "drift of dev is unknown, its issue stays as it is: no sign-in")
	f.keep(t, preview())
	assert.Equal(t, 1, f.drift(t))
	assert.Contains(t, f.stderr.String(), "is a preview, not a refresh")
	f.keep(t, delivery.Result{})
	assert.Equal(t, 1, f.drift(t))
	assert.Empty(t, f.written)
}

// The environments go to the matrix and to the comment.
func TestChanged(t *testing.T) {
	f := newFixture(t)
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "a"}} {
		require.NoError(t, os.WriteFile(filepath.Join(f.app.ProjectDir, "Pulumi.dev.yaml"), nil, 0o600))
		cmd := exec.Command("git", args...)
		cmd.Dir = f.app.ProjectDir
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	file := filepath.Join(t.TempDir(), "output")
	t.Setenv("GITHUB_OUTPUT", file)
	require.Zero(t, f.run(t, "changed", "--all", "--output", "--pull-request", "7", "--commit", commit, "--results", f.results), f.stderr.String())
	assert.Equal(t, "[\"dev\"]\n", f.stdout.String())
	output, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "environments=[\"dev\"]\n", string(output))
	request, err := delivery.ReadRequest(f.results)
	require.NoError(t, err)
	assert.Equal(t, &delivery.Request{PullRequest: 7, Head: commit, Environments: []string{"dev"}}, request)

	require.Zero(t, f.run(t, "changed", "--base", "HEAD"), f.stderr.String())
	assert.Equal(t, "[]\n", f.stdout.String(), "a matrix needs a list, not null")
}

// A failed preview leaves its result for the comment, and fails.
func TestPreview(t *testing.T) {
	f := newFixture(t)
	command := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(command, []byte("#!/bin/sh\necho error: no stack named dev\nexit 255\n"), 0o700))
	t.Setenv("PULUMI_COMMAND", command)
	assert.Equal(t, 1, f.run(t, "preview", "--stack", "dev", "--results", f.results))
	assert.Equal(t, "delivery: preview of dev failed: error: no stack named dev\n", f.stderr.String())
	result, err := delivery.ReadResult(f.results, "dev")
	require.NoError(t, err)
	assert.Equal(t, "error: no stack named dev", result.Error)
	assert.False(t, result.Simulated)

	assert.Equal(t, 1, f.run(t, "deploy", "--stack", "dev"))
	assert.Contains(t, f.stderr.String(), "preview dev, before the update: error: no stack named dev")
}

// What was given wrongly is one line, before anything is done.
func TestUsage(t *testing.T) {
	f := newFixture(t)
	for want, args := range map[string][]string{
		"one of --base and --all":     {"changed"},
		"stack name \"\"":             {"preview"},
		"stack name \"a b\"":          {"deploy", "--stack", "a b"},
		"unknown flag: --yes":         {"deploy", "--stack", "dev", "--yes"},
		"unknown command":             {"destroy"},
		"run \"make delivery-simu":    {"preview", "--stack", "dev", "--simulated"},
		"GITHUB_OUTPUT is not set":    {"changed", "--all", "--output"},
		"is no commit":                {"changed", "--all", "--pull-request", "7"},
		"expected owner/name":         {"drift", "--stack", "dev", "--repository", "x", "--results", f.results},
		"expected a commit or the na": {"changed", "--base=-x"},
	} {
		f.keep(t, refresh())
		gitInit(t, f.app.ProjectDir)
		assert.Equal(t, 1, f.run(t, args...), args)
		assert.Contains(t, f.stderr.String(), "delivery: ", args)
		assert.Contains(t, f.stderr.String(), want, args)
		assert.Equal(t, 1, strings.Count(f.stderr.String(), "\n"), args)
	}
}

// Nothing is deployed to Azure on the word of a document: where GitHub asks nobody, the run says so before it begins, unless that is meant.
func TestApprovals(t *testing.T) {
	f := newFixture(t)
	ask := func(environment string, more ...string) int {
		return f.run(t, append([]string{"approvals", "--repository", "owner/name", "--environment", environment}, more...)...)
	}
	require.Zero(t, ask("reviewed"), f.stderr.String())
	for environment, want := range map[string]string{
		"branch": "environment branch of owner/name has no required reviewers", "empty": "has no required reviewers",
		"absent": "environment absent does not exist", "": "expected the name",
	} {
		assert.Equal(t, 1, ask(environment), environment)
		assert.Contains(t, f.stderr.String(), want)
		assert.Equal(t, 1, strings.Count(f.stderr.String(), "\n"))
	}
	require.Zero(t, ask("branch", "--waived=true"), f.stderr.String())
	assert.Contains(t, f.stdout.String(), "waived")
	assert.Equal(t, 1, ask("branch", "--waived=false"))
	assert.Equal(t, 1, ask("branch", "--waived="))
}

func gitInit(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "git init --quiet && git -c user.name=a -c user.email=a@example.com commit --quiet --allow-empty --message a")
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
}

// The command links neither Pulumi nor Azure's SDK: a job that only comments starts at once.
func TestSmall(t *testing.T) {
	listed, err := exec.Command("go", "list", "-deps", "aks-regulated-pulumi/cmd/delivery").CombinedOutput()
	require.NoError(t, err, string(listed))
	assert.Contains(t, string(listed), "aks-regulated-pulumi/internal/delivery\n")
	assert.NotContains(t, string(listed), "github.com/pulumi/")
	assert.NotContains(t, string(listed), "github.com/Azure/")
}
