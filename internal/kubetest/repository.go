package kubetest

import (
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Branch is the one branch of a Repository.
const Branch = "main"

// Repository is a Git repository that loopback serves over HTTP.
type Repository struct {
	// URL is where to fetch it.
	URL string

	store, tree string
}

// NewRepository makes an empty repository, which is served until the test ends.
func NewRepository(t testing.TB) *Repository {
	t.Helper()
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	root := t.TempDir()
	r := &Repository{store: filepath.Join(root, "platform.git"), tree: t.TempDir()}
	r.git(t, "init", "--quiet", "--bare", "--initial-branch", Branch)
	server := httptest.NewServer(&cgi.Handler{
		Path: git, Args: []string{"http-backend"},
		Env: append(gitEnvironment(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1"),
	})
	t.Cleanup(server.Close)
	r.URL = server.URL + "/platform.git"
	return r
}

// Commit writes files by their path, deletes those without content, and returns the hash of the commit with them.
func (r *Repository) Commit(t testing.TB, message string, files map[string][]byte) string {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(r.tree, filepath.FromSlash(name))
		if content == nil {
			require.NoError(t, os.Remove(path))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--message", message)
	return r.git(t, "rev-parse", "HEAD")
}

func (r *Repository) git(t testing.TB, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{"--git-dir", r.store, "--work-tree", r.tree}, arguments...)...)
	if arguments[0] == "init" {
		command = exec.Command("git", append(arguments, r.store)...)
	}
	command.Dir = r.tree
	command.Env = append(os.Environ(), gitEnvironment()...)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "git %v: %s", arguments, output)
	return strings.TrimSpace(string(output))
}

// gitEnvironment keeps what a user or a machine has configured out of the tests.
func gitEnvironment() []string {
	environment := []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}
	for _, role := range []string{"AUTHOR", "COMMITTER"} {
		environment = append(environment, "GIT_"+role+"_NAME=kubetest", "GIT_"+role+"_EMAIL=kubetest@localhost")
	}
	return environment
}
