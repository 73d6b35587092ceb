package azuresim

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/governance"
	"aks-regulated-pulumi/internal/tree"
)

// A pod of a cluster runs as a container group only with all that virtual nodes need; what is missing is named, in the order in which
// Azure would find out.
func TestTryContainerGroup(t *testing.T) {
	l, files := virtualNodes(t, Options{})
	said, err := l.server.TryContainerGroup(clusterID)
	require.NoError(t, err)
	assert.Contains(t, said, "VirtualNodeNotFound: "+clusterID+" has no virtual nodes")
	_, err = l.server.TryContainerGroup(clusterID + "x")
	assert.ErrorContains(t, err, "ResourceNotFound")
	l.must(aks.FluxConfigurationToken, l.withVirtualNodes())

	kubelet, puller := l.kubelet(clusterID), l.principal(pullIdentityID)
	l.grant(kubelet, customRole, nodesID)
	variable := func(name, value string) func(*lab, func()) {
		return drifted(configurationID, func(configuration object) {
			tree.Object(configuration, "kustomizations", "nodes", "postBuild", "substitute")[name] = value
		})
	}
	lacking := func(action string) func(*lab, func()) {
		return drifted(customRole, func(role object) {
			kept := array{}
			for _, granted := range placingActions {
				if granted != action {
					kept = append(kept, granted)
				}
			}
			role["permissions"] = array{object{"actions": kept}}
		})
	}
	subnetIs := func(property string, value any) func(*lab, func()) {
		return drifted(spokeID, func(network object) {
			for _, candidate := range tree.List(network, "subnets") {
				if tree.Text(candidate, "name") == "cg" {
					candidate.(object)[property] = value
				}
			}
		})
	}
	closed := func(name string, properties object) func(*lab, func()) {
		return rules("nodes", adding(nsgRule(name, 200, with(with(properties, "direction", "Outbound"), "access", "Deny"))))
	}
	onlyPort := func(port string) func(*lab, func()) {
		return drifted(atlasID, func(group object) {
			tree.List(tree.List(group, "ruleCollections")[0], "rules")[0].(object)["destinationPorts"] = array{port}
		})
	}
	const other = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"
	l.tries([]breakage{
		{"no replicas", edited(files, nodesFile, "replicas: 2", "replicas: 0"), []string{"VirtualNodeNotFound", "StatefulSet vn2/virtualnode", "no replicas"}},
		{"another name", edited(files, nodesFile, "name: virtualnode, namespace", "name: other, namespace"), []string{"VirtualNodeNotFound"}},
		{"a directory that does not build", edited(files, nodesFile, "${digest}", "${no_digest}"), []string{"VirtualNodeNotFound", "BuildFailed", "no_digest"}},
		{"an image that is not there", edited(files, nodesFile, "kubelet:main", "kubelet:other"), []string{"ErrImagePull", "StatefulSet vn2/virtualnode", "tag other"}},
		{"a public image", edited(files, nodesFile, "${registry}/live/aci/proxy-cri", "mcr.microsoft.com/aci/virtual-node-2-proxy-cri"), []string{"ErrImagePull", "mcr.microsoft.com"}},
		{"no service account", edited(files, nodesFile, "serviceAccountName: virtual-nodes", "serviceAccountName: other"), []string{"ServiceAccountNotFound", "StatefulSet vn2/virtualnode"}},
		{"no pool for them", edited(files, nodesFile, "pci-scope: out-of-scope", "pci-scope: other"), []string{"FailedScheduling", "StatefulSet vn2/virtualnode"}},

		{"no way to Azure", closed("azure", object{"destinationAddressPrefix": "AzureResourceManager"}),
			[]string{"VirtualNodeNotReady", "cannot register", "pool npuser", "management.azure.com on port 443", "nodes/azure"}},
		{"a group elsewhere", variable("container_group", other), []string{"VirtualNodeNotReady", other, "not in the cluster's subscription"}},
		{"no right to read", lacking(networking.ContainerGroups + "/read"), []string{"AuthorizationFailed", "cannot register", "kubelet identity lacks permission " + networking.ContainerGroups + "/read at " + containersID}},
		{"no role at the group", vanished(granted(kubelet, customRole, containersID)), []string{"AuthorizationFailed", containersID}},
		{"no group", vanished(containersID), []string{"ResourceGroupNotFound", `"rg-containers"`}},

		{"a locked group", func(l *lab, try func()) {
			variable("container_group", "")(l, func() {
				drifted(clusterID, func(cluster object) { cluster["nodeResourceGroupProfile"] = object{"restrictionLevel": "ReadOnly"} })(l, try)
			})
		}, []string{authz.DeniedCode, networking.ContainerGroups + "/write", nodesID, "lockdown"}},
		{"no right to write", lacking(networking.ContainerGroups + "/write"), []string{"AuthorizationFailed", "cannot place container groups", networking.ContainerGroups + "/write at " + containersID}},
		{"no right to delete", lacking(networking.ContainerGroups + "/delete"), []string{"AuthorizationFailed", networking.ContainerGroups + "/delete at"}},
		{"no right to exec", lacking(networking.ContainerGroups + "/containers/exec/action"), []string{"AuthorizationFailed", "containers/exec/action at"}},

		{"no subnet", edited(files, nodesFile, `"${container_subnet}"`, `""`), []string{"SubnetNotFound", "no subnet"}},
		{"a subnet elsewhere", variable("container_subnet", other+"/providers/Microsoft.Network/virtualNetworks/v/subnets/s"), []string{"SubnetNotInSubscription", other}},
		{"no right to join", vanished(granted(kubelet, customRole, cgSubnetID)), []string{"LinkedAuthorizationFailed", cgSubnetID, kube.JoinSubnet}},
		{"a second subnet without the role", variable("container_subnet", "cg, "+spokeSubnet("unrouted")), []string{"LinkedAuthorizationFailed", "subnets/unrouted"}},
		{"a subnet that is gone", subnetIs("name", "other"), []string{"SubnetNotFound", cgSubnetID, "there is none"}},
		{"another region", drifted(spokeID, func(network object) { network["location"] = "westus2" }), []string{"VnetNotInSameLocation", "not in region eastus2"}},
		{"no delegation", subnetIs("delegations", nil), []string{"SubnetMissingRequiredDelegation", cgSubnetID, "not delegated to " + networking.ContainerGroups}},
		{"another delegation", subnetIs("delegations", delegatedTo("Microsoft.Web/serverFarms")["delegations"]), []string{"SubnetMissingRequiredDelegation"}},
		{"a subnet without room", subnetIs("addressPrefix", "10.240.251.16/30"), []string{"SubnetIsFull", cgSubnetID}},

		{"no rule of the firewall", vanished(atlasID), []string{"ContainerGroupUnreachable", "pool npuser", "*.eastus2.atlas.cloudapp.azure.com on port 19390", "firewall/implicit-deny"}},
		{"one port closed", onlyPort("19390"), []string{"ContainerGroupUnreachable", "port 33391"}},
		{"the other port closed", onlyPort("33391"), []string{"ContainerGroupUnreachable", "port 19390"}},
		{"another region open", drifted(atlasID, func(group object) {
			tree.List(tree.List(group, "ruleCollections")[0], "rules")[0].(object)["destinationAddresses"] = array{"AzureCloud.westus2"}
		}), []string{"ContainerGroupUnreachable", "firewall/implicit-deny"}},
		{"a security group", closed("atlas", object{"destinationPortRange": "33391"}), []string{"ContainerGroupUnreachable", "port 33391", "nodes/atlas"}},

		{"no trusted access", edited(files, nodesFile, `value: "true"`, `value: "false"`), []string{"ImagePullBlocked", registryID, "trusted access is not enabled"}},
		{"no identity", variable("pull_identity", pullIdentityID+"x"), []string{"ImagePullUnauthorized", "mi-pullx", "does not exist"}},
		{"another principal", variable("pull_principal", arm.GUID("other")), []string{"ImagePullUnauthorized", arm.GUID("other"), puller}},
		{"no AcrPull", vanished(granted(puller, acrPull, registryID)), []string{"ImagePullUnauthorized", "mi-pull", "(AcrPull)"}},
		{"no right to assign", vanished(granted(kubelet, identityOperator, pullIdentityID)), []string{"LinkedAuthorizationFailed", "userAssignedIdentities/assign/action at " + pullIdentityID, "(Managed Identity Operator)"}},
		{"no bypass", drifted(registryID, func(registry object) { registry["networkRuleBypassOptions"] = "None" }), []string{"ImagePullBlocked", "networkRuleBypassOptions", "not AzureServices"}},

		{"a policy", func(l *lab, try func()) {
			id := l.must(governance.AssignmentToken, policyAssignment("types", allowedTypes,
				object{"listOfResourceTypesAllowed": array{"Microsoft.Network/virtualNetworks"}}, object{"scope": containersID}))
			try()
			require.NoError(l.t, l.delete(governance.AssignmentToken, id))
		}, []string{"RequestDisallowedByPolicy", networking.ContainerGroups, "[rg] types"}},
	}, func() (string, error) { return l.server.TryContainerGroup(clusterID) })

	l.drift(registryID, func(registry object) { registry["publicNetworkAccess"], registry["networkRuleSet"] = "Enabled", nil }, func() {
		variable("pull_identity", "")(l, func() {
			said, err := l.server.TryContainerGroup(clusterID)
			require.NoError(t, err)
			assert.Empty(t, said, "a public registry needs no trusted access")
		})
	})
	variable("container_group", "")(l, func() {
		said, err := l.server.TryContainerGroup(clusterID)
		require.NoError(t, err)
		assert.Empty(t, said, "the node resource group is the default, and not locked")
	})
}

// A container group has an address and keeps its subnet from being changed, until it or its resource group goes; it outlives a restart.
func TestContainerGroups(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l, files := virtualNodes(t, Options{StateFile: file})
	l.must(aks.FluxConfigurationToken, l.withVirtualNodes())
	undelegated := func(l *lab) error { return l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "cg", object{})) }
	for n := range 11 {
		l.place(fmt.Sprintf("pod-%d", n))
	}
	for name, code := range map[string]string{"pod-0": "SubnetIsFull", "Pod": "InvalidContainerGroupName"} {
		said, err := l.server.PlaceContainerGroup(clusterID, name)
		require.NoError(t, err)
		assert.Contains(t, said, code)
	}
	require.NoError(t, l.server.RemoveContainerGroup(clusterID, "pod-10"))
	said, err := l.server.PlaceContainerGroup(clusterID, "pod-0")
	require.NoError(t, err)
	assert.Contains(t, said, "ContainerGroupExists")
	for n := 9; n > 0; n-- {
		require.NoError(t, l.server.RemoveContainerGroup(clusterID, fmt.Sprintf("pod-%d", n)))
	}
	assert.ErrorContains(t, l.server.RemoveContainerGroup(clusterID, "pod-9"), "ResourceNotFound")
	require.NoError(t, l.server.Close())

	l = start(t, Options{StateFile: file, Repository: files})
	id := containersID + "/providers/" + networking.ContainerGroups + "/pod-0"
	require.NotNil(t, l.read(id))
	assert.Equal(t, "10.240.251.20", tree.Text(l.read(id).Outputs, "ipAddress", "ip"))
	assert.Contains(t, l.server.Left(), id)
	for code, refused := range map[string]error{
		"SubnetDelegationsCannotChangeWhenSubnetUsedByResource": undelegated(l),
		"InUseSubnetCannotBeDeleted":                            l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "cg", nil)),
		"InUsePrefixCannotBeDeleted": l.update(vnetToken, spokeID, func() object {
			inputs := tree.CloneObject(l.read(spokeID).Inputs)
			for _, candidate := range tree.List(inputs, "subnets") {
				if tree.Text(candidate, "name") == "cg" {
					candidate.(object)["addressPrefix"] = "10.240.252.0/28"
				}
			}
			return inputs
		}()),
	} {
		assert.ErrorContains(t, refused, code)
		assert.ErrorContains(t, refused, id)
	}
	require.NoError(t, l.delete(aks.ClusterToken, clusterID))
	assert.Contains(t, l.server.Left(), id, "virtual nodes go with their cluster, container groups stay")
	said, err = l.server.PlaceContainerGroup(clusterID, "pod-1")
	assert.Empty(t, said)
	assert.ErrorContains(t, err, "ResourceNotFound")
	require.NoError(t, l.delete(groupToken, containersID))
	assert.Nil(t, l.read(id), "gone with its group")
	require.NoError(t, undelegated(l))
}
