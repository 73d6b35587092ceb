package kubetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is committed can be fetched over HTTP, and what a commit deletes is gone.
func TestARepositoryServesItsCommits(t *testing.T) {
	r := NewRepository(t)
	first := r.Commit(t, "Add two files", map[string][]byte{"a/one": []byte("1"), "two": []byte("2")})
	second := r.Commit(t, "Delete one", map[string][]byte{"a/one": nil})
	assert.NotEqual(t, first, second)

	clone := filepath.Join(t.TempDir(), "clone")
	command := exec.Command("git", "clone", "--quiet", "--branch", Branch, r.URL, clone)
	command.Env = append(os.Environ(), gitEnvironment()...)
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.NoFileExists(t, filepath.Join(clone, "a", "one"))
	content, err := os.ReadFile(filepath.Join(clone, "two"))
	require.NoError(t, err)
	assert.Equal(t, "2", string(content))
}
