//go:build cluster

package cluster_test

import (
	"testing"

	"aks-regulated-pulumi/internal/kubetest"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var fluxStates = []state{
	{"a controller of Flux that is missing", func(t *testing.T, l *lab) {
		l.remove(t, deploymentNamed(kubetest.FluxNamespace, kubetest.KustomizeController))
	}, map[string]string{"flux-controllers": "deployment kustomize-controller is missing"}},
	{"a controller of Flux that nobody needs", func(t *testing.T, l *lab) {
		l.add(t, deploymentOf(kubetest.FluxNamespace, "helm-controller"))
	}, map[string]string{"flux-absent": "deployment helm-controller is there"}},
	{"a source that is suspended", func(t *testing.T, l *lab) { l.set(t, l.source, true, "spec", "suspend") },
		map[string]string{"git-repository": "it is suspended"}},
	{"a source of another repository", func(t *testing.T, l *lab) {
		url := l.expected.GitOps.RepositoryURL
		l.expected.GitOps.RepositoryURL = "https://example.com/platform"
		t.Cleanup(func() { l.expected.GitOps.RepositoryURL = url })
	}, map[string]string{"git-repository": "not https://example.com/platform"}},
	{"a Kustomization that is suspended", func(t *testing.T, l *lab) { l.set(t, l.sync, true, "spec", "suspend") },
		map[string]string{"kustomization": "it is suspended"}},
}

var objectStates = []state{
	{"a missing object", func(t *testing.T, l *lab) {
		l.remove(t, object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "aksrbac-cluster-viewer", nil))
	}, map[string]string{"manifests-present": "ClusterRoleBinding aksrbac-cluster-viewer is missing"}},
	{"a wider quota", func(t *testing.T, l *lab) {
		l.set(t, object("v1", "ResourceQuota", "a0005-i", "default", nil), "1000", "spec", "hard", "pods")
	}, map[string]string{"quotas": "ResourceQuota a0005-i/default has pods=1k, not"}},
	{"a network policy that lets everything in", func(t *testing.T, l *lab) {
		l.set(t, object("networking.k8s.io/v1", "NetworkPolicy", "a0005-i", "default", nil), []any{map[string]any{}}, "spec", "ingress")
	}, map[string]string{"network-policies": "NetworkPolicy a0005-i/default is not as in the manifests"}},
	{"settings of an agent by hand", func(t *testing.T, l *lab) {
		l.set(t, object("v1", "ConfigMap", "kube-system", "container-azm-ms-agentconfig", nil), "v2", "data", "schema-version")
	}, map[string]string{"agent-configuration": "container-azm-ms-agentconfig differs in data.schema-version"}},
}

var workloadStates = []state{
	{"an agent that does not run on a node", func(t *testing.T, l *lab) {
		l.set(t, object("apps/v1", "DaemonSet", "falco-system", "falco", nil), int64(1), "status", "numberReady")
	}, map[string]string{"daemonsets": "DaemonSet falco-system/falco is ready on 1 of"}},
	{"a replica that is missing", func(t *testing.T, l *lab) {
		l.set(t, deploymentNamed("ingress", "traefik"), int64(1), "status", "availableReplicas")
	}, map[string]string{"deployments": "Deployment ingress/traefik has 1 of 2 replicas available"}},
	{"an image from outside live/", func(t *testing.T, l *lab) {
		l.slipIn(t, workload("docker.io/library/busybox:1"), "npinscope01-0")
	}, map[string]string{"images-live": "pod a0005-i/by-test runs docker.io/library/busybox:1, not from"}},
	{"a pod on a node of another scope", func(t *testing.T, l *lab) {
		image := l.expected.GitOps.Substitutions["registry"] + "/live/program@sha256:0"
		l.slipIn(t, workload(image), "npooscope01-0")
	}, map[string]string{"placement": "selects in-scope, is labelled in-scope and runs on out-of-scope node aks-npooscope01-0"}},
}

var ingressStates = []state{
	{"another vault", func(t *testing.T, l *lab) {
		class := l.only(t, "secrets-store.csi.x-k8s.io/v1", "SecretProviderClass")
		l.set(t, class, "kv-other", "spec", "parameters", "keyvaultName")
	}, map[string]string{"secret-provider-class": "has keyvaultName=kv-other, not"}},
	{"a certificate that is not mounted", func(t *testing.T, l *lab) { l.set(t, mounted("traefik-0"), false, "status", "mounted") },
		map[string]string{"certificate-mounted": "pod traefik-0 has not mounted the certificate"}},
	{"an ingress controller with another account", func(t *testing.T, l *lab) {
		l.set(t, deploymentNamed("ingress", "traefik"), "default", "spec", "template", "spec", "serviceAccountName")
		bringUp(t, l.client)
	}, map[string]string{"workload-identity": `Deployment ingress/traefik runs as "default"`}},
	{"a public address of the ingress controller", func(t *testing.T, l *lab) {
		l.set(t, object("v1", "Service", "ingress", "traefik", nil), balancerAt("20.1.2.3")["loadBalancer"], "status", "loadBalancer")
	}, map[string]string{"ingress-address": "Service ingress/traefik has the address 20.1.2.3, not"}},
	{"a certificate of another name", func(t *testing.T, l *lab) {
		before := l.options.Dial
		l.options.Dial = l.answering(t, "other.example.com")
		t.Cleanup(func() { l.options.Dial = before })
	}, map[string]string{"ingress-certificate": "shows a certificate of other names"}},
}

// slipIn adds a pod while the policy for images is out of force, until the test ends.
func (l *lab) slipIn(t *testing.T, made *unstructured.Unstructured, node string) {
	t.Helper()
	policy := binding("containerallowedimages")
	stored, err := l.client.Get(t.Context(), policy)
	require.NoError(t, err)
	require.NoError(t, l.client.Delete(t.Context(), policy))
	addPod(t, l.client, made, "aks-"+node)
	l.dropLater(t, made)
	stored.SetResourceVersion("")
	stored.SetUID("")
	create(t, l.client, stored)
}

// only is the one object of a kind.
func (l *lab) only(t *testing.T, version, kind string) *unstructured.Unstructured {
	t.Helper()
	found := list(t, l.client, version, kind)
	require.Len(t, found, 1)
	return &found[0]
}

// workload is a pod in regulatory scope as it should be, with the given image.
func workload(image string) *unstructured.Unstructured {
	setImage := func(container map[string]any) { container["image"] = image }
	made := pod("a0005-i", map[string]any{"cpu": "50m", "memory": "100Mi"}, setImage)
	made.SetLabels(map[string]string{"pci-scope": "in-scope"})
	spec := made.Object["spec"].(map[string]any)
	spec["nodeSelector"] = map[string]any{"pci-scope": "in-scope"}
	spec["automountServiceAccountToken"] = false
	return made
}

func deploymentNamed(namespace, name string) *unstructured.Unstructured {
	return object("apps/v1", "Deployment", namespace, name, nil)
}
