//go:build cluster

package cluster_test

import (
	"fmt"
	"strings"
	"testing"

	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/validate"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Groups of Gatekeeper's kinds.
const (
	templateVersion   = "templates.gatekeeper.sh/v1"
	constraintGroup   = "constraints.gatekeeper.sh"
	constraintVersion = "v1beta1"
)

// templates are the constraint templates of Azure's restricted initiative, and of the ten policies beside it.
var templates = []string{
	"K8sAzureV3NoPrivilege", "K8sAzureV4NoPrivilegeEscalation", "K8sAzureV4HostNetworkPorts", "K8sAzureV3BlockHostNamespace",
	"K8sAzureV3AllowedCapabilities", "K8sAzureVolumeTypes", "K8sAzureV3AllowedUsersGroups", "K8sAzureAllowedSeccomp",
	"K8sAzureV2IngressHttpsOnly", "K8sAzureLoadBalancerNoPublicIPs", "K8sAzureV2BlockAutomountToken", "K8sAzureV1PodEnforceLabels",
	"K8sAzureExternalIPs", "K8sAzureServiceAllowedPorts", "K8sAzureV3ReadOnlyRootFilesystem", "K8sAzureV1BlockDefault",
	"K8sAzureV3ContainerLimits", "K8sAzureV2ContainerAllowedImages",
}

// playAKS puts into a cluster with the manifests what AKS, its add-ons, kubelets and Kubernetes' controllers bring, all as it
// should be. In place of Gatekeeper, policies of the API server itself judge what comes in.
func playAKS(t *testing.T, client *kubetest.Client, expected *validate.Expected) {
	t.Helper()
	create(t, client, object("v1", "Namespace", "", "gatekeeper-system", nil))
	addPolicies(t, client)
	playControllers(t, client)
	for _, pool := range expected.NodePools {
		for i := range pool.MinCount {
			addNode(t, client, pool, i)
		}
	}
	for _, name := range []string{"fluxconfig-agent", "fluxconfig-controller"} {
		create(t, client, deploymentOf(kubetest.FluxNamespace, name))
	}
	nodes := list(t, client, "v1", "Node")
	for _, workload := range append(list(t, client, "apps/v1", "Deployment"), list(t, client, "apps/v1", "DaemonSet")...) {
		// Pods of Flux run beside the cluster.
		if workload.GetNamespace() != kubetest.FluxNamespace {
			addPods(t, client, &workload, selected(&workload, nodes))
		}
	}
	for _, service := range list(t, client, "v1", "Service") {
		if kind, _, _ := unstructured.NestedString(service.Object, "spec", "type"); kind == "LoadBalancer" {
			service.Object["status"] = balancerAt(expected.IngressAddress)
			require.NoError(t, client.SetStatus(t.Context(), &service), label(&service))
		}
	}
	bringUp(t, client)
}

func balancerAt(address string) map[string]any {
	return map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": address, "ipMode": "VIP"}}}}
}

// addPolicies adds templates with a constraint each, and what judges in Gatekeeper's place.
func addPolicies(t *testing.T, client *kubetest.Client) {
	t.Helper()
	applyFiles(t, client, "testdata/policies/*.yaml")
	for _, kind := range templates {
		create(t, client, template(kind))
		_, err := client.Apply(t.Context(), constraintKind(kind), false)
		require.NoError(t, err)
	}
	for _, kind := range templates {
		requireCondition(t, client, constraintKind(kind), "Established", "True")
		create(t, client, constraint(kind))
	}
}

func template(kind string) *unstructured.Unstructured {
	return object(templateVersion, "ConstraintTemplate", "", strings.ToLower(kind), map[string]any{"spec": map[string]any{
		"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": kind}}},
	}})
}

func constraint(kind string) *unstructured.Unstructured {
	return object(constraintGroup+"/"+constraintVersion, kind, "", "azurepolicy-"+strings.ToLower(kind), nil)
}

// constraintKind is the kind that Gatekeeper makes of a template: its resource is called like the template.
func constraintKind(kind string) *unstructured.Unstructured {
	resource := strings.ToLower(kind)
	return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", resource+"."+constraintGroup, map[string]any{
		"spec": map[string]any{
			"group": constraintGroup, "scope": "Cluster",
			"names": map[string]any{"kind": kind, "listKind": kind + "List", "plural": resource, "singular": resource},
			"versions": []any{map[string]any{
				"name": constraintVersion, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
		},
	})
}

// addNode adds a ready node of a pool, in the next zone.
func addNode(t *testing.T, client *kubetest.Client, pool validate.NodePool, i int) {
	t.Helper()
	labels := map[string]any{
		"kubernetes.azure.com/agentpool": pool.Name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"topology.kubernetes.io/zone": fmt.Sprintf("eastus2-%d", i%3+1),
	}
	spec := map[string]any{}
	if pool.Scope == "" {
		spec["taints"] = []any{map[string]any{"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"}}
	} else {
		labels["pci-scope"] = pool.Scope
	}
	node := object("v1", "Node", "", fmt.Sprintf("aks-%s-%d", pool.Name, i), map[string]any{
		"metadata": map[string]any{"labels": labels}, "spec": spec,
	})
	create(t, client, node)
	node.Object["status"] = map[string]any{
		"conditions": []any{condition("Ready", "KubeletReady")}, "nodeInfo": map[string]any{"kubeletVersion": "v1.35.2"},
	}
	require.NoError(t, client.SetStatus(t.Context(), node), label(node))
}

// addPods adds the running pods of a workload: one on each node for a DaemonSet, otherwise as many as it has replicas. Those
// with a certificate from the vault have it.
func addPods(t *testing.T, client *kubetest.Client, workload *unstructured.Unstructured, nodes []unstructured.Unstructured) {
	t.Helper()
	count := len(nodes)
	if replicas, found, _ := unstructured.NestedInt64(workload.Object, "spec", "replicas"); found {
		count = int(replicas)
	}
	for i := range count {
		made := podOf(t, workload)
		made.SetName(fmt.Sprintf("%s-%d", workload.GetName(), i))
		addPod(t, client, made, nodes[i].GetName())
		if mountsSecrets(made) {
			create(t, client, mounted(made.GetName()))
		}
	}
}

// addPod adds a pod that runs on a node.
func addPod(t *testing.T, client *kubetest.Client, made *unstructured.Unstructured, node string) {
	t.Helper()
	require.NoError(t, unstructured.SetNestedField(made.Object, node, "spec", "nodeName"))
	// Until the API server knows quotas and policies it takes no pods, or too many.
	requireSoon(t, func() error {
		_, err := client.Create(t.Context(), made, false)
		return err
	})
	made.Object["status"] = map[string]any{"phase": "Running"}
	require.NoError(t, client.SetStatus(t.Context(), made), label(made))
}

func mountsSecrets(pod *unstructured.Unstructured) bool {
	volumes, _, _ := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	for _, volume := range volumes {
		if driver, _, _ := unstructured.NestedString(volume.(map[string]any), "csi", "driver"); driver == "secrets-store.csi.k8s.io" {
			return true
		}
	}
	return false
}

// mounted is how the secrets store driver says that a pod of the ingress controller has its certificate.
func mounted(pod string) *unstructured.Unstructured {
	return object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClassPodStatus", "ingress", pod, map[string]any{
		"status": map[string]any{"podName": pod, "mounted": true},
	})
}

// deploymentOf is a Deployment of which nothing matters but that it is there.
func deploymentOf(namespace, name string) *unstructured.Unstructured {
	labels := map[string]any{"app": name}
	container := map[string]any{"name": "main", "image": "mcr.microsoft.com/" + name + ":1"}
	pods := map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{container}}}
	return object("apps/v1", "Deployment", namespace, name, map[string]any{"spec": map[string]any{
		"replicas": int64(1), "selector": map[string]any{"matchLabels": labels}, "template": pods,
	}})
}
