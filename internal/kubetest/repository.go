package kubetest

import (
	"crypto/tls"
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

// Repository is a Git repository that loopback serves.
type Repository struct {
	// URL is where to fetch it.
	URL string
	// Address is host:port of the server.
	Address string

	store, tree string
}

// NewRepository makes an empty repository, which is served over HTTP until the test ends.
func NewRepository(t testing.TB) *Repository {
	t.Helper()
	r, server := newRepository(t)
	server.Start()
	r.Address = server.Listener.Addr().String()
	r.URL = server.URL + repositoryPath
	return r
}

// NewRepositoryAt makes an empty repository, which is served over HTTPS until the test ends, with a certificate of the control plane's
// authority for a host name that leads to its address nowhere but in a Proxy.
func (c *ControlPlane) NewRepositoryAt(t testing.TB, host string) *Repository {
	t.Helper()
	issued, err := c.authority.server(host)
	require.NoError(t, err)
	certificate, err := tls.X509KeyPair(issued.certificate, issued.key)
	require.NoError(t, err)
	r, server := newRepository(t)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	r.Address = server.Listener.Addr().String()
	r.URL = "https://" + host + repositoryPath
	return r
}

const repositoryPath = "/platform.git"

// newRepository makes an empty repository and a server for it, which is still to be started.
func newRepository(t testing.TB) (*Repository, *httptest.Server) {
	t.Helper()
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	root := t.TempDir()
	r := &Repository{store: filepath.Join(root, repositoryPath), tree: t.TempDir()}
	r.git(t, "init", "--quiet", "--bare", "--initial-branch", Branch)
	server := httptest.NewUnstartedServer(&cgi.Handler{
		Path: git, Args: []string{"http-backend"},
		Env: append(gitEnvironment(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1"),
	})
	t.Cleanup(server.Close)
	return r, server
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
