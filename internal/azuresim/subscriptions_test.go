package azuresim

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/tree"
)

// connectivity is a second subscription, as that of a hub is one.
const connectivity = "0a52ce00-0000-4000-8000-00000000c0ee"

// twoSubscriptions is a landing zone in which the deployer owns that, too.
const twoSubscriptions = `
subscriptions: {connectivity: ` + connectivity + `}
rights: [{at: "${connectivity}", role: Owner}]
`

// inOther is an id of the lab's resource group as it is in the second subscription.
func inOther(id string) string { return strings.Replace(id, arm.SubscriptionID, connectivity, 1) }

// as is the lab through a provider of another subscription; its own works in that of the login.
func (l *lab) as(subscription string) *lab {
	l.t.Helper()
	require.Empty(l.t, l.configure(object{}))
	other := &lab{t: l.t, server: l.server, azure: l.connect("azure-native")}
	require.Empty(l.t, other.configure(object{"subscriptionId": subscription}))
	return other
}

// A provider makes resources in the subscription that it is configured with, and looks them up there; ids lead anywhere.
func TestProvidersWorkInTheirSubscriptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{LandingZone: []byte(twoSubscriptions), StateFile: file})
	theirs := l.as(connectivity)
	for _, side := range []*lab{l, theirs} {
		side.group()
	}
	assert.Equal(t, inOther(netID+"virtualNetworks/net"), theirs.must("network:VirtualNetwork", vnet("net", "10.0.0.0/16", subnet("s", "10.0.0.0/24"))))
	assert.Equal(t, netID+"virtualNetworks/net", l.must("network:VirtualNetwork", vnet("net", "10.1.0.0/16")), "the same name once more, as it is another subscription")

	who, err := theirs.invoke("azure-native:authorization:getClientConfig", object{})
	require.NoError(t, err)
	assert.Equal(t, connectivity, who["subscriptionId"])
	for side, space := range map[*lab]string{l: "10.1.0.0/16", theirs: "10.0.0.0/16"} {
		for _, token := range []string{"azure-native:network:getVirtualNetwork", "azure-native:network/v20240501:getVirtualNetwork"} {
			found, err := side.invoke(token, in(object{"virtualNetworkName": "net"}))
			require.NoError(t, err)
			assert.Equal(t, []string{space}, tree.Texts(found, "addressSpace", "addressPrefixes"))
		}
	}
	for side, over := range map[*lab]string{l: netID, theirs: inOther(netID)} {
		remote := map[*lab]string{l: inOther(netID), theirs: netID}[side]
		inputs := with(peering("net", "net"), "remoteVirtualNetwork", ref(remote+"virtualNetworks/net"))
		assert.Equal(t, over+"virtualNetworks/net/virtualNetworkPeerings/to-net", side.must("network:VirtualNetworkPeering", inputs))
	}
	assert.Equal(t, "Connected", l.read(netID + "virtualNetworks/net/virtualNetworkPeerings/to-net").Outputs["peeringState"])

	l.server.Advance(2 * time.Minute)
	for _, side := range []*lab{l, theirs} {
		watcher, err := side.invoke("azure-native:network:getNetworkWatcher", object{
			"resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "NetworkWatcher_eastus2",
		})
		require.NoError(t, err, "every subscription has its own")
		assert.Equal(t, "eastus2", watcher["location"])
	}
	assert.NotContains(t, strings.Join(l.server.Left(), " "), "networkWatchers")
	require.NoError(t, theirs.delete("resources:ResourceGroup", inOther(groupID)))
	assert.Equal(t, "Disconnected", l.read(netID + "virtualNetworks/net/virtualNetworkPeerings/to-net").Outputs["peeringState"])
	assert.NotNil(t, l.read(groupID), "a group of the same name")
}

// What there is no subscription of is refused where Azure and the provider refuse it.
func TestUnknownSubscriptions(t *testing.T) {
	l := start(t, Options{})
	l.group()
	failures := l.configure(object{"subscriptionId": connectivity})
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0].GetReason(), arm.SubscriptionID)
	require.Empty(t, l.configure(object{}))
	l.must("network:VirtualNetwork", vnet("net", "10.0.0.0/16"))
	_, _, err := l.create("network:VirtualNetworkPeering",
		with(peering("net", "other"), "remoteVirtualNetwork", ref(inOther(netID+"virtualNetworks/other"))))
	assert.ErrorContains(t, err, "LinkedAuthorizationFailed")
	other := &lab{t: t, server: l.server, azure: l.connect("azure-native")}
	args, err := provider.Encode(object{"subscriptionId": connectivity})
	require.NoError(t, err)
	_, err = other.azure.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
	require.NoError(t, err)
	_, _, err = other.create("resources:ResourceGroup", object{"resourceGroupName": "rg", "location": "eastus2"})
	assert.ErrorContains(t, err, "SubscriptionNotFound")
	_, err = other.invoke("azure-native:resources:getResourceGroup", object{"resourceGroupName": "rg"})
	assert.ErrorContains(t, err, "SubscriptionNotFound")
}

// A custom role has one GUID in the tenant, wherever it is defined; its assignments name it in their own subscription.
func TestRolesAcrossSubscriptions(t *testing.T) {
	l := start(t, Options{LandingZone: []byte(twoSubscriptions)})
	theirs := l.as(connectivity)
	l.group()
	theirs.group()
	definition := theirs.must("authorization:RoleDefinition", object{
		"roleDefinitionId": arm.GUID("peers"), "roleName": "peers", "scope": "/subscriptions/" + connectivity,
		"assignableScopes": array{"/subscriptions/" + connectivity, groupID},
		"permissions":      array{object{"actions": array{"Microsoft.Network/virtualNetworks/peer/action"}}},
	})
	here := strings.Replace(definition, connectivity, arm.SubscriptionID, 1)
	_, outputs, err := l.create("authorization:RoleAssignment", assignment(arm.DeployerObjectID, here, groupID))
	require.NoError(t, err)
	assert.Equal(t, here, outputs["roleDefinitionId"])
	assert.ErrorContains(t, theirs.delete("authorization:RoleDefinition", definition), "InUse")
}

// A subnet that is part of its network can be looked up, with what Azure adds to it, and not made as a resource.
func TestLookUpSubnet(t *testing.T) {
	l := hub(t)
	found, err := l.invoke("azure-native:network:getSubnet", in(object{"virtualNetworkName": "na", "subnetName": "AzureFirewallSubnet"}))
	require.NoError(t, err)
	assert.Equal(t, netID+"virtualNetworks/na/subnets/AzureFirewallSubnet", found["id"])
	assert.Equal(t, "Enabled", found["privateLinkServiceNetworkPolicies"])
	_, err = l.invoke("azure-native:network:getSubnet", in(object{"virtualNetworkName": "na", "subnetName": "none"}))
	assert.ErrorContains(t, err, "ResourceNotFound")
	_, _, err = l.create("network:Subnet", in(object{"virtualNetworkName": "na", "subnetName": "new", "addressPrefix": "10.0.9.0/24"}))
	assert.ErrorContains(t, err, "only as a part of its parent")
}
