package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

const (
	spokeID      = netID + "virtualNetworks/spoke"
	clientSubnet = spokeID + "/subnets/clients"
	linkSubnet   = spokeID + "/subnets/links"
	endpointID   = netID + "privateEndpoints/pe-acraks"
)

// links deploys a registry with a replica, a vault, and a spoke whose subnets for clients and private endpoints have security
// groups; the zones are linked to the spoke.
func links(l *lab, acrZone string) {
	l.must("containerregistry:Registry", registryInputs("acraks"))
	l.must("containerregistry:Replication", replication("centralus"))
	l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	l.must("network:NetworkSecurityGroup", nsg("nsg-links", nsgRule("in", 100, object{"sourceAddressPrefix": "10.5.0.0/24"}),
		nsgRule("none", 200, object{"access": "Deny", "destinationPortRange": "*", "protocol": "*"})))
	l.must("network:VirtualNetwork", vnet("spoke", "10.5.0.0/16", subnet("clients", "10.5.0.0/24"),
		subnet("links", "10.5.1.0/28", object{
			"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg-links"), "privateEndpointNetworkPolicies": "Enabled",
		}), subnet("tiny", "10.5.2.0/29"), subnet("others", "10.5.3.0/24")))
	for _, zone := range []string{acrZone, "privatelink.vaultcore.azure.net"} {
		l.must("network:PrivateZone", in(object{"privateZoneName": zone, "location": "global"}))
		l.must("network:VirtualNetworkLink", in(object{
			"privateZoneName": zone, "virtualNetworkLinkName": "spoke", "location": "global", "virtualNetwork": ref(spokeID),
		}))
	}
}

func endpoint(name, target, group string) object {
	return in(object{
		"privateEndpointName": name, "subnet": ref(linkSubnet), "privateLinkServiceConnections": array{
			object{"name": "to-spoke", "privateLinkServiceId": target, "groupIds": array{group}},
		},
	})
}

func zoneGroup(name, zone string) object {
	return in(object{
		"privateEndpointName": name, "privateDnsZoneGroupName": "for-it",
		"privateDnsZoneConfigs": array{object{"name": "config", "privateDnsZoneId": netID + "privateDnsZones/" + zone}},
	})
}

// An endpoint leads to a group that its target has, from a subnet of its region with enough free addresses.
func TestPrivateEndpointRules(t *testing.T) {
	acr := endpoint("pe", registryID, "registry")
	try(t, func(l *lab) {
		links(l, "privatelink.azurecr.io")
		l.must("containerregistry:Registry", in(object{"registryName": "plain", "sku": object{"name": "Basic"}}))
		l.must("network:VirtualNetwork", with(vnet("far", "10.9.0.0/16", subnet("s", "10.9.0.0/24")), "location", "westus"))
		l.must("network:PrivateEndpoint", endpoint("pe-taken", vaultID, "vault"))
		l.must("network:PrivateDnsZoneGroup", zoneGroup("pe-taken", "privatelink.vaultcore.azure.net"))
		l.must("network:PrivateEndpoint", endpoint("pe-bare", vaultID, "vault"))
	}, []attempt{
		{"to a registry", "network:PrivateEndpoint", acr, ""},
		{"to a vault", "network:PrivateEndpoint", endpoint("pe", vaultID, "Vault"), ""},
		{"to the wrong group", "network:PrivateEndpoint", endpoint("pe", vaultID, "registry"), "PrivateLinkServiceGroupIdNotSupported"},
		{"to what has no private link", "network:PrivateEndpoint", endpoint("pe", spokeID, "network"), "PrivateLinkServiceGroupIdNotSupported"},
		{"to what does not exist", "network:PrivateEndpoint", endpoint("pe", vaultID+"x", "vault"), "InvalidResourceReference"},
		{"to a Basic registry", "network:PrivateEndpoint",
			endpoint("pe", groupID+"/providers/Microsoft.ContainerRegistry/registries/plain", "registry"), "SkuNotSupported"},
		{"to nothing", "network:PrivateEndpoint", with(acr, "privateLinkServiceConnections", array{}), "InvalidRequestFormat"},
		{"in no subnet", "network:PrivateEndpoint", with(acr, "subnet", nil), "InvalidRequestFormat"},
		{"in another region", "network:PrivateEndpoint", with(acr, "subnet", ref(netID+"virtualNetworks/far/subnets/s")), "ResourceNotInSameLocation"},
		{"in a subnet that just fits", "network:PrivateEndpoint", with(acr, "subnet", ref(spokeID+"/subnets/tiny")), ""},
		{"a zone group of an endpoint that has one", "network:PrivateDnsZoneGroup",
			with(zoneGroup("pe-taken", "privatelink.azurecr.io"), "privateDnsZoneGroupName", "again"), "PrivateDnsZoneGroupAlreadyExists"},
		{"a zone group without zones", "network:PrivateDnsZoneGroup", with(zoneGroup("pe-bare", ""), "privateDnsZoneConfigs", array{}), "InvalidRequestFormat"},
		{"a zone group of no zone", "network:PrivateDnsZoneGroup", with(zoneGroup("pe-bare", ""), "privateDnsZoneConfigs",
			array{object{"name": "config", "privateDnsZoneId": spokeID}}), "InvalidRequestFormat"},
	})
	try(t, func(l *lab) {
		links(l, "privatelink.azurecr.io")
		l.must("network:PrivateEndpoint", with(endpoint("pe-taken", vaultID, "vault"), "subnet", ref(spokeID+"/subnets/tiny")))
	}, []attempt{{"in a full subnet", "network:PrivateEndpoint", with(acr, "subnet", ref(spokeID+"/subnets/tiny")), "SubnetIsFull"}})
}

// The NIC has an address for every part of the registry, the zone gets a record for each, and all of it goes with the endpoint.
func TestPrivateEndpointLife(t *testing.T) {
	l := start(t, Options{})
	l.group()
	links(l, "privatelink.azurecr.io")
	made := l.must("network:PrivateEndpoint", endpoint("pe-acraks", registryID, "registry"))
	require.Equal(t, endpointID, made)
	nics := tree.List(l.read(made).Outputs, "networkInterfaces")
	require.Len(t, nics, 1)
	nic := l.read(tree.Text(nics[0], "id"))
	var addresses []string
	for _, configuration := range tree.List(nic.Outputs, "ipConfigurations") {
		addresses = append(addresses, tree.Text(configuration, "privateIPAddress"))
	}
	assert.Equal(t, []string{"10.5.1.4", "10.5.1.5", "10.5.1.6"}, addresses)
	second := l.must("network:PrivateEndpoint", endpoint("pe-kv", vaultID, "vault"))
	first, _ := tree.List(l.read(second).Outputs, "customDnsConfigs")[0].(object)
	assert.Equal(t, object{"fqdn": "kv-aks.vault.azure.net", "ipAddresses": array{"10.5.1.7"}}, first)

	group := l.must("network:PrivateDnsZoneGroup", zoneGroup("pe-acraks", "privatelink.azurecr.io"))
	var records []string
	for _, set := range tree.List(tree.List(l.read(group).Outputs, "privateDnsZoneConfigs")[0], "recordSets") {
		records = append(records, tree.Text(set, "fqdn")+" "+tree.Texts(set, "ipAddresses")[0])
	}
	assert.Equal(t, []string{
		"acraks.eastus2.data.privatelink.azurecr.io 10.5.1.4", "acraks.centralus.data.privatelink.azurecr.io 10.5.1.5",
		"acraks.privatelink.azurecr.io 10.5.1.6",
	}, records)

	// A replica that comes later gets an address and a record by itself, and gives them back.
	later := l.must("containerregistry:Replication", replication("westus"))
	assert.Empty(t, reason(l, flow.Subnet(clientSubnet), "acraks.westus.data.azurecr.io"))
	assert.Len(t, tree.List(l.read(made).Outputs, "customDnsConfigs"), 4)
	require.NoError(t, l.update("network:PrivateEndpoint", made, with(endpoint("pe-acraks", registryID, "registry"), "tags", object{"a": "b"})))
	assert.Empty(t, reason(l, flow.Subnet(clientSubnet), "acraks.westus.data.azurecr.io"))
	assert.Empty(t, reason(l, flow.Subnet(clientSubnet), "acraks.azurecr.io"), "the others keep their addresses")
	require.NoError(t, l.delete("containerregistry:Replication", later))
	assert.NotEmpty(t, reason(l, flow.Subnet(clientSubnet), "acraks.westus.data.azurecr.io"))

	require.NoError(t, l.delete("network:PrivateEndpoint", made))
	assert.Nil(t, l.read(group), "Azure deletes the records with the endpoint, whoever made the group")
	assert.Nil(t, l.read(nic.ID))
	assert.Nil(t, l.read(made))
}

func reason(l *lab, from flow.Endpoint, host string) string {
	l.t.Helper()
	why, err := l.server.TryAccess(from, host)
	require.NoError(l.t, err)
	return why
}

// A closed registry and a closed vault are reached by their public names from where DNS and security groups lead to the endpoint,
// and from nowhere else.
func TestPrivateAccess(t *testing.T) {
	l := start(t, Options{})
	l.group()
	links(l, "privatelink.azurecr.io")
	outside, client := flow.Tag("Internet"), flow.Subnet(clientSubnet)
	for _, host := range []string{"acraks.azurecr.io", "kv-aks.vault.azure.net"} {
		assert.Contains(t, reason(l, outside, host), "public network access is disabled")
		assert.NotEmpty(t, reason(l, client, host), "there is no endpoint yet")
	}
	l.must("network:PrivateEndpoint", endpoint("pe-acraks", registryID, "registry"))
	l.must("network:PrivateDnsZoneGroup", zoneGroup("pe-acraks", "privatelink.azurecr.io"))
	l.must("network:PrivateEndpoint", endpoint("pe-kv", vaultID, "vault"))
	l.must("network:PrivateDnsZoneGroup", zoneGroup("pe-kv", "privatelink.vaultcore.azure.net"))
	for _, host := range []string{"acraks.azurecr.io", "acraks.eastus2.data.azurecr.io", "acraks.centralus.data.azurecr.io", "KV-aks.vault.azure.net"} {
		assert.Empty(t, reason(l, client, host), host)
		assert.Contains(t, reason(l, flow.Subnet(spokeID+"/subnets/others"), host), "nsg-links", host)
		assert.Contains(t, reason(l, outside, host), "public network access is disabled", host)
	}
	assert.Contains(t, reason(l, client, "other.azurecr.io"), "no registry or vault")
	l.sim(func(s *arm.Subscription) {
		net, err := s.Network(flow.Options{})
		require.NoError(t, err)
		assert.Equal(t, networking.Reachability{Allowed: true, Private: true}, networking.Reach(s, net, client, "acraks.azurecr.io"))
	})

	open := with(with(registryInputs("acraks"), "publicNetworkAccess", "Enabled"), "networkRuleSet", object{"defaultAction": "Deny"})
	require.NoError(t, l.update("containerregistry:Registry", registryID, open))
	assert.Contains(t, reason(l, outside, "acraks.azurecr.io"), "the client address is not authorized")
	require.NoError(t, l.update("containerregistry:Registry", registryID, with(open, "networkRuleSet", nil)))
	assert.Empty(t, reason(l, outside, "acraks.azurecr.io"))
}

// Azure takes a zone of the wrong name for an endpoint, but no name resolves in it.
func TestPrivateZoneOfWrongName(t *testing.T) {
	l := start(t, Options{})
	l.group()
	links(l, "azurecr.internal")
	l.must("network:PrivateEndpoint", endpoint("pe-acraks", registryID, "registry"))
	group := l.must("network:PrivateDnsZoneGroup", zoneGroup("pe-acraks", "azurecr.internal"))
	assert.Empty(t, tree.List(tree.List(l.read(group).Outputs, "privateDnsZoneConfigs")[0], "recordSets"))
	assert.NotEmpty(t, reason(l, flow.Subnet(clientSubnet), "acraks.azurecr.io"))
}
