package components

import (
	"context"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
)

// A hub of another team, in a subscription of its own.
const (
	theirSubscription = "11111111-2222-4333-8444-555555555555"
	theirGroup        = "/subscriptions/" + theirSubscription + "/resourceGroups/rg-connectivity"
	theirNetwork      = theirGroup + "/providers/Microsoft.Network/virtualNetworks/vnet-hub"
	theirPolicy       = theirGroup + "/providers/Microsoft.Network/firewallPolicies/fwp-hub"
	theirFirewall     = theirGroup + "/providers/Microsoft.Network/azureFirewalls/fw-hub"
	theirWorkspace    = theirGroup + "/providers/Microsoft.OperationalInsights/workspaces/la-platform"
	theirAddress      = "10.100.0.4"
)

func theirHub(more settings) settings {
	return merged(settings{
		"hub.mode": "existing", "hub.networkId": theirNetwork, "hub.addressSpaces": `["10.100.0.0/22"]`, "hub.nextHop": theirAddress,
		"hub.firewallPolicyId": theirPolicy, "hub.bastionSubnet": "10.100.1.0/26",
	}, more)
}

// withoutRights leaves all that is in the hub to its owner.
var withoutRights = settings{"hub.peering": "spokeOnly", "hub.egress": "none", "hub.firewallPolicyId": ""}

// theirLandingZone is what look-ups of that hub find.
func theirLandingZone() map[string]map[string]any {
	return map[string]map[string]any{
		"vnet-hub": {"addressSpace": object{"addressPrefixes": list{"10.100.0.0/22"}}},
		"fwp-hub":  {"sku": object{"tier": "Premium"}, "dnsSettings": object{"enableProxy": true}},
		"fw-hub":   {"ipConfigurations": list{object{"privateIPAddress": theirAddress}}},
	}
}

func merged(all ...settings) settings {
	result := settings{}
	for _, s := range all {
		for key, value := range s {
			result[key] = value
		}
	}
	return result
}

// Nothing of a hub of others is registered; what lies in their subscription is made by a provider of it, and made again in another one.
func TestFoundHub(t *testing.T) {
	m := deployPlatform(t, theirHub(settings{"hub.firewallId": theirFirewall, "hub.workspaceId": theirWorkspace}))
	for _, typ := range []string{typetoken.Firewall, typetoken.FirewallPolicy, typetoken.Bastion, typetoken.IPGroup} {
		assert.Empty(t, m.OfType(typ))
	}
	provider := m.one(t, "pulumi:providers:azure-native", "subscription-"+theirSubscription)
	for _, r := range m.All() {
		group, _ := r.Inputs["resourceGroupName"].(string)
		foreign := group == "rg-connectivity"
		assert.Equal(t, foreign, r.Custom() && strings.HasPrefix(r.Provider, provider.URN), "provider of %s", r)
		if foreign {
			assert.True(t, strings.HasSuffix(r.Name, "-11111111"), "%s would stay where it is after a move to another subscription", r)
			assert.Contains(t, []string{typetoken.Peering, typetoken.RuleGroup}, r.Type)
		}
		assert.NotEqual(t, "rg-enterprise-networking-hubs", group, "group of %s", r)
	}
	route := m.one(t, typetoken.RouteTable, "stamp01-spoke").Inputs["routes"].([]any)[0].(object)
	assert.Equal(t, theirAddress, route["nextHopIpAddress"])
	assert.Equal(t, object{"dnsServers": list{theirAddress}}, m.one(t, typetoken.VNet, "stamp01-spoke").Inputs["dhcpOptions"])
	toHub := m.one(t, typetoken.Peering, "stamp01-spoke-to-hub")
	assert.Equal(t, object{"id": theirNetwork}, toHub.Inputs["remoteVirtualNetwork"])
	assert.Equal(t, object{"addressPrefixes": list{"10.100.0.0/22"}}, toHub.Inputs["remoteAddressSpace"])
	assert.Equal(t, "vnet-hub", m.one(t, typetoken.Peering, "stamp01-spoke-from-hub-11111111").Inputs["virtualNetworkName"])
	rules := m.one(t, typetoken.RuleGroup, "stamp01-spoke-egress-11111111")
	assert.Equal(t, "fwp-hub", rules.Inputs["firewallPolicyName"])
	for _, collection := range rules.Inputs["ruleCollections"].([]any) {
		for _, rule := range collection.(object)["rules"].([]any) {
			assert.NotEmpty(t, rule.(object)["sourceAddresses"])
			assert.NotContains(t, rule, "sourceIpGroups", "a group beside their policy is theirs to make")
		}
	}
	for _, flowLog := range m.OfType(typetoken.FlowLog) {
		assert.True(t, resourceid.Within(flowLog.Inputs["storageId"].(string), subscription), "flow logs stay in the subscription of their network")
	}
	assert.Equal(t, list{theirFirewall}, m.one(t, typetoken.MetricAlert, "stamp01-alerts-snat").Inputs["scopes"])
	assert.Equal(t, list{theirWorkspace}, m.one(t, typetoken.QueryAlert, "stamp01-alerts-denied-nodes").Inputs["scopes"])
	assert.NotContains(t, m.Exports, "handover")
	for _, hook := range []string{"stamp01-spoke-to-hub-busy", "stamp01-spoke-from-hub-11111111-busy", "stamp01-spoke-egress-11111111-busy"} {
		require.Contains(t, m.Retries, hook, "others change the hub at times of their own")
	}
	again, err := m.Retries["governance-nics-01-await-definition"](canceled(t), []string{"PolicyDefinitionNotFound: not known yet"})
	assert.True(t, again, "no firewall is made that Azure would need to know the definition for")
	assert.Error(t, err)
}

// What the login may not do in the hub is in the handover, as far as the configuration says it also in a preview, and the rest of a spoke waits
// for its peering only.
func TestHubWithoutRights(t *testing.T) {
	m := deployPlatform(t, theirHub(withoutRights))
	for _, r := range m.All() {
		assert.Empty(t, r.Provider, "%s is in a subscription that is only looked into", r)
	}
	assert.Empty(t, m.OfType(typetoken.RuleGroup))
	var peerings []string
	for _, r := range m.OfType(typetoken.Peering) {
		peerings = append(peerings, r.Name)
	}
	assert.ElementsMatch(t, []string{"imagebuilder-to-hub", "stamp01-spoke-to-hub"}, peerings)
	left := m.Exports["handover"].(object)
	assert.Equal(t, "eastus2", left["location"])
	spoke := armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-bu0001a0005-01")
	assert.Contains(t, left["peerings"], object{
		"networkId": theirNetwork, "remoteNetworkId": spoke, "remoteAddressSpaces": list{"10.240.0.0/16"}, "name": "hub-to-vnet-spoke-bu0001a0005-01",
		"allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false,
		"reason": "The spoke reaches the firewall, and answers what the hub lets in.",
	})
	var priorities []any
	for _, group := range left["egress"].([]any) {
		priorities = append(priorities, group.(object)["priority"])
		assert.NotEmpty(t, group.(object)["collections"])
	}
	assert.Equal(t, list{400.0, 1001.0}, priorities)
	peered := m.one(t, typetoken.UUID, "stamp01-spoke-peered")
	for _, waiting := range []string{typetoken.ManagedCluster, typetoken.PrivateEndpoint, typetoken.ScaleSet} {
		for _, r := range m.OfType(waiting) {
			assertWaits(t, m, r, peered)
		}
	}
	// A firewall that nobody names is watched by nobody here.
	assert.False(t, slices.ContainsFunc(m.All(), func(r registration) bool {
		return strings.HasSuffix(r.Name, "-snat") || strings.HasSuffix(r.Name, "-denied-nodes")
	}))
}

// An update waits for the hub's side of a peering, and fails after the configured time with what to do.
func TestWaitsForHubSide(t *testing.T) {
	state := func(answers ...string) func(string, int) (int, any) {
		return func(call string, seen int) (int, any) {
			if !strings.Contains(call, "/virtualNetworkPeerings/spoke-to-vnet-hub?") {
				return nethttp.StatusNotFound, nil
			}
			return nethttp.StatusOK, object{"properties": object{"peeringState": answers[min(seen, len(answers)-1)]}}
		}
	}
	wait := func(azure *manager, minutes string) error {
		return runAwait(t, azure, theirHub(merged(withoutRights, settings{"handover.waitMinutes": minutes})), "stamp01-spoke-peered-await")
	}
	azure := newManager(t, state("Initiated", "Initiated", "Connected"))
	require.NoError(t, wait(azure, "30"))
	assert.Len(t, azure.calls, 3)
	assert.ErrorContains(t, wait(newManager(t, state("Initiated")), "0"), "the output handover says")
}

// Servers that are not in the hub are asked through the firewall, which has to let the questions through.
func TestDNSServers(t *testing.T) {
	m := deployPlatform(t, settings{"dns.servers": `["10.200.0.5","10.50.0.4"]`})
	assert.Equal(t, object{"dnsServers": list{"10.200.0.5", "10.50.0.4"}}, m.one(t, typetoken.VNet, "imagebuilder").Inputs["dhcpOptions"])
	for _, rule := range m.one(t, typetoken.SecurityGroup, "imagebuilder-imagebuilder").Inputs["securityRules"].([]any) {
		if rule.(object)["name"] == "AllowDnsToFirewallOutBound" {
			assert.Equal(t, list{"10.200.0.5", "10.50.0.4"}, rule.(object)["destinationAddressPrefixes"])
			assert.NotContains(t, rule, "destinationAddressPrefix")
		}
	}
	collections := m.one(t, typetoken.RuleGroup, "imagebuilder-egress").Inputs["ruleCollections"].([]any)
	require.Len(t, collections, 2)
	rule := collections[0].(object)["rules"].([]any)[0].(object)
	assert.Equal(t, list{"10.50.0.4"}, rule["destinationAddresses"])
	assert.Equal(t, list{"53"}, rule["destinationPorts"])
}

func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
