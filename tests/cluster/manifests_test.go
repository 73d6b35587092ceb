//go:build cluster

package cluster_test

import (
	"testing"

	"aks-regulated-pulumi/internal/kubetest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// A cluster takes all manifests, with the values of a deployed stack, as they are; they run what they are to run, and nothing
// else.
func TestManifestsOnAnAPIServer(t *testing.T) {
	plane, client := startCluster(t)
	// The extension of AKS makes it before Flux applies anything.
	create(t, client, object("v1", "Namespace", "", kubetest.FluxNamespace, nil))
	objects := rendered(t)
	testTakenAsTheyAre(t, client, objects)
	playControllers(t, client)
	t.Run("pods", func(t *testing.T) { testPods(t, client, objects) })
	t.Run("rights", func(t *testing.T) { testRights(t, plane, client) })
}

// testTakenAsTheyAre applies objects: without a warning, once and for all, and each held against the schema of its kind.
func testTakenAsTheyAre(t *testing.T, client *kubetest.Client, objects []*unstructured.Unstructured) {
	t.Helper()
	require.Empty(t, client.Warnings.Take())
	stored := applyStaged(t, client, objects)
	t.Run("the API server warns of nothing", func(t *testing.T) {
		assert.Empty(t, client.Warnings.Take())
	})
	t.Run("applied again, nothing changes", func(t *testing.T) {
		again := applyStaged(t, client, objects)
		require.Len(t, again, len(stored))
		for i, o := range stored {
			assert.Equal(t, o.GetResourceVersion(), again[i].GetResourceVersion(), "%s was written again", label(o))
		}
	})
	t.Run("a field that its kind does not have is refused", func(t *testing.T) {
		for _, o := range objects {
			spoilt := o.DeepCopy()
			spoilt.Object["misspelt"] = "value"
			_, err := client.Apply(t.Context(), spoilt, true)
			assert.ErrorContains(t, err, "misspelt", "%s is not compared with a schema", label(o))
		}
	})
}

// playControllers does what Kubernetes' controllers do before a pod can pass admission and a person can do anything: it makes
// the default service account of each namespace, starts each quota with nothing used, and fills roles that are made of others.
func playControllers(t *testing.T, client *kubetest.Client) {
	t.Helper()
	for _, namespace := range list(t, client, "v1", "Namespace") {
		create(t, client, object("v1", "ServiceAccount", namespace.GetName(), "default", nil))
	}
	for _, quota := range list(t, client, "v1", "ResourceQuota") {
		hard, _, err := unstructured.NestedMap(quota.Object, "spec", "hard")
		require.NoError(t, err)
		used := map[string]any{}
		for resource := range hard {
			used[resource] = "0"
		}
		quota.Object["status"] = map[string]any{"hard": hard, "used": used}
		require.NoError(t, client.SetStatus(t.Context(), &quota), label(&quota))
	}
	// Twice: admin takes from edit, which takes from others.
	for range 2 {
		aggregateRoles(t, client)
	}
}

func aggregateRoles(t *testing.T, client *kubetest.Client) {
	t.Helper()
	roles := list(t, client, "rbac.authorization.k8s.io/v1", "ClusterRole")
	for _, role := range roles {
		selectors, _, err := unstructured.NestedSlice(role.Object, "aggregationRule", "clusterRoleSelectors")
		require.NoError(t, err)
		if len(selectors) == 0 {
			continue
		}
		var rules []any
		for _, selector := range selectors {
			wanted, _, err := unstructured.NestedStringMap(selector.(map[string]any), "matchLabels")
			require.NoError(t, err)
			for _, other := range roles {
				if labels.SelectorFromSet(wanted).Matches(labels.Set(other.GetLabels())) {
					part, _ := other.Object["rules"].([]any)
					rules = append(rules, part...)
				}
			}
		}
		_, err = client.Apply(t.Context(), object(role.GetAPIVersion(), role.GetKind(), "", role.GetName(), map[string]any{
			"aggregationRule": role.Object["aggregationRule"], "rules": rules,
		}), false)
		require.NoError(t, err, label(&role))
	}
}

func list(t *testing.T, client *kubetest.Client, version, kind string) []unstructured.Unstructured {
	t.Helper()
	found, err := client.List(t.Context(), version, kind)
	require.NoError(t, err, "list %s", kind)
	return found
}
