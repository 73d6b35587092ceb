package kube

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// What Git would not hold, and what is deleted while it is read, is no part of the content.
func TestContentHash(t *testing.T) {
	files := fstest.MapFS{"a.yaml": {Data: []byte("a")}, "docs/b.md": {Data: []byte("b")}, ".state/azure.json": {Data: []byte("1")}}
	hash := func(repository fs.FS) string {
		made, err := contentHash(repository)
		require.NoError(t, err)
		return made
	}
	before := hash(files)
	files[".state/azure.json"].Data = []byte("2")
	assert.Equal(t, before, hash(files))
	without := hash(damaged{files, "docs/b.md", fs.ErrNotExist})
	assert.NotEqual(t, before, without)
	delete(files, "docs/b.md")
	assert.Equal(t, without, hash(files))
	_, err := contentHash(damaged{files, ".", errors.New("gone")})
	assert.Error(t, err)
}

// Kustomizations are applied after those that they depend on, whatever they are called; what lies in a circle is never applied.
func TestDependencyOrder(t *testing.T) {
	after := func(names ...any) map[string]any { return map[string]any{"dependsOn": names} }
	assert.Equal(t, []string{"zlast", "afirst"}, dependencyOrder(map[string]any{"afirst": after("zlast"), "zlast": after()}))
	assert.Equal(t, []string{"c"}, dependencyOrder(map[string]any{"a": after("b"), "b": after("a"), "c": after()}))
}
