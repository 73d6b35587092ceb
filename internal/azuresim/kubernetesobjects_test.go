package azuresim

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// The cluster takes objects only into namespaces, and of kinds, that it has; what holds others takes them along.
func TestKubernetesObjects(t *testing.T) {
	l := inside(t, Options{})
	config, repository := kubeInputs("v1", "ConfigMap", "a/c", object{"data": object{"x": "y"}}), gitRepository()
	delete(tree.Object(repository, "metadata"), "annotations")
	_, err := l.apply(config)
	assert.ErrorContains(t, err, `namespaces "a" not found`)
	_, err = l.apply(repository)
	assert.ErrorContains(t, err, `no matches for kind "GitRepository" in version "source.toolkit.fluxcd.io/v1"`)
	_, err = l.apply(definition("source.toolkit.fluxcd.io", "GitRepository", "repositories", served))
	require.NoError(t, err)
	_, err = l.apply(with(definition("x.example.com", "X", "xs", served), "metadata", object{"name": "xs"}))
	assert.ErrorContains(t, err, "must be xs.x.example.com")
	for _, versions := range []object{{"name": "v1", "served": false}, {"name": "v1beta2", "served": true}} {
		require.NoError(t, l.reapply(definition("source.toolkit.fluxcd.io", "GitRepository", "repositories", versions)))
		_, err = l.apply(repository)
		assert.ErrorContains(t, err, "does not serve version v1")
	}
	crd := definition("source.toolkit.fluxcd.io", "GitRepository", "repositories", served)
	require.NoError(t, l.reapply(crd))
	l.applied(namespaceNamed("a"), namespaceNamed("flux-system"), config, repository, kubeInputs("v1", "ConfigMap", "kube-system/c", nil),
		kubeInputs("v1", "ConfigMap", "gatekeeper-system/c", nil), kubeInputs("rbac.authorization.k8s.io/v1", "ClusterRole", "r", nil))
	for says, broken := range map[string]object{
		"spec.url": set(repository, "spec.url", "git@github.com:a/b"), "spec.interval": set(repository, "spec.interval", nil),
	} {
		assert.ErrorContains(t, l.reapply(broken), says)
	}
	assert.Equal(t, config, l.held(config, config))
	assert.Equal(t, config, l.held(config, nil), "an id is enough to import")
	require.NoError(t, l.reapply(set(config, "data.x", "z")))
	assert.Equal(t, "z", tree.Text(l.held(config, config), "data", "x"), "a refresh finds what changed")

	l.applied(set(config, "data.x", "z"))
	_, err = l.apply(config)
	assert.ErrorContains(t, err, "conflict")
	assert.ErrorContains(t, err, "data.x")
	l.applied(set(config, "metadata.annotations", object{"pulumi.com/patchForce": "true"}))

	require.NoError(t, l.removeFromCluster(crd))
	assert.Nil(t, l.held(repository, repository), "gone with its definition")
	require.NoError(t, l.removeFromCluster(namespaceNamed("a")))
	assert.Nil(t, l.held(config, config), "gone with its namespace")
	assert.NoError(t, l.removeFromCluster(config), "what is gone counts as deleted")
	assert.NotNil(t, l.held(kubeInputs("v1", "ConfigMap", "kube-system/c", nil), nil))
	l.applied(namespaceNamed("default"))
	assert.ErrorContains(t, l.removeFromCluster(namespaceNamed("default")), "forbidden")
}

// Of a Secret neither the state file nor the simulator has a value, and the engine is told what to encrypt; objects outlive a restart.
func TestKubernetesSecretsAndRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := inside(t, Options{StateFile: file})
	secret := kubeInputs("v1", "Secret", "default/git", object{
		"data": object{"identity": encodeBase64("hunter2")}, "stringData": object{"known_hosts": "hunter3"},
	})
	l.applied(secret, kubeInputs("v1", "ConfigMap", "default/c", nil))
	properties, err := provider.Encode(secret)
	require.NoError(t, err)
	response, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(secret), Properties: properties, Preview: true})
	require.NoError(t, err)
	outputs, err := plugin.UnmarshalProperties(response.GetProperties(), plugin.MarshalOptions{KeepSecrets: true})
	require.NoError(t, err)
	assert.True(t, outputs["data"].IsSecret())
	assert.True(t, outputs["stringData"].IsSecret())
	state := savedText(t, file)
	for _, value := range []string{"hunter2", encodeBase64("hunter2"), "hunter3"} {
		assert.NotContains(t, state, value)
	}
	require.NoError(t, l.server.Close())

	again := start(t, Options{StateFile: file})
	_, err = configureCluster(t, again.kubernetes, again.kubeconfig())
	require.NoError(t, err)
	assert.Equal(t, secret, again.held(secret, secret), "the engine keeps the values")
	assert.NotNil(t, again.held(kubeInputs("v1", "ConfigMap", "default/c", nil), nil))
	found := again.held(secret, set(secret, "data.other", "x"))
	assert.NotContains(t, found["data"], "other", "another key is a change")
	require.NoError(t, again.removeFromCluster(secret))
	assert.Nil(t, again.held(secret, secret))
}

// A workload is ready only if its images are in the private registry and pulled; one that is not stays in the state, and the next
// update repairs it.
func TestKubernetesWorkloads(t *testing.T) {
	l := inside(t, Options{})
	l.applied(namespaceNamed("flux-system"))
	deployment := controller("source-controller")
	image := func(image string) object {
		changed := tree.CloneObject(deployment)
		tree.List(changed, "spec", "template", "spec", "containers")[0].(object)["image"] = image
		return changed
	}
	before := l.server.subscription.Clock.Now()
	_, err := l.apply(image("ghcr.io/fluxcd/source-controller:v1.9.6"))
	for _, part := range []string{"failed to become ready", "ErrImagePull", "ghcr.io/fluxcd/source-controller", "Deployment flux-system/source-controller"} {
		assert.ErrorContains(t, err, part)
	}
	assert.GreaterOrEqual(t, l.server.subscription.Clock.Now().Sub(before), kube.AwaitTimeout, "it was waited for")
	converted, ok := rpcerror.FromError(err)
	require.True(t, ok)
	require.Len(t, converted.Details(), 1)
	assert.Equal(t, "flux-system/source-controller", converted.Details()[0].(*pulumirpc.ErrorResourceInitFailed).GetId())
	assert.NotNil(t, l.held(deployment, nil), "it is there")
	require.NoError(t, l.reapply(deployment))
	kubelet := tree.Text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "objectId")
	l.without(registryID+"/providers/Microsoft.Authorization/roleAssignments/"+arm.GUID(kubelet, acrPull, registryID), func() {
		assert.ErrorContains(t, l.reapply(deployment), "ImagePullUnauthorized")
		skipped := set(deployment, "metadata.annotations", object{kube.SkipAwaitAnnotation: "true"})
		assert.NoError(t, l.reapply(skipped))
	})
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.template.spec.nodeSelector", object{"pci-scope": "none"})), "FailedScheduling")
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.template.spec.serviceAccountName", "source-controller")), "ServiceAccountNotFound")
	l.applied(kubeInputs("v1", "ServiceAccount", "flux-system/source-controller", nil),
		kubeInputs("v1", "ResourceQuota", "flux-system/default", object{"spec": object{"hard": object{"pods": 1.0}}}))
	assert.NoError(t, l.reapply(set(deployment, "spec.template.spec.serviceAccountName", "source-controller")))
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.replicas", 2.0)), "ExceededQuota")
	service := kubeInputs("v1", "Service", "flux-system/s", object{"spec": object{"type": "LoadBalancer"}})
	_, err = l.apply(service)
	assert.ErrorContains(t, err, "SyncLoadBalancerFailed")
	assert.NoError(t, l.reapply(set(service, "spec.type", "ClusterIP")))
}

// Flux that a program installs itself gets ready in order, and its Kustomization only by the same sync as the extension's.
func TestKubernetesFlux(t *testing.T) {
	files := manifestFiles()
	l := inside(t, Options{Repository: files})
	l.installFlux()
	l.applied(gitRepository(), l.kustomization())
	l.tries([]breakage{
		{"no source controller", func(l *lab, try func()) {
			require.NoError(l.t, l.removeFromCluster(controller("source-controller")))
			try()
			l.applied(controller("source-controller"))
		}, []string{"ControllerNotReady", "source-controller"}},
		{"no way to the repository", drifted(fluxEgressID, dropHost("github.com")), []string{"GitOperationFailed", "firewall/implicit-deny"}},
		{"a broken file", edited(files, "cluster-manifests/kustomization.yaml", "namespace.yaml", "absent.yaml"), []string{"BuildFailed"}},
		{"an image that is not there", edited(files, "cluster-manifests/agents.yaml", "agent:1", "agent:2"), []string{"ErrImagePull", "DaemonSet ingress/agent"}},
	}, func() (string, error) { return l.server.TryGitOps(clusterID) })

	refused := func(made object, says ...string) {
		t.Helper()
		err := l.reapply(made)
		for _, part := range says {
			assert.ErrorContains(t, err, part)
		}
	}
	repository := gitRepository()
	refused(set(repository, "spec.url", "ssh://git@github.com/a/b"), "AuthenticationFailed", "secretRef")
	refused(set(repository, "spec.secretRef", object{"name": "git"}), "AuthenticationFailed", "flux-system/git")
	l.applied(kubeInputs("v1", "Secret", "flux-system/git", object{"stringData": object{"password": "x"}}))
	require.NoError(t, l.reapply(set(repository, "spec.secretRef", object{"name": "git"})))
	refused(set(repository, "spec.suspend", true), "Suspended")
	require.NoError(t, l.reapply(repository))

	kustomization := l.kustomization()
	refused(set(kustomization, "spec.path", "./other"), "ArtifactFailed", "./other")
	refused(set(kustomization, "spec.postBuild.substitute.vault_name", nil), "BuildFailed", "vault_name")
	refused(set(kustomization, "spec.sourceRef.name", "other"), "ArtifactFailed", "GitRepository/flux-system/other")
	refused(set(kustomization, "spec.dependsOn", array{object{"name": "crds"}}), "DependencyNotReady", "flux-system/crds")
	refused(set(kustomization, "spec.suspend", true), "Suspended")
	refused(set(kustomization, "spec.prune", nil), "spec.prune is required")
	refused(set(kustomization, "spec.sourceRef", nil), "spec.sourceRef is required")
	unawaited := set(kustomization, "spec.path", "./other")
	delete(tree.Object(unawaited, "metadata"), "annotations")
	require.NoError(t, l.reapply(unawaited), "nobody waits for it")
	require.NoError(t, l.reapply(kustomization))
	require.NoError(t, l.removeFromCluster(controller("kustomize-controller")))
	refused(kustomization, "ControllerNotReady", "kustomize-controller")
}

// Kinds of Flux that the extension brings need no definition, and its controllers serve them.
func TestKubernetesBesideTheExtension(t *testing.T) {
	l := inside(t, Options{})
	l.must(aks.ExtensionToken, fluxInCluster())
	l.applied(gitRepository(), l.kustomization())
}

// A fault strikes objects by kind and name.
func TestKubernetesFaults(t *testing.T) {
	l := inside(t, Options{})
	l.server.Inject(arm.Fault{Operation: arm.Create, ARMType: "Namespace", Resource: "a", Times: 1, Status: 500, Code: "InternalError", Message: "etcdserver: request timed out"})
	_, err := l.apply(namespaceNamed("a"))
	assert.ErrorContains(t, err, "etcdserver")
	l.applied(namespaceNamed("a"))
}
