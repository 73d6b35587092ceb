package azuresim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openHub is the landing zone of others, in which the deployer may do everything, with a gateway, a policy of each tier and a second spoke.
var openHub = strings.NewReplacer(
	"connectivity}\", role: Reader", "connectivity}\", role: Owner",
	"- {at: \"${rg-hub}\", level: CanNotDelete}", "",
	"locks:", "",
	"subnets: [{name: AzureFirewallSubnet", "subnets: [{name: GatewaySubnet, addressPrefix: 10.200.1.0/27}, {name: nva, addressPrefix: 10.200.1.64/27}, {name: AzureFirewallSubnet",
	"  - {type: operationalinsights", `  - {type: network:PublicIPAddress, name: pip-gw, sku: {name: Standard}, publicIPAllocationMethod: Static}
  - type: network:VirtualNetworkGateway
    name: gw
    ipConfigurations: [{name: main, subnet: {id: "${vnet-hub}/subnets/GatewaySubnet"}, publicIPAddress: {id: "${pip-gw}"}}]
  - {type: network:FirewallPolicy, name: basic, sku: {tier: Basic}}
  - {type: network:FirewallPolicy, name: standard, sku: {tier: Standard}}
  - type: network:NetworkInterface
    name: nva
    ipConfigurations: [{name: main, privateIPAddress: 10.200.1.70, subnet: {id: "${vnet-hub}/subnets/nva"}}]
  - type: network:VirtualNetwork
    name: vnet-theirs
    addressSpace: {addressPrefixes: [10.9.0.0/16]}
  - {type: network:VirtualNetworkPeering, name: hub, virtualNetworkName: vnet-theirs, remoteVirtualNetwork: {id: "${vnet-hub}"}}
  - {type: network:VirtualNetworkPeering, name: to-theirs, virtualNetworkName: vnet-hub, remoteVirtualNetwork: {id: "${vnet-theirs}"}}
  - {type: operationalinsights`,
).Replace(ofOthers)

// What Azure refuses in a hub of others, and only that.
func TestRulesInTheHubOfOthers(t *testing.T) {
	back := inHub(object{
		"virtualNetworkName": "vnet-hub", "virtualNetworkPeeringName": "back", "remoteVirtualNetwork": ref(netID + "virtualNetworks/spoke"),
	})
	spoke := func(l *lab, _ *lab) {
		l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16", subnet("s", "10.1.0.0/24")))
	}
	transit := with(toHub("spoke"), "useRemoteGateways", true)
	nic := func(address, subnetID string) object {
		return in(object{"networkInterfaceName": "nic", "ipConfigurations": array{object{"name": "main", "privateIPAddress": address, "subnet": ref(subnetID)}}})
	}
	log := object{
		"resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "NetworkWatcher_eastus2", "flowLogName": "fl", "location": "eastus2",
		"targetResourceId": netID + "virtualNetworks/spoke", "storageId": groupID + "/providers/Microsoft.Storage/storageAccounts/logs1", "enabled": true,
		"flowAnalyticsConfiguration": object{"networkWatcherFlowAnalyticsConfiguration": object{
			"enabled": true, "workspaceRegion": "eastus2", "workspaceResourceId": strings.Replace(hubNet, "Microsoft.Network/", "Microsoft.OperationalInsights/workspaces/logs", 1),
		}},
	}
	account := func(location, sku string) func(*lab, *lab) {
		return func(l, theirs *lab) {
			spoke(l, theirs)
			l.must("storage:StorageAccount", in(object{"accountName": "logs1", "location": location, "sku": object{"name": sku}}))
			l.server.Advance(2 * time.Minute)
		}
	}
	for name, c := range map[string]struct {
		given  func(ours, theirs *lab)
		theirs bool // who makes it: a provider of their subscription
		token  string
		make   object
		code   string // empty if Azure takes it
	}{
		"a range that another spoke of the hub has": {func(l, _ *lab) { l.must("network:VirtualNetwork", vnet("spoke", "10.9.128.0/17")) }, false,
			"network:VirtualNetworkPeering", toHub("spoke"), "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"},
		"a range that a deleted spoke had, whose peering is left": {func(l, theirs *lab) {
			require.NoError(l.t, l.server.Remove(hubNet+"virtualNetworks/vnet-theirs/virtualNetworkPeerings/hub"))
			require.NoError(l.t, theirs.delete("network:VirtualNetwork", hubNet+"virtualNetworks/vnet-theirs"))
			l.must("network:VirtualNetwork", vnet("spoke", "10.9.128.0/17"))
		}, false, "network:VirtualNetworkPeering", toHub("spoke"), "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"},
		"a spoke that comes again, with the hub's side left over": {func(l, theirs *lab) {
			spoke(l, nil)
			id := l.must("network:VirtualNetworkPeering", toHub("spoke"))
			theirs.must("network:VirtualNetworkPeering", back)
			require.NoError(l.t, l.delete("network:VirtualNetworkPeering", id))
			require.NoError(l.t, l.delete("network:VirtualNetwork", netID+"virtualNetworks/spoke"))
			spoke(l, nil)
		}, false, "network:VirtualNetworkPeering", toHub("spoke"), "RemotePeeringIsDisconnected"},
		"the same once the owner has written the hub's side": {func(l, theirs *lab) {
			spoke(l, nil)
			id := l.must("network:VirtualNetworkPeering", toHub("spoke"))
			peered := theirs.must("network:VirtualNetworkPeering", back)
			require.NoError(l.t, l.delete("network:VirtualNetworkPeering", id))
			require.NoError(l.t, theirs.update("network:VirtualNetworkPeering", peered, back))
			assert.Equal(l.t, "Initiated", l.read(peered).Outputs["peeringState"])
		}, false, "network:VirtualNetworkPeering", toHub("spoke"), ""},
		"their gateway, before they let us": {spoke, false, "network:VirtualNetworkPeering", transit, "RemotePeeringDoesNotAllowGatewayTransit"},
		"their gateway": {func(l, theirs *lab) {
			spoke(l, nil)
			theirs.must("network:VirtualNetworkPeering", with(back, "allowGatewayTransit", true))
		}, false, "network:VirtualNetworkPeering", transit, ""},
		"a gateway that a network does not have":   {spoke, true, "network:VirtualNetworkPeering", with(back, "useRemoteGateways", true), "RemoteVnetHasNoGateways"},
		"a Premium policy for a Standard firewall": {nil, true, "network:AzureFirewall", inHub(object{"azureFirewallName": "f2", "location": "eastus2", "sku": object{"tier": "Standard"}, "firewallPolicy": ref(hubNet + "firewallPolicies/p")}), "AzureFirewallPolicyTierMismatch"},
		"a Standard policy for a Premium firewall": {func(_, theirs *lab) {
			require.NoError(theirs.t, theirs.update("network:AzureFirewall", hubNet+"azureFirewalls/fw", inHub(object{
				"azureFirewallName": "fw", "location": "eastus2", "sku": object{"tier": "Premium"}, "firewallPolicy": ref(hubNet + "firewallPolicies/standard"),
				"ipConfigurations": array{object{"name": "main", "subnet": ref(hubNet + "virtualNetworks/vnet-hub/subnets/AzureFirewallSubnet"), "publicIPAddress": ref(hubNet + "publicIPAddresses/pip-hub")}},
			})))
		}, true, "network:FirewallPolicy", inHub(object{"firewallPolicyName": "dns", "location": "eastus2", "sku": object{"tier": "Basic"}, "dnsSettings": object{"enableProxy": true}}), "FirewallPolicyDnsSettingsNotSupported"},
		"a base policy in another region": {nil, true, "network:FirewallPolicy", inHub(object{"firewallPolicyName": "west", "location": "westus", "sku": object{"tier": "Premium"}, "basePolicy": ref(hubNet + "firewallPolicies/base")}), "FirewallPolicyBasePolicyDoesnotExist"},
		"names in a network rule, with the proxy of the base": {func(_, theirs *lab) {
			theirs.must("network:FirewallPolicy", inHub(object{"firewallPolicyName": "child", "location": "eastus2", "sku": object{"tier": "Premium"}, "basePolicy": ref(hubNet + "firewallPolicies/p")}))
		}, true, "network:FirewallPolicyRuleCollectionGroup", with(inHub(ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationFqdns": array{"a.example"}})))), "firewallPolicyName", "child"), ""},
		"an interface in a network of others":        {nil, false, "network:NetworkInterface", nic("", hubNet+"virtualNetworks/vnet-hub/subnets/nva"), "SubnetNotInSubscription"},
		"an address that their appliance has":        {nil, true, "network:NetworkInterface", inHub(nic("10.200.1.70", hubNet+"virtualNetworks/vnet-hub/subnets/nva")), "PrivateIPAddressInUse"},
		"an address that Azure keeps":                {nil, true, "network:NetworkInterface", inHub(nic("10.200.1.65", hubNet+"virtualNetworks/vnet-hub/subnets/nva")), "PrivateIPAddressInUse"},
		"an address of another subnet":               {nil, true, "network:NetworkInterface", inHub(nic("10.200.1.4", hubNet+"virtualNetworks/vnet-hub/subnets/nva")), "PrivateIPAddressNotInSubnet"},
		"a flow log":                                 {account("eastus2", "Standard_LRS"), false, "network:FlowLog", log, ""},
		"a flow log into an account elsewhere":       {account("westus", "Standard_LRS"), false, "network:FlowLog", log, "FlowLogNotInRegion"},
		"a flow log into a premium account":          {account("eastus2", "Premium_LRS"), false, "network:FlowLog", log, "FlowLogStorageNotSupported"},
		"a flow log at the watcher of others":        {account("eastus2", "Standard_LRS"), true, "network:FlowLog", log, "FlowLogNotInSubscriptionOfTarget"},
		"a workspace in another region than is said": {account("eastus2", "Standard_LRS"), false, "network:FlowLog", with(log, "flowAnalyticsConfiguration", object{"networkWatcherFlowAnalyticsConfiguration": object{"enabled": true, "workspaceRegion": "westus", "workspaceResourceId": strings.Replace(hubNet, "Microsoft.Network/", "Microsoft.OperationalInsights/workspaces/logs", 1)}}), "InvalidTAWorkspaceRegion"},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, Options{LandingZone: []byte(openHub)})
			l.t = t
			theirs := l.as(connectivity)
			if c.given != nil {
				c.given(l, theirs)
			}
			by := l
			if c.theirs {
				by = theirs
			}
			_, _, err := by.create(c.token, c.make)
			if c.code == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, `Code="`+c.code+`"`)
		})
	}
}

// A policy tells what is in it and what uses it, from which a program learns which priorities are taken.
func TestPolicyOfOthers(t *testing.T) {
	l := start(t, Options{LandingZone: []byte(openHub)})
	theirs := l.as(connectivity)
	group := theirs.must("network:FirewallPolicyRuleCollectionGroup", inHub(ruleGroup("g", 500)))
	found, err := theirs.invoke("azure-native:network:getFirewallPolicy", inHub(object{"firewallPolicyName": "p"}))
	require.NoError(t, err)
	assert.Equal(t, array{ref(group)}, found["ruleCollectionGroups"])
	assert.Equal(t, array{ref(hubNet + "azureFirewalls/fw")}, found["firewalls"])
	found, err = theirs.invoke("azure-native:network:getFirewallPolicyRuleCollectionGroup", inHub(object{"firewallPolicyName": "p", "ruleCollectionGroupName": "g"}))
	require.NoError(t, err)
	assert.Equal(t, 500.0, found["priority"])
	found, err = theirs.invoke("azure-native:network:getFirewallPolicy", inHub(object{"firewallPolicyName": "base"}))
	require.NoError(t, err)
	assert.Equal(t, array{ref(hubNet + "firewallPolicies/p")}, found["childPolicies"])
}
