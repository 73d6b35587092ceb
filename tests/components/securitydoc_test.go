package components

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/securitydoc"
)

// An auditor reads in the tables of the documents every security and firewall rule, role, assignment, policy, log, subnet, zone and alert as
// the program registers it, and no other. A change of one shows in the documents.
func TestSecurityDocumentIsCurrent(t *testing.T) {
	documents := map[string]string{}
	for _, file := range securitydoc.Files {
		content, err := os.ReadFile(filepath.Join("..", "..", file))
		require.NoError(t, err)
		documents[file] = string(content)
	}
	written, err := securitydoc.Write(documents)
	require.NoError(t, err)
	for file, want := range written {
		assert.Empty(t, cmp.Diff(want, documents[file]), "%s is stale; write it with: go run ./cmd/docs", file)
	}
}
