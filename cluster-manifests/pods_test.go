package clustermanifests_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"aks-regulated-pulumi/internal/manifests"
)

// exceptions from what every pod and container has, each with its reason.
var exceptions = map[string]map[string]string{
	"falco-system/falco": {
		"non-root":     "the kernel hands out the node's processes, and containerd its socket, to root alone",
		"capabilities": "to load its probe and to look at processes: BPF, PERFMON, SYS_PTRACE, SYS_RESOURCE",
		"host paths":   "processes, users, containers and tracepoints of the node are what it watches",
		"app armor":    "the default profile forbids to read processes of others",
	},
	"ingress/traefik": {
		"token": "it reads Ingresses from the API server",
	},
}

// check tells what is wrong unless the workload is an exception; an exception that is not needed is wrong, too.
func check(t *testing.T, w workload, rule string, holds bool) {
	t.Helper()
	name := w.namespace + "/" + w.name
	reason, excepted := exceptions[name][rule]
	assert.Equal(t, !excepted, holds, "%s: %s (excepted because %q)", name, rule, reason)
}

// Images come from live/ in the cluster's registry, under a tag and by digest, so that they passed quarantine and do not change.
func TestImagesArePinnedAndLive(t *testing.T) {
	form := regexp.MustCompile(`^acraksabc\.azurecr\.io/live/[a-z/]+:[a-z0-9.]+@sha256:[0-9a-f]{64}$`)
	images := manifests.Images(rendered(t))
	var names []string
	for _, image := range images {
		assert.Regexp(t, form, image)
		name, _, _ := strings.Cut(strings.TrimPrefix(image, "acraksabc.azurecr.io/"), ":")
		names = append(names, name)
	}
	assert.Empty(t, cmp.Diff([]string{"live/falcosecurity/falco", "live/library/busybox", "live/library/traefik"}, names))
}

// Pods have as few rights as they can do with, and what has more is written down with a reason.
func TestPodsAreRestricted(t *testing.T) {
	for _, w := range workloads(t) {
		spec := w.template.Spec
		pod := spec.SecurityContext
		require.NotNil(t, pod, w.name)
		require.NotNil(t, pod.SeccompProfile, w.name)
		assert.False(t, spec.HostNetwork || spec.HostPID || spec.HostIPC, w.name)
		assert.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SeccompProfile.Type, w.name)
		nobody := value(pod.RunAsUser) > 0 && value(pod.RunAsGroup) > 0 && len(pod.SupplementalGroups) > 0
		check(t, w, "non-root", value(pod.RunAsNonRoot) && nobody)
		check(t, w, "app armor", pod.AppArmorProfile == nil)
		check(t, w, "host paths", !mountsHost(spec.Volumes))
		for _, container := range append(spec.InitContainers, spec.Containers...) {
			context := container.SecurityContext
			require.NotNil(t, context, container.Name)
			require.NotNil(t, context.Capabilities, container.Name)
			require.NotNil(t, context.AllowPrivilegeEscalation, container.Name)
			assert.False(t, value(context.Privileged), container.Name)
			assert.False(t, *context.AllowPrivilegeEscalation, container.Name)
			assert.True(t, value(context.ReadOnlyRootFilesystem), container.Name)
			assert.Equal(t, []corev1.Capability{"ALL"}, context.Capabilities.Drop, container.Name)
			check(t, w, "capabilities", len(context.Capabilities.Add) == 0)
		}
	}
}

// value is what a field is set to, or zero if it is not set.
func value[T any](field *T) T {
	var zero T
	if field == nil {
		return zero
	}
	return *field
}

// What Falco has of the node it can read and not change.
func TestHostPathsAreReadOnly(t *testing.T) {
	for _, w := range workloads(t) {
		writable := map[string]bool{}
		for _, volume := range w.template.Spec.Volumes {
			writable[volume.Name] = volume.HostPath == nil
		}
		for _, container := range w.template.Spec.Containers {
			for _, mount := range container.VolumeMounts {
				assert.True(t, mount.ReadOnly || writable[mount.Name], "%s: %s", w.name, mount.Name)
			}
		}
	}
}

func mountsHost(volumes []corev1.Volume) bool {
	for _, volume := range volumes {
		if volume.HostPath != nil {
			return true
		}
	}
	return false
}

// Only pods that call the API server have a credential for it (policy no-automount), and each says so itself.
func TestTokensAreMountedOnlyWhereNeeded(t *testing.T) {
	for _, w := range workloads(t) {
		if mount := w.template.Spec.AutomountServiceAccountToken; assert.NotNil(t, mount, w.name) {
			check(t, w, "token", !*mount)
		}
	}
	for _, account := range all[corev1.ServiceAccount](t, "ServiceAccount") {
		if mount := account.AutomountServiceAccountToken; assert.NotNil(t, mount, account.Name) {
			assert.False(t, *mount, account.Name)
		}
	}
}

// Every pod says whether it is in scope (policy pod-labels), and one that selects nodes of a scope is of that scope.
func TestPodsSayTheirScope(t *testing.T) {
	for _, w := range workloads(t) {
		scope := w.template.Labels["pci-scope"]
		assert.Contains(t, []string{"in-scope", "out-of-scope"}, scope, w.name)
		if nodes, selects := w.template.Spec.NodeSelector["pci-scope"]; selects {
			assert.Equal(t, scope, nodes, w.name)
		}
	}
}

// Agents run on every Linux node, tainted system nodes included; everything else selects the nodes of its scope.
func TestPodsGoWhereTheyBelong(t *testing.T) {
	system := corev1.Taint{Key: "CriticalAddonsOnly", Value: "true", Effect: corev1.TaintEffectNoSchedule}
	for _, w := range workloads(t) {
		spec := w.template.Spec
		assert.Equal(t, "linux", spec.NodeSelector["kubernetes.io/os"], w.name)
		assert.Equal(t, !w.everywhere, spec.NodeSelector["pci-scope"] != "", w.name)
		tolerated := false
		for _, toleration := range spec.Tolerations {
			tolerated = tolerated || toleration.ToleratesTaint(&system)
		}
		assert.Equal(t, w.everywhere, tolerated, "%s on system nodes", w.name)
	}
}

// Every container declares requests and limits, within what policy resource-limits allows.
func TestContainersAreBounded(t *testing.T) {
	most := corev1.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("2Gi")}
	for _, w := range workloads(t) {
		for _, container := range append(w.template.Spec.InitContainers, w.template.Spec.Containers...) {
			for name, bound := range most {
				limit, request := container.Resources.Limits[name], container.Resources.Requests[name]
				assert.Positive(t, request.Sign(), "%s requests %s", w.name, name)
				assert.LessOrEqual(t, request.Cmp(limit), 0, "%s requests more %s than its limit", w.name, name)
				assert.LessOrEqual(t, limit.Cmp(bound), 0, "%s has too much %s", w.name, name)
			}
		}
	}
}

func containerPorts(w workload) []string {
	var ports []string
	for _, container := range w.template.Spec.Containers {
		for _, port := range container.Ports {
			ports = append(ports, strconv.Itoa(int(port.ContainerPort)))
		}
	}
	return ports
}

// Pods that are read by annotation are in a namespace that managed Prometheus looks at, and name a port they have.
func TestAnnotatedPodsAreScraped(t *testing.T) {
	settings := one[corev1.ConfigMap](t, "ConfigMap", "kube-system/ama-metrics-settings-configmap").Data
	quoted := regexp.MustCompile(`"(.*)"`).FindStringSubmatch(settings["pod-annotation-based-scraping"])
	require.Len(t, quoted, 2)
	namespaces := regexp.MustCompile("^(" + quoted[1] + ")$")
	scraped := 0
	for _, w := range workloads(t) {
		if w.template.Annotations["prometheus.io/scrape"] != "true" {
			continue
		}
		scraped++
		assert.Regexp(t, namespaces, w.namespace)
		assert.Contains(t, containerPorts(w), w.template.Annotations["prometheus.io/port"])
	}
	assert.Equal(t, 1, scraped, "the ingress controller")
	for _, name := range strings.Split(quoted[1], "|") {
		assert.Contains(t, managed, name, "a namespace that is not ours")
	}
}
