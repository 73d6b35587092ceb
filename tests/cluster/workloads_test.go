//go:build cluster

package cluster_test

import (
	"reflect"
	"slices"
	"testing"

	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// bringUp writes the status that Kubernetes' controllers and kubelets would: every pod of every workload runs.
func bringUp(t *testing.T, client *kubetest.Client) {
	t.Helper()
	kinds := []struct {
		version, kind string
		status        func(*unstructured.Unstructured, []unstructured.Unstructured) map[string]any
	}{
		{"apps/v1", "Deployment", deploymentUp},
		{"apps/v1", "DaemonSet", daemonSetUp},
		{"policy/v1", "PodDisruptionBudget", budgetKept},
	}
	nodes := list(t, client, "v1", "Node")
	for _, k := range kinds {
		for _, o := range list(t, client, k.version, k.kind) {
			status := k.status(&o, nodes)
			if reflect.DeepEqual(status, o.Object["status"]) {
				continue
			}
			o.Object["status"] = status
			require.NoError(t, client.SetStatus(t.Context(), &o), label(&o))
		}
	}
}

func deploymentUp(o *unstructured.Unstructured, _ []unstructured.Unstructured) map[string]any {
	replicas, _, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "replicas": replicas, "updatedReplicas": replicas,
		"readyReplicas": replicas, "availableReplicas": replicas,
		"conditions": []any{
			condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable"),
		},
	}
}

func daemonSetUp(o *unstructured.Unstructured, nodes []unstructured.Unstructured) map[string]any {
	pods := int64(len(selected(o, nodes)))
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "desiredNumberScheduled": pods, "currentNumberScheduled": pods,
		"updatedNumberScheduled": pods, "numberReady": pods, "numberAvailable": pods, "numberMisscheduled": int64(0),
	}
}

// selected are the nodes that the pods of a workload may run on by their node selector.
func selected(workload *unstructured.Unstructured, nodes []unstructured.Unstructured) []unstructured.Unstructured {
	selector, _, _ := unstructured.NestedStringMap(manifests.PodSpec(workload), "nodeSelector")
	return slices.DeleteFunc(slices.Clone(nodes), func(node unstructured.Unstructured) bool {
		return !labels.SelectorFromSet(selector).Matches(labels.Set(node.GetLabels()))
	})
}

func budgetKept(o *unstructured.Unstructured, _ []unstructured.Unstructured) map[string]any {
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "currentHealthy": int64(2), "desiredHealthy": int64(1),
		"disruptionsAllowed": int64(1), "expectedPods": int64(2),
	}
}

func condition(kind, reason string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": reason, "lastTransitionTime": "2026-01-01T00:00:00Z"}
}
