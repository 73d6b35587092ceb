//go:build cluster

package cluster_test

import (
	"testing"

	"aks-regulated-pulumi/internal/kubetest"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// bringUp writes the status that Kubernetes' controllers and kubelets would: every pod of every workload runs.
func bringUp(t *testing.T, client *kubetest.Client) {
	t.Helper()
	kinds := []struct {
		version, kind string
		status        func(*unstructured.Unstructured) map[string]any
	}{
		{"apps/v1", "Deployment", deploymentUp},
		{"apps/v1", "DaemonSet", daemonSetUp},
		{"policy/v1", "PodDisruptionBudget", budgetKept},
	}
	for _, k := range kinds {
		for _, o := range list(t, client, k.version, k.kind) {
			observed, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
			if observed == o.GetGeneration() {
				continue
			}
			o.Object["status"] = k.status(&o)
			require.NoError(t, client.SetStatus(t.Context(), &o), label(&o))
		}
	}
}

func deploymentUp(o *unstructured.Unstructured) map[string]any {
	replicas, _, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "replicas": replicas, "updatedReplicas": replicas,
		"readyReplicas": replicas, "availableReplicas": replicas,
		"conditions": []any{
			condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable"),
		},
	}
}

// daemonSetUp has one pod: how many there are follows from the nodes, which not all tests have.
func daemonSetUp(o *unstructured.Unstructured) map[string]any {
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "desiredNumberScheduled": int64(1), "currentNumberScheduled": int64(1),
		"updatedNumberScheduled": int64(1), "numberReady": int64(1), "numberAvailable": int64(1), "numberMisscheduled": int64(0),
	}
}

func budgetKept(o *unstructured.Unstructured) map[string]any {
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "currentHealthy": int64(2), "desiredHealthy": int64(1),
		"disruptionsAllowed": int64(1), "expectedPods": int64(2),
	}
}

func condition(kind, reason string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": reason, "lastTransitionTime": "2026-01-01T00:00:00Z"}
}
