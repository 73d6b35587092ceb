package azuresim

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	sourceAPI    = "source.toolkit.fluxcd.io/v1"
	kustomizeAPI = "kustomize.toolkit.fluxcd.io/v1"
)

// kube is an object; a name with a slash has a namespace.
func kube(apiVersion, kind, name string, more object) object {
	metadata := object{"name": name}
	if namespace, name, both := strings.Cut(name, "/"); both {
		metadata = object{"namespace": namespace, "name": name}
	}
	made := object{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	for property, value := range more {
		made[property] = value
	}
	return made
}

func kubeURN(apiVersion, kind string) string {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "core/" + apiVersion
	}
	return string(resource.NewURN("dev", "lab", "", tokens.Type("kubernetes:"+apiVersion+":"+kind), "r"))
}

func urnOfObject(made object) string { return kubeURN(text(made, "apiVersion"), text(made, "kind")) }

// apply creates an object and returns its id.
func (l *lab) apply(made object) (string, error) {
	properties, err := encode(made)
	require.NoError(l.t, err)
	response, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(made), Properties: properties})
	return response.GetId(), err
}

func (l *lab) applied(made ...object) {
	l.t.Helper()
	for _, made := range made {
		_, err := l.apply(made)
		require.NoError(l.t, err, describe(made))
	}
}

func (l *lab) reapply(made object) error {
	properties, err := encode(made)
	require.NoError(l.t, err)
	_, err = l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urnOfObject(made), Id: objectID(made), News: properties})
	return err
}

func (l *lab) removeFromCluster(made object) error {
	_, err := l.kubernetes.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urnOfObject(made), Id: objectID(made)})
	return err
}

// held reads an object as a refresh does; nil if it is gone.
func (l *lab) held(made, known object) object {
	l.t.Helper()
	inputs, err := encode(known)
	require.NoError(l.t, err)
	request := &pulumirpc.ReadRequest{Urn: urnOfObject(made), Id: objectID(made)}
	if known != nil {
		request.Inputs, request.Properties = inputs, inputs
	}
	response, err := l.kubernetes.Read(context.Background(), request)
	require.NoError(l.t, err)
	if response.GetId() == "" {
		return nil
	}
	found, err := decode(response.GetInputs())
	require.NoError(l.t, err)
	return found
}

// configureCluster gives a connection a kubeconfig.
func configureCluster(t *testing.T, client pulumirpc.ResourceProviderClient, kubeconfig string) ([]*pulumirpc.CheckFailure, error) {
	args, err := encode(object{"kubeconfig": kubeconfig})
	require.NoError(t, err)
	checked, err := client.CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: args})
	require.NoError(t, err)
	_, err = client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
	return checked.GetFailures(), err
}

// inside is a lab with a cluster in which a program makes objects.
func inside(t *testing.T, opts Options) *lab {
	t.Helper()
	if opts.Repository == nil {
		opts.Repository = manifestFiles()
	}
	l := start(t, opts)
	deployGitOps(l)
	l.imported("live/fluxcd/source-controller", "v1.9.6")
	l.imported("live/fluxcd/kustomize-controller", "v1.9.6")
	failures, err := configureCluster(t, l.kubernetes, l.kubeconfig())
	require.NoError(t, err)
	require.Empty(t, failures)
	return l
}

func definition(group, kind, plural string, versions ...any) object {
	return kube("apiextensions.k8s.io/v1", "CustomResourceDefinition", plural+"."+group, object{"spec": object{
		"group": group, "scope": "Namespaced", "names": object{"kind": kind, "plural": plural}, "versions": array(versions),
	}})
}

var served = object{"name": "v1", "served": true, "storage": true}

func namespaceNamed(name string) object { return kube("v1", "Namespace", name, nil) }

func controller(name string) object {
	return kube("apps/v1", "Deployment", "flux-system/"+name, object{"spec": object{
		"replicas": 1.0, "selector": object{"matchLabels": object{"app": name}}, "template": object{"spec": object{
			"nodeSelector": object{"kubernetes.io/os": "linux"},
			"containers":   array{object{"name": "manager", "image": "acraks.azurecr.io/live/fluxcd/" + name + ":v1.9.6@" + liveDigest}},
		}},
	}})
}

func waiting(made object) object {
	objectAt(made, "metadata")["annotations"] = object{waitForAnnotation: "condition=Ready"}
	return made
}

func gitRepository() object {
	return waiting(kube(sourceAPI, "GitRepository", "flux-system/bootstrap", object{"spec": object{
		"interval": "5m", "url": "https://github.com/example/platform", "ref": object{"branch": "main"},
	}}))
}

func (l *lab) kustomization() object {
	return waiting(kube(kustomizeAPI, "Kustomization", "flux-system/bootstrap-unified", object{"spec": object{
		"interval": "5m", "path": "./cluster-manifests", "prune": true, "sourceRef": object{"kind": "GitRepository", "name": "bootstrap"},
		"postBuild": object{"substitute": l.substitutions()},
	}}))
}

// installFlux applies what makes Flux run, in the order in which a cluster takes it.
func (l *lab) installFlux() {
	l.t.Helper()
	l.applied(definition("source.toolkit.fluxcd.io", "GitRepository", "gitrepositories", served),
		definition("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations", served),
		namespaceNamed("flux-system"), controller("source-controller"), controller("kustomize-controller"))
}

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
	host := text(l.read(clusterID).Outputs, "privateFQDN")
	_, err = configureCluster(t, elsewhere, strings.ReplaceAll(l.kubeconfig(), host, "other."+host))
	require.NoError(t, err)
	assert.ErrorContains(t, read(elsewhere), "unreachable: other."+host)
	assert.ErrorContains(t, read(fresh), "does not know for which")
	assert.NoError(t, read(l.kubernetes))
	forged := l.connect("kubernetes")
	_, err = configureCluster(t, forged, strings.Replace(l.kubeconfig(), "certificate-authority-data: ", "certificate-authority-data: AAAA", 1))
	require.NoError(t, err)
	assert.ErrorContains(t, read(forged), "unknown authority")

	l.sim(func(s *subscription) { s.find(clusterID).State = stateFailed })
	assert.ErrorContains(t, read(l.kubernetes), "unreachable")
	l.sim(func(s *subscription) { s.find(clusterID).State = stateSucceeded })
	require.NoError(t, l.delete(clusterToken, clusterID))
	_, err = l.apply(namespaceNamed("b"))
	assert.ErrorContains(t, err, "unreachable")
	l.must(clusterToken, labelledCluster())
	_, err = configureCluster(t, l.kubernetes, l.kubeconfig())
	require.NoError(t, err)
	assert.Nil(t, l.held(namespaceNamed("a"), nil), "objects go with their cluster")
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
		news, err := encode(made)
		require.NoError(t, err)
		response, err := l.kubernetes.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, News: news})
		if err != nil {
			return nil, nil, err
		}
		inputs, err := decode(response.GetInputs())
		require.NoError(t, err)
		return inputs, response.GetFailures(), nil
	}
	config := kube("v1", "ConfigMap", "c", object{"data": object{"a": "b"}})
	inputs, failures, err := check(urnOfObject(config), config)
	require.NoError(t, err)
	assert.Empty(t, failures)
	assert.Equal(t, "default", text(inputs, "metadata", "namespace"))
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
		"a namespace of a namespace": {kube("v1", "Namespace", "a/b", nil), "metadata"},
	} {
		urn := kubeURN("v1", "ConfigMap")
		if text(c.made, "kind") == "Namespace" {
			urn = kubeURN("v1", "Namespace")
		}
		_, failures, err := check(urn, c.made)
		require.NoError(t, err, name)
		require.Len(t, failures, 1, name)
		assert.Equal(t, c.property, failures[0].GetProperty(), name)
	}
	inputs, failures, err = check(kubeURN("v1", "ConfigMap"), with(config, "metadata", object{"name": unknown, "namespace": unknown}))
	require.NoError(t, err)
	assert.Empty(t, failures, "what is not known yet is not missing")
	assert.True(t, hasUnknown(inputs["metadata"]))
	for _, kind := range []string{"kubernetes:helm.sh/v3:Release", "kubernetes:apps/v1:DeploymentPatch", "kubernetes:yaml/v2:ConfigGroup"} {
		_, _, err := check(string(resource.NewURN("dev", "lab", "", tokens.Type(kind), "r")), config)
		assert.ErrorContains(t, err, "does not know resource type", kind)
	}
	l.applied(kube("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.com", object{"spec": object{
		"group": "example.com", "scope": "Cluster", "names": object{"kind": "Thing", "plural": "things"}, "versions": array{served},
	}}))
	thing := kube("example.com/v1", "Thing", "t", nil)
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
		{"a name to come", set(deployment, "metadata.name", unknown), []string{"metadata"}, false},
	} {
		old, err := encode(deployment)
		require.NoError(t, err)
		now, err := encode(c.now)
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
	made := kube("v1", "ConfigMap", "absent/c", object{"data": object{"registry": unknown}})
	properties, err := encode(made)
	require.NoError(t, err)
	created, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(made), Properties: properties, Preview: true})
	require.NoError(t, err)
	assert.Empty(t, created.GetId())
	updated, err := l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urnOfObject(made), Id: "absent/c", News: properties, Preview: true})
	require.NoError(t, err)
	for _, outputs := range []*pulumirpc.CreateResponse{created, {Properties: updated.GetProperties()}} {
		found, err := decode(outputs.GetProperties())
		require.NoError(t, err)
		assert.True(t, hasUnknown(at(found, "data", "registry")))
		assert.Equal(t, "c", text(found, "metadata", "name"))
	}
	assert.Nil(t, l.held(made, nil))
}

// The cluster takes objects only into namespaces, and of kinds, that it has; what holds others takes them along.
func TestKubernetesObjects(t *testing.T) {
	l := inside(t, Options{})
	config, repository := kube("v1", "ConfigMap", "a/c", object{"data": object{"x": "y"}}), gitRepository()
	delete(objectAt(repository, "metadata"), "annotations")
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
	l.applied(namespaceNamed("a"), namespaceNamed("flux-system"), config, repository, kube("v1", "ConfigMap", "kube-system/c", nil),
		kube("v1", "ConfigMap", "gatekeeper-system/c", nil), kube("rbac.authorization.k8s.io/v1", "ClusterRole", "r", nil))
	for says, broken := range map[string]object{
		"spec.url": set(repository, "spec.url", "git@github.com:a/b"), "spec.interval": set(repository, "spec.interval", nil),
	} {
		assert.ErrorContains(t, l.reapply(broken), says)
	}
	assert.Equal(t, config, l.held(config, config))
	assert.Equal(t, config, l.held(config, nil), "an id is enough to import")
	require.NoError(t, l.reapply(set(config, "data.x", "z")))
	assert.Equal(t, "z", text(l.held(config, config), "data", "x"), "a refresh finds what changed")

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
	assert.NotNil(t, l.held(kube("v1", "ConfigMap", "kube-system/c", nil), nil))
	l.applied(namespaceNamed("default"))
	assert.ErrorContains(t, l.removeFromCluster(namespaceNamed("default")), "forbidden")
}

// Of a Secret neither the state file nor the simulator has a value, and the engine is told what to encrypt; objects outlive a restart.
func TestKubernetesSecretsAndRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := inside(t, Options{StateFile: file})
	secret := kube("v1", "Secret", "default/git", object{
		"data": object{"identity": encodeBase64("hunter2")}, "stringData": object{"known_hosts": "hunter3"},
	})
	l.applied(secret, kube("v1", "ConfigMap", "default/c", nil))
	properties, err := encode(secret)
	require.NoError(t, err)
	response, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(secret), Properties: properties, Preview: true})
	require.NoError(t, err)
	outputs, err := plugin.UnmarshalProperties(response.GetProperties(), plugin.MarshalOptions{KeepSecrets: true})
	require.NoError(t, err)
	assert.True(t, outputs["data"].IsSecret())
	assert.True(t, outputs["stringData"].IsSecret())
	state := readFile(t, file)
	for _, value := range []string{"hunter2", encodeBase64("hunter2"), "hunter3"} {
		assert.NotContains(t, state, value)
	}
	require.NoError(t, l.server.Close())

	again := start(t, Options{StateFile: file})
	_, err = configureCluster(t, again.kubernetes, again.kubeconfig())
	require.NoError(t, err)
	assert.Equal(t, secret, again.held(secret, secret), "the engine keeps the values")
	assert.NotNil(t, again.held(kube("v1", "ConfigMap", "default/c", nil), nil))
	found := again.held(secret, set(secret, "data.other", "x"))
	assert.NotContains(t, found["data"], "other", "another key is a change")
	require.NoError(t, again.removeFromCluster(secret))
	assert.Nil(t, again.held(secret, secret))
}

// A workload is ready only if its images are in the private registry and pulled; one that is not stays in the state, and the next
// update mends it.
func TestKubernetesWorkloads(t *testing.T) {
	l := inside(t, Options{})
	l.applied(namespaceNamed("flux-system"))
	deployment := controller("source-controller")
	image := func(image string) object {
		changed := cloneObject(deployment)
		list(changed, "spec", "template", "spec", "containers")[0].(object)["image"] = image
		return changed
	}
	before := l.server.subscription.clock.now()
	_, err := l.apply(image("ghcr.io/fluxcd/source-controller:v1.9.6"))
	for _, part := range []string{"failed to become ready", "ErrImagePull", "ghcr.io/fluxcd/source-controller", "Deployment flux-system/source-controller"} {
		assert.ErrorContains(t, err, part)
	}
	assert.GreaterOrEqual(t, l.server.subscription.clock.now().Sub(before), awaitTimeout, "it was waited for")
	converted, ok := rpcerror.FromError(err)
	require.True(t, ok)
	require.Len(t, converted.Details(), 1)
	assert.Equal(t, "flux-system/source-controller", converted.Details()[0].(*pulumirpc.ErrorResourceInitFailed).GetId())
	assert.NotNil(t, l.held(deployment, nil), "it is there")
	require.NoError(t, l.reapply(deployment))
	kubelet := text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "objectId")
	l.without(registryID+"/providers/Microsoft.Authorization/roleAssignments/"+guid(kubelet, acrPull, registryID), func() {
		assert.ErrorContains(t, l.reapply(deployment), "ImagePullUnauthorized")
		skipped := set(deployment, "metadata.annotations", object{skipAwaitAnnotation: "true"})
		assert.NoError(t, l.reapply(skipped))
	})
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.template.spec.nodeSelector", object{"pci-scope": "none"})), "FailedScheduling")
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.template.spec.serviceAccountName", "source-controller")), "ServiceAccountNotFound")
	l.applied(kube("v1", "ServiceAccount", "flux-system/source-controller", nil),
		kube("v1", "ResourceQuota", "flux-system/default", object{"spec": object{"hard": object{"pods": 1.0}}}))
	assert.NoError(t, l.reapply(set(deployment, "spec.template.spec.serviceAccountName", "source-controller")))
	assert.ErrorContains(t, l.reapply(set(deployment, "spec.replicas", 2.0)), "ExceededQuota")
	service := kube("v1", "Service", "flux-system/s", object{"spec": object{"type": "LoadBalancer"}})
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
	l.applied(kube("v1", "Secret", "flux-system/git", object{"stringData": object{"password": "x"}}))
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
	delete(objectAt(unawaited, "metadata"), "annotations")
	require.NoError(t, l.reapply(unawaited), "nobody waits for it")
	require.NoError(t, l.reapply(kustomization))
	require.NoError(t, l.removeFromCluster(controller("kustomize-controller")))
	refused(kustomization, "ControllerNotReady", "kustomize-controller")
}

// Kinds of Flux that the extension brings need no definition, and its controllers serve them.
func TestKubernetesBesideTheExtension(t *testing.T) {
	l := inside(t, Options{})
	l.must(extensionToken, fluxInCluster())
	l.applied(gitRepository(), l.kustomization())
}

// A fault strikes objects by kind and name.
func TestKubernetesFaults(t *testing.T) {
	l := inside(t, Options{})
	l.server.Inject(Fault{Operation: Create, ARMType: "Namespace", Resource: "a", Times: 1, Status: 500, Code: "InternalError", Message: "etcdserver: request timed out"})
	_, err := l.apply(namespaceNamed("a"))
	assert.ErrorContains(t, err, "etcdserver")
	l.applied(namespaceNamed("a"))
}
