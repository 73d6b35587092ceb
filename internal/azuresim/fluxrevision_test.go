package azuresim

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// damaged is a repository in which one file cannot be read.
type damaged struct {
	fs.FS
	name string
	err  error
}

func (d damaged) Open(name string) (fs.File, error) {
	if name == d.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: d.err}
	}
	return d.FS.Open(name)
}

// A repository that cannot be read whole is not fetched: its revision would leave out a file, and change once that can be read again.
func TestUnreadableRepository(t *testing.T) {
	l, files := gitOps(t, Options{})
	l.server.clusters.Repository = damaged{files, "README.md", errors.New("input/output error")}
	_, outputs, err := l.create(aks.FluxConfigurationToken, l.configuration())
	require.ErrorContains(t, err, "README.md: input/output error")
	assert.Empty(t, outputs["sourceSyncedCommitId"])
	said, err := l.server.TryGitOps(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "GitOperationFailed")
	l.server.clusters.Repository = files
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID, l.configuration()))
	assert.Regexp(t, `^main@sha1:[0-9a-f]{40}$`, tree.Text(l.read(configurationID).Outputs, "sourceSyncedCommitId"))
}
