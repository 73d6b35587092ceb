package azuresim

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// Virtual nodes come up by every way in which a StatefulSet comes into a cluster, and only if they can register; what placing container
// groups needs beyond that does not keep them from it.
func TestVirtualNodesRegister(t *testing.T) {
	l, _ := virtualNodes(t, Options{})
	kubelet := l.kubelet(clusterID)
	l.without(granted(kubelet, customRole, containersID), func() {
		_, _, err := l.create(aks.FluxConfigurationToken, l.withVirtualNodes())
		for _, part := range []string{"FluxConfigurationNotCompliant", "AuthorizationFailed", "virtual nodes of " + clusterID + " cannot register", networking.ContainerGroups + "/read"} {
			assert.ErrorContains(t, err, part)
		}
	})
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID, l.withVirtualNodes()))
	l.without(atlasID, func() {
		said, err := l.server.TryGitOps(clusterID)
		require.NoError(t, err)
		assert.Empty(t, said)
	})
	l.without(containersID, func() {
		said, err := l.server.TryGitOps(clusterID)
		require.NoError(t, err)
		assert.Contains(t, said, "ResourceGroupNotFound")
	})
}

// The same holds where Pulumi applies Flux and its Kustomization.
func TestVirtualNodesByKustomization(t *testing.T) {
	l := inside(t, Options{Repository: virtualNodeFiles()})
	deployVirtualNodes(l)
	l.installFlux()
	kustomization := set(set(l.kustomization(), "spec.path", "./virtual-nodes"), "spec.postBuild.substitute", l.nodeVariables())
	l.applied(gitRepository())
	l.without(granted(l.kubelet(clusterID), customRole, containersID), func() {
		_, err := l.apply(kustomization)
		assert.ErrorContains(t, err, "cannot register")
	})
	require.NoError(t, l.reapply(kustomization))
	l.place("pod")
	l.applied(set(kustomization, "metadata.name", "again"))
	l.sim(func(s *arm.Subscription) {
		seen := map[string]int{}
		for _, object := range l.server.clusters.DeliveredObjects(s.Find(clusterID)) {
			seen[kube.Describe(object.Object)]++
		}
		assert.Equal(t, 1, seen["StatefulSet vn2/virtualnode"], "two syncs of a directory bring one object")
	})
}

// Virtual nodes may also be given full ids of subnets, in the network of the cluster or another one.
func TestVirtualNodesInOtherNetworks(t *testing.T) {
	l, _ := virtualNodes(t, Options{})
	far := l.must(vnetToken, vnet("far", "10.77.0.0/16", subnet("cg", "10.77.0.0/24", delegatedTo(networking.ContainerGroups)))) + "/subnets/cg"
	l.grant(l.kubelet(clusterID), customRole, far)
	l.must(aks.FluxConfigurationToken, set(l.withVirtualNodes(), "kustomizations.nodes.postBuild.substitute.container_subnet", cgSubnetID+","+far))
	l.place("pod")
	assert.Equal(t, cgSubnetID, tree.Text(tree.List(l.read(containersID+"/providers/"+networking.ContainerGroups+"/pod").Inputs, "subnetIds")[0], "id"))
	require.NoError(t, l.server.RemoveContainerGroup(clusterID, "pod"))

	nodes := l.must(vnetToken, with(vnet("far", "10.78.0.0/16", subnet("cg", "10.78.0.0/24", delegatedTo(networking.ContainerGroups))), "resourceGroupName", "rg-nodes")) + "/subnets/cg"
	l.grant(l.kubelet(clusterID), customRole, nodes)
	require.NoError(t, l.update(aks.ClusterToken, clusterID, lockedCluster(labelledCluster())))
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID,
		set(l.withVirtualNodes(), "kustomizations.nodes.postBuild.substitute.container_subnet", nodes)))
	said, err := l.server.TryContainerGroup(clusterID)
	require.NoError(t, err)
	for _, part := range []string{authz.DeniedCode, "does not have permission to join the subnet " + nodes, "because of the deny assignment"} {
		assert.Contains(t, said, part)
	}
}

// Virtual nodes delete what they do not know, so that two clusters do not share a resource group of container groups.
func TestVirtualNodesOfTwoClusters(t *testing.T) {
	l, _ := virtualNodes(t, Options{})
	l.must(aks.FluxConfigurationToken, l.withVirtualNodes())
	second := l.must(aks.ClusterToken, with(with(labelledCluster(), "resourceName", "aks2"), "nodeResourceGroup", "rg-nodes2"))
	l.grant(l.kubelet(second), acrPull, registryID)
	l.empower(second)
	l.must(aks.ExtensionToken, with(fluxInCluster(), "clusterName", "aks2"))
	theirs := with(l.withVirtualNodes(), "clusterName", "aks2")
	_, _, err := l.create(aks.FluxConfigurationToken, theirs)
	for _, part := range []string{"ContainerGroupsShared", "virtual nodes of two clusters delete each other's container groups in " + containersID, clusterID, second} {
		assert.ErrorContains(t, err, part)
	}
	said, err := l.server.TryContainerGroup(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "ContainerGroupsShared", "it is the first one's trouble as well")
	id := second + strings.TrimPrefix(configurationID, clusterID)
	l.must(groupToken, object{"resourceGroupName": "rg-containers2", "location": "eastus2"})
	l.grant(l.kubelet(second), customRole, subscriptionScope+"/resourceGroups/rg-containers2")
	require.NoError(t, l.update(aks.FluxConfigurationToken, id, set(theirs, "kustomizations.nodes.postBuild.substitute.container_group", "rg-containers2")))
	for _, cluster := range []string{clusterID, second} {
		said, err := l.server.TryContainerGroup(cluster)
		require.NoError(t, err)
		assert.Empty(t, said)
	}
	unawaited := with(with(theirs, "waitForReconciliation", false), "reconciliationWaitDuration", nil)
	require.NoError(t, l.update(aks.FluxConfigurationToken, id, unawaited))
	assert.ErrorContains(t, l.update(aks.FluxConfigurationToken, configurationID, l.withVirtualNodes()), "ContainerGroupsShared")
	require.NoError(t, l.delete(aks.ClusterToken, second))
	require.NoError(t, l.update(aks.FluxConfigurationToken, configurationID, l.withVirtualNodes()), "what a cluster had is gone with it")
}

// Managed Identity Operator lets assign the identity itself, though its action names what lies in it.
func TestIdentityOperator(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id, _ := l.identity("mi-one")
	other, operator := l.identity("mi-two")
	l.grant(operator, identityOperator, id)
	l.sim(func(s *arm.Subscription) {
		assert.True(t, authz.Allows(s, operator, kube.AssignIdentity, id))
		assert.True(t, authz.Allows(s, operator, "Microsoft.ManagedIdentity/userAssignedIdentities/read", id))
		assert.False(t, authz.Allows(s, operator, kube.AssignIdentity, other))
		assert.False(t, authz.Allows(s, operator, "Microsoft.ManagedIdentity/userAssignedIdentities/write", id))
	})
	assert.False(t, arm.MatchesAny([]string{"A.B/c/*/read"}, "A.B/cread"))
}

// The cluster knows kinds of admission and of roles, and where their objects are; those of its own need no definition.
func TestKindsOfVirtualNodes(t *testing.T) {
	const admission, roles = "admissionregistration.k8s.io/v1", "rbac.authorization.k8s.io/v1"
	for kind, inNamespace := range map[string]bool{
		"ValidatingAdmissionPolicy": false, "ValidatingAdmissionPolicyBinding": false, "MutatingWebhookConfiguration": false,
		"MutatingAdmissionPolicy": false, "MutatingAdmissionPolicyBinding": false,
	} {
		assert.Equal(t, inNamespace, kube.Namespaced(nil, admission, kind), kind)
	}
	for kind, inNamespace := range map[string]bool{"Role": true, "RoleBinding": true, "ClusterRole": false, "ClusterRoleBinding": false} {
		assert.Equal(t, inNamespace, kube.Namespaced(nil, roles, kind), kind)
	}
	l := inside(t, Options{})
	l.applied(kubeInputs(admission, "ValidatingAdmissionPolicy", "p", nil), kubeInputs(admission, "ValidatingAdmissionPolicyBinding", "p", nil),
		kubeInputs(admission, "MutatingWebhookConfiguration", "w", nil), kubeInputs(roles, "Role", "default/r", nil), kubeInputs(roles, "RoleBinding", "default/r", nil))
	_, err := l.apply(kubeInputs(roles, "Role", "absent/r", nil))
	assert.ErrorContains(t, err, `namespaces "absent" not found`)
}

// Pods of a StatefulSet need images, nodes, service accounts and quota as those of a Deployment do.
func TestStatefulSets(t *testing.T) {
	l, files := gitOps(t, Options{})
	ingress := files["cluster-manifests/ingress.yaml"]
	files["cluster-manifests/ingress.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(ingress.Data), "kind: Deployment", "kind: StatefulSet", 1))}
	l.must(aks.FluxConfigurationToken, l.configuration())
	const file = "cluster-manifests/ingress.yaml"
	l.tries([]breakage{
		{"an image", edited(files, file, "traefik:v3@", "traefik:v4@"), []string{"ErrImagePull", "StatefulSet ingress/traefik"}},
		{"a node", edited(files, file, "pci-scope: out-of-scope", "pci-scope: other"), []string{"FailedScheduling", "StatefulSet ingress/traefik"}},
		{"a service account", edited(files, file, "serviceAccountName: traefik", "serviceAccountName: other"), []string{"ServiceAccountNotFound", "StatefulSet ingress/traefik"}},
		{"quota", edited(files, file, "replicas: 2", "replicas: 3"), []string{"ExceededQuota", "StatefulSet ingress/traefik", "need 11"}},
	}, func() (string, error) { return l.server.TryGitOps(clusterID) })
}
