package kubetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A repository at a made-up name can be fetched through the proxy, by a program that knows the authority, and no other host reached.
func TestTheProxyLeadsToNamesWithoutDNS(t *testing.T) {
	const host = "git.example.com"
	issuer, err := newAuthority()
	require.NoError(t, err)
	plane := &ControlPlane{directory: t.TempDir(), authority: issuer}
	known := plane.file(t, authorityName, issuer.pem)
	repository := plane.NewRepositoryAt(t, host)
	repository.Commit(t, "Add a file", map[string][]byte{"one": []byte("1")})
	proxied := StartProxy(t, func(asked string) string {
		if asked == host {
			return repository.Address
		}
		return ""
	})
	clone := func(url string) (string, error) {
		command := exec.Command("git", "clone", "--quiet", url, filepath.Join(t.TempDir(), "clone"))
		command.Env = append(append(os.Environ(), gitEnvironment()...), append(proxied, "GIT_SSL_CAINFO="+known)...)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	output, err := clone("https://" + host + repositoryPath)
	require.NoError(t, err, output)
	output, err = clone("https://elsewhere.example.com" + repositoryPath)
	require.Error(t, err)
	assert.Contains(t, output, "403")
}
