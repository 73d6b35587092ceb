//go:build cluster

package cluster_test

import (
	"fmt"
	"strings"
	"testing"

	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// noStorage is how a limit range refuses a volume.
const noStorage = "maximum storage usage per PersistentVolumeClaim is 0"

// quotaPending is what the API server says until it has seen a quota's status.
const quotaPending = "status unknown for quota"

// testPods holds that the pods of every workload pass admission, and what must not run anywhere does not.
func testPods(t *testing.T, client *kubetest.Client, objects []*unstructured.Unstructured) {
	for _, o := range objects {
		if kind := o.GetKind(); kind != "Deployment" && kind != "DaemonSet" {
			continue
		}
		t.Run(label(o)+" passes admission without a warning", func(t *testing.T) {
			client.Warnings.Take()
			require.NoError(t, tryToCreate(t, client, podOf(t, o)))
			assert.Empty(t, client.Warnings.Take())
		})
	}
	modest := map[string]any{"cpu": "50m", "memory": "100Mi"}
	refused := []struct {
		name   string
		object *unstructured.Unstructured
		want   string
	}{
		{
			"a privileged pod in regulatory scope",
			pod("a0005-i", modest, func(container map[string]any) { container["securityContext"] = map[string]any{"privileged": true} }),
			"must not set securityContext.privileged=true",
		},
		{
			"a pod that may gain privileges",
			pod("a0005-o", modest, func(container map[string]any) { delete(container, "securityContext") }),
			"allowPrivilegeEscalation != false",
		},
		{
			"a pod beyond the limit range", pod("a0005-i", map[string]any{"cpu": "1", "memory": "100Mi"}, nil),
			"maximum cpu usage per Container is 100m",
		},
		{"a pod in the default namespace", pod("default", modest, nil), "maximum cpu usage per Container is 0"},
		{"a claim of a volume", claim("a0005-i"), noStorage},
		{"a claim of a volume beside the controllers of Flux", claim(kubetest.FluxNamespace), noStorage},
		{
			"a load balancer in a namespace of workloads",
			object("v1", "Service", "a0005-i", "public", map[string]any{"spec": map[string]any{
				"type": "LoadBalancer", "ports": []any{map[string]any{"port": int64(443)}},
			}}),
			"exceeded quota: default, requested: services.loadbalancers=1",
		},
	}
	for _, r := range refused {
		t.Run(r.name+" is refused", func(t *testing.T) {
			assert.ErrorContains(t, tryToCreate(t, client, r.object), r.want)
		})
	}
	t.Run("a modest pod in regulatory scope passes", func(t *testing.T) {
		assert.NoError(t, tryToCreate(t, client, pod("a0005-i", modest, nil)))
	})
}

// tryToCreate creates an object by dry run, once the API server knows the quotas.
func tryToCreate(t *testing.T, client *kubetest.Client, o *unstructured.Unstructured) error {
	t.Helper()
	var tried error
	requireSoon(t, func() error {
		_, tried = client.Create(t.Context(), o, true)
		if tried != nil && strings.Contains(tried.Error(), quotaPending) {
			return fmt.Errorf("create %s: %w", label(o), tried)
		}
		return nil
	})
	return tried
}

// podOf is a pod as the controller of a workload creates it.
func podOf(t *testing.T, workload *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	metadata, found, err := unstructured.NestedMap(workload.Object, "spec", "template", "metadata")
	require.NoError(t, err)
	require.True(t, found, "the pods of %s have no labels", label(workload))
	made := &unstructured.Unstructured{Object: map[string]any{"metadata": metadata, "spec": manifests.PodSpec(workload)}}
	made.SetAPIVersion("v1")
	made.SetKind("Pod")
	made.SetNamespace(workload.GetNamespace())
	made.SetName(workload.GetName() + "-0")
	return made
}

// pod is one that the restricted standard allows, changed by spoil.
func pod(namespace string, resources map[string]any, spoil func(container map[string]any)) *unstructured.Unstructured {
	container := map[string]any{
		"name": "main", "image": "registry.example/live/program:1",
		"resources": map[string]any{"requests": resources, "limits": resources},
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
		},
	}
	if spoil != nil {
		spoil(container)
	}
	return object("v1", "Pod", namespace, "by-test", map[string]any{"spec": map[string]any{
		"securityContext": map[string]any{
			"runAsNonRoot": true, "runAsUser": int64(10001), "seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
		"containers": []any{container},
	}})
}

func claim(namespace string) *unstructured.Unstructured {
	return object("v1", "PersistentVolumeClaim", namespace, "by-test", map[string]any{"spec": map[string]any{
		"accessModes": []any{"ReadWriteOnce"}, "resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}},
	}})
}
