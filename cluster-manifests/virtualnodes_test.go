package clustermanifests_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/manifests"
)

const controllerRole = "virtualnode-virtual-node-admission-controller"

func virtualNode(t *testing.T) *appsv1.StatefulSet {
	t.Helper()
	return one[appsv1.StatefulSet](t, "StatefulSet", "vn2/virtualnode")
}

// told is what a container is told by its environment; what it learns of its own pod has the path in braces.
func told(t *testing.T, name string) map[string]string {
	t.Helper()
	for _, container := range virtualNode(t).Spec.Template.Spec.Containers {
		if container.Name != name {
			continue
		}
		found := map[string]string{}
		for _, variable := range container.Env {
			assert.NotContains(t, found, variable.Name)
			found[variable.Name] = variable.Value
			if variable.ValueFrom != nil {
				found[variable.Name] = "{" + variable.ValueFrom.FieldRef.FieldPath + "}"
			}
		}
		return found
	}
	require.Fail(t, "no container", name)
	return nil
}

// Virtual nodes place groups where the configuration says, with its tags, and pull from the closed registry with the identity that may.
// There is no kube-proxy, and no other identity to fall back to.
func TestVirtualNodesAreToldWhereAndWho(t *testing.T) {
	assert.EqualValues(t, virtualNodes, *virtualNode(t).Spec.Replicas)
	assert.Empty(t, cmp.Diff(map[string]string{
		"NodeIP": "{status.podIP}", "NodeName": "{metadata.name}", "PodNS": "{metadata.namespace}", "CustomNodeLabels": "",
		"NODEPOOL_IDENTITY_FALLBACK_ENABLED": "false", "ACR_TRUSTED_ACCESS_ENABLED": "true",
		"ACR_TRUSTED_ACCESS_PRINCIPAL_ID": virtualSample["virtual_nodes_pull_principal_id"],
	}, told(t, "kubelet")))
	const mountHost, pools = "mcr.microsoft.com/aci/virtual-node-2-mount-host:", "VirtualNode_SandboxProvider_StandbyPools_"
	assert.Empty(t, cmp.Diff(map[string]string{
		"NodeName": "{metadata.name}", "ResourceGroup": virtualSample["virtual_nodes_resource_group"],
		"Subnet": virtualSample["virtual_nodes_subnet_id"], "Subnets": virtualSample["virtual_nodes_subnet_id"],
		"VirtualNode_CustomTags":                  virtualSample["virtual_nodes_tags"],
		"VirtualNode_ACR_TRUSTED_ACCESS_IDENTITY": virtualSample["virtual_nodes_pull_identity_id"],
		"NODEPOOL_IDENTITY_FALLBACK_ENABLED":      "false",
		"VirtualNode_KubeProxyEnabled":            "false", "KubeProxyImage": "", "KubeProxyReservedMemoryGB": "0.1", "KubeProxyReservedCPUCores": "0.1",
		"MountHostImage": mountHost + virtualSample["virtual_nodes_tag"], "MountHostImageConfid": mountHost + "main_20260803.2",
		"SandboxProviderType": "OnDemand", "StandbyPoolShareType": "Node", "VirtualNode_SandboxRecreateDelaySeconds": "2",
		pools + "Cpu": "3.5", pools + "Memory": "15", pools + "MaxReadyCapacity": "10", pools + "CcePolicy": "", pools + "Zones": "",
		pools + "LeaseNamespace": "vn2", "VirtualNode_Zones": "", "ArmEndpointBaseUrl": "", "ListenEndpoint": "/tmp/vcri2.sock",
		"AKS_CREDENTIAL_LOCATION": "/etc/aks/azure.json",
	}, told(t, "proxycri")))
	init := virtualNode(t).Spec.Template.Spec.InitContainers
	require.Len(t, init, 1)
	assert.Contains(t, init[0].Env, corev1.EnvVar{Name: "KubeProxyEnabled", Value: "false"})
	assert.Contains(t, init[0].Env, corev1.EnvVar{Name: "serviceaccountname", Value: virtualNode(t).Spec.Template.Spec.ServiceAccountName})
}

// Every image has the digest of its own name: the variables are easily mixed up, and all look alike.
func TestVirtualNodesRunEachImageByItsOwnDigest(t *testing.T) {
	found := map[string]bool{}
	for _, object := range built(t) {
		for _, image := range manifests.Images([]*unstructured.Unstructured{object}) {
			_, rest, ours := strings.Cut(image, "/live/aci/virtual-node-2-")
			name, pin, _ := strings.Cut(rest, ":")
			if ours {
				found[name] = true
				assert.Equal(t, "${virtual_nodes_tag}@${virtual_nodes_"+strings.ReplaceAll(name, "-", "_")+"_digest}", pin)
			}
		}
	}
	for _, name := range config.VirtualNodeImages {
		assert.True(t, found[name], name)
	}
}

// What one virtual node takes out of the quota is what bootstrap multiplies with their number, and the controller's twice: a change
// here is one there, and in the README.
func TestPodsOfAVirtualNodeAreKnown(t *testing.T) {
	want := map[string]string{
		"virtualnode":                       "1 pods, requests 2800m 9G, limits 14 57G",
		"virtual-node-admission-controller": "1 pods, requests 100m 512Mi, limits 500m 1G",
	}
	found := map[string]string{}
	for _, w := range workloads(t) {
		if w.namespace == "vn2" {
			used := use{}
			used.add(w.template, 1)
			found[w.name] = used.text()
		}
	}
	assert.Empty(t, cmp.Diff(want, found))
}

// Virtual nodes have the rights of Microsoft's chart that are needed here, and no more: nothing by wildcard, no leases, no kube-proxy, and
// no secret of a namespace in scope.
func TestVirtualNodesHaveNarrowRights(t *testing.T) {
	want := map[string][]rbacv1.PolicyRule{
		"virtualnode-infra": {
			{
				APIGroups: []string{"certificates.k8s.io"}, Resources: []string{"certificatesigningrequests"},
				Verbs: []string{"create", "delete", "get", "patch"},
			},
			{APIGroups: []string{"certificates.k8s.io"}, Resources: []string{"certificatesigningrequests/nodeclient"}, Verbs: []string{"create"}},
		},
		"virtualnode-namespace":             {{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}}},
		"kube-system/virtualnode-bootstrap": {{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list"}}},
		"default/virtualnode-events":        {{APIGroups: []string{"events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create"}}},
		controllerRole: {
			{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "delete"}},
			{APIGroups: []string{""}, Resources: []string{"pods/log"}, Verbs: []string{"get"}},
			{
				APIGroups: []string{"admissionregistration.k8s.io"}, Resources: []string{"mutatingwebhookconfigurations"},
				ResourceNames: []string{"virtual-node-admission-controller"}, Verbs: []string{"get", "update"},
			},
		},
		"vn2/" + controllerRole: {{
			APIGroups: []string{""}, Resources: []string{"secrets"},
			ResourceNames: []string{"virtual-node-admission-controller"}, Verbs: []string{"get", "update"},
		}},
	}
	found := map[string][]rbacv1.PolicyRule{}
	for _, role := range all[rbacv1.ClusterRole](t, "ClusterRole") {
		if strings.HasPrefix(role.Name, "virtualnode-") {
			found[role.Name] = role.Rules
		}
	}
	for _, role := range all[rbacv1.Role](t, "Role") {
		found[role.Namespace+"/"+role.Name] = role.Rules
	}
	assert.Empty(t, cmp.Diff(want, found))
	var reads []string
	for where, role := range grants(t) {
		assert.False(t, strings.HasPrefix(role, "cluster-admin "), where)
		if strings.HasPrefix(role, "virtualnode-namespace ") {
			reads = append(reads, where)
		}
	}
	assert.Len(t, reads, 1)
	assert.Contains(t, reads[0], "a0005-o")
}

// A pod reaches a virtual node by a binding or by naming its node. Both are refused, in every namespace that does not say it is out
// of scope, also when the expression itself fails.
func TestPodsInScopeAreKeptOffVirtualNodes(t *testing.T) {
	nodes := virtualNode(t).Name + "-"
	want := map[string]struct {
		resources  []string
		expression string
	}{
		"virtual-nodes-bindings": {[]string{"pods/binding", "bindings"}, "!object.target.name.startsWith('" + nodes + "')"},
		"virtual-nodes-pods": {[]string{"pods"},
			"!has(object.spec.nodeName) || !object.spec.nodeName.startsWith('" + nodes + "')"},
	}
	fail, bound := admissionv1.Fail, map[string]bool{}
	for _, policy := range all[admissionv1.ValidatingAdmissionPolicy](t, "ValidatingAdmissionPolicy") {
		require.Contains(t, want, policy.Name)
		assert.Equal(t, &fail, policy.Spec.FailurePolicy)
		assert.Empty(t, cmp.Diff(&admissionv1.MatchResources{
			NamespaceSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: "pci-scope", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"out-of-scope"}},
			}},
			ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
				Operations: []admissionv1.OperationType{admissionv1.Create},
				Rule: admissionv1.Rule{
					APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: want[policy.Name].resources,
				},
			}}},
		}, policy.Spec.MatchConstraints))
		assert.Empty(t, policy.Spec.MatchConditions)
		require.Len(t, policy.Spec.Validations, 1)
		assert.Equal(t, want[policy.Name].expression, policy.Spec.Validations[0].Expression)
		assert.Contains(t, policy.Spec.Validations[0].Message, "so that it gets another node", "what to do")
	}
	for _, binding := range all[admissionv1.ValidatingAdmissionPolicyBinding](t, "ValidatingAdmissionPolicyBinding") {
		bound[binding.Spec.PolicyName] = true
		assert.Nil(t, binding.Spec.MatchResources)
		assert.Equal(t, []admissionv1.ValidationAction{admissionv1.Deny}, binding.Spec.ValidationActions)
	}
	assert.Equal(t, map[string]bool{"virtual-nodes-bindings": true, "virtual-nodes-pods": true}, bound)
}

// The cluster goes on without the webhooks: they fail open, soon. They lead to the controller, which makes its own certificate: it is
// nowhere in the manifests, and Flux does not take it away.
func TestAdmissionControllerFailsOpen(t *testing.T) {
	deployment := one[appsv1.Deployment](t, "Deployment", "vn2/virtual-node-admission-controller")
	service := one[corev1.Service](t, "Service", "vn2/virtual-node-admission-controller")
	assert.Equal(t, deployment.Spec.Selector.MatchLabels, service.Spec.Selector)
	require.Len(t, service.Spec.Ports, 1)
	assert.Equal(t, int32(443), service.Spec.Ports[0].Port, "what webhooks call unless they say otherwise")
	assert.Equal(t, deployment.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort, service.Spec.Ports[0].TargetPort.IntVal)
	assert.Zero(t, deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue(), "an update leaves a gap")
	const name = "virtual-node-admission-controller"
	webhooks := one[admissionv1.MutatingWebhookConfiguration](t, "MutatingWebhookConfiguration", name).Webhooks
	require.Len(t, webhooks, 2)
	for _, webhook := range webhooks {
		assert.Equal(t, admissionv1.Ignore, *webhook.FailurePolicy, webhook.Name)
		assert.Equal(t, int32(5), *webhook.TimeoutSeconds, webhook.Name)
		require.NotNil(t, webhook.ClientConfig.Service, webhook.Name)
		assert.Equal(t, service.Namespace+"/"+service.Name, webhook.ClientConfig.Service.Namespace+"/"+webhook.ClientConfig.Service.Name)
		assert.Empty(t, webhook.ClientConfig.CABundle, webhook.Name)
		assert.Nil(t, webhook.NamespaceSelector, "AKS writes into it")
	}
	for _, object := range rendered(t) {
		if object.GetKind() == "Secret" {
			assert.Equal(t, "vn2/"+name, qualified(object))
			assert.NotContains(t, object.Object, "data")
			assert.NotContains(t, object.Object, "stringData")
		}
	}
}

// What a later webhook adds to a pod, such as a container, gets the changes for virtual nodes too; nodes have no such additions.
func TestPodWebhookIsInvokedAgain(t *testing.T) {
	webhooks := one[admissionv1.MutatingWebhookConfiguration](t, "MutatingWebhookConfiguration", "virtual-node-admission-controller").Webhooks
	again := map[string]admissionv1.ReinvocationPolicyType{}
	for _, webhook := range webhooks {
		again[webhook.Rules[0].Resources[0]] = *webhook.ReinvocationPolicy
	}
	assert.Equal(t, map[string]admissionv1.ReinvocationPolicyType{
		"pods": admissionv1.IfNeededReinvocationPolicy, "nodes": admissionv1.NeverReinvocationPolicy,
	}, again)
}
