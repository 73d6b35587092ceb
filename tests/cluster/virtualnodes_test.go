//go:build cluster

package cluster_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
)

const (
	virtualNodesNamespace = "vn2"
	virtualNode           = "virtualnode-0"
	admissionController   = "virtual-node-admission-controller"
	// onlyOutOfScope is how the policies refuse a pod.
	onlyOutOfScope = "Virtual nodes are for namespaces labelled pci-scope=out-of-scope"
)

// virtualNodeObjects are what Flux applies besides where it installs one virtual node. The deployed stack has none.
func virtualNodeObjects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	values := maps.Clone(substitutions(t))
	maps.Copy(values, map[string]string{
		"virtual_nodes_count": "1", "virtual_nodes_tag": config.VirtualNodesImageTag, "virtual_nodes_tags": "a=b;c=d",
		"virtual_nodes_range": "10.240.32.0/20", "virtual_nodes_resource_group": "rg-virtualnodes", "virtual_nodes_subnet_id": "/subscriptions/s/subnets/cg",
		"virtual_nodes_pull_identity_id": "/subscriptions/s/mi", "virtual_nodes_pull_principal_id": administrators,
		"virtual_nodes_pods": "3", "virtual_nodes_requests_cpu": "3", "virtual_nodes_requests_memory": "10073741824",
		"virtual_nodes_limits_cpu": "15", "virtual_nodes_limits_memory": "59G",
	})
	for _, name := range config.VirtualNodeImages {
		values["virtual_nodes_"+strings.ReplaceAll(name, "-", "_")+"_digest"] = "sha256:" + strings.Repeat("0", 64)
	}
	objects, err := manifests.Render(clustermanifests.Files, clustermanifests.VirtualNodesDirectory, values)
	require.NoError(t, err)
	return objects
}

// A cluster takes the manifests of virtual nodes beside the others, as they are, and leaves the certificate that their controller
// makes. Their pods pass admission, and pods in scope never get onto them.
func TestVirtualNodesOnAnAPIServer(t *testing.T) {
	plane, client := startCluster(t)
	create(t, client, object("v1", "Namespace", "", kubetest.FluxNamespace, nil))
	applyStaged(t, client, rendered(t))
	objects := virtualNodeObjects(t)
	testTakenAsTheyAre(t, client, objects)
	t.Run("the certificate stays", func(t *testing.T) { testCertificateStays(t, client, objects) })
	playControllers(t, client)
	t.Run("pods pass admission without a warning", func(t *testing.T) {
		for _, o := range objects {
			if manifests.PodSpec(o) != nil {
				client.Warnings.Take()
				require.NoError(t, tryToCreate(t, client, podOf(t, o)), label(o))
				assert.Empty(t, client.Warnings.Take(), label(o))
			}
		}
	})
	t.Run("scope", func(t *testing.T) {
		typed, err := kubernetes.NewForConfig(plane.Admin(t))
		require.NoError(t, err)
		testScopeOfVirtualNodes(t, client, typed)
	})
}

// testCertificateStays writes a certificate as the admission controller does, and applies the manifests again.
func testCertificateStays(t *testing.T, client *kubetest.Client, objects []*unstructured.Unstructured) {
	secret := object("v1", "Secret", virtualNodesNamespace, admissionController, nil)
	hooks := object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", admissionController, nil)
	certificates := func(webhooks *unstructured.Unstructured, change func(client map[string]any)) {
		list, _, err := unstructured.NestedSlice(webhooks.Object, "webhooks")
		require.NoError(t, err)
		require.Len(t, list, 2)
		for _, webhook := range list {
			change(webhook.(map[string]any)["clientConfig"].(map[string]any))
		}
		require.NoError(t, unstructured.SetNestedSlice(webhooks.Object, list, "webhooks"))
	}
	const certificate = "Y2VydGlmaWNhdGU="
	for _, o := range []*unstructured.Unstructured{secret, hooks} {
		written, err := client.Get(t.Context(), o)
		require.NoError(t, err)
		if o == secret {
			require.Empty(t, written.Object["data"])
			written.Object["data"] = map[string]any{"tls.crt": certificate}
		} else {
			certificates(written, func(client map[string]any) {
				require.Empty(t, client["caBundle"])
				client["caBundle"] = certificate
			})
		}
		require.NoError(t, client.Update(t.Context(), written))
	}
	applyStaged(t, client, objects)
	kept, err := client.Get(t.Context(), secret)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"tls.crt": certificate}, kept.Object["data"])
	kept, err = client.Get(t.Context(), hooks)
	require.NoError(t, err)
	certificates(kept, func(client map[string]any) { assert.Equal(t, certificate, client["caBundle"]) })
}

// testScopeOfVirtualNodes tries every way onto a virtual node: a pod that names it, a binding, and a binding by the older resource.
func testScopeOfVirtualNodes(t *testing.T, client *kubetest.Client, typed kubernetes.Interface) {
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	modest := map[string]any{"cpu": "50m", "memory": "100Mi"}
	ways := map[string]func(ctx context.Context, namespace, node string) error{
		"a pod that names its node": func(ctx context.Context, namespace, node string) error {
			made := pod(namespace, modest, nil)
			made.SetName("named-by-test")
			require.NoError(t, unstructured.SetNestedField(made.Object, node, "spec", "nodeName"))
			_, err := client.Create(ctx, made, true)
			return err
		},
		"a binding": func(ctx context.Context, namespace, node string) error {
			return typed.CoreV1().Pods(namespace).Bind(ctx, bindingTo(namespace, node), dryRun)
		},
		"a binding by the older resource": func(ctx context.Context, namespace, node string) error {
			return typed.CoreV1().RESTClient().Post().Namespace(namespace).Resource("bindings").Body(bindingTo(namespace, node)).
				Param("dryRun", metav1.DryRunAll).Do(ctx).Error()
		},
	}
	for _, namespace := range []string{"a0005-i", "a0005-o", "kube-system"} {
		requireSoon(t, func() error {
			_, err := client.Create(t.Context(), pod(namespace, modest, nil), false)
			return err
		})
	}
	for name, try := range ways {
		t.Run(name, func(t *testing.T) {
			// Admission hears of a policy a little later than the API server stores it.
			requireSoon(t, func() error { return refusedWith(try(t.Context(), "a0005-i", virtualNode), onlyOutOfScope) })
			assert.NoError(t, refusedWith(try(t.Context(), "kube-system", virtualNode), onlyOutOfScope), "a namespace without a scope")
			assert.NoError(t, refusedWith(try(t.Context(), "a0005-i", "virtualnode-19"), onlyOutOfScope), "any of the virtual nodes")
			assert.NoError(t, try(t.Context(), "a0005-o", virtualNode), "out of scope")
			assert.NoError(t, try(t.Context(), "a0005-i", "aks-npinscope01-0"), "a node of a pool")
		})
	}
	t.Run("a pod that leaves it to the scheduler", func(t *testing.T) {
		made := pod("a0005-i", modest, nil)
		made.SetName("scheduled-by-test")
		assert.NoError(t, tryToCreate(t, client, made))
	})
}

// bindingTo puts the test's pod of a namespace on a node.
func bindingTo(namespace, node string) *corev1.Binding {
	return &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "by-test"},
		Target:     corev1.ObjectReference{Kind: "Node", Name: node},
	}
}

// refusedWith is nil for a refusal with a text.
func refusedWith(err error, text string) error {
	if apierrors.IsForbidden(err) && strings.Contains(err.Error(), text) {
		return nil
	}
	return fmt.Errorf("not refused with %q, but: %v", text, err)
}
