//go:build cluster

package cluster_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Names of the objects that Azure makes of the Flux configuration "bootstrap", and of the account that Flux applies them with.
const (
	sourceName   = "bootstrap"
	syncName     = "bootstrap-" + kustomization
	applierName  = "flux-applier"
	installation = repository + "/bootstrap/flux-system"
	// What tests commit.
	testNamespace = "cluster-baseline-settings"
	testFolder    = "added-by-test"
	testFile      = "added.yaml"
	testSettings  = "added-by-test"
)

// flux is Flux on a cluster, and the repository that it reads.
type flux struct {
	plane      *kubetest.ControlPlane
	client     *kubetest.Client
	repository *kubetest.Repository
	source     *unstructured.Unstructured
	// sync applies what every cluster has, falco the part that nothing waits for; nil where there is none.
	sync, falco *unstructured.Unstructured
}

// startFlux installs Flux as mode manifests does it, with its controllers beside the cluster instead of in pods but with the
// rights and arguments that they have there, and configures it as Azure does in the deployed stack: both modes are to do the
// same.
func startFlux(t *testing.T) *flux {
	t.Helper()
	plane, client := startCluster(t)
	objects := installFlux(t, client)
	arguments := map[string][]string{}
	for _, o := range objects {
		if o.GetKind() == "Deployment" {
			arguments[o.GetName()] = argumentsOf(t, o)
		}
	}
	plane.StartFlux(t, arguments)
	f := &flux{plane: plane, client: client, repository: kubetest.NewRepository(t)}
	f.source, f.sync, f.falco = fluxSource(t, f.repository.URL), fluxSync(t, kustomization), fluxSync(t, falcoKustomization)
	return f
}

// installFlux applies Flux as mode manifests does it, and returns what that is.
func installFlux(t *testing.T, client *kubetest.Client) []*unstructured.Unstructured {
	t.Helper()
	values := maps.Clone(substitutions(t))
	for _, name := range []string{"source_controller", "kustomize_controller"} {
		// The images stay out of the test, and with mode flux their values are not among the deployed ones.
		values[name+"_tag"], values[name+"_digest"] = "v0.0.0", "sha256:"+strings.Repeat("0", 64)
	}
	objects, err := manifests.Render(os.DirFS(installation), ".", values)
	require.NoError(t, err)
	applyStaged(t, client, objects)
	assert.Empty(t, client.Warnings.Take())
	return objects
}

func argumentsOf(t *testing.T, deployment *unstructured.Unstructured) []string {
	t.Helper()
	containers, _ := manifests.PodSpec(deployment)["containers"].([]any)
	require.Len(t, containers, 1, label(deployment))
	arguments, found, err := unstructured.NestedStringSlice(containers[0].(map[string]any), "args")
	require.NoError(t, err)
	require.True(t, found, "%s has no arguments", label(deployment))
	return arguments
}

// commit changes files of the manifests, lets Flux look at once, and returns the revision as Flux writes it.
func (f *flux) commit(t *testing.T, message string, files map[string][]byte) string {
	t.Helper()
	named := map[string][]byte{}
	for name, content := range files {
		named[path.Join(clustermanifests.Directory, name)] = content
	}
	revision := kubetest.Branch + "@sha1:" + f.repository.Commit(t, message, named)
	f.hurry(t)
	return revision
}

// hurry lets Flux read the repository now instead of at the next interval.
func (f *flux) hurry(t *testing.T) {
	t.Helper()
	f.source.SetAnnotations(map[string]string{"reconcile.fluxcd.io/requestedAt": time.Now().Format(time.RFC3339Nano)})
	for _, o := range append(f.syncs(), f.source) {
		_, err := f.client.Apply(t.Context(), o, false)
		require.NoError(t, err)
	}
}

// syncs are the Kustomizations that there are.
func (f *flux) syncs() []*unstructured.Unstructured {
	if f.falco == nil {
		return []*unstructured.Unstructured{f.sync}
	}
	return []*unstructured.Unstructured{f.sync, f.falco}
}

// requireApplied waits until Flux has applied a revision and says that all is well. Meanwhile the test plays the controllers
// that bring workloads up.
func (f *flux) requireApplied(t *testing.T, revision string) {
	t.Helper()
	requireSoon(t, func() error {
		bringUp(t, f.client)
		for _, sync := range f.syncs() {
			if err := f.statusOf(t, sync, revision, "True", "lastAppliedRevision"); err != nil {
				return err
			}
		}
		return nil
	})
}

// requireRefused waits until Flux has tried a revision and failed, and returns what it says.
func (f *flux) requireRefused(t *testing.T, revision string) string {
	t.Helper()
	requireSoon(t, func() error { return f.status(t, revision, "False", "lastAttemptedRevision") })
	return requireCondition(t, f.client, f.sync, "Ready", "False")
}

func (f *flux) status(t *testing.T, revision, ready, field string) error {
	return f.statusOf(t, f.sync, revision, ready, field)
}

func (f *flux) statusOf(t *testing.T, sync *unstructured.Unstructured, revision, ready, field string) error {
	stored, err := f.client.Get(t.Context(), sync)
	if err != nil {
		return err
	}
	at, _, _ := unstructured.NestedString(stored.Object, "status", field)
	if at != revision || readiness(stored) != ready {
		return fmt.Errorf("%s is at %q, not ready=%s at %q: %v", label(sync), at, ready, revision, stored.Object["status"])
	}
	return nil
}

// readiness is the status of an object's condition Ready.
func readiness(stored *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(stored.Object, "status", "conditions")
	for _, c := range conditions {
		if fields, _ := c.(map[string]any); fields["type"] == "Ready" {
			return fmt.Sprint(fields["status"])
		}
	}
	return ""
}

// inventory are the objects that Flux says a Kustomization manages, as namespace_name_group_kind.
func (f *flux) inventory(t *testing.T, sync *unstructured.Unstructured) []string {
	t.Helper()
	stored, err := f.client.Get(t.Context(), sync)
	require.NoError(t, err)
	entries, _, err := unstructured.NestedSlice(stored.Object, "status", "inventory", "entries")
	require.NoError(t, err)
	var ids []string
	for _, entry := range entries {
		ids = append(ids, entry.(map[string]any)["id"].(string))
	}
	return ids
}

// inventoryOf is how Flux writes objects down.
func inventoryOf(objects []*unstructured.Unstructured) []string {
	var ids []string
	for _, o := range objects {
		// Flux writes a colon in a name as two underscores, since object names of RBAC may have one.
		name := strings.ReplaceAll(o.GetName(), ":", "__")
		ids = append(ids, strings.Join([]string{o.GetNamespace(), name, o.GroupVersionKind().Group, o.GetKind()}, "_"))
	}
	return ids
}

// Flux applies what is committed, all of it and nothing else; it prunes what a commit deletes; and what a commit breaks leaves
// the Kustomization not ready, with a line that names the culprit, and nothing of that stage applied.
func TestFluxFollowsTheRepository(t *testing.T) {
	f := startFlux(t)
	revision := f.commit(t, "Add the manifests", tree(t))
	f.requireApplied(t, revision)

	t.Run("every object of the manifests is there, and none beside", func(t *testing.T) {
		assert.ElementsMatch(t, inventoryOf(renderedFolder(t, clustermanifests.UnifiedDirectory)), f.inventory(t, f.sync))
		assert.ElementsMatch(t, inventoryOf(renderedFolder(t, clustermanifests.FalcoDirectory)), f.inventory(t, f.falco))
	})
	t.Run("pods of Flux itself pass admission without a warning", func(t *testing.T) {
		for _, name := range []string{kubetest.SourceController, kubetest.KustomizeController} {
			stored, err := f.client.Get(t.Context(), deploymentNamed(kubetest.FluxNamespace, name))
			require.NoError(t, err)
			f.client.Warnings.Take()
			require.NoError(t, tryToCreate(t, f.client, podOf(t, stored)))
			assert.Empty(t, f.client.Warnings.Take(), name)
		}
	})
	t.Run("a commit reaches the API server", func(t *testing.T) {
		f.requireApplied(t, f.commit(t, "Add settings", added(t, settings("first"))))
		stored, err := f.client.Get(t.Context(), settings(""))
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"value": "first"}, stored.Object["data"])
	})
	t.Run("a deleted file is pruned", func(t *testing.T) {
		f.requireApplied(t, f.commit(t, "Drop settings", dropped(t)))
		_, err := f.client.Get(t.Context(), settings(""))
		assert.True(t, apierrors.IsNotFound(err), "the settings of a deleted file: %v", err)
	})
	refused := map[string]struct {
		object *unstructured.Unstructured
		want   []string
	}{
		"a broken manifest": {
			broken(),
			[]string{"Deployment/cluster-baseline-settings/broken", "spec.replicas"},
		},
		"a missing namespace": {
			object("v1", "ConfigMap", "nowhere", "lost", map[string]any{"data": map[string]any{"value": "first"}}),
			[]string{"ConfigMap/nowhere/lost", `namespaces "nowhere" not found`},
		},
		"an unknown kind": {
			object("example.com/v1", "Unknown", testNamespace, "unknown", nil),
			[]string{"Unknown/cluster-baseline-settings/unknown", "no matches for kind"},
		},
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		t.Run(name+" is named, and nothing of its stage is applied", func(t *testing.T) {
			message := f.requireRefused(t, f.commit(t, "Add "+name, added(t, settings("second"), refused[name].object)))
			for _, want := range refused[name].want {
				assert.Contains(t, message, want)
			}
			_, err := f.client.Get(t.Context(), settings(""))
			assert.True(t, apierrors.IsNotFound(err), "settings beside %s: %v", name, err)
			f.requireApplied(t, f.commit(t, "Drop "+name, dropped(t)))
		})
	}
	t.Run("a variable without a value is refused here before Flux refuses it there", func(t *testing.T) {
		rest := without(substitutions(t), "registry")
		require.NoError(t, unstructured.SetNestedField(f.sync.Object, rest, "spec", "postBuild", "substitute"))
		_, err := manifests.Render(clustermanifests.Files, ".", nil)
		require.ErrorContains(t, err, "variables without a value: ")
		require.ErrorContains(t, err, "registry (")
		message := f.requireRefused(t, f.commit(t, "Add settings", added(t, settings("third"))))
		assert.Contains(t, message, "variable not set")
		assert.Contains(t, message, "registry")
	})
}
