package azuresim

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
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

// A release says what it installs, in which version and from where; it has a name and a namespace, and what is not known yet is not
// missing.
func TestReleaseCheck(t *testing.T) {
	l := start(t, Options{})
	whole := object{"chart": "virtualnode", "version": "1.3508.26100701", "name": "nodes", "namespace": "vn2", "repositoryOpts": object{"repo": kube.VirtualNodeRepository}}
	inputs, failures := l.checkRelease(whole, nil)
	assert.Empty(t, failures)
	assert.Equal(t, whole, inputs)
	for name, c := range map[string]struct {
		inputs         object
		property, says string
	}{
		"no chart":          {with(whole, "chart", nil), "chart", "missing required property 'chart'"},
		"no version":        {with(whole, "version", nil), "version", "pin the chart's version"},
		"no repository":     {with(whole, "repositoryOpts", nil), "repositoryOpts", "https URL"},
		"an http URL":       {set(whole, "repositoryOpts.repo", "http://charts.example.com"), "repositoryOpts", "http://charts.example.com"},
		"values that are a": {with(whole, "values", "a"), "values", "must be an object"},
		"files of values":   {with(whole, "valueYamlFiles", array{"a.yaml"}), "valueYamlFiles", "no files"},
		"a bad name":        {with(whole, "name", "Nodes_1"), "name", "Nodes_1"},
	} {
		_, failures := l.checkRelease(c.inputs, nil)
		require.Len(t, failures, 1, name)
		assert.Contains(t, failures[c.property], c.says, name)
	}
	_, failures = l.checkRelease(with(with(whole, "chart", "oci://registry.example.com/charts/a"), "repositoryOpts", nil), nil)
	assert.Empty(t, failures)
	_, failures = l.checkRelease(object{"chart": diff.Unknown, "version": diff.Unknown, "name": diff.Unknown, "namespace": diff.Unknown, "repositoryOpts": diff.Unknown, "values": diff.Unknown}, nil)
	assert.Empty(t, failures)
	unnamed := with(with(whole, "name", nil), "namespace", nil)
	inputs, failures = l.checkRelease(unnamed, nil)
	assert.Empty(t, failures)
	assert.Regexp(t, `^nodes-[0-9a-f]{8}$`, inputs["name"])
	assert.Equal(t, "default", inputs["namespace"])
	inputs, _ = l.checkRelease(unnamed, object{"name": "nodes-1"})
	assert.Equal(t, "nodes-1", inputs["name"], "for life")
}

// Another name or namespace replaces a release; everything else is upgraded in place.
func TestReleaseDiff(t *testing.T) {
	l := start(t, Options{})
	whole := object{"chart": "virtualnode", "version": "1.3508.26100701", "name": "nodes", "namespace": "vn2", "values": object{"replicaCount": 1.0}}
	for _, c := range []struct {
		name     string
		now      object
		replaces []string
	}{
		{"the same", whole, nil},
		{"another version", with(whole, "version", "1.3508.26100801"), nil},
		{"another chart", with(whole, "chart", "other"), nil},
		{"another value", set(whole, "values.replicaCount", 2.0), nil},
		{"a value to come", set(whole, "values.aciSubnetName", diff.Unknown), nil},
		{"another name", with(whole, "name", "other"), []string{"name"}},
		{"a name to come", with(whole, "name", diff.Unknown), []string{"name"}},
		{"another namespace", with(whole, "namespace", "other"), []string{"namespace"}},
	} {
		old, err := provider.Encode(whole)
		require.NoError(t, err)
		now, err := provider.Encode(c.now)
		require.NoError(t, err)
		response, err := l.kubernetes.Diff(context.Background(), &pulumirpc.DiffRequest{Urn: releaseURN, OldInputs: old, News: now})
		require.NoError(t, err)
		assert.Equal(t, c.replaces, response.GetReplaces(), c.name)
		assert.False(t, response.GetDeleteBeforeReplace(), c.name)
		assert.Equal(t, c.name != "the same", response.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME, c.name)
	}
}

// A preview installs nothing and needs nothing; what only the cluster can tell is not known in it.
func TestReleasePreview(t *testing.T) {
	l := helm(t, Options{})
	inputs := set(l.releaseInputs(), "values.aciSubnetName", diff.Unknown)
	properties, err := provider.Encode(inputs)
	require.NoError(t, err)
	created, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: releaseURN, Properties: properties, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, created.GetId())
	updated, err := l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: releaseURN, Id: "vn2/nodes", News: properties, Preview: true})
	require.NoError(t, err)
	for _, response := range []*pulumirpc.CreateResponse{created, {Properties: updated.GetProperties()}} {
		outputs, err := provider.Decode(response.GetProperties())
		require.NoError(t, err)
		assert.True(t, diff.HasUnknown(outputs["status"]))
		assert.True(t, diff.HasUnknown(tree.At(outputs, "values", "aciSubnetName")))
		assert.Equal(t, "nodes", outputs["name"])
	}
	found, _ := l.installed("vn2/nodes", nil)
	assert.Nil(t, found)
}

// A release is installed, read, upgraded, replaced and removed, and places container groups while it is there.
func TestRelease(t *testing.T) {
	l := helm(t, Options{})
	inputs := l.releaseInputs()
	_, _, err := l.install(inputs)
	assert.ErrorContains(t, err, `namespaces "vn2" not found`)
	l.applied(namespaceNamed("vn2"))
	id, outputs, err := l.install(inputs)
	require.NoError(t, err)
	assert.Equal(t, "vn2/nodes", id)
	assert.Equal(t, object{
		"status": "deployed", "name": "nodes", "namespace": "vn2", "chart": "virtualnode", "version": "1.3508.26100701", "revision": 1.0,
	}, outputs["status"])
	assert.Equal(t, object{}, outputs["resourceNames"])
	assert.Equal(t, inputs["values"], outputs["values"], "under their name, by which the engine keeps them secret")
	_, _, err = l.install(inputs)
	assert.ErrorContains(t, err, "cannot re-use a name that is still in use")
	found, read := l.installed(id, inputs)
	assert.Equal(t, inputs, found)
	assert.Equal(t, outputs, read)
	l.place("pod")

	more := set(inputs, "values.replicaCount", 3.0)
	outputs, err = l.upgrade(id, more)
	require.NoError(t, err)
	assert.Equal(t, 2.0, tree.At(outputs, "status", "revision"))
	found, _ = l.installed(id, inputs)
	assert.Equal(t, 3.0, tree.At(found, "values", "replicaCount"), "a refresh finds what changed")
	moved := with(with(more, "namespace", "elsewhere"), "createNamespace", true)
	other, _, err := l.install(moved)
	require.NoError(t, err)
	assert.NotNil(t, l.held(namespaceNamed("elsewhere"), nil))
	l.uninstall(id)
	l.uninstall(id)
	found, _ = l.installed(id, inputs)
	assert.Nil(t, found)
	l.place("pod-2")
	require.NoError(t, l.removeFromCluster(namespaceNamed("elsewhere")))
	found, _ = l.installed(other, moved)
	assert.Nil(t, found, "gone with its namespace")
	said, err := l.server.TryContainerGroup(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "VirtualNodeNotFound")
}

// The one known chart has versions that tell its kubelet's, which is no newer than the cluster; its images are where the release says.
func TestReleaseRules(t *testing.T) {
	l := helm(t, Options{})
	l.applied(namespaceNamed("vn2"))
	inputs := with(l.releaseInputs(), "timeout", 60.0)
	kubeletImage := func(image string) object { return set(inputs, "values.images.kubeletImage", image) }
	for name, c := range map[string]struct {
		inputs object
		says   []string
	}{
		"another chart":       {with(inputs, "chart", "nginx"), []string{"does not know chart", "nginx", kube.VirtualNodeRepository}},
		"another repository":  {set(inputs, "repositoryOpts.repo", "https://charts.example.com"), []string{"does not know chart", "charts.example.com"}},
		"another version":     {with(inputs, "version", "1.35.8"), []string{`version "1.35.8" not found`, "1.3508.26100701"}},
		"a day that is none":  {with(inputs, "version", "1.3508.26133201"), []string{"not found"}},
		"a newer kubelet":     {with(inputs, "version", "1.3601.26100701"), []string{"Kubernetes 1.36", "newer than the 1.35.5"}},
		"the default group":   {set(inputs, "values", nil), []string{"AuthorizationFailed", nodesID}},
		"a missing image":     {kubeletImage("acraks.azurecr.io/live/aci/kubelet:other@" + liveDigest), []string{"ErrImagePull", "tag other"}},
		"a tag alone":         {kubeletImage("acraks.azurecr.io/live/aci/kubelet:main"), []string{"ErrImagePull", "tag and digest"}},
		"a public image":      {kubeletImage("docker.io/a/kubelet:main"), []string{"ErrImagePull", "docker.io"}},
		"no pool":             {set(inputs, "values.nodeSelector", object{"pci-scope": "other"}), []string{"FailedScheduling"}},
		"a group that is not": {set(inputs, "values.aciResourceGroupName", "rg-other"), []string{"AuthorizationFailed", "cannot register", "rg-other"}},
	} {
		_, _, err := l.install(with(with(c.inputs, "name", "n-"+arm.GUID(name)[:8]), "atomic", true))
		for _, part := range c.says {
			assert.ErrorContains(t, err, part, name)
		}
	}
	quota := kubeInputs("v1", "ResourceQuota", "vn2/default", object{"spec": object{"hard": object{"pods": "3", "requests.cpu": "5700m", "limits.memory": "115G"}}})
	l.applied(quota)
	for _, hard := range []object{{"pods": "2"}, {"requests.cpu": "5600m"}, {"limits.memory": "114G"}} {
		require.NoError(t, l.reapply(set(quota, "spec.hard", hard)))
		_, _, err := l.install(with(inputs, "atomic", true))
		for _, part := range []string{"ExceededQuota", "StatefulSet vn2/virtualnode", "Deployment vn2/virtual-node-admission-controller"} {
			assert.ErrorContains(t, err, part)
		}
	}
	require.NoError(t, l.reapply(quota))
	id, _, err := l.install(kubeletImage("mcr.microsoft.com/aci/virtual-node-2-kubelet:main_20261007.1"))
	require.NoError(t, err, "where the chart has its images by itself")
	l.tries([]breakage{
		{"no trusted access", upgraded(id, set(inputs, "values.acrTrustedAccess.enabled", "false"), inputs), []string{"ImagePullBlocked"}},
		{"another principal", upgraded(id, set(inputs, "values.acrTrustedAccess.identityPrincipalId", arm.GUID("other")), inputs), []string{"ImagePullUnauthorized", arm.GUID("other")}},
		{"another subnet", upgraded(id, set(inputs, "values.aciSubnetName", "links"), inputs), []string{"LinkedAuthorizationFailed", spokeSubnet("links")}},
		{"no nodes", upgraded(id, set(inputs, "values.replicaCount", 0.0), inputs), []string{"VirtualNodeNotFound", "no replicas"}},
	}, func() (string, error) { return l.server.TryContainerGroup(clusterID) })
}

// upgraded is a release with other inputs as long as something is tried.
func upgraded(id string, inputs, before object) func(*lab, func()) {
	return func(l *lab, try func()) {
		_, err := l.upgrade(id, inputs)
		require.NoError(l.t, err)
		try()
		_, err = l.upgrade(id, before)
		require.NoError(l.t, err)
	}
}

// A release that does not come up is there as failed, and the next upgrade repairs it; an atomic one is taken back.
func TestReleaseFails(t *testing.T) {
	l := helm(t, Options{})
	l.applied(namespaceNamed("vn2"))
	inputs, role := l.releaseInputs(), granted(l.kubelet(clusterID), customRole, containersID)
	l.without(role, func() {
		before := l.server.subscription.Clock.Now()
		_, _, err := l.install(inputs)
		for _, part := range []string{"vn2/nodes was created but failed to become ready", "AuthorizationFailed", "cannot register"} {
			assert.ErrorContains(t, err, part)
		}
		assert.GreaterOrEqual(t, l.server.subscription.Clock.Now().Sub(before), kube.ReleaseTimeout, "it was waited for")
		converted, ok := rpcerror.FromError(err)
		require.True(t, ok)
		require.Len(t, converted.Details(), 1)
		left := converted.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
		assert.Equal(t, "vn2/nodes", left.GetId())
		outputs, err := provider.Decode(left.GetProperties())
		require.NoError(t, err)
		assert.Equal(t, "failed", tree.Text(outputs, "status", "status"))
		_, outputs = l.installed("vn2/nodes", inputs)
		assert.Equal(t, "failed", tree.Text(outputs, "status", "status"))

		outputs, err = l.upgrade("vn2/nodes", with(inputs, "skipAwait", true))
		require.NoError(t, err)
		assert.Equal(t, "deployed", tree.Text(outputs, "status", "status"), "nobody waits for it")
	})
	outputs, err := l.upgrade("vn2/nodes", inputs)
	require.NoError(t, err)
	assert.Equal(t, 3.0, tree.At(outputs, "status", "revision"))
	l.without(role, func() {
		atomic := with(set(inputs, "values.replicaCount", 1.0), "atomic", true)
		_, err := l.upgrade("vn2/nodes", atomic)
		assert.ErrorContains(t, err, "cannot register")
		found, outputs := l.installed("vn2/nodes", inputs)
		assert.Equal(t, inputs, found, "as it was")
		assert.Equal(t, "deployed", tree.Text(outputs, "status", "status"))
		_, _, err = l.install(with(atomic, "name", "more"))
		assert.ErrorContains(t, err, "cannot register")
		found, _ = l.installed("vn2/more", nil)
		assert.Nil(t, found)
	})
	l.server.Inject(arm.Fault{Operation: arm.Update, ARMType: kube.ReleaseKind, Resource: "nodes", Times: 1, Status: 500, Code: "InternalError", Message: "etcdserver: request timed out"})
	_, err = l.upgrade("vn2/nodes", inputs)
	assert.ErrorContains(t, err, "etcdserver")
}

// The namespace of a release may come by Flux. A release outlives a restart, and no state file has values that the simulator does not work
// with, as those may be secret.
func TestReleaseBesideFlux(t *testing.T) {
	file, files := filepath.Join(t.TempDir(), "azure.json"), virtualNodeFiles()
	l := helm(t, Options{StateFile: file, Repository: files})
	files["virtual-nodes/kustomization.yaml"].Data = []byte("resources: [namespace.yaml]\n")
	l.must(aks.ExtensionToken, fluxInCluster())
	l.must(aks.FluxConfigurationToken, l.withVirtualNodes())
	inputs := set(l.releaseInputs(), "values.podAnnotations", object{"token": "hunter2"})
	id, outputs, err := l.install(inputs)
	require.NoError(t, err)
	assert.Equal(t, "hunter2", tree.Text(outputs, "values", "podAnnotations", "token"))
	assert.NotContains(t, savedText(t, file), "hunter2")
	require.NoError(t, l.server.Close())

	again := start(t, Options{StateFile: file, Repository: files})
	_, err = configureCluster(t, again.kubernetes, again.kubeconfig())
	require.NoError(t, err)
	found, _ := again.installed(id, inputs)
	assert.Equal(t, inputs, found, "the engine keeps the value")
	again.place("pod")
}
