package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

const (
	vnetToken  = "network:VirtualNetwork"
	hubID      = netID + "virtualNetworks/hub"
	cgSubnetID = spokeID + "/subnets/cg"
)

func delegatedTo(service string) object {
	return object{"delegations": array{object{"name": "for-it", "serviceName": service}}}
}

// subnetChanged are the inputs of a deployed network in which a subnet is changed, or gone.
func (l *lab) subnetChanged(network, name string, change object) object {
	l.t.Helper()
	inputs, kept := l.read(network).Inputs, array{}
	for _, candidate := range tree.List(inputs, "subnets") {
		if tree.Text(candidate, "name") != name {
			kept = append(kept, candidate)
			continue
		}
		if change != nil {
			kept = append(kept, with(candidate.(object), "delegations", change["delegations"]))
		}
	}
	return with(inputs, "subnets", kept)
}

// A delegation has a name and a known service, a subnet has one at most, and Azure tells of it.
func TestDelegationRules(t *testing.T) {
	l := start(t, Options{})
	l.group()
	network := func(delegations ...any) object {
		return vnet("net", "10.0.0.0/16", subnet("cg", "10.0.0.0/24", object{"delegations": array(delegations)}))
	}
	one := object{"name": "aci", "serviceName": "microsoft.containerinstance/containerGroups"}
	l.refuses(vnetToken, []refusal{
		{"two", network(one, one), []string{"SubnetDelegationCountExceeded", "subnet cg", "2 delegations"}},
		{"no name", network(with(one, "name", nil)), []string{"InvalidRequestFormat", "delegation of subnet cg", "needs a name"}},
		{"no service", network(with(one, "serviceName", nil)), []string{"InvalidServiceNameOnDelegation", networking.ContainerGroups}},
		{"an unknown service", network(with(one, "serviceName", "Microsoft.Batch/batchAccounts")), []string{"InvalidServiceNameOnDelegation", "Microsoft.Batch/batchAccounts"}},
	})
	_, outputs, err := l.create(vnetToken, network(one))
	require.NoError(t, err)
	assert.Equal(t, array{one}, tree.List(tree.List(outputs, "subnets")[0], "delegations"))
}

// A delegated subnet takes nothing but what it is delegated to, and one that is in use cannot be delegated.
func TestDelegatedSubnets(t *testing.T) {
	l := start(t, Options{})
	deployAll(l)
	l.must("network:PublicIPAddress", publicIP("pip-two"))
	bastion := object{"name": "main", "subnet": ref(cgSubnetID), "publicIPAddress": ref(netID + "publicIPAddresses/pip-two")}
	endpoint := with(with(endpoint("pe-two", vaultID, "vault"), "subnet", ref(cgSubnetID)), "privateEndpointName", "pe-two")
	nic := object{"name": "nic", "primary": true, "ipConfigurations": array{object{"name": "default", "primary": true, "subnet": ref(cgSubnetID)}}}
	for _, c := range []struct {
		name, token string
		inputs      object
	}{
		{"nodes", aks.ClusterToken, with(with(userPool(object{"vnetSubnetID": cgSubnetID}), "resourceName", "aks2"), "nodeResourceGroup", "rg-nodes2")},
		{"machines", scaleSetToken, with(set(boxes(), "virtualMachineProfile.networkProfile.networkInterfaceConfigurations", array{nic}), "vmScaleSetName", "vmss-two")},
		{"a private endpoint", "network:PrivateEndpoint", endpoint},
		{"a gateway", "network:ApplicationGateway", set(with(gatewayInputs(), "applicationGatewayName", "agw2"), "gatewayIPConfigurations.subnet", ref(cgSubnetID))},
		{"agents", "containerregistry:AgentPool", in(object{"registryName": "acraks", "agentPoolName": "pool", "tier": "S1", "os": "Linux", "virtualNetworkSubnetResourceId": cgSubnetID})},
		{"Bastion", "network:BastionHost", in(object{"bastionHostName": "ab2", "sku": object{"name": "Standard"}, "ipConfigurations": array{bastion}})},
		{"a firewall", "network:AzureFirewall", set(with(firewall("fw2", "hub"), "azureFirewallName", "fw2"), "ipConfigurations.subnet", ref(cgSubnetID))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := l.create(c.token, c.inputs)
			for _, part := range []string{"SubnetIsDelegated", cgSubnetID, "delegated to " + networking.ContainerGroups} {
				assert.ErrorContains(t, err, part)
			}
		})
	}
	for network, name := range map[string]string{spokeID: "user", hubID: "AzureFirewallSubnet"} {
		err := l.update(vnetToken, network, l.subnetChanged(network, name, delegatedTo(networking.ContainerGroups)))
		assert.ErrorContains(t, err, "SubnetDelegationsCannotChangeWhenSubnetUsedByResource", name)
	}
	require.NoError(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "unrouted", delegatedTo("Microsoft.Web/serverFarms"))), "an empty one can")
	require.NoError(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "unrouted", object{})))
	l.drift(spokeID, func(network object) {
		for _, candidate := range tree.List(network, "subnets") {
			if tree.Text(candidate, "name") == kube.IngressSubnet {
				candidate.(object)["delegations"] = delegatedTo(networking.ContainerGroups)["delegations"]
			}
		}
	}, func() {
		said, err := l.server.TryIngress(clusterID)
		require.NoError(t, err)
		assert.Contains(t, said, "SubnetIsDelegated")
		assert.Contains(t, said, "internal load balancer")
	})
}

// A role that is assigned at a subnet does not keep it: the assignment is orphaned, and can still be taken away.
func TestAssignmentOutlivesItsScope(t *testing.T) {
	l := start(t, Options{})
	deployAll(l)
	_, principal := l.identity("mi-joiner")
	network := l.read(spokeID).Inputs
	network = tree.CloneObject(network)
	network["subnets"] = append(tree.List(network, "subnets"), object{"name": "more", "addressPrefix": "10.240.200.0/28", "defaultOutboundAccess": false})
	require.NoError(t, l.update(vnetToken, spokeID, network))
	assigned := l.grant(principal, acrPull, spokeID+"/subnets/more")
	require.NoError(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "more", nil)))
	require.NotNil(t, l.read(assigned))
	require.NoError(t, l.delete("authorization:RoleAssignment", assigned))
	assert.Nil(t, l.read(assigned))
}
