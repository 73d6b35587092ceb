package components

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/typetoken"
)

const (
	virtualNodesGroup  = "rg-bu0001a0005-virtualnodes"
	virtualNodesName   = "stamp01-virtualnodes"
	virtualNodesSubnet = "snet-cluster-virtualnodes"
)

var (
	virtualNodesGroupID = subscription + "/resourceGroups/" + virtualNodesGroup
	spokeGroupID        = subscription + "/resourceGroups/" + spokeGroup
	pullIdentityID      = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-"+stampUnique+"-virtualnodes")
	kubeletObjectID     = stableGUID("kubelet", stampClusterID)
)

// withVirtualNodes is a configuration with virtual nodes, and more.
func withVirtualNodes(t *testing.T, more settings) settings {
	t.Helper()
	digests, err := json.Marshal(devcerts.Digests())
	require.NoError(t, err)
	s := settings{"virtualNodes.enabled": "true", "virtualNodes.imageDigests": string(digests)}
	maps.Copy(s, more)
	return s
}

func deployVirtualNodes(t *testing.T, more settings) *recordingMonitor {
	t.Helper()
	return deployPlatform(t, withVirtualNodes(t, more))
}

// Virtual nodes may do four things with container groups in their group, and join the one subnet: the identity of the nodes, as which they
// run, has each role where it is needed and nowhere else. The first role stays assignable where stacks of earlier versions have it.
func TestVirtualNodesRoles(t *testing.T) {
	m := deployVirtualNodes(t, nil)
	for name, want := range map[string]struct {
		displayName        string
		scopes, actions    list
		definedAt, granted string
	}{
		virtualNodesName: {"virtualnodeCustomRole", list{virtualNodesGroupID, spokeGroupID}, list{
			"Microsoft.ContainerInstance/containerGroups/read", "Microsoft.ContainerInstance/containerGroups/write",
			"Microsoft.ContainerInstance/containerGroups/delete", "Microsoft.ContainerInstance/containerGroups/containers/exec/action",
		}, virtualNodesGroupID, virtualNodesGroupID},
		virtualNodesName + "-subnet": {
			"virtualnodeCustomRole for the subnet", list{spokeGroupID}, list{"Microsoft.Network/virtualNetworks/subnets/join/action"},
			spokeGroupID, clusterVNetID + "/subnets/" + virtualNodesSubnet,
		},
	} {
		role := m.one(t, typetoken.RoleDefinition, name)
		assertInputs(t, without(t, role, "description"), object{
			"roleDefinitionId": stableGUID("random", name), "roleName": want.displayName, "roleType": "CustomRole",
			"scope": want.definedAt, "assignableScopes": want.scopes,
			"permissions": list{object{"actions": want.actions, "notActions": list{}, "dataActions": list{}, "notDataActions": list{}}},
		})
		var scopes []any
		// Azure returns assignments with this id of a role, not with that at the resource group.
		atSubscription := subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + stableGUID("random", name)
		for _, assignment := range m.OfType(typetoken.RoleAssignment) {
			if assignment.Inputs["roleDefinitionId"] == atSubscription {
				scopes = append(scopes, assignment.Inputs["scope"])
				assert.Equal(t, kubeletObjectID, assignment.Inputs["principalId"])
				// The import takes longer than Azure does to know a new role.
				assertWaits(t, m, assignment, m.one(t, typetoken.Script, "stamp01-registry-import"))
			}
		}
		assert.Equal(t, []any{want.granted}, scopes, name)
	}
}

// Roles of stacks and stamps in one tenant have different names, whatever the configured one is.
func TestVirtualNodesRoleNames(t *testing.T) {
	m := deployVirtualNodes(t, settings{
		"virtualNodes.roleName": "placer", "imageBuilder.customRoleSuffix": " (dev)", "stamps": twoStamps,
	})
	assert.Equal(t, "placer (dev)", m.one(t, typetoken.RoleDefinition, virtualNodesName).Inputs["roleName"])
	assert.Equal(t, "placer-02 (dev)", m.one(t, typetoken.RoleDefinition, "stamp02-virtualnodes").Inputs["roleName"])
	assert.Equal(t, list{virtualNodesGroupID + "-02", spokeGroupID}, m.one(t, typetoken.RoleDefinition, "stamp02-virtualnodes").Inputs["assignableScopes"])
}

// Container groups pull with an identity that may do nothing else, and virtual nodes may give them that one only.
func TestVirtualNodesPullIdentity(t *testing.T) {
	m := deployVirtualNodes(t, nil)
	identity := m.one(t, typetoken.Identity, virtualNodesName)
	require.Equal(t, pullIdentityID, identity.ID)
	const definitions = subscription + "/providers/Microsoft.Authorization/roleDefinitions/"
	pull, assign := m.one(t, typetoken.RoleAssignment, virtualNodesName+"-pull"), m.one(t, typetoken.RoleAssignment, virtualNodesName+"-assign")
	assert.Equal(t, []any{definitions + "7f951dda-4ed3-4680-a7ca-43fe172d538d", principalOf(pullIdentityID), stampRegistryID},
		[]any{pull.Inputs["roleDefinitionId"], pull.Inputs["principalId"], pull.Inputs["scope"]})
	assert.Equal(t, []any{definitions + "f1a07417-d97a-45cb-824c-7a7467783830", kubeletObjectID, pullIdentityID},
		[]any{assign.Inputs["roleDefinitionId"], assign.Inputs["principalId"], assign.Inputs["scope"]})
	for _, other := range m.OfType(typetoken.RoleAssignment) {
		if other.Inputs["principalId"] == principalOf(pullIdentityID) {
			assert.Equal(t, pull.URN, other.URN, "one role is all that the identity has")
		}
	}
}

// The group of the container groups takes nothing else, and can go again in one update: it is never protected.
func TestVirtualNodesGroup(t *testing.T) {
	m := deployVirtualNodes(t, settings{"protect": "true"})
	group := m.one(t, typetoken.ResourceGroup, virtualNodesName)
	assertInputs(t, group, object{"resourceGroupName": virtualNodesGroup, "location": "eastus2", "tags": testTags})
	assert.False(t, group.Protect)
	assertWaits(t, m, group, m.one(t, typetoken.VNet, "stamp01-spoke"))
	types := m.one(t, typetoken.PolicyAssignment, virtualNodesName+"-types")
	assert.Equal(t, virtualNodesGroupID, types.Inputs["scope"])
	assert.Equal(t, object{"listOfResourceTypesAllowed": object{"value": list{"Microsoft.ContainerInstance/containerGroups"}}},
		types.Inputs["parameters"])
	for _, r := range m.All() {
		if r.Inputs["resourceGroupName"] == virtualNodesGroup {
			assert.Equal(t, typetoken.ResourceGroup, r.Type, "nothing of ours is in the group")
		}
	}
}

// The cluster's part is a second folder for Flux, after the first and with values of its own; the first stays as it is.
func TestVirtualNodesInFlux(t *testing.T) {
	plain := deployPlatform(t, nil).one(t, typetoken.FluxConfiguration, "stamp01-bootstrap").Inputs["kustomizations"].(object)
	m := deployVirtualNodes(t, settings{"virtualNodes.nodes": "2", "tags": `{"b":"2","a":"1"}`})
	configuration := m.one(t, typetoken.FluxConfiguration, "stamp01-bootstrap")
	kustomizations := configuration.Inputs["kustomizations"].(object)
	assert.Equal(t, plain["unified"], kustomizations["unified"])
	assert.Equal(t, plain["falco"], kustomizations["falco"])
	nodes := kustomizations["virtual-nodes"].(object)
	assert.Equal(t, "./cluster-manifests/virtual-nodes", nodes["path"])
	assert.Equal(t, list{"unified"}, nodes["dependsOn"])
	substitutions := nodes["postBuild"].(object)["substitute"].(object)
	for name, want := range map[string]any{
		"virtual_nodes_resource_group": virtualNodesGroup, "virtual_nodes_subnet_id": clusterVNetID + "/subnets/" + virtualNodesSubnet,
		"virtual_nodes_pull_identity_id": pullIdentityID, "virtual_nodes_pull_principal_id": principalOf(pullIdentityID),
		"virtual_nodes_range": "10.240.32.0/20", "virtual_nodes_count": "2", "virtual_nodes_tags": "a=1;b=2", "virtual_nodes_tag": config.VirtualNodesImageTag,
		"virtual_nodes_kubelet_digest": devcerts.Digests()["kubelet"], "virtual_nodes_pods": "4",
		"registry": stampRegistryName + ".azurecr.io",
	} {
		assert.Equal(t, want, substitutions[name], name)
	}
	assert.Equal(t, object{
		"enabled": true, "nodes": 2.0, "resourceGroupName": virtualNodesGroup, "subnetId": clusterVNetID + "/subnets/" + virtualNodesSubnet,
		"substitutions": substitutions,
	}, stampOutputs(t, m, "01")["virtualNodes"], "what Flux gets is what the outputs say")
	for _, first := range m.within(m.one(t, "aksregulated:cluster:VirtualNodes", virtualNodesName)) {
		assertWaits(t, m, configuration, first)
	}
}

// From inside the network the pinned chart is installed by Helm, into the namespace that Flux has closed before, with images of the
// cluster's own registry and values from outputs.
func TestVirtualNodesByHelm(t *testing.T) {
	m := deployManifests(t, withVirtualNodes(t, nil))
	namespace := m.one(t, typetoken.Kustomization, fluxInstall+"kustomization-bootstrap-virtual-nodes")
	assert.Equal(t, "./cluster-manifests/vn2", namespace.Inputs["spec"].(object)["path"])
	assert.Equal(t, list{object{"name": "bootstrap-unified"}}, namespace.Inputs["spec"].(object)["dependsOn"])
	release := m.one(t, typetoken.HelmRelease, fluxInstall+"virtual-nodes")
	assertWaits(t, m, release, namespace)
	values := release.Inputs["values"].(object)
	images := values["images"].(object)
	delete(values, "images")
	assertInputs(t, release, object{
		"name": "virtualnode", "namespace": "vn2", "chart": "virtualnode", "version": config.VirtualNodesChart,
		"repositoryOpts": object{"repo": "https://microsoft.github.io/virtualnodesOnAzureContainerInstances"},
		"skipAwait":      false, "timeout": 1800,
		"values": object{
			"replicaCount": 1, "aciResourceGroupName": virtualNodesGroup,
			"aciSubnetName": clusterVNetID + "/subnets/" + virtualNodesSubnet, "customTags": "costCenter=42;environment=test",
			"acrTrustedAccess": object{"enabled": true, "identityResourceId": pullIdentityID, "identityPrincipalId": principalOf(pullIdentityID)},
			"kubeProxy":        object{"enabled": false}, "nodeSelector": object{"pci-scope": "out-of-scope"},
		},
	})
	assert.Equal(t, "IfNotPresent", images["pullPolicy"])
	delete(images, "pullPolicy")
	var pulled []string
	for value, image := range images {
		assert.True(t, strings.HasPrefix(image.(string), stampRegistryName+".azurecr.io/live/aci/virtual-node-2-"), value)
		name, digest, _ := strings.Cut(image.(string)[strings.Index(image.(string), "virtual-node-2-")+len("virtual-node-2-"):], ":")
		assert.Equal(t, config.VirtualNodesImageTag+"@"+devcerts.Digests()[name].(string), digest)
		pulled = append(pulled, name)
	}
	assert.ElementsMatch(t, config.VirtualNodeImages, pulled)
}

// changesWithVirtualNodes are the resources of others that differ with virtual nodes.
var changesWithVirtualNodes = []string{
	typetoken.VNet + " stamp01-spoke", typetoken.RuleGroup + " stamp01-spoke-egress", typetoken.FluxConfiguration + " stamp01-bootstrap",
	typetoken.PolicyAssignment + " stamp01-no-automount", typetoken.Script + " stamp01-registry-import",
}

// A cluster without virtual nodes has nothing of them; one with them has nothing else that differs but what has to.
func TestVirtualNodesChangeNothingElse(t *testing.T) {
	without, with := deployPlatform(t, nil), deployVirtualNodes(t, nil)
	byName := func(m *recordingMonitor) map[string]registration {
		all := map[string]registration{}
		for _, r := range m.All() {
			all[r.String()] = r
		}
		return all
	}
	before, after := byName(without), byName(with)
	var changed, added []string
	for name, r := range after {
		old, there := before[name]
		switch {
		case !there:
			added = append(added, name)
		case r.Custom() && !cmp.Equal(old.Inputs, r.Inputs):
			changed = append(changed, name)
		}
	}
	assert.ElementsMatch(t, changesWithVirtualNodes, changed)
	for _, name := range added {
		assert.Contains(t, name, "virtualnodes")
	}
	for name := range before {
		assert.Contains(t, after, name)
		assert.NotContains(t, strings.ToLower(name), "virtualnodes")
	}
	assert.True(t, slices.ContainsFunc(with.Warnings, func(w string) bool { return strings.Contains(w, "Cilium") }), with.Warnings)
	assert.False(t, slices.ContainsFunc(without.Warnings, func(w string) bool { return strings.Contains(w, "Cilium") }), without.Warnings)
}
