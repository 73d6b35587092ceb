//go:build cluster

package cluster_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/kubetest"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// fluxSource is the source that Azure's agent makes of the Flux configuration in the deployed stack, but for the address of the repository.
func fluxSource(t *testing.T, url string) *unstructured.Unstructured {
	t.Helper()
	c := fluxConfiguration(t)
	return object("source.toolkit.fluxcd.io/v1", "GitRepository", kubetest.FluxNamespace, sourceName, map[string]any{"spec": map[string]any{
		"url": url, "ref": map[string]any{"branch": kubetest.Branch},
		"interval": seconds(c.GitRepository.SyncIntervalInSeconds), "timeout": seconds(c.GitRepository.TimeoutInSeconds),
	}})
}

// fluxSync is the Kustomization that Azure's agent makes of one of the configuration's.
func fluxSync(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	k := fluxConfiguration(t).Kustomizations[name]
	require.NotEmpty(t, k.Path, name)
	values := map[string]any{}
	for name, value := range k.PostBuild.Substitute {
		values[name] = value
	}
	return object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", kubetest.FluxNamespace, sourceName+"-"+name, map[string]any{"spec": map[string]any{
		"sourceRef": map[string]any{"kind": "GitRepository", "name": sourceName},
		"path":      k.Path, "prune": k.Prune, "force": k.Force, "wait": k.Wait, "serviceAccountName": applierName,
		"interval": seconds(k.SyncIntervalInSeconds), "timeout": seconds(k.TimeoutInSeconds),
		"retryInterval": seconds(k.RetryIntervalInSeconds),
		"postBuild":     map[string]any{"substitute": values},
	}})
}

func seconds(n int) string {
	return (time.Duration(n) * time.Second).String()
}

func without(values map[string]string, name string) map[string]any {
	rest := map[string]any{}
	for key, value := range values {
		if key != name {
			rest[key] = value
		}
	}
	return rest
}

// tree are the files of the manifests.
func tree(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	require.NoError(t, fs.WalkDir(clustermanifests.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(clustermanifests.Files, name)
		return err
	}))
	return files
}

// settings is a ConfigMap that a test adds.
func settings(value string) *unstructured.Unstructured {
	return object("v1", "ConfigMap", testNamespace, testSettings, map[string]any{"data": map[string]any{"value": value}})
}

// broken is a manifest that no API server takes.
func broken() *unstructured.Unstructured {
	return object("apps/v1", "Deployment", testNamespace, "broken", map[string]any{"spec": map[string]any{"replicas": "many"}})
}

// added is a commit that adds a folder with objects.
func added(t *testing.T, objects ...*unstructured.Unstructured) map[string][]byte {
	t.Helper()
	var documents []string
	for _, o := range objects {
		text, err := yaml.Marshal(o.Object)
		require.NoError(t, err)
		documents = append(documents, string(text))
	}
	return map[string][]byte{
		clustermanifests.UnifiedDirectory + "/kustomization.yaml": listing(t, "../"+testFolder),
		testFolder + "/kustomization.yaml":                        []byte("resources: [" + testFile + "]\n"),
		path.Join(testFolder, testFile):                           []byte(strings.Join(documents, "---\n")),
	}
}

// dropped is a commit that takes added back.
func dropped(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		clustermanifests.UnifiedDirectory + "/kustomization.yaml": listing(t), testFolder + "/kustomization.yaml": nil, path.Join(testFolder, testFile): nil,
	}
}

// listing is the kustomization of what the bootstrap waits for, with more folders.
func listing(t *testing.T, more ...string) []byte {
	t.Helper()
	text, err := fs.ReadFile(clustermanifests.Files, clustermanifests.UnifiedDirectory+"/kustomization.yaml")
	require.NoError(t, err)
	var root map[string]any
	require.NoError(t, yaml.Unmarshal(text, &root))
	resources, _ := root["resources"].([]any)
	for _, folder := range more {
		resources = append(resources, folder)
	}
	root["resources"] = resources
	text, err = json.Marshal(root)
	require.NoError(t, err)
	return text
}
