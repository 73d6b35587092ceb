package delivery

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository makes a repository with two environments on main, in a commit tagged base, and returns its directory.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	gitRun(t, dir, "init", "--quiet", "--initial-branch=main")
	for _, path := range []string{"Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "main.go", "go.mod", "README.md",
		"cluster-manifests/kustomization.yaml", "docs/security.md", "tests/stack_test.go"} {
		writeFile(t, dir, path, path)
	}
	commitAll(t, dir)
	gitRun(t, dir, "tag", "base")
	return dir
}

func gitRun(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, output)
}

func commitAll(t *testing.T, dir string) {
	t.Helper()
	gitRun(t, dir, "add", "--all")
	gitRun(t, dir, "commit", "--quiet", "--message", "change")
}

func writeFile(t *testing.T, dir, path, content string) {
	t.Helper()
	path = filepath.Join(dir, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

// Each kind of file changes exactly the environments that it can change: none is previewed for nothing, and none is missed.
func TestChanged(t *testing.T) {
	both, none := []string{"dev", "prod"}, []string{}
	tests := map[string]struct {
		write []string
		want  []string
	}{
		"nothing":                     {nil, none},
		"one environment":             {[]string{"Pulumi.dev.yaml"}, []string{"dev"}},
		"two environments":            {[]string{"Pulumi.dev.yaml", "Pulumi.prod.yaml"}, both},
		"a new environment":           {[]string{"Pulumi.test.yaml"}, []string{"test"}},
		"the project":                 {[]string{"Pulumi.yaml"}, both},
		"Go code":                     {[]string{"network/hub.go"}, both},
		"Go code and one environment": {[]string{"main.go", "Pulumi.dev.yaml"}, both},
		"modules":                     {[]string{"go.mod"}, both},
		"the pinned CLI":              {[]string{"tools/go.mod"}, both},
		"manifests":                   {[]string{"cluster-manifests/kustomization.yaml"}, both},
		"an unknown kind of file":     {[]string{"imagebuilder/install.sh"}, both},
		"documents":                   {[]string{"README.md", "docs/security.md", "docs/a.svg"}, none},
		"documents and an environment": {[]string{"docs/security.md", "Pulumi.prod.yaml"},
			[]string{"prod"}},
		"tests":               {[]string{"tests/stack_test.go", "network/hub_test.go", ".github/workflows/x.yml"}, none},
		"a file in a folder":  {[]string{"docs/Pulumi.dev.yaml"}, none},
		"a name with newline": {[]string{"docs/a\nmain.go"}, none},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := repository(t)
			for _, path := range tt.write {
				writeFile(t, dir, path, "changed")
			}
			if len(tt.write) > 0 {
				commitAll(t, dir)
			}
			got, err := Changed(t.Context(), dir, "base", "HEAD")
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

// A moved or deleted file counts where it was, and a deleted environment is not previewed.
func TestChangedByRemoval(t *testing.T) {
	dir := repository(t)
	require.NoError(t, os.Remove(filepath.Join(dir, "Pulumi.prod.yaml")))
	commitAll(t, dir)
	got, err := Changed(t.Context(), dir, "base", "HEAD")
	require.NoError(t, err)
	assert.Empty(t, got)

	gitRun(t, dir, "mv", "main.go", "docs/main.go")
	commitAll(t, dir)
	got, err = Changed(t.Context(), dir, "HEAD^1", "HEAD")
	require.NoError(t, err)
	assert.Equal(t, []string{"dev"}, got)
}

// What has meanwhile come into the base is not part of the change.
func TestChangedSinceTheFork(t *testing.T) {
	dir := repository(t)
	gitRun(t, dir, "checkout", "--quiet", "-b", "topic")
	writeFile(t, dir, "Pulumi.dev.yaml", "changed")
	commitAll(t, dir)
	gitRun(t, dir, "checkout", "--quiet", "main")
	writeFile(t, dir, "main.go", "changed")
	commitAll(t, dir)
	got, err := Changed(t.Context(), dir, "main", "topic")
	require.NoError(t, err)
	assert.Equal(t, []string{"dev"}, got)

	got, err = Changed(t.Context(), dir, zeroCommit, "main")
	require.NoError(t, err)
	assert.Equal(t, []string{"dev", "prod"}, got, "without a base everything is new")
}

// Revisions and stack names that could mean something else to git, a shell or a page are refused.
func TestChangedRefuses(t *testing.T) {
	dir := repository(t)
	for _, revision := range []string{"", "--output=x", "a..b", "HEAD~1", "HEAD^{tree}", "a b", "nowhere"} {
		_, err := Changed(t.Context(), dir, revision, "HEAD")
		require.Error(t, err, revision)
		_, err = Environments(t.Context(), dir, revision)
		require.Error(t, err, revision)
	}
	writeFile(t, dir, "Pulumi.$(id).yaml", "")
	commitAll(t, dir)
	_, err := Changed(t.Context(), dir, "base", "HEAD")
	assert.ErrorContains(t, err, `Pulumi.$(id).yaml: stack name "$(id)"`)
}
