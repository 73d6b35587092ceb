package azuresim

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// A cluster comes with nodes, identities and a private API server, tells of them, and takes all of it along when it goes.
func TestCluster(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	before := l.server.Left()
	id, outputs, err := l.create(aks.ClusterToken, aksCluster())
	require.NoError(t, err)
	assert.Equal(t, clusterID, id)
	assert.Equal(t, "1.35.5", outputs["currentKubernetesVersion"])
	assert.Equal(t, "rg-nodes", outputs["nodeResourceGroup"])
	assert.Equal(t, "Running", tree.Text(outputs, "powerState", "code"))
	assert.Nil(t, outputs["fqdn"], "no public name")
	assert.Regexp(t, `^lab-[0-9a-f]{8}\.privatelink\.eastus2\.azmk8s\.io$`, outputs["privateFQDN"])
	assert.Regexp(t, `^https://eastus2\.oic\.prod-aks\.azure\.com/`+arm.TenantID+`/[0-9a-f-]{36}/$`,
		tree.Text(outputs, "oidcIssuerProfile", "issuerURL"))
	kubelet := tree.At(outputs, "identityProfile", "kubeletidentity")
	assert.Equal(t, nodesID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-agentpool", tree.Text(kubelet, "resourceId"))
	l.grant(tree.Text(kubelet, "objectId"), acrPull, registryID)
	assert.NotEmpty(t, tree.Text(outputs, "addonProfiles", "azureKeyvaultSecretsProvider", "identity", "clientId"))
	assert.Equal(t, 2.0, tree.List(outputs, "agentPoolProfiles")[1].(object)["count"], "as set")

	label, _, _ := strings.Cut(tree.Text(outputs, "privateFQDN"), ".")
	record := l.read(apiZoneID + "/A/" + label)
	require.NotNil(t, record)
	assert.Equal(t, "10.240.8.4", tree.Text(tree.List(record.Outputs, "aRecords")[0], "ipv4Address"), "in the subnet of the system pool")
	assert.NotNil(t, l.read(apiZoneID+"/virtualNetworkLinks/"+label), "AKS links the zone to the cluster's network")
	machines := 0
	for _, made := range l.server.Left() {
		if strings.Contains(made, nodesID+"/providers/Microsoft.Compute/virtualMachineScaleSets/aks-np") {
			machines++
		}
	}
	assert.Equal(t, 2, machines)
	assert.ErrorContains(t, l.delete("network:VirtualNetwork", spokeID), "InUse")

	require.NoError(t, l.update(aks.ClusterToken, id, with(aksCluster(), "tags", object{"a": "b"})))
	assert.Equal(t, tree.Text(kubelet, "objectId"), tree.Text(l.read(id).Outputs, "identityProfile", "kubeletidentity",
		"objectId"), "for life")

	for _, r := range l.server.subscription.Sorted() {
		if r.Token == "authorization:RoleAssignment" && resourceid.Within(r.ID, registryID) {
			require.NoError(t, l.delete(r.Token, r.ID))
		}
	}
	require.NoError(t, l.delete(aks.ClusterToken, id))
	assert.Equal(t, before, l.server.Left())
}

// A public cluster with an identity of AKS's own has a public name, and a node resource group that AKS names.
func TestPublicCluster(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	before := l.server.Left()
	inputs := with(with(with(with(aksCluster(), "identity", object{"type": "SystemAssigned"}), "nodeResourceGroup", nil),
		"apiServerAccessProfile", nil), "kubernetesVersion", nil)
	inputs = set(inputs, "networkProfile.serviceCidr", nil)
	inputs = set(inputs, "networkProfile.dnsServiceIP", nil)
	id, outputs, err := l.create(aks.ClusterToken, inputs)
	require.NoError(t, err)
	assert.Regexp(t, `^lab-[0-9a-f]{8}\.hcp\.eastus2\.azmk8s\.io$`, outputs["fqdn"])
	assert.Nil(t, outputs["privateFQDN"])
	assert.Equal(t, "MC_rg_aks_eastus2", outputs["nodeResourceGroup"])
	assert.Equal(t, "1.35.5", outputs["currentKubernetesVersion"], "the default")
	require.NoError(t, l.update(aks.ClusterToken, id, with(inputs, "kubernetesVersion", "1.36")))
	require.NoError(t, l.update(aks.ClusterToken, id, inputs))
	assert.Equal(t, "1.36.3", tree.Text(l.read(id).Outputs, "currentKubernetesVersion"), "a cluster keeps its version if none is asked for")
	l.drift(egressID, dropHost("AzureKubernetesService"), func() {
		said, err := l.server.TryNodes(id)
		require.NoError(t, err)
		assert.Contains(t, said, "OutboundConnFail")
	})
	deployBoxes(l)
	openForBoxes(l)
	said, err := l.server.TryJumpBox(l.must(scaleSetToken, boxes()))
	require.NoError(t, err)
	assert.Empty(t, said, "the firewall lets a jump box to the API server's public name")
	require.NoError(t, l.delete(scaleSetToken, boxesID))
	require.NoError(t, l.delete(aks.ClusterToken, id))
	assert.Subset(t, l.server.Left(), before)
	assert.NotContains(t, strings.Join(l.server.Left(), "\n"), "MC_rg_aks")
}

// What cannot change in a cluster is refused, or replaced for what azure-native marks, all of networkProfile among it; the rest updates in place.
func TestClusterChanges(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	id := l.must(aks.ClusterToken, aksCluster())
	for _, c := range []struct {
		name   string
		inputs object
		says   string
	}{
		{"the size of a pool", userPool(object{"vmSize": "Standard_D8ds_v5"}), "PropertyChangeNotAllowed"},
		{"the zones of a pool", userPool(object{"availabilityZones": array{"1"}}), "PropertyChangeNotAllowed"},
		{"the kind of identity", set(aksCluster(), "identity.type", "SystemAssigned"), "PropertyChangeNotAllowed"},
		{"the zone of the API server", set(aksCluster(), "apiServerAccessProfile.privateDNSZone", "none"), "PropertyChangeNotAllowed"},
		{"the issuer", set(set(aksCluster(), "oidcIssuerProfile.enabled", false), "securityProfile.workloadIdentity.enabled",
			false), "OIDCIssuerFeatureCannotBeDisabled"},
		{"an older version", with(aksCluster(), "kubernetesVersion", "1.34"), "OperationNotAllowed"},
		{"a version too far", with(aksCluster(), "kubernetesVersion", "1.37"), "OperationNotAllowed"},
		{"the next version", with(aksCluster(), "kubernetesVersion", "1.36"), ""},
		{"the size of the autoscaler's range", with(userPool(object{"maxCount": 5.0}), "kubernetesVersion", "1.36"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := l.update(aks.ClusterToken, id, c.inputs)
			if c.says == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
	for path, replaces := range map[string]bool{
		"dnsPrefix": true, "nodeResourceGroup": true, "networkProfile.serviceCidr": true, "networkProfile.loadBalancerProfile": true,
		"identity.type": false, "identity.userAssignedIdentities": false, "apiServerAccessProfile.privateDNSZone": false,
		"apiServerAccessProfile.disableRunCommand": false, "kubernetesVersion": false, "location": true, "tags": false,
	} {
		old, now := set(aksCluster(), path, "eastus2"), set(aksCluster(), path, "westus")
		assert.Equal(t, replaces, len(l.replaces(old, now)) > 0, path)
	}
	assert.Equal(t, []string{"networkProfile"}, l.replaces(aksCluster(), with(aksCluster(), "networkProfile", nil)), "as a whole")
	pools := tree.List(aksCluster(), "agentPoolProfiles")
	reordered := append(slices.Clone(pools[1:]), pools[0])
	assert.Empty(t, l.diff(aks.ClusterToken, clusterID, aksCluster(), with(aksCluster(), "agentPoolProfiles", reordered)).GetDetailedDiff(),
		"pools are told apart by name")
	assert.Empty(t, l.replaces(aksCluster(), set(aksCluster(), "networkProfile.advancedNetworking", object{"enabled": true})), "an addition below")
}

// replaces are the inputs for which the provider would replace a cluster.
func (l *lab) replaces(old, now object) []string {
	return l.diff(aks.ClusterToken, clusterID, old, now).GetReplaces()
}

// A node resource group that belongs to something else is not taken over, nor removed.
func TestNodeResourceGroupTaken(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must("resources:ResourceGroup", object{"resourceGroupName": "rg-nodes", "location": "eastus2"})
	_, _, err := l.create(aks.ClusterToken, aksCluster())
	assert.ErrorContains(t, err, "NodeResourceGroupAlreadyExists")
	assert.Nil(t, l.read(clusterID))
	_, _, err = l.create(aks.ClusterToken, with(aksCluster(), "nodeResourceGroup", strings.Repeat("n", 81)))
	assert.ErrorContains(t, err, "over 80 characters")
}

// A cluster whose creation was under way when the simulator stopped is complete at the next start.
func TestClusterSurvivesRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	quick := start(t, Options{StateFile: file})
	deployStamp(quick)
	require.NoError(t, quick.server.Close())

	slow := start(t, Options{StateFile: file, Scale: 1})
	go func() { _, _, _ = slow.create(aks.ClusterToken, aksCluster()) }()
	eventually(t, "the cluster is being made", func() bool { r := slow.read(clusterID); return r != nil && r.State == arm.StateCreating })
	slow.server.subscription.Stop()
	require.NoError(t, slow.server.Close())

	l := start(t, Options{StateFile: file})
	require.Equal(t, arm.StateSucceeded, l.read(clusterID).State)
	said, err := l.server.TryNodes(clusterID)
	require.NoError(t, err)
	assert.Empty(t, said)
	assert.NotEmpty(t, tree.Text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "objectId"))
}
