package azuresim

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// ofOthers is a landing zone: a hub in another subscription, where the deployer may read, peer and add rules to one policy.
const ofOthers = `
subscriptions: {connectivity: ` + connectivity + `}
managementGroups: {corp: [login]}
groups:
- name: rg-hub
  subscription: connectivity
  location: eastus2
  resources:
  - {type: network:PublicIPAddress, name: pip-hub, sku: {name: Standard}, publicIPAllocationMethod: Static}
  - type: network:VirtualNetwork
    name: vnet-hub
    addressSpace: {addressPrefixes: [10.200.0.0/22]}
    subnets: [{name: AzureFirewallSubnet, addressPrefix: 10.200.0.0/26}]
  - {type: network:FirewallPolicy, name: base, sku: {tier: Premium}}
  - {type: network:FirewallPolicy, name: p, sku: {tier: Premium}, basePolicy: {id: "${base}"}, dnsSettings: {enableProxy: true}}
  - type: network:AzureFirewall
    name: fw
    sku: {tier: Premium}
    firewallPolicy: {id: "${p}"}
    ipConfigurations:
    - {name: main, subnet: {id: "${vnet-hub}/subnets/AzureFirewallSubnet"}, publicIPAddress: {id: "${pip-hub}"}}
  - {type: network:PrivateZone, name: privatelink.azurecr.io, location: global}
  - {type: network:VirtualNetworkLink, name: hub, privateZoneName: privatelink.azurecr.io, location: global, virtualNetwork: {id: "${vnet-hub}"}}
  - {type: operationalinsights:Workspace, name: logs, sku: {name: PerGB2018}, retentionInDays: 90}
  - {type: managedidentity:UserAssignedIdentity, name: theirs}
  - type: authorization:RoleAssignment
    name: ` + "11111111-1111-4111-8111-111111111111" + `
    scope: "${privatelink.azurecr.io}"
    principalId: "${theirs:principalId}"
    principalType: ServicePrincipal
    roleDefinitionId: /providers/Microsoft.Authorization/roleDefinitions/b12aa53e-6015-4669-85d0-8515ebb3ae7f
- {name: rg, location: eastus2}
resources:
- type: authorization:PolicyDefinitionAtManagementGroup
  managementGroupId: corp
  name: no-own-zones
  policyType: Custom
  mode: All
  displayName: no zones of one's own
  policyRule:
    if: {allOf: [{field: type, equals: Microsoft.Network/privateDnsZones}, {field: name, like: privatelink.*}]}
    then: {effect: deny}
- {type: authorization:PolicyAssignment, name: no-own-zones, scope: "${corp}", policyDefinitionId: "` + noOwnZones + `", displayName: zones are central}
locks:
- {at: "${rg-hub}", level: CanNotDelete}
rights:
- {at: "${connectivity}", role: Reader}
- {at: "${vnet-hub}", actions: [Microsoft.Network/virtualNetworks/peer/action]}
- {at: "${p}", actions: ["Microsoft.Network/firewallPolicies/ruleCollectionGroups/*"]}
`

const noOwnZones = "/providers/Microsoft.Management/managementGroups/corp/providers/Microsoft.Authorization/policyDefinitions/no-own-zones"

// hubNet is the provider of their networks in the group of the hub.
const hubNet = "/subscriptions/" + connectivity + "/resourceGroups/rg-hub/providers/Microsoft.Network/"

func inHub(inputs object) object {
	inputs["resourceGroupName"] = "rg-hub"
	return inputs
}

func toHub(from string) object {
	return with(peering(from, "hub"), "remoteVirtualNetwork", ref(hubNet+"virtualNetworks/vnet-hub"))
}

// What other people own is there before the stack, by the rules of everybody, for longer than anything takes to spread; it is made once.
func TestLandingZone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{LandingZone: []byte(ofOthers), StateFile: file, Propagation: Worst})
	assert.Empty(t, l.server.Left())
	assert.Empty(t, l.server.Made())
	before := l.server.LandingZone()
	assert.Equal(t, arm.Epoch, l.server.subscription.Clock.Now(), "it was there the day before")
	hub := l.as(connectivity)
	for token, c := range map[string]struct {
		inputs object
		path   string
		value  any
	}{
		"azure-native:resources:getResourceGroup":                 {object{}, "location", "eastus2"},
		"azure-native:network:getVirtualNetwork":                  {object{"virtualNetworkName": "vnet-hub"}, "location", "eastus2"},
		"azure-native:network/v20240501:getFirewallPolicy":        {object{"firewallPolicyName": "p"}, "basePolicy", ref(hubNet + "firewallPolicies/base")},
		"azure-native:network:getAzureFirewall":                   {object{"azureFirewallName": "fw"}, "firewallPolicy", ref(hubNet + "firewallPolicies/p")},
		"azure-native:network:getPrivateZone":                     {object{"privateZoneName": "privatelink.azurecr.io"}, "name", "privatelink.azurecr.io"},
		"azure-native:network:getVirtualNetworkLink":              {object{"privateZoneName": "privatelink.azurecr.io", "virtualNetworkLinkName": "hub"}, "virtualNetworkLinkState", "Completed"},
		"azure-native:operationalinsights:getWorkspace":           {object{"workspaceName": "logs"}, "retentionInDays", 90.0},
		"azure-native:operationalinsights/v20230901:getWorkspace": {object{"workspaceName": "logs"}, "provisioningState", "Succeeded"},
		"azure-native:managedidentity:getUserAssignedIdentity":    {object{"resourceName": "theirs"}, "location", "eastus2"},
		"azure-native:network:getSubnet":                          {object{"virtualNetworkName": "vnet-hub", "subnetName": "AzureFirewallSubnet"}, "addressPrefix", "10.200.0.0/26"},
	} {
		found, err := hub.invoke(token, inHub(c.inputs))
		require.NoError(t, err, token)
		assert.Equal(t, c.value, found[c.path], token)
	}
	_, err := l.invoke("azure-native:network:getVirtualNetwork", inHub(object{"virtualNetworkName": "vnet-hub"}))
	assert.ErrorContains(t, err, "ResourceGroupNotFound", "it is in another subscription than the provider")

	require.NoError(t, l.server.Close())
	for name, c := range map[string]struct {
		content string
		check   func(*Server, error)
	}{
		"the same":           {ofOthers, func(s *Server, err error) { require.NoError(t, err); assert.Empty(t, Changes(before, s.LandingZone())) }},
		"as the file has it": {"", func(s *Server, err error) { require.NoError(t, err); assert.True(t, s.subscription.Has(connectivity)) }},
		"changed": {strings.Replace(ofOthers, "10.200.0.0/22", "10.200.0.0/21", 1), func(_ *Server, err error) {
			require.ErrorContains(t, err, "vnet-hub was made with other properties")
		}},
	} {
		again, err := Start(Options{LandingZone: []byte(c.content), StateFile: file})
		c.check(again, err)
		if err == nil {
			assert.Empty(t, again.Left(), name)
			require.NoError(t, again.Close())
		}
	}
}

// The owners of a landing zone add to it while stacks are in it; what is new in the document is made at the next start.
func TestLandingZoneGrows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{LandingZone: []byte(ofOthers), StateFile: file})
	l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16"))
	l.must("network:VirtualNetworkPeering", toHub("spoke"))
	require.NoError(t, l.server.Close())
	grown := strings.Replace(ofOthers, "  - {type: operationalinsights", `  - type: network:VirtualNetworkPeering
    name: to-spoke
    virtualNetworkName: vnet-hub
    remoteVirtualNetwork: {id: `+netID+`virtualNetworks/spoke}
  - {type: operationalinsights`, 1)
	again, err := Start(Options{LandingZone: []byte(grown), StateFile: file})
	require.NoError(t, err)
	l.server = again
	assert.Equal(t, "Connected", l.read(netID + "virtualNetworks/spoke/virtualNetworkPeerings/to-hub").Outputs["peeringState"])
	assert.Equal(t, []string{netID + "virtualNetworks/spoke", netID + "virtualNetworks/spoke/virtualNetworkPeerings/to-hub"}, again.Left())
	require.NoError(t, again.Close())
}

// A stack that comes and goes leaves a landing zone as it was, in every field; what it changes there shows by path.
func TestLandingZoneAfterDestroy(t *testing.T) {
	l := start(t, Options{LandingZone: []byte(ofOthers)})
	before := l.server.LandingZone()
	hub := l.as(connectivity)
	group := hub.must("network:FirewallPolicyRuleCollectionGroup", inHub(ruleGroup("ours", 500)))
	l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16"))
	there := l.must("network:VirtualNetworkPeering", toHub("spoke"))
	back, err := l.server.Establish(t.Context(), connectivity, "network:VirtualNetworkPeering", inHub(object{
		"virtualNetworkName": "vnet-hub", "virtualNetworkPeeringName": "back", "remoteVirtualNetwork": ref(netID + "virtualNetworks/spoke"),
	}))
	require.NoError(t, err)
	assert.Contains(t, strings.Join(Changes(before, l.server.LandingZone()), "\n"), "/vnet-hub.virtualNetworkPeerings: ")
	assert.Contains(t, l.server.Left(), there)
	assert.NotContains(t, l.server.Left(), back)
	require.NoError(t, l.delete("network:VirtualNetworkPeering", there))
	require.NoError(t, l.delete("network:VirtualNetwork", netID+"virtualNetworks/spoke"))
	assert.Equal(t, "Disconnected", l.read(back).Outputs["peeringState"])
	assert.ErrorContains(t, hub.delete("network:FirewallPolicyRuleCollectionGroup", group), "ScopeLocked", "their lock is also on what is ours")
	lock := "/subscriptions/" + connectivity + "/resourceGroups/rg-hub/providers/Microsoft.Authorization/locks/lock-1"
	assert.ErrorContains(t, hub.delete("authorization:ManagementLockByScope", lock), "AuthorizationFailed")
	require.NoError(t, l.server.Remove(lock))
	require.NoError(t, l.server.Remove(back))
	require.NoError(t, hub.delete("network:FirewallPolicyRuleCollectionGroup", group))
	assert.Equal(t, []string{strings.ToLower(lock) + " is gone"}, Changes(before, l.server.LandingZone()))
}

// A request needs the right to its action where the resource is, and to the linked action where that leads; reading needs it as well.
func TestRightsOfTheDeployer(t *testing.T) {
	limited := ofOthers + `- {at: "${login}", role: Contributor}
- {at: "${logs}", actions: ["*/read"]}
`
	limited = strings.Replace(limited, `- {at: "${connectivity}", role: Reader}`, `- {at: "${vnet-hub}", role: Reader}
- {at: "${p}", role: Reader}
- {at: "${privatelink.azurecr.io}", actions: ["Microsoft.Network/privateDnsZones/virtualNetworkLinks/*"]}`, 1)
	l := start(t, Options{LandingZone: []byte(limited)})
	hub := l.as(connectivity)
	spoke := l.must("network:VirtualNetwork", vnet("spoke", "10.1.0.0/16", subnet("s", "10.1.0.0/24")))
	l.must("network:VirtualNetworkPeering", toHub("spoke"))
	hub.must("network:FirewallPolicyRuleCollectionGroup", inHub(ruleGroup("ours", 500)))
	hub.must("network:VirtualNetworkLink", inHub(object{
		"privateZoneName": "privatelink.azurecr.io", "virtualNetworkLinkName": "spoke", "location": "global", "virtualNetwork": ref(spoke),
	}))
	_, principal := l.identity("mi-x")
	for name, c := range map[string]struct {
		by     *lab
		token  string
		inputs object
		says   []string
	}{
		"the other side of the peering": {hub, "network:VirtualNetworkPeering", inHub(object{
			"virtualNetworkName": "vnet-hub", "virtualNetworkPeeringName": "back", "remoteVirtualNetwork": ref(spoke),
		}), []string{"AuthorizationFailed", "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write", hubNet + "virtualNetworks/vnet-hub/virtualNetworkPeerings/back"}},
		"what may not even be read": {hub, "network:RouteTable", inHub(object{"routeTableName": "rt", "location": "eastus2"}),
			[]string{"cannot check existence of resource", "Microsoft.Network/routeTables/read"}},
		"a group where nothing is ours": {hub, "resources:ResourceGroup", object{"resourceGroupName": "new", "location": "eastus2"},
			[]string{"AuthorizationFailed", "Microsoft.Resources/subscriptions/resourceGroups/read"}},
		"logs into their workspace": {l, "insights:DiagnosticSetting", object{
			"name": "d", "resourceUri": spoke, "workspaceId": strings.Replace(hubNet, "Microsoft.Network/", "Microsoft.OperationalInsights/workspaces/logs", 1),
			"logs": array{object{"categoryGroup": "allLogs", "enabled": true}},
		}, []string{"LinkedAuthorizationFailed", "Microsoft.OperationalInsights/workspaces/sharedKeys/action"}},
		"a child of their policy": {l, "network:FirewallPolicy", with(policyInputs("child"), "basePolicy", ref(hubNet+"firewallPolicies/base")),
			[]string{"LinkedAuthorizationFailed", "Microsoft.Network/firewallPolicies/join/action", "firewallPolicies/base"}},
		"a role that contributors may not assign": {l, "authorization:RoleAssignment", assignment(principal, networkContributor, groupID),
			[]string{"AuthorizationFailed", "Microsoft.Authorization/roleAssignments/write", groupID}},
	} {
		_, _, err := c.by.create(c.token, c.inputs)
		for _, said := range c.says {
			assert.ErrorContains(t, err, said, name)
		}
	}
	_, err := hub.invoke("azure-native:network:getAzureFirewall", inHub(object{"azureFirewallName": "fw"}))
	assert.ErrorContains(t, err, "AuthorizationFailed")
	assert.ErrorContains(t, err, "Microsoft.Network/azureFirewalls/read")
	_, err = hub.invoke("azure-native:operationalinsights:getWorkspace", inHub(object{"workspaceName": "logs"}))
	assert.NoError(t, err)
	assert.ErrorContains(t, hub.delete("network:VirtualNetwork", hubNet+"virtualNetworks/vnet-hub"), "AuthorizationFailed")
}

// Policies of a management group hold in its subscriptions, and in no other.
func TestPoliciesOfTheLandingZone(t *testing.T) {
	l := start(t, Options{LandingZone: []byte(strings.Replace(ofOthers, "connectivity}\", role: Reader", "connectivity}\", role: Owner", 1)), Propagation: Worst})
	zone := object{"privateZoneName": "privatelink.vaultcore.azure.net", "location": "global"}
	_, _, err := l.create("network:PrivateZone", in(zone))
	assert.ErrorContains(t, err, "RequestDisallowedByPolicy")
	assert.ErrorContains(t, err, "zones are central")
	l.as(connectivity).must("network:PrivateZone", inHub(zone))
	l.must("network:PrivateZone", in(object{"privateZoneName": "internal.example", "location": "global"}))
}

// A lock holds for everybody: ReadOnly against changes too, and from below against deleting what is above it.
func TestManagementLocks(t *testing.T) {
	l := hub(t)
	lock := func(scope, level string) string {
		return l.must("authorization:ManagementLockByScope", object{"scope": scope, "lockName": level, "level": level})
	}
	policy := netID + "firewallPolicies/p"
	kept := lock(policy, "CanNotDelete")
	require.NoError(t, l.update("network:FirewallPolicy", policy, policyInputs("p")))
	for token, id := range map[string]string{"network:FirewallPolicy": policy, "resources:ResourceGroup": groupID} {
		err := l.delete(token, id)
		assert.ErrorContains(t, err, "ScopeLocked")
		assert.ErrorContains(t, err, "following scope(s) are locked: '"+policy+"'")
	}
	require.NoError(t, l.delete("authorization:ManagementLockByScope", kept))
	readOnly := lock(groupID, "ReadOnly")
	assert.ErrorContains(t, l.update("network:FirewallPolicy", policy, policyInputs("p")), "cannot perform write operation")
	_, _, err := l.create("network:PublicIPAddress", publicIP("new"))
	assert.ErrorContains(t, err, "ScopeLocked")
	require.NoError(t, l.delete("authorization:ManagementLockByScope", readOnly))
	_, _, err = l.create("authorization:ManagementLockByScope", object{"scope": groupID, "lockName": "x", "level": "Delete"})
	assert.ErrorContains(t, err, "InvalidLockLevel")
}

// A document that says what cannot be is refused, with the place.
func TestLandingZoneMistakes(t *testing.T) {
	for content, says := range map[string]string{
		"subscription: {}":                                                               `unknown field "subscription"`,
		"subscriptions: {x: hub}":                                                        `subscriptions: x: "hub" must be a GUID`,
		"subscriptions: {login: " + connectivity + "}":                                   "another than login",
		"managementGroups: {corp: [hub]}":                                                `managementGroups: corp: there is no subscription "hub"`,
		"groups: [{name: rg, subscription: hub, location: eastus2}]":                     `group rg: there is no subscription "hub"`,
		"groups: [{name: rg}]":                                                           "LocationRequired",
		"groups: [{name: rg, location: x, resources: [{type: web:App}]}]":                "group rg: resources[0]: the simulator does not know resource type",
		"groups: [{name: rg, location: x, resources: [{type: network:VirtualNetwork}]}]": "network:VirtualNetwork needs resourceGroupName, virtualNetworkName",
		`rights: [{at: "${hub}", role: Reader}]`:                                         `rights[0]: at: "hub" is the name of nothing further up`,
		"rights: [{at: hub, role: Reader}]":                                              `rights[0]: at: "hub" must be the id of a scope`,
		`rights: [{at: "${login}", role: God}]`:                                          `rights[0]: role: "God" must be one of AcrPull, `,
		`rights: [{at: "${login}"}]`:                                                     "rights[0]: it must have a role or actions",
		"groups: [{name: a, location: x, resources: [{type: network:RouteTable, name: a}]}]\nlocks: [{at: '${a}', level: ReadOnly}]":                      `"a" is the name of several resources`,
		"groups: [{name: rg, location: eastus2, resources: [{type: network:VirtualNetwork, name: net, addressSpace: {addressPrefixes: [10.0.0.1/16]}}]}]": "virtualNetworks/net: Status=400 Code=\"InvalidCIDRNotation\"",
		"groups: [{name: rg, location: eastus2, tags: {a: '${rg:none}'}}]":                                                                                "is the name of nothing further up",
	} {
		server, err := Start(Options{LandingZone: []byte(content)})
		assert.ErrorContains(t, err, says, content)
		if err == nil {
			_ = server.Close()
		}
	}
}
