package kube

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	schedulingcorev1 "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/tree"
)

// nodeLabels are the labels of a pool's nodes.
func nodeLabels(pool any) map[string]string {
	name := tree.Text(pool, "name")
	labels := map[string]string{
		"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "agentpool": name, "kubernetes.azure.com/agentpool": name,
		"kubernetes.azure.com/mode": strings.ToLower(tree.Text(pool, "mode")),
	}
	given, _ := tree.At(pool, "nodeLabels").(map[string]any)
	for label, value := range given {
		labels[label], _ = value.(string)
	}
	return labels
}

// nodeOf stands for the nodes of a pool. Azure names them after the pool and a number of its own.
func nodeOf(pool any) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "aks-" + tree.Text(pool, "name") + "-vmss000000", Labels: nodeLabels(pool)}}
	for _, taint := range tree.Texts(pool, "nodeTaints") { // each as key=value:effect
		pair, effect, _ := strings.Cut(taint, ":")
		name, value, _ := strings.Cut(pair, "=")
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: name, Value: value, Effect: corev1.TaintEffect(effect)})
	}
	return node
}

// placement is the part of a pod's spec that decides on which nodes it runs.
func placement(spec map[string]any) (*corev1.Pod, error) {
	part := map[string]any{}
	for _, name := range []string{"nodeSelector", "affinity", "tolerations"} {
		if value, set := spec[name]; set {
			part[name] = value
		}
	}
	pod := &corev1.Pod{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(part, &pod.Spec); err != nil {
		return nil, fmt.Errorf("read node selector, affinity and tolerations: %w", err)
	}
	return pod, nil
}

// canSchedule reports whether nodes of a pool take the pods of a spec, by selector, required affinity and taints.
func canSchedule(pool any, spec map[string]any) (bool, error) {
	pod, err := placement(spec)
	if err != nil {
		return false, err
	}
	node := nodeOf(pool)
	fits, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)
	if err != nil || !fits {
		return false, err
	}
	_, untolerated := schedulingcorev1.FindMatchingUntoleratedTaint(node.Spec.Taints, pod.Spec.Tolerations,
		func(taint *corev1.Taint) bool { return taint.Effect != corev1.TaintEffectPreferNoSchedule })
	return !untolerated, nil
}

// hostsOf are the pools that take an object's pods; none if what it demands cannot be read, which podsFindNodes reports.
func (r *rollout) hostsOf(object *unstructured.Unstructured) []any {
	found, _ := r.poolsFor(object)
	return found
}

func (r *rollout) poolsFor(object *unstructured.Unstructured) (found []any, err error) {
	for _, pool := range aks.PoolsOf(r.cluster) {
		fits, problem := canSchedule(pool, manifests.PodSpec(object))
		if fits {
			found = append(found, pool)
		}
		if err == nil {
			err = problem
		}
	}
	return found, err
}

// podsFindNodes: there is a pool for the pods of each object. A DaemonSet without one would run nowhere and say nothing.
func (r *rollout) podsFindNodes() error {
	for _, object := range r.objects {
		spec := manifests.PodSpec(object)
		if spec == nil {
			continue
		}
		found, err := r.poolsFor(object)
		if err != nil {
			return arm.BadRequest("Invalid", "%s: %v", Describe(object.Object), err)
		}
		if len(found) == 0 {
			return arm.BadRequest("FailedScheduling",
				"%s: no pool of %s takes its pods: node selector %v, affinity and tolerations match none of them",
				Describe(object.Object), r.cluster.ID, tree.Object(spec, "nodeSelector"))
		}
	}
	return nil
}

// mostPods is how many pods an object has at most: on every node of its pools, or as many as it says.
func (r *rollout) mostPods(object *unstructured.Unstructured) int {
	switch object.GetKind() {
	case "DaemonSet":
		nodes := 0.0
		for _, pool := range r.hostsOf(object) {
			count, _ := tree.Number(pool, "count")
			if tree.Truth(pool, "enableAutoScaling") {
				count, _ = tree.Number(pool, "maxCount")
			}
			nodes += count
		}
		return int(nodes)
	case "Deployment", "StatefulSet":
		if replicas, set := asNumber(tree.At(object.Object, "spec", "replicas")); set {
			return int(replicas)
		}
		return 1
	}
	return 0
}

// asNumber reads a number of a manifest, which YAML readers give in more than one type.
func asNumber(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	}
	return 0, false
}

// quotaKeys are what a quota can limit, and where containers say how much of it they take; pods are counted.
var quotaKeys = []struct{ key, from, resource string }{
	{"pods", "", ""}, {"count/pods", "", ""},
	{"requests.cpu", "requests", "cpu"}, {"cpu", "requests", "cpu"}, {"limits.cpu", "limits", "cpu"},
	{"requests.memory", "requests", "memory"}, {"memory", "requests", "memory"}, {"limits.memory", "limits", "memory"},
}

// quotasSuffice: the quotas of each namespace hold its workloads when every pool has its most nodes. Containers that state nothing
// count for nothing, though a LimitRange may give them something.
func (r *rollout) quotasSuffice() error {
	all := r.all()
	for _, quota := range all {
		if quota.GetKind() != "ResourceQuota" || !r.concerns(quota) {
			continue
		}
		for _, limit := range quotaKeys {
			hard, set, err := quantity(tree.At(quota.Object, "spec", "hard", limit.key))
			if err != nil {
				return arm.BadRequest("InvalidQuota", "%s: %s is not a quantity: %v", Describe(quota.Object), limit.key, err)
			}
			if !set {
				continue
			}
			if need, by := r.needs(all, namespaceOf(quota), limit.from, limit.resource); need.Cmp(hard) > 0 {
				return arm.BadRequest("ExceededQuota", "%s allows %s %s, but with the most nodes in every pool %s need %s",
					Describe(quota.Object), limit.key, hard.String(), strings.Join(by, ", "), need.String())
			}
		}
	}
	return nil
}

// concerns reports whether a quota decides over the objects that come: it is one of them, or for pods of theirs. One with scopes is for
// some pods only, and does not count.
func (r *rollout) concerns(quota *unstructured.Unstructured) bool {
	if tree.At(quota.Object, "spec", "scopes") != nil || tree.At(quota.Object, "spec", "scopeSelector") != nil {
		return false
	}
	return slices.ContainsFunc(r.objects, func(object *unstructured.Unstructured) bool {
		return namespaceOf(object) == namespaceOf(quota) && (r.mostPods(object) > 0 || object == quota)
	})
}

// quantity reads an amount such as 2, "500m" or "1Gi"; set is false for none.
func quantity(value any) (amount resource.Quantity, set bool, err error) {
	if value == nil {
		return amount, false, nil
	}
	if count, isNumber := asNumber(value); isNumber {
		return *resource.NewMilliQuantity(int64(count*1000), resource.DecimalSI), true, nil
	}
	written, _ := value.(string)
	amount, err = resource.ParseQuantity(written)
	return amount, err == nil, err
}

// needs adds up what the workloads of a namespace take, and names them.
func (r *rollout) needs(all []*unstructured.Unstructured, namespace, from, name string) (sum resource.Quantity, by []string) {
	for _, object := range all {
		pods := r.mostPods(object)
		if pods == 0 || namespaceOf(object) != namespace {
			continue
		}
		by = append(by, Describe(object.Object))
		if from == "" {
			sum.Add(*resource.NewQuantity(int64(pods), resource.DecimalSI))
			continue
		}
		for _, container := range tree.List(manifests.PodSpec(object), "containers") {
			if amount, set, err := quantity(tree.At(container, "resources", from, name)); set && err == nil {
				for range pods {
					sum.Add(amount)
				}
			}
		}
	}
	return sum, by
}
