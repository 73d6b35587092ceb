package clustermanifests_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/manifests"
)

// exceptions from what every pod and container has, each with its reason.
var exceptions = map[string]map[string]string{
	"falco-system/falco": {
		"non-root":     "the kernel hands out the node's processes, and containerd its socket, to root alone",
		"capabilities": "to load its probe and to look at processes of any user: BPF, DAC_READ_SEARCH, PERFMON, SYS_PTRACE, SYS_RESOURCE",
		"host paths":   "processes, users and containers of the node are what it watches",
		"app armor":    "the default profile forbids to read processes of others",
	},
	"ingress/traefik": {
		"token": "it reads Ingresses from the API server",
	},
	"vn2/virtualnode": {
		"privileged":     "the kubelet's mounts propagate to the containers beside it, which Kubernetes grants to no other",
		"escalation":     "a privileged container cannot do without",
		"non-root":       "as which user its images run is not known",
		"read-only root": "where its images write is not known",
		"capabilities":   "which its images need is not known",
		"host paths":     "the node's credential for Azure, its way into the registry, and its certificates",
		"host changes":   "what the kubelet's image does with the two files for the registry is not known",
		"token":          "it asks the API server for the certificate of the virtual node",
		"requests":       "the kubelet and the proxy ask for all containers of the pod",
		"limits":         "Microsoft's: 200 pods are behind one of them",
	},
	"vn2/virtual-node-admission-controller": {
		"non-root":       "as which user its image runs is not known",
		"read-only root": "where its image writes is not known",
		"token":          "it reads pods and writes its certificate",
	},
}

// check describes what is wrong unless the workload is an exception; an exception that is not needed is wrong, too.
func check(t *testing.T, w workload, rule string, holds bool) {
	t.Helper()
	name := w.namespace + "/" + w.name
	reason, excepted := exceptions[name][rule]
	assert.Equal(t, !excepted, holds, "%s: %s (excepted because %q)", name, rule, reason)
}

// Images come from live/ in the cluster's registry, under a tag and by digest, so that they passed quarantine and do not change.
func TestImagesArePinnedAndLive(t *testing.T) {
	form := regexp.MustCompile(`^acraksabc\.azurecr\.io/live/[a-z0-9/-]+:[a-z0-9._]+@sha256:[0-9a-f]{64}$`)
	images := manifests.Images(rendered(t))
	var names []string
	for _, image := range images {
		assert.Regexp(t, form, image)
		name, _, _ := strings.Cut(strings.TrimPrefix(image, "acraksabc.azurecr.io/"), ":")
		names = append(names, name)
	}
	var want []string
	for _, name := range config.VirtualNodeImages {
		want = append(want, "live/aci/virtual-node-2-"+name)
	}
	want = append(want, "live/falcosecurity/falco", "live/library/busybox", "live/library/traefik")
	assert.Empty(t, cmp.Diff(want, names))
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
		// All of them: what one container has is the pod's.
		rules := map[string]bool{"privileged": true, "escalation": true, "read-only root": true, "capabilities": true}
		for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
			context := container.SecurityContext
			require.NotNil(t, context, container.Name)
			capabilities, escalates := value(context.Capabilities), context.AllowPrivilegeEscalation
			rules["privileged"] = rules["privileged"] && !value(context.Privileged)
			rules["escalation"] = rules["escalation"] && escalates != nil && !*escalates
			rules["read-only root"] = rules["read-only root"] && value(context.ReadOnlyRootFilesystem)
			rules["capabilities"] = rules["capabilities"] && len(capabilities.Add) == 0 &&
				slices.Equal(capabilities.Drop, []corev1.Capability{"ALL"})
			// Which ones a container gets back, TestFalcoFetchesNothing says.
			assert.True(t, len(capabilities.Add) == 0 || slices.Equal(capabilities.Drop, []corev1.Capability{"ALL"}), container.Name)
		}
		for rule, holds := range rules {
			check(t, w, rule, holds)
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

// What Falco has of the node it can read and not change, and so can virtual nodes, but for how the node signs in to the registry.
func TestHostPathsAreReadOnly(t *testing.T) {
	changed := map[string]bool{}
	for _, w := range workloads(t) {
		paths := map[string]string{}
		for _, volume := range w.template.Spec.Volumes {
			if volume.HostPath != nil {
				paths[volume.Name] = volume.HostPath.Path
			}
		}
		readOnly := true
		for _, container := range slices.Concat(w.template.Spec.InitContainers, w.template.Spec.Containers) {
			for _, mount := range container.VolumeMounts {
				if host, ofNode := paths[mount.Name]; ofNode && !mount.ReadOnly {
					readOnly, changed[host] = false, true
				}
			}
		}
		check(t, w, "host changes", readOnly)
	}
	want := map[string]bool{"/var/lib/kubelet/credential-provider": true, "/var/lib/kubelet/credential-provider-config.yaml": true}
	assert.Empty(t, cmp.Diff(want, changed))
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
		requests, limits := true, true
		for _, container := range slices.Concat(w.template.Spec.InitContainers, w.template.Spec.Containers) {
			for name, bound := range most {
				limit, request := container.Resources.Limits[name], container.Resources.Requests[name]
				assert.Contains(t, container.Resources.Requests, name, "%s: without a request it gets the default's", container.Name)
				assert.Positive(t, limit.Sign(), "%s limits %s", container.Name, name)
				assert.LessOrEqual(t, request.Cmp(limit), 0, "%s requests more %s than its limit", container.Name, name)
				requests = requests && request.Sign() > 0
				limits = limits && limit.Cmp(bound) <= 0
			}
		}
		check(t, w, "requests", requests)
		check(t, w, "limits", limits)
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
