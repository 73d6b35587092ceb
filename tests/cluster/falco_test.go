//go:build cluster

package cluster_test

import (
	"fmt"
	"testing"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// A stack of an earlier version has Falco in the Kustomization of everything else. The update takes it out of there without deleting it for
// a moment; afterwards it comes and goes with its own, whose health nothing asks for.
func TestFalcoChangesHands(t *testing.T) {
	f := startFlux(t)
	falco := f.falco
	f.falco = nil
	unified, _, _ := unstructured.NestedString(f.sync.Object, "spec", "path")
	require.NoError(t, unstructured.SetNestedField(f.sync.Object, "./"+clustermanifests.Directory, "spec", "path"))
	revision := f.commit(t, "Add the manifests", tree(t))
	f.requireApplied(t, revision)
	own := renderedFolder(t, clustermanifests.FalcoDirectory)
	assert.Subset(t, f.inventory(t, f.sync), inventoryOf(own))
	before := f.identities(t, own)

	// What Azure's agent does of the update: in the worst order, the old owner first.
	require.NoError(t, unstructured.SetNestedField(f.sync.Object, unified, "spec", "path"))
	f.hurry(t)
	f.requireApplied(t, revision)
	requireSoon(t, func() error {
		if kept := f.inventory(t, f.sync); len(kept) != len(renderedFolder(t, clustermanifests.UnifiedDirectory)) {
			return fmt.Errorf("%d objects are left", len(kept))
		}
		return nil
	})
	assert.Equal(t, before, f.identities(t, own), "nothing of Falco was deleted")
	f.falco = falco
	f.hurry(t)
	f.requireApplied(t, revision)
	assert.Equal(t, before, f.identities(t, own), "nothing of Falco was made again")
	assert.ElementsMatch(t, inventoryOf(own), f.inventory(t, f.falco))
	for _, o := range own {
		stored, err := f.client.Get(t.Context(), o)
		require.NoError(t, err)
		assert.NotContains(t, stored.GetAnnotations(), "kustomize.toolkit.fluxcd.io/prune", label(o))
		assert.Equal(t, f.falco.GetName(), stored.GetLabels()["kustomize.toolkit.fluxcd.io/name"], label(o))
	}
	stored, err := f.client.Get(t.Context(), f.falco)
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprint(stored.Object["status"]), "Healthy", "its pods are not waited for")

	require.NoError(t, f.client.Delete(t.Context(), f.falco))
	requireSoon(t, func() error {
		_, err := f.client.Get(t.Context(), object("apps/v1", "DaemonSet", "falco-system", "falco", nil))
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("Falco is there without its Kustomization: %v", err)
		}
		return nil
	})
}

// identities are the UIDs of objects that nobody is deleting.
func (f *flux) identities(t *testing.T, objects []*unstructured.Unstructured) map[string]types.UID {
	t.Helper()
	found := map[string]types.UID{}
	for _, o := range objects {
		stored, err := f.client.Get(t.Context(), o)
		require.NoError(t, err, label(o))
		require.Nil(t, stored.GetDeletionTimestamp(), label(o))
		found[label(o)] = stored.GetUID()
	}
	return found
}
