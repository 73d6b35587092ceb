package tree_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/tree"
)

var value = map[string]any{
	"name": "aks", "count": 3.0, "on": true,
	"items":  []any{"a", 1.0, "b"},
	"nested": map[string]any{"deep": map[string]any{"name": "inner"}, "alone": "x"},
}

func TestRead(t *testing.T) {
	assert.Equal(t, "aks", tree.Text(value, "name"))
	assert.Equal(t, "inner", tree.Text(value, "nested", "deep", "name"))
	assert.True(t, tree.Truth(value, "on"))
	assert.Equal(t, []any{"a", 1.0, "b"}, tree.List(value, "items"))
	assert.Equal(t, []string{"a", "b"}, tree.Texts(value, "items"))
	assert.Equal(t, []string{"alone", "deep"}, tree.Names(value, "nested"))
	n, ok := tree.Number(value, "count")
	assert.Equal(t, 3.0, n)
	assert.True(t, ok)
}

// A path through what is no object, and a value of another type, count as absent.
func TestReadAbsent(t *testing.T) {
	assert.Nil(t, tree.At(value, "name", "deep"))
	assert.Nil(t, tree.At(nil, "name"))
	assert.Empty(t, tree.Text(value, "count"))
	assert.False(t, tree.Truth(value, "name"))
	assert.Empty(t, tree.Texts(value, "name"))
	assert.Equal(t, map[string]any{}, tree.Object(value, "items"))
	_, ok := tree.Number(value, "name")
	assert.False(t, ok)
}

func TestClone(t *testing.T) {
	copied := tree.CloneObject(value)
	assert.Equal(t, value, copied)
	tree.Object(copied, "nested")["alone"] = "changed"
	tree.List(copied, "items")[0] = "changed"
	assert.Equal(t, "x", tree.Text(value, "nested", "alone"))
	assert.Equal(t, "a", tree.List(value, "items")[0])
	assert.NotNil(t, tree.CloneObject(nil))
}
