package azuresim

import (
	"context"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// Only a kubeconfig that AKS gives to users is taken, and each connection keeps its own: requests on it go to its cluster, as long as
// that is there.
func TestKubernetesConfig(t *testing.T) {
	l := inside(t, Options{})
	admin := strings.Replace(l.kubeconfig(), "exec:", "token: hunter2\n    exec:", 1)
	failures, err := configureCluster(t, l.connect("kubernetes"), admin)
	assert.ErrorContains(t, err, "has token")
	require.Len(t, failures, 1)
	assert.Equal(t, "kubeconfig", failures[0].GetProperty())
	l.applied(namespaceNamed("a"))

	fresh := l.connect("kubernetes")
	read := func(client pulumirpc.ResourceProviderClient) error {
		_, err := client.Read(context.Background(), &pulumirpc.ReadRequest{Urn: kubeURN("v1", "Namespace"), Id: "a"})
		return err
	}
	assert.NoError(t, read(fresh), "there is one cluster only")
	elsewhere := l.connect("kubernetes")
	host := tree.Text(l.read(clusterID).Outputs, "privateFQDN")
	_, err = configureCluster(t, elsewhere, strings.ReplaceAll(l.kubeconfig(), host, "other."+host))
	require.NoError(t, err)
	assert.ErrorContains(t, read(elsewhere), "unreachable: other."+host)
	assert.ErrorContains(t, read(fresh), "does not know for which")
	assert.NoError(t, read(l.kubernetes))
	forged := l.connect("kubernetes")
	_, err = configureCluster(t, forged, strings.Replace(l.kubeconfig(), "certificate-authority-data: ", "certificate-authority-data: AAAA", 1))
	require.NoError(t, err)
	assert.ErrorContains(t, read(forged), "unknown authority")

	l.sim(func(s *arm.Subscription) { s.Find(clusterID).State = arm.StateFailed })
	assert.ErrorContains(t, read(l.kubernetes), "unreachable")
	l.sim(func(s *arm.Subscription) { s.Find(clusterID).State = arm.StateSucceeded })
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	_, err = l.apply(namespaceNamed("b"))
	assert.ErrorContains(t, err, "unreachable")
	l.must(aks.ClusterToken, labelledCluster())
	_, err = configureCluster(t, l.kubernetes, l.kubeconfig())
	require.NoError(t, err)
	assert.Nil(t, l.held(namespaceNamed("a"), nil), "objects go with their cluster")
}

// What leads to another cluster replaces the provider with all its objects. Which cluster it is says the identifier, and without one the
// server and its authority.
func TestKubernetesProviderReplacements(t *testing.T) {
	l := start(t, Options{})
	plugin := func(identifier, host, authority string) object {
		content, err := kube.UserKubeconfig("aks", "rg", host, authority)
		require.NoError(t, err)
		return object{"kubeconfig": string(content), "clusterIdentifier": identifier}
	}
	for name, c := range map[string]struct {
		old, now object
		changes  bool
		replaces []string
	}{
		"nothing":                             {plugin("a", "h", "ca"), plugin("a", "h", "ca"), false, nil},
		"a new authority":                     {plugin("", "h", "ca"), plugin("", "h", "new"), true, []string{"kubeconfig"}},
		"another server":                      {plugin("", "h", "ca"), plugin("", "other", "ca"), true, []string{"kubeconfig"}},
		"a new authority of the same cluster": {plugin("a", "h", "ca"), plugin("a", "h", "new"), true, nil},
		"another cluster":                     {plugin("a", "h", "ca"), plugin("b", "h", "ca"), true, []string{"clusterIdentifier"}},
		"an identifier from now on":           {plugin("", "h", "ca"), plugin("a", "h", "ca"), true, nil},
		"what nobody knows yet": {
			plugin("", "h", "ca"), object{"kubeconfig": resource.Computed{Element: resource.NewStringProperty("")}}, true, []string{"kubeconfig"},
		},
	} {
		old, err := provider.Encode(c.old)
		require.NoError(t, err)
		now, err := provider.Encode(c.now)
		require.NoError(t, err)
		answer, err := l.kubernetes.DiffConfig(context.Background(), &pulumirpc.DiffRequest{OldInputs: old, Olds: old, News: now})
		require.NoError(t, err, name)
		assert.Equal(t, c.changes, answer.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME, name)
		assert.Equal(t, c.replaces, answer.GetReplaces(), name)
	}
}

// A provider that is configured with nothing is told so.
func TestKubernetesWithoutConfig(t *testing.T) {
	l := start(t, Options{})
	_, err := l.apply(namespaceNamed("a"))
	assert.ErrorContains(t, err, "no kubeconfig")
}

// An object has a version, a kind and a name, that of its resource type, and the namespace that it gets by default.
func TestKubernetesCheck(t *testing.T) {
	l := inside(t, Options{})
	check := func(urn string, made object) (object, []*pulumirpc.CheckFailure, error) {
		news, err := provider.Encode(made)
		require.NoError(t, err)
		response, err := l.kubernetes.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: news})
		if err != nil {
			return nil, nil, err
		}
		inputs, err := provider.Decode(response.GetInputs())
		require.NoError(t, err)
		return inputs, response.GetFailures(), nil
	}
	config := kubeInputs("v1", "ConfigMap", "c", object{"data": object{"a": "b"}})
	inputs, failures, err := check(urnOfObject(config), config)
	require.NoError(t, err)
	assert.Empty(t, failures)
	assert.Equal(t, "default", tree.Text(inputs, "metadata", "namespace"))
	inputs, failures, err = check(kubeURN("v1", "Namespace"), namespaceNamed("a"))
	require.NoError(t, err)
	assert.Empty(t, failures)
	assert.NotContains(t, inputs["metadata"], "namespace")
	for name, c := range map[string]struct {
		made     object
		property string
	}{
		"no name":                    {with(config, "metadata", object{"namespace": "a"}), "metadata"},
		"no metadata":                {with(config, "metadata", nil), "metadata"},
		"no version":                 {with(config, "apiVersion", nil), "apiVersion"},
		"another kind":               {with(config, "kind", "Pod"), "kind"},
		"another version":            {with(config, "apiVersion", "v2"), "apiVersion"},
		"a namespace of a namespace": {kubeInputs("v1", "Namespace", "a/b", nil), "metadata"},
	} {
		urn := kubeURN("v1", "ConfigMap")
		if tree.Text(c.made, "kind") == "Namespace" {
			urn = kubeURN("v1", "Namespace")
		}
		_, failures, err := check(urn, c.made)
		require.NoError(t, err, name)
		require.Len(t, failures, 1, name)
		assert.Equal(t, c.property, failures[0].GetProperty(), name)
	}
	inputs, failures, err = check(kubeURN("v1", "ConfigMap"), with(config, "metadata", object{"name": diff.Unknown, "namespace": diff.Unknown}))
	require.NoError(t, err)
	assert.Empty(t, failures, "what is not known yet is not missing")
	assert.True(t, diff.HasUnknown(inputs["metadata"]))
	for _, kind := range []string{"kubernetes:helm.sh/v4:Chart", "kubernetes:apps/v1:DeploymentPatch", "kubernetes:yaml/v2:ConfigGroup"} {
		_, _, err := check(string(resource.NewURN("dev", "lab", "", tokens.Type(kind), "r")), config)
		assert.ErrorContains(t, err, "does not know resource type", kind)
	}
	l.applied(kubeInputs("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.com", object{"spec": object{
		"group": "example.com", "scope": "Cluster", "names": object{"kind": "Thing", "plural": "things"}, "versions": array{served},
	}}))
	thing := kubeInputs("example.com/v1", "Thing", "t", nil)
	inputs, _, err = check(urnOfObject(thing), thing)
	require.NoError(t, err)
	assert.NotContains(t, inputs["metadata"], "namespace", "its definition says so")
	l.applied(thing)
}

// What identifies an object and what Kubernetes does not change replaces it; under the same name the old one goes first.
func TestKubernetesDiff(t *testing.T) {
	l := start(t, Options{})
	deployment := controller("source-controller")
	for _, c := range []struct {
		name     string
		now      object
		replaces []string
		first    bool
	}{
		{"the same", controller("source-controller"), nil, false},
		{"more pods", set(deployment, "spec.replicas", 2.0), nil, false},
		{"another name", set(deployment, "metadata.name", "other"), []string{"metadata"}, false},
		{"another namespace", set(deployment, "metadata.namespace", "other"), []string{"metadata"}, false},
		{"another version", with(deployment, "apiVersion", "apps/v2"), []string{"apiVersion"}, true},
		{"another kind", with(deployment, "kind", "DaemonSet"), []string{"kind"}, false},
		{"another selector", set(deployment, "spec.selector.matchLabels.app", "other"), []string{"spec"}, true},
		{"a name to come", set(deployment, "metadata.name", diff.Unknown), []string{"metadata"}, false},
	} {
		old, err := provider.Encode(deployment)
		require.NoError(t, err)
		now, err := provider.Encode(c.now)
		require.NoError(t, err)
		response, err := l.kubernetes.Diff(context.Background(), &pulumirpc.DiffRequest{Urn: urnOfObject(deployment), OldInputs: old, News: now})
		require.NoError(t, err)
		assert.Equal(t, c.replaces, response.GetReplaces(), c.name)
		assert.Equal(t, c.first, response.GetDeleteBeforeReplace(), c.name)
		assert.Equal(t, c.name != "the same", response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME, c.name)
	}
}

// A preview makes nothing and needs nothing.
func TestKubernetesPreview(t *testing.T) {
	l := inside(t, Options{})
	made := kubeInputs("v1", "ConfigMap", "absent/c", object{"data": object{"registry": diff.Unknown}})
	properties, err := provider.Encode(made)
	require.NoError(t, err)
	created, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(made), Properties: properties, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, created.GetId())
	updated, err := l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urnOfObject(made), Id: "absent/c", News: properties, Preview: true})
	require.NoError(t, err)
	for _, outputs := range []*pulumirpc.CreateResponse{created, {Properties: updated.GetProperties()}} {
		found, err := provider.Decode(outputs.GetProperties())
		require.NoError(t, err)
		assert.True(t, diff.HasUnknown(tree.At(found, "data", "registry")))
		assert.Equal(t, "c", tree.Text(found, "metadata", "name"))
	}
	assert.Nil(t, l.held(made, nil))
}
