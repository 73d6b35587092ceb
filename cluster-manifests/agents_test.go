package clustermanifests_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/manifests"
)

// falcoSettings are what the tests read of Falco's configuration.
type falcoSettings struct {
	Engine  struct{ Kind string }
	Plugins []struct {
		Name       string
		InitConfig struct {
			Engines map[string]struct {
				Enabled bool
				Sockets []string
			}
		} `json:"init_config"`
	}
	LoadPlugins []string `json:"load_plugins"`
	RulesFiles  []string `json:"rules_files"`
	Webserver   struct {
		Enabled    bool
		ListenPort int32  `json:"listen_port"`
		Path       string `json:"k8s_healthz_endpoint"`
	}
	JSONOutput   bool                   `json:"json_output"`
	StdoutOutput struct{ Enabled bool } `json:"stdout_output"`
	HTTPOutput   struct{ Enabled bool } `json:"http_output"`
}

// Falco uses the probe that needs no driver, asks containerd's CRI alone, takes the rules of its image, and writes to its log.
func TestFalcoFetchesNothing(t *testing.T) {
	text, err := fs.ReadFile(clustermanifests.Files, "falco-system/falco.yaml")
	require.NoError(t, err)
	var settings falcoSettings
	require.NoError(t, yaml.Unmarshal(text, &settings))
	assert.Equal(t, "modern_ebpf", settings.Engine.Kind)
	assert.Equal(t, []string{"/etc/falco/falco_rules.yaml"}, settings.RulesFiles)
	assert.Equal(t, []string{"container"}, settings.LoadPlugins)
	require.Len(t, settings.Plugins, 1)
	for name, engine := range settings.Plugins[0].InitConfig.Engines {
		assert.Equal(t, name == "cri", engine.Enabled, name)
	}
	assert.Equal(t, []string{"/run/containerd/containerd.sock"}, settings.Plugins[0].InitConfig.Engines["cri"].Sockets)
	assert.True(t, settings.JSONOutput && settings.StdoutOutput.Enabled)
	assert.False(t, settings.HTTPOutput.Enabled)

	container := one[appsv1.DaemonSet](t, "DaemonSet", "falco-system/falco").Spec.Template.Spec.Containers[0]
	require.True(t, settings.Webserver.Enabled)
	assert.Equal(t, settings.Webserver.ListenPort, container.Ports[0].ContainerPort)
	assert.Equal(t, settings.Webserver.Path, container.LivenessProbe.HTTPGet.Path)
}

// Falco can look into processes of any user, also those that run before it starts, and starts on kernels that grant no performance events
// to anything but SYS_ADMIN.
func TestFalcoSeesAndStarts(t *testing.T) {
	pod := one[appsv1.DaemonSet](t, "DaemonSet", "falco-system/falco").Spec.Template.Spec
	least := []corev1.Capability{"BPF", "DAC_READ_SEARCH", "PERFMON", "SYS_PTRACE", "SYS_RESOURCE"}
	assert.ElementsMatch(t, least, pod.Containers[0].SecurityContext.Capabilities.Add)
	var paths []string
	for _, volume := range pod.Volumes {
		if volume.HostPath != nil {
			paths = append(paths, volume.HostPath.Path)
		}
	}
	assert.ElementsMatch(t, []string{"/proc", "/etc", "/run/containerd"}, paths, "no tracefs")
}

// Falco belongs to a Kustomization of its own. Only in the folder that stacks of earlier versions follow does Falco carry what keeps
// it when that stack is updated: there a Kustomization loses it to another, and must not delete it.
func TestFalcoIsAPartOfItsOwn(t *testing.T) {
	const prune = "kustomize.toolkit.fluxcd.io/prune"
	inside := func(directory string) (names []string) {
		objects, err := manifests.Build(clustermanifests.Files, directory)
		require.NoError(t, err)
		for _, object := range objects {
			if object.GetName() != "falco-system" && object.GetNamespace() != "falco-system" {
				continue
			}
			names = append(names, object.GetKind()+" "+qualified(object))
			kept := object.GetAnnotations()[prune] == "disabled"
			assert.Equal(t, directory == ".", kept, "%s in %s", qualified(object), directory)
			if template, _, _ := unstructured.NestedMap(object.Object, "spec", "template", "metadata", "annotations"); template != nil {
				assert.NotContains(t, template, prune, "the change of hands restarts no pod")
			}
		}
		return names
	}
	own := inside(clustermanifests.FalcoDirectory)
	assert.Len(t, own, 7)
	assert.Empty(t, inside(clustermanifests.UnifiedDirectory))
	assert.ElementsMatch(t, own, inside("."))
}

// A change of Falco's configuration restarts Falco: the ConfigMap is named by its content, and the pods name it so.
func TestFalcoRestartsWithItsConfiguration(t *testing.T) {
	var named []string
	for _, object := range rendered(t) {
		if object.GetKind() == "ConfigMap" && object.GetNamespace() == "falco-system" {
			named = append(named, object.GetName())
		}
	}
	require.Len(t, named, 1)
	assert.Regexp(t, contentHash, named[0])
	for _, volume := range one[appsv1.DaemonSet](t, "DaemonSet", "falco-system/falco").Spec.Template.Spec.Volumes {
		if volume.ConfigMap != nil {
			assert.Equal(t, named[0], volume.ConfigMap.Name)
		}
	}
}

// enabledIn are the switches that are on in a text of lines "name = true".
func enabledIn(text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(`(?m)^([A-Za-z-]+) = true$`).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// Managed Prometheus reads the targets of the cluster as it is: Cilium and Hubble, not those of other data planes.
func TestPrometheusReadsTheDataPlaneInUse(t *testing.T) {
	settings := one[corev1.ConfigMap](t, "ConfigMap", "kube-system/ama-metrics-settings-configmap").Data
	want := []string{
		"kubelet", "cadvisor", "kubestate", "nodeexporter", "networkobservabilityHubble", "networkobservabilityCilium",
		"controlplane-apiserver", "controlplane-etcd",
	}
	assert.Empty(t, cmp.Diff(want, enabledIn(settings["default-scrape-settings-enabled"])))
	for name := range managed {
		// Nothing runs in the one, and no pod of the other asks for it.
		if name == "default" || name == "vn2" {
			continue
		}
		assert.Contains(t, settings["pod-annotation-based-scraping"], name, "its annotated pods are not read")
	}
}

// Metrics of pods are collected once, by managed Prometheus, and logs in the current schema.
func TestContainerInsightsCollectsLogsOnly(t *testing.T) {
	settings := one[corev1.ConfigMap](t, "ConfigMap", "kube-system/container-azm-ms-agentconfig").Data
	assert.Contains(t, settings["prometheus-data-collection-settings"], "monitor_kubernetes_pods = false")
	assert.Contains(t, settings["log-data-collection-settings"], `containerlog_schema_version = "v2"`)
	assert.Equal(t, 2, strings.Count(settings["log-data-collection-settings"], "exclude_namespaces = []"))
}
