package azuresim

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// Names of what deployVirtualNodes makes.
const (
	roleToken        = "authorization:RoleDefinition"
	ruleGroupToken   = "network:FirewallPolicyRuleCollectionGroup"
	groupToken       = "resources:ResourceGroup"
	containersID     = subscriptionScope + "/resourceGroups/rg-containers"
	atlasID          = netID + "firewallPolicies/p/ruleCollectionGroups/atlas"
	pullIdentityID   = groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-pull"
	identityOperator = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/f1a07417-d97a-45cb-824c-7a7467783830"

	nodesFile = "virtual-nodes/nodes.yaml"
)

// placingActions are those of the custom role that places container groups.
var placingActions = array{
	networking.ContainerGroups + "/read", networking.ContainerGroups + "/write", networking.ContainerGroups + "/delete", networking.ContainerGroups + "/containers/exec/action", kube.JoinSubnet,
}

// virtualNodeFiles is a repository with virtual nodes in it, beside what manifestFiles has.
func virtualNodeFiles() fstest.MapFS {
	files := manifestFiles()
	files["virtual-nodes/kustomization.yaml"] = &fstest.MapFile{Data: []byte("resources: [namespace.yaml, nodes.yaml]\n")}
	files["virtual-nodes/namespace.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: vn2}\n")}
	files[nodesFile] = &fstest.MapFile{Data: []byte(`apiVersion: v1
kind: ServiceAccount
metadata: {name: virtual-nodes, namespace: vn2}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: virtualnode, namespace: vn2}
spec:
  replicas: 2
  serviceName: virtualnode
  selector: {matchLabels: {app: virtualnode}}
  template:
    metadata: {labels: {app: virtualnode}}
    spec:
      serviceAccountName: virtual-nodes
      nodeSelector: {kubernetes.io/os: linux, pci-scope: out-of-scope}
      initContainers:
        - {name: init-config, image: "${registry}/live/aci/init-config:main@${digest}"}
      containers:
        - name: kubelet
          image: "${registry}/live/aci/kubelet:main@${digest}"
          env:
            - {name: ACR_TRUSTED_ACCESS_ENABLED, value: "true"}
            - {name: ACR_TRUSTED_ACCESS_PRINCIPAL_ID, value: "${pull_principal}"}
        - name: proxycri
          image: "${registry}/live/aci/proxy-cri:main@${digest}"
          env:
            - {name: ResourceGroup, value: "${container_group}"}
            - {name: Subnet, value: "${container_subnet}"}
            - {name: VirtualNode_ACR_TRUSTED_ACCESS_IDENTITY, value: "${pull_identity}"}
`)}
	return files
}

func (l *lab) nodeVariables() object {
	return object{
		"registry": "acraks.azurecr.io", "digest": liveDigest, "container_group": "rg-containers", "container_subnet": "cg",
		"pull_identity": pullIdentityID, "pull_principal": l.principal(pullIdentityID),
	}
}

func (l *lab) principal(identity string) string {
	return tree.Text(l.read(identity).Outputs, "principalId")
}

func (l *lab) kubelet(cluster string) string {
	return tree.Text(l.read(cluster).Outputs, "identityProfile", "kubeletidentity", "objectId")
}

func granted(principal, role, scope string) string {
	return scope + "/providers/Microsoft.Authorization/roleAssignments/" + arm.GUID(principal, role, scope)
}

// deployVirtualNodes makes what virtual nodes need besides a stamp with Flux's ways out: a group and a role for container groups, an
// identity that pulls, open ports and images.
func deployVirtualNodes(l *lab) {
	l.t.Helper()
	l.must(groupToken, object{"resourceGroupName": "rg-containers", "location": "eastus2"})
	l.must(roleToken, roleDefinition("virtual nodes", placingActions...))
	l.must(ruleGroupToken, ruleGroup("atlas", 220, allowing("Atlas", 220, netRule("clusters", object{
		"ipProtocols": array{"TCP"}, "destinationAddresses": array{"AzureCloud.eastus2"}, "destinationPorts": array{"19390", "33391"},
	}))))
	_, puller := l.identity("mi-pull")
	l.grant(puller, acrPull, registryID)
	l.empower(clusterID)
	for _, name := range []string{"init-config", "kubelet", "proxy-cri"} {
		l.imported("live/aci/"+name, "main")
	}
}

// empower lets the nodes of a cluster place container groups and hand them the identity that pulls.
func (l *lab) empower(cluster string) {
	l.t.Helper()
	kubelet := l.kubelet(cluster)
	l.grant(kubelet, customRole, containersID)
	l.grant(kubelet, customRole, cgSubnetID)
	l.grant(kubelet, identityOperator, pullIdentityID)
}

// withVirtualNodes is a configuration that brings virtual nodes alone.
func (l *lab) withVirtualNodes() object {
	return set(l.configuration(), "kustomizations", object{"nodes": object{
		"path": "./virtual-nodes", "prune": true, "syncIntervalInSeconds": 300.0, "retryIntervalInSeconds": 300.0,
		"postBuild": object{"substitute": l.nodeVariables()},
	}})
}

// virtualNodes is a lab with a cluster whose virtual nodes can place container groups.
func virtualNodes(t *testing.T, opts Options) (*lab, fstest.MapFS) {
	t.Helper()
	files := virtualNodeFiles()
	opts.Repository = files
	l := start(t, opts)
	deployGitOps(l)
	deployVirtualNodes(l)
	l.must(aks.ExtensionToken, fluxInCluster())
	return l, files
}

func (l *lab) place(name string) {
	l.t.Helper()
	said, err := l.server.PlaceContainerGroup(clusterID, name)
	require.NoError(l.t, err)
	require.Empty(l.t, said)
}
