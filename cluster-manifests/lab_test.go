package clustermanifests_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/manifests"
)

// nodes are the most nodes of the sample cluster, for which the sample quotas are made.
const nodes = 15

const (
	sampleDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	sampleGroup  = "11111111-2222-3333-4444-555555555555"
)

// sample has a value for every variable that bootstrap supplies to every cluster, and for no other.
var sample = map[string]string{
	"registry":    "acraksabc.azurecr.io",
	"traefik_tag": "v3.7.13", "traefik_digest": sampleDigest,
	"falco_tag": "0.45.0", "falco_digest": sampleDigest,
	"busybox_tag": "1.37.0", "busybox_digest": sampleDigest,
	"tenant_id": "22222222-3333-4444-5555-666666666666", "vault_name": "kv-aks-abc",
	"ingress_client_id":   "33333333-4444-5555-6666-777777777777",
	"ingress_certificate": "ingress-internal-aks-ingress-contoso-com-tls",
	"ingress_host":        "bu0001a0005-00.aks-ingress.contoso.com",
	"ingress_address":     "10.240.4.4",
	"ingress_subnet":      "snet-cluster-ingressservices",
	"gateway_subnet":      "10.240.5.0/24",
	"repository_port":     "443",

	"namespace_admin_group": sampleGroup, "namespace_editor_group": sampleGroup, "namespace_viewer_group": sampleGroup,
	"cluster_viewer_group": sampleGroup,

	"baseline_pods": "30", "baseline_requests_cpu": "1500m", "baseline_requests_memory": "420Mi",
	"baseline_limits_cpu": "3", "baseline_limits_memory": "840Mi",
	"falco_pods": "15", "falco_requests_cpu": "1500m", "falco_requests_memory": "7680Mi",
	"falco_limits_cpu": "15", "falco_limits_memory": "15Gi",
}

// virtualNodes are how many the sample cluster has.
const virtualNodes = 2

// virtualSample has a value for every variable that virtual nodes need besides, and for no other.
var virtualSample = map[string]string{
	"virtual_nodes_count": "2", "virtual_nodes_tag": "main_20261007.1",
	"virtual_nodes_aci_digest": sampleDigest, "virtual_nodes_admission_controller_digest": sampleDigest,
	"virtual_nodes_cri_socket_adapter_digest": sampleDigest, "virtual_nodes_init_config_digest": sampleDigest,
	"virtual_nodes_kubelet_digest": sampleDigest, "virtual_nodes_proxy_cri_digest": sampleDigest,
	"virtual_nodes_spdy_compat_digest": sampleDigest, "virtual_nodes_virtual_csi_digest": sampleDigest,
	"virtual_nodes_subnet_id":         "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/cg",
	"virtual_nodes_range":             "10.240.32.0/20",
	"virtual_nodes_resource_group":    "rg-bu0001a0005-virtualnodes",
	"virtual_nodes_tags":              "application=aks;environment=dev",
	"virtual_nodes_pull_identity_id":  "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi",
	"virtual_nodes_pull_principal_id": "44444444-5555-6666-7777-888888888888",

	"virtual_nodes_pods": "4", "virtual_nodes_requests_cpu": "5800m", "virtual_nodes_requests_memory": "19073741824",
	"virtual_nodes_limits_cpu": "29", "virtual_nodes_limits_memory": "116G",
}

// builtBase are the objects of every cluster, builtVirtual those of virtual nodes, with their variables in place.
var (
	builtBase    = buildOnce(clustermanifests.UnifiedDirectory, clustermanifests.FalcoDirectory)
	builtVirtual = buildOnce(clustermanifests.VirtualNodesDirectory)
)

func buildOnce(directories ...string) func() ([]*unstructured.Unstructured, error) {
	return sync.OnceValues(func() (all []*unstructured.Unstructured, err error) {
		for _, directory := range directories {
			objects, err := manifests.Build(clustermanifests.Files, directory)
			if err != nil {
				return nil, err
			}
			all = append(all, objects...)
		}
		return all, nil
	})
}

// built are all objects that a cluster may have, with their variables in place.
func built(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	base, err := builtBase()
	require.NoError(t, err)
	virtual, err := builtVirtual()
	require.NoError(t, err)
	return slices.Concat(base, virtual)
}

// rendered are all objects that a cluster may have, with the samples' values.
func rendered(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	values := maps.Clone(sample)
	maps.Copy(values, virtualSample)
	objects, err := manifests.Substitute(built(t), values)
	require.NoError(t, err)
	return objects
}

// all are the objects of a kind, read as strictly as an API server reads them.
func all[T any](t *testing.T, kind string) []*T {
	t.Helper()
	var found []*T
	for _, object := range rendered(t) {
		if object.GetKind() == kind {
			found = append(found, read[T](t, object))
		}
	}
	require.NotEmpty(t, found, kind)
	return found
}

// one is the object of a kind with a name.
func one[T any](t *testing.T, kind, name string) *T {
	t.Helper()
	for _, object := range rendered(t) {
		if object.GetKind() == kind && qualified(object) == name {
			return read[T](t, object)
		}
	}
	require.Fail(t, "not there", "%s %s", kind, name)
	return nil
}

func read[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	typed := new(T)
	converter := runtime.DefaultUnstructuredConverter
	require.NoError(t, converter.FromUnstructuredWithValidation(object.Object, typed, true), qualified(object))
	return typed
}

// qualified is an object's name with its namespace before it.
func qualified(object *unstructured.Unstructured) string {
	return strings.TrimPrefix(object.GetNamespace()+"/"+object.GetName(), "/")
}

// workload is what makes pods.
type workload struct {
	namespace, name string
	// everywhere means a pod on each node.
	everywhere bool
	// pods are how many there are at most on the sample cluster.
	pods     int64
	template corev1.PodTemplateSpec
}

func workloads(t *testing.T) []workload {
	t.Helper()
	var found []workload
	for _, set := range all[appsv1.DaemonSet](t, "DaemonSet") {
		require.Nil(t, set.Spec.UpdateStrategy.RollingUpdate.MaxSurge, "%s: quotas count one pod a node", set.Name)
		found = append(found, workload{set.Namespace, set.Name, true, nodes, set.Spec.Template})
	}
	for _, deployment := range all[appsv1.Deployment](t, "Deployment") {
		surge := deployment.Spec.Strategy.RollingUpdate.MaxSurge.IntValue()
		pods := int64(*deployment.Spec.Replicas) + int64(surge)
		found = append(found, workload{deployment.Namespace, deployment.Name, false, pods, deployment.Spec.Template})
	}
	for _, set := range all[appsv1.StatefulSet](t, "StatefulSet") {
		pods := int64(*set.Spec.Replicas)
		found = append(found, workload{set.Namespace, set.Name, false, pods, set.Spec.Template})
	}
	for _, object := range rendered(t) {
		if kind := object.GetKind(); manifests.PodSpec(object) != nil {
			require.Contains(t, []string{"DaemonSet", "Deployment", "StatefulSet"}, kind, "the tests do not know how many pods a %s makes", kind)
		}
	}
	return found
}
