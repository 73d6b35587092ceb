//go:build cluster

package cluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// patience is how long tests wait for what happens by itself.
const patience = 60 * time.Second

// rendered are the objects that Flux applies in the deployed stack.
func rendered(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return slices.Concat(renderedFolder(t, clustermanifests.UnifiedDirectory), renderedFolder(t, clustermanifests.FalcoDirectory))
}

func renderedFolder(t *testing.T, directory string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := manifests.Render(clustermanifests.Files, directory, substitutions(t))
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	return objects
}

// startCluster starts a control plane with what AKS and its add-ons bring before Flux applies anything.
func startCluster(t *testing.T) (*kubetest.ControlPlane, *kubetest.Client) {
	t.Helper()
	plane := kubetest.Start(t)
	client := kubetest.NewClient(t, plane.Admin(t))
	applyFiles(t, client, "testdata/crds/*.yaml")
	return plane, client
}

// object is an object with the given fields beside its metadata.
func object(version, kind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{}}
	for field, value := range fields {
		made.Object[field] = value
	}
	made.SetAPIVersion(version)
	made.SetKind(kind)
	made.SetNamespace(namespace)
	made.SetName(name)
	return made
}

func create(t *testing.T, client *kubetest.Client, made *unstructured.Unstructured) {
	t.Helper()
	_, err := client.Create(t.Context(), made, false)
	require.NoError(t, err, "create %s", label(made))
}

// label is an object as kind namespace/name.
func label(o *unstructured.Unstructured) string {
	return strings.TrimPrefix(o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName(), "/")
}

// applyFiles applies the objects of files, and waits until the API server serves the kinds among them.
func applyFiles(t *testing.T, client *kubetest.Client, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, "no file is like %s", pattern)
	for _, file := range files {
		for _, o := range readObjects(t, file) {
			_, err := client.Apply(t.Context(), o, false)
			require.NoError(t, err, "apply %s of %s", label(o), file)
			if o.GetKind() == "CustomResourceDefinition" {
				requireCondition(t, client, o, "Established", "True")
			}
		}
	}
}

func readObjects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), len(content))
	var objects []*unstructured.Unstructured
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err, file)
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// requireCondition waits until a condition of a stored object has the status, and returns the condition's message.
func requireCondition(t *testing.T, client *kubetest.Client, o *unstructured.Unstructured, condition, status string) string {
	t.Helper()
	var message string
	requireSoon(t, func() error {
		stored, err := client.Get(t.Context(), o)
		if err != nil {
			return err
		}
		conditions, _, _ := unstructured.NestedSlice(stored.Object, "status", "conditions")
		for _, c := range conditions {
			fields, _ := c.(map[string]any)
			if fields["type"] == condition && fields["status"] == status {
				message, _ = fields["message"].(string)
				return nil
			}
		}
		return fmt.Errorf("%s does not have the condition %s=%s: %v", label(o), condition, status, conditions)
	})
	return message
}

// requireSoon repeats check until it succeeds.
func requireSoon(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	err := check()
	for err != nil && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		err = check()
	}
	require.NoError(t, err, "still so after %s", patience)
}

// stages puts objects into the order in which Flux applies them: definitions, then classes, then the rest (fluxcd/pkg/ssa
// v0.76).
func stages(objects []*unstructured.Unstructured) [3][]*unstructured.Unstructured {
	var staged [3][]*unstructured.Unstructured
	for _, o := range objects {
		stage := 2
		switch kind := o.GetKind(); {
		case kind == "CustomResourceDefinition" || kind == "Namespace" || kind == "ClusterRole":
			stage = 0
		case strings.HasSuffix(kind, "Class"):
			stage = 1
		}
		staged[stage] = append(staged[stage], o)
	}
	return staged
}

// applyStaged applies objects as Flux does: of each stage all are tried first, then all applied. It returns what is stored.
func applyStaged(t *testing.T, client *kubetest.Client, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	var stored []*unstructured.Unstructured
	for _, stage := range stages(objects) {
		for _, dryRun := range []bool{true, false} {
			for _, o := range stage {
				result, err := client.Apply(t.Context(), o, dryRun)
				require.NoError(t, err, "apply %s (dry run: %t)", label(o), dryRun)
				if !dryRun {
					stored = append(stored, result)
				}
			}
		}
	}
	return stored
}
