package azuresim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/flow"
)

// Owners do what a stack leaves to them some minutes after they can, by their own rules, and clear it away once it leads to nothing.
func TestOwnersDoTheirPartLater(t *testing.T) {
	const networkID, identityID = netID + "virtualNetworks/spoke", groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-plane"
	l := start(t, Options{LandingZone: []byte(ofOthers + `later:
- type: network:VirtualNetworkPeering
  subscription: connectivity
  resourceGroupName: rg-hub
  virtualNetworkName: vnet-hub
  name: back
  remoteVirtualNetwork: {id: ` + networkID + `}
- type: authorization:RoleAssignment
  name: 22222222-2222-4222-8222-222222222222
  scope: "${privatelink.azurecr.io}"
  principalId: "${` + identityID + `:principalId}"
  principalType: ServicePrincipal
  roleDefinitionId: /providers/Microsoft.Authorization/roleDefinitions/b12aa53e-6015-4669-85d0-8515ebb3ae7f
`)})
	before := l.server.LandingZone()
	state := func() any {
		ours := l.read(networkID + "/virtualNetworkPeerings/to-hub")
		return ours.Outputs["peeringState"]
	}
	wait := func(what string, condition func() bool) {
		t.Helper()
		eventually(t, what, func() bool {
			l.server.Advance(time.Minute)
			_ = l.server.Left() // anything that looks at Azure
			return condition()
		})
	}
	l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16"))
	l.must("network:VirtualNetworkPeering", toHub("spoke"))
	_, principal := l.identity("mi-plane")
	assert.Equal(t, "Initiated", state(), "not at once")
	wait("their side of the peering", func() bool { return state() == "Connected" })
	wait("the role of our identity", func() (may bool) {
		l.sim(func(s *arm.Subscription) {
			may = authz.Allows(s, principal, "Microsoft.Network/privateDnsZones/A/write", hubNet+"privateDnsZones/privatelink.azurecr.io")
		})
		return may
	})
	assert.Len(t, l.server.Left(), 3, "what they made is theirs")
	require.NoError(t, l.delete("network:VirtualNetworkPeering", networkID+"/virtualNetworkPeerings/to-hub"))
	require.NoError(t, l.delete("network:VirtualNetwork", networkID))
	require.NoError(t, l.delete("managedidentity:UserAssignedIdentity", identityID))
	assert.Empty(t, l.server.Left())
	assert.Empty(t, Changes(before, l.server.LandingZone()))
	l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16"))
	l.must("network:VirtualNetworkPeering", toHub("spoke"))
	wait("their side, once more", func() bool { return state() == "Connected" })
}

// A policy of the landing zone registers endpoints in the central zone minutes after they are made; a group of the stack's own comes too late then.
func TestPolicyRegistersEndpoints(t *testing.T) {
	const linked, endpointID = netID + "virtualNetworks/spoke", netID + "privateEndpoints/pe-acraks"
	l := start(t, Options{LandingZone: []byte(ofOthers + `later:
- type: network:VirtualNetworkLink
  subscription: connectivity
  resourceGroupName: rg-hub
  privateZoneName: privatelink.azurecr.io
  name: spoke
  location: global
  virtualNetwork: {id: ` + linked + `}
- type: network:PrivateDnsZoneGroup
  resourceGroupName: rg
  privateEndpointName: pe-acraks
  name: deployedByPolicy
  privateDnsZoneConfigs: [{name: containerRegistry-privateDnsZone, privateDnsZoneId: "${privatelink.azurecr.io}"}]
`)})
	l.must("containerregistry:Registry", registryInputs("acraks"))
	l.must("network:VirtualNetwork", vnet("spoke", "10.5.0.0/16", subnet("clients", "10.5.0.0/24"), subnet("links", "10.5.1.0/28")))
	l.must("network:PrivateEndpoint", with(endpoint("pe-acraks", registryID, "registry"), "subnet", ref(linked+"/subnets/links")))
	resolves := func() bool {
		l.server.Advance(time.Minute)
		net, err := flow.New(l.server.Resources(), flow.Options{})
		require.NoError(t, err)
		return net.Resolve(linked+"/subnets/clients", "acraks.azurecr.io").Private
	}
	assert.False(t, resolves())
	eventually(t, "the record in the central zone", resolves)
	group := with(zoneGroup("pe-acraks", "privatelink.azurecr.io"), "privateDnsZoneConfigs", array{object{
		"name": "own", "privateDnsZoneId": hubNet + "privateDnsZones/privatelink.azurecr.io",
	}})
	_, _, err := l.create("network:PrivateDnsZoneGroup", group)
	assert.ErrorContains(t, err, "LinkedAuthorizationFailed", "the central zone is not ours to join")
	l.server.subscription.SetTenant(arm.Tenant{Subscriptions: []string{connectivity}, Rights: []arm.Right{
		{Scope: "/subscriptions/" + arm.SubscriptionID, Permissions: azurefacts.Permissions{Actions: []string{"*"}}},
		{Scope: "/subscriptions/" + connectivity, Permissions: azurefacts.Permissions{Actions: []string{"*"}}},
	}})
	_, _, err = l.create("network:PrivateDnsZoneGroup", group)
	assert.ErrorContains(t, err, "cannot create more than one private dns zone groups")
	require.NoError(t, l.delete("network:PrivateEndpoint", endpointID))
	assert.Nil(t, l.read(endpointID+"/privateDnsZoneGroups/deployedByPolicy"))
	require.NoError(t, l.delete("network:VirtualNetwork", linked))
	assert.Nil(t, l.read(hubNet+"privateDnsZones/privatelink.azurecr.io/virtualNetworkLinks/spoke"))
}
