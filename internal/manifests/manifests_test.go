package manifests_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/manifests"
)

const kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [objects.yaml]\n"

// files are a folder "set" with a kustomization that lists the given objects.
func files(objects string) fstest.MapFS {
	return fstest.MapFS{
		"set/kustomization.yaml": {Data: []byte(kustomization)},
		"set/objects.yaml":       {Data: []byte(objects)},
	}
}

func render(t *testing.T, objects string, values map[string]string) []*unstructured.Unstructured {
	t.Helper()
	rendered, err := manifests.Render(files(objects), "set", values)
	require.NoError(t, err)
	return rendered
}

// data is the content of a ConfigMap.
func data(t *testing.T, object *unstructured.Unstructured) map[string]string {
	t.Helper()
	found, _, err := unstructured.NestedStringMap(object.Object, "data")
	require.NoError(t, err)
	return found
}

const twoObjects = `apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: a}
data: {host: "${host}", both: "${host} of ${region}"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: two}
rules: [{apiGroups: ["${group}"], resources: [x], verbs: [get]}]
`

// Every variable without a value is named with the object it stands in: Flux would put nothing in its place.
func TestEveryMissingVariableIsNamed(t *testing.T) {
	_, err := manifests.Render(files(twoObjects), "set", map[string]string{"region": "centralus"})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "host (ConfigMap a/one)")
	assert.Contains(t, err.Error(), "group (ClusterRole two)")
	assert.NotContains(t, err.Error(), "region")
}

// A missing variable is what the message is about, also where the object would not be YAML any more without it.
func TestMissingVariableIsNamedWhereItBreaksTheText(t *testing.T) {
	image := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {image: \"registry/a:${tag}\"}\n"
	_, err := manifests.Render(files(image), "set", nil)
	require.ErrorContains(t, err, "variables without a value: tag (ConfigMap one)")
}

// An empty value is a value: it was supplied on purpose.
func TestEmptyValueIsNotMissing(t *testing.T) {
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {both: \"${host} of ${region}\"}\n"
	rendered := render(t, object, map[string]string{"host": "", "region": "centralus"})
	assert.Equal(t, "of centralus", data(t, rendered[0])["both"])
}

// Values are put in as Flux puts them in, and become numbers where the text then reads as one.
func TestValuesBecomePartOfTheText(t *testing.T) {
	object := `apiVersion: v1
kind: Service
metadata: {name: "${name}"}
spec:
  ports:
    - port: ${port}
      name: x-${name}
`
	rendered := render(t, object, map[string]string{"name": "web", "port": "443"})
	want := map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "web"},
		"spec": map[string]any{"ports": []any{map[string]any{"port": int64(443), "name": "x-web"}}},
	}
	assert.Empty(t, cmp.Diff(want, rendered[0].Object))
}

// Two dollar signs keep a variable for a program that reads the text later, as Falco does with its home.
func TestDoubledDollarSignEscapes(t *testing.T) {
	object := `apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {kept: "$${HOME}/x", plain: "$NODE_IP", put: "${host}"}
`
	built, err := manifests.Build(files(object), "set")
	require.NoError(t, err)
	variables, err := manifests.Variables(built)
	require.NoError(t, err)
	assert.Equal(t, []string{"host"}, variables)
	rendered := render(t, object, map[string]string{"host": "h"})
	want := map[string]string{"kept": "${HOME}/x", "plain": "$NODE_IP", "put": "h"}
	assert.Empty(t, cmp.Diff(want, data(t, rendered[0])))
}

// An object that asks for it by label or annotation stays as it is, and wants no values.
func TestExemptObjectsAreLeftAlone(t *testing.T) {
	for _, place := range []string{"labels", "annotations"} {
		t.Run(place, func(t *testing.T) {
			object := `apiVersion: v1
kind: ConfigMap
metadata: {name: one, ` + place + `: {kustomize.toolkit.fluxcd.io/substitute: disabled}}
data: {kept: "${HOME}"}
`
			rendered := render(t, object, nil)
			assert.Equal(t, "${HOME}", data(t, rendered[0])["kept"])
			variables, err := manifests.Variables(rendered)
			require.NoError(t, err)
			assert.Empty(t, variables)
		})
	}
}

// Every variable of the manifests is listed once, in order.
func TestVariablesAreListed(t *testing.T) {
	built, err := manifests.Build(files(twoObjects), "set")
	require.NoError(t, err)
	variables, err := manifests.Variables(built)
	require.NoError(t, err)
	assert.Equal(t, []string{"group", "host", "region"}, variables)
}

// Images are found wherever pods have containers.
func TestImagesOfAllPodsAreFound(t *testing.T) {
	rendered := render(t, `apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: z/pod}, {name: d, image: z/again}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: b}
spec: {template: {spec: {initContainers: [{name: i, image: a/init}], containers: [{name: c, image: z/again}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: b/job}]}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: d}
data: {image: not/one}
`, nil)
	assert.Equal(t, []string{"a/init", "b/job", "z/again", "z/pod"}, manifests.Images(rendered))
	assert.Nil(t, manifests.PodSpec(rendered[3]), "a ConfigMap has no pods")
}

// What kustomize cannot build is an error that names the folder, not an empty list of objects.
func TestBrokenKustomizationFails(t *testing.T) {
	tests := map[string]fstest.MapFS{
		"no kustomization": {"set/objects.yaml": {Data: []byte(twoObjects)}},
		"unreadable":       {"set/kustomization.yaml": {Data: []byte("resources: [")}},
		"file that is not": {"set/kustomization.yaml": {Data: []byte(kustomization)}},
		"unknown field":    {"set/kustomization.yaml": {Data: []byte("resource: [objects.yaml]\n")}},
		"file from outside": {
			"set/kustomization.yaml": {Data: []byte("resources: [../objects.yaml]\n")},
			"objects.yaml":           {Data: []byte(twoObjects)},
		},
		"object not of YAML": files("a: [\n"),
	}
	for name, broken := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := manifests.Render(broken, "set", nil)
			require.Error(t, err)
			assert.Contains(t, err.Error(), "kustomize build of set")
		})
	}
}

// A folder takes in one beside it, as Flux does when it reads the whole repository; files beside it stay out, and so do folders that
// nobody takes in.
func TestFoldersBesideAreTakenIn(t *testing.T) {
	tree := files("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n")
	tree["set/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [../base, objects.yaml]\n")}
	tree["base/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [../set/../deep/below, base.yaml]\n")}
	tree["base/base.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n")}
	tree["deep/below/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [deep.yaml]\n")}
	tree["deep/below/deep.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\n")}
	rendered, err := manifests.Render(tree, "set", nil)
	require.NoError(t, err)
	var names []string
	for _, object := range rendered {
		names = append(names, object.GetName())
	}
	assert.Equal(t, []string{"deep", "base", "own"}, names)
}

// A value that breaks the text is an error that names the object.
func TestValueThatBreaksTheTextFails(t *testing.T) {
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {host: \"${host}\"}\n"
	_, err := manifests.Render(files(object), "set", map[string]string{"host": "{a: ["})
	assert.ErrorContains(t, err, "ConfigMap one is no longer YAML")
}

// A second build gives the same objects, whatever was done to the first ones, and a changed file other ones.
func TestBuildAgain(t *testing.T) {
	tree := files(twoObjects)
	first, err := manifests.Build(tree, "set")
	require.NoError(t, err)
	want := first[0].GetName()
	first[0].SetName("changed")
	again, err := manifests.Build(files(twoObjects), "set")
	require.NoError(t, err)
	assert.Equal(t, want, again[0].GetName())
	other, err := manifests.Build(files(strings.ReplaceAll(twoObjects, want, "renamed")), "set")
	require.NoError(t, err)
	assert.Equal(t, "renamed", other[0].GetName())
}
