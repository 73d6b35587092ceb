package clustermanifests_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// managed are the namespaces with our objects, and the pod security standard that each enforces. kube-system is Azure's: it gets
// settings of agents and nothing else.
var managed = map[string]string{
	"a0005-i":                   "restricted",
	"a0005-o":                   "restricted",
	"cluster-baseline-settings": "restricted",
	"default":                   "restricted",
	"falco-system":              "privileged", // Falco loads programs into the kernel
	"flux-system":               "",           // what the extension runs is Microsoft's choice; violations are told, not refused
	"ingress":                   "restricted",
	"vn2":                       "privileged", // a virtual node's kubelet shares its mounts
}

// notOurs are namespaces that others make, which Flux must never delete.
var notOurs = []string{"default", "flux-system"}

// Every namespace holds its pods to the standard that it can, and tells of violations of the restricted one where it has to allow
// more on Microsoft's account.
func TestNamespacesEnforcePodSecurity(t *testing.T) {
	enforced := map[string]string{}
	for _, namespace := range all[corev1.Namespace](t, "Namespace") {
		level := namespace.Labels["pod-security.kubernetes.io/enforce"]
		enforced[namespace.Name] = level
		for _, mode := range []string{"enforce", "warn", "audit"} {
			label := "pod-security.kubernetes.io/" + mode
			_, set := namespace.Labels[label]
			assert.Equal(t, set, namespace.Labels[label+"-version"] == "latest", "%s: %s", namespace.Name, mode)
		}
		if level != "privileged" {
			assert.Equal(t, "restricted", namespace.Labels["pod-security.kubernetes.io/warn"], namespace.Name)
			assert.Equal(t, "restricted", namespace.Labels["pod-security.kubernetes.io/audit"], namespace.Name)
		}
	}
	assert.Empty(t, cmp.Diff(managed, enforced))
}

// Flux applies labels to namespaces that others make, and leaves them when it goes.
func TestForeignNamespacesAreNeverPruned(t *testing.T) {
	for _, namespace := range all[corev1.Namespace](t, "Namespace") {
		kept := namespace.Annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
		assert.Equal(t, slices.Contains(notOurs, namespace.Name), kept, namespace.Name)
		assert.NotEqual(t, "kube-system", namespace.Name)
	}
}

// Every namespace of ours has a quota and a limit range, both called default, and kube-system has neither.
func TestNamespacesAreBounded(t *testing.T) {
	want := map[string]int{}
	for name := range managed {
		want[name+"/default"] = 1
	}
	quotas, ranges := map[string]int{}, map[string]int{}
	for _, quota := range all[corev1.ResourceQuota](t, "ResourceQuota") {
		quotas[quota.Namespace+"/"+quota.Name]++
	}
	for _, limits := range all[corev1.LimitRange](t, "LimitRange") {
		ranges[limits.Namespace+"/"+limits.Name]++
	}
	assert.Empty(t, cmp.Diff(want, quotas))
	assert.Empty(t, cmp.Diff(want, ranges))
}

// A key that Kubernetes does not know counts nothing, as count/daemonset.apps did.
func TestQuotasCountWhatTheySay(t *testing.T) {
	storage := []corev1.ResourceName{"persistentvolumeclaims", "requests.storage", "services.loadbalancers", "services.nodeports"}
	rest := []corev1.ResourceName{
		"count/daemonsets.apps", "count/deployments.apps", "limits.cpu", "limits.memory", "pods", "requests.cpu", "requests.memory",
		"services",
	}
	for _, quota := range all[corev1.ResourceQuota](t, "ResourceQuota") {
		keys := storage
		if quota.Namespace != "flux-system" { // not all of Microsoft's containers declare limits
			keys = append(append([]corev1.ResourceName{}, storage...), rest...)
		}
		if quota.Namespace == "vn2" {
			keys = append(keys, "count/statefulsets.apps")
		}
		var found []corev1.ResourceName
		for key := range quota.Spec.Hard {
			found = append(found, key)
		}
		assert.ElementsMatch(t, keys, found, quota.Namespace)
		for _, key := range []corev1.ResourceName{"persistentvolumeclaims", "requests.storage"} {
			amount := quota.Spec.Hard[key]
			assert.True(t, amount.IsZero(), "%s allows %s", quota.Namespace, key)
		}
	}
}

// No namespace takes a volume that outlives its pod, and no container without limits gets 0, which bounds nothing at run time.
// The namespace default is closed: 0 is what it means.
func TestLimitRangesBound(t *testing.T) {
	for _, limits := range all[corev1.LimitRange](t, "LimitRange") {
		kinds := map[corev1.LimitType]corev1.LimitRangeItem{}
		for _, item := range limits.Spec.Limits {
			kinds[item.Type] = item
		}
		volume := kinds[corev1.LimitTypePersistentVolumeClaim].Max["storage"]
		assert.Contains(t, kinds, corev1.LimitTypePersistentVolumeClaim, limits.Namespace)
		assert.True(t, volume.IsZero(), limits.Namespace)
		container, bounded := kinds[corev1.LimitTypeContainer]
		assert.Equal(t, limits.Namespace != "flux-system", bounded, limits.Namespace)
		if !bounded || limits.Namespace == "default" {
			continue
		}
		for _, name := range []corev1.ResourceName{"cpu", "memory"} {
			request, limit, most := container.DefaultRequest[name], container.Default[name], container.Max[name]
			assert.Positive(t, request.Sign(), "%s %s", limits.Namespace, name)
			assert.LessOrEqual(t, request.Cmp(limit), 0, "%s %s", limits.Namespace, name)
			assert.LessOrEqual(t, limit.Cmp(most), 0, "%s %s", limits.Namespace, name)
		}
	}
}

// No container is refused by the limit range of its namespace.
func TestContainersFitTheirLimitRange(t *testing.T) {
	most := map[string]corev1.ResourceList{}
	for _, limits := range all[corev1.LimitRange](t, "LimitRange") {
		for _, item := range limits.Spec.Limits {
			if item.Type == corev1.LimitTypeContainer {
				most[limits.Namespace] = item.Max
			}
		}
	}
	for _, w := range workloads(t) {
		for _, container := range slices.Concat(w.template.Spec.InitContainers, w.template.Spec.Containers) {
			for name, bound := range most[w.namespace] {
				limit := container.Resources.Limits[name]
				assert.LessOrEqual(t, limit.Cmp(bound), 0, "%s: %s", w.name, name)
			}
		}
	}
}

// use is what pods take out of a quota.
type use map[corev1.ResourceName]resource.Quantity

func (u use) add(template corev1.PodTemplateSpec, pods int64) {
	take := func(key corev1.ResourceName, amount resource.Quantity) {
		amount.Mul(pods)
		sum := u[key]
		sum.Add(amount)
		u[key] = sum
	}
	take("pods", *resource.NewQuantity(1, resource.DecimalSI))
	for _, name := range []corev1.ResourceName{"cpu", "memory"} {
		take("requests."+name, needed(template, func(r corev1.ResourceRequirements) resource.Quantity { return r.Requests[name] }))
		take("limits."+name, needed(template, func(r corev1.ResourceRequirements) resource.Quantity { return r.Limits[name] }))
	}
}

// needed is what a quota counts of a pod: its containers together, or an init container that is larger, which runs before them.
func needed(template corev1.PodTemplateSpec, of func(corev1.ResourceRequirements) resource.Quantity) resource.Quantity {
	var sum resource.Quantity
	for _, container := range template.Spec.Containers {
		sum.Add(of(container.Resources))
	}
	for _, container := range template.Spec.InitContainers {
		if alone := of(container.Resources); alone.Cmp(sum) > 0 {
			sum = alone
		}
	}
	return sum
}

func (u use) text() string {
	text := func(key corev1.ResourceName) string { amount := u[key]; return amount.String() }
	return fmt.Sprintf("%s pods, requests %s %s, limits %s %s",
		text("pods"), text("requests.cpu"), text("requests.memory"), text("limits.cpu"), text("limits.memory"))
}

// What is deployed fits its quota on the largest cluster.
func TestWorkloadsFitTheirQuota(t *testing.T) {
	used := map[string]use{}
	for _, w := range workloads(t) {
		if used[w.namespace] == nil {
			used[w.namespace] = use{}
		}
		used[w.namespace].add(w.template, w.pods)
	}
	for _, quota := range all[corev1.ResourceQuota](t, "ResourceQuota") {
		for key, amount := range used[quota.Namespace] {
			hard := quota.Spec.Hard[key]
			assert.LessOrEqual(t, amount.Cmp(hard), 0, "%s: %s %s of %s", quota.Namespace, key, amount.String(), hard.String())
		}
	}
	assert.Len(t, used, 4)
}

// What one node adds to a quota is what bootstrap multiplies with the number of nodes: a change here is one there.
func TestPodsOfANodeAreKnown(t *testing.T) {
	want := map[string]string{
		"cluster-baseline-settings": "2 pods, requests 100m 28Mi, limits 200m 56Mi",
		"falco-system":              "1 pods, requests 100m 512Mi, limits 1 1Gi",
	}
	used := map[string]use{}
	for _, w := range workloads(t) {
		if !w.everywhere {
			continue
		}
		if used[w.namespace] == nil {
			used[w.namespace] = use{}
		}
		used[w.namespace].add(w.template, 1)
	}
	found := map[string]string{}
	for namespace, amounts := range used {
		found[namespace] = amounts.text()
	}
	assert.Empty(t, cmp.Diff(want, found))
}

// Objects of a kind that a quota counts are within it.
func TestObjectsFitTheirQuota(t *testing.T) {
	counted := map[string]corev1.ResourceName{
		"Deployment": "count/deployments.apps", "DaemonSet": "count/daemonsets.apps", "StatefulSet": "count/statefulsets.apps",
		"Service": "services",
	}
	number := map[string]int64{}
	for _, object := range rendered(t) {
		if key, counts := counted[object.GetKind()]; counts {
			number[object.GetNamespace()+" "+string(key)]++
		}
	}
	for _, quota := range all[corev1.ResourceQuota](t, "ResourceQuota") {
		for _, key := range counted {
			hard := quota.Spec.Hard[key]
			assert.LessOrEqual(t, number[quota.Namespace+" "+string(key)], hard.Value(), "%s %s", quota.Namespace, key)
		}
	}
	assert.Len(t, number, 7, "a Deployment and a Service in two namespaces, DaemonSets in two, a StatefulSet in one")
}
