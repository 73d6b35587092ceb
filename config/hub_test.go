package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
)

const (
	connectivity = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-connectivity/providers/"
	theirNetwork = connectivity + "Microsoft.Network/virtualNetworks/vnet-hub"
	theirPolicy  = connectivity + "Microsoft.Network/firewallPolicies/fwp-hub"
)

// existingHub is all that a stack has to know of a hub of others.
func existingHub() values {
	return values{
		"hub.mode": "existing", "hub.networkId": theirNetwork, "hub.addressSpaces": `["10.100.0.0/22"]`, "hub.nextHop": "10.100.0.4",
		"hub.firewallPolicyId": theirPolicy,
	}
}

// A hub of others has no Bastion unless its range is given, and what is kept for its logs is named after the group of the spokes.
func TestExistingHub(t *testing.T) {
	cfg := load(t, existingHub())
	assert.Equal(t, config.ExistingHub{
		NetworkID: theirNetwork, AddressSpaces: []netip.Prefix{netip.MustParsePrefix("10.100.0.0/22")}, NextHop: "10.100.0.4",
		FirewallPolicyID: theirPolicy, Peering: "both", Egress: "policy",
	}, cfg.Hub.Existing)
	assert.False(t, cfg.Hub.BastionSubnet.IsValid())
	assert.Equal(t, netip.MustParsePrefix("10.100.1.0/26"), load(t, existingHub().with("hub.bastionSubnet", "10.100.1.0/26")).Hub.BastionSubnet)
	own := load(t, nil)
	assert.NotEqual(t, own.FlowLogStorageName("s"), cfg.FlowLogStorageName("s"), "the account of a hub is the hub's")
	assert.Equal(t, cfg.FlowLogStorageName("s"), load(t, existingHub().with("resourceGroups.hub", "rg-other")).FlowLogStorageName("s"))
	assert.Equal(t, 400, own.Hub.EgressPriority)
	assert.Equal(t, 1001, config.StampEgressPriority(400, 1))
}

// Every mistake about a hub is found before anything is registered, and names the key.
func TestHubMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		values values
		keys   []string
	}{
		"nothing of it":             {values{"hub.mode": "existing"}, []string{"hub.networkId", "hub.addressSpaces", "hub.nextHop", "hub.firewallPolicyId"}},
		"unknown mode":              {values{"hub.mode": "find"}, []string{"hub.mode"}},
		"a subnet for the network":  {existingHub().with("hub.networkId", theirNetwork+"/subnets/a"), []string{"hub.networkId"}},
		"a network for the policy":  {existingHub().with("hub.firewallPolicyId", theirNetwork), []string{"hub.firewallPolicyId"}},
		"a policy for the firewall": {existingHub().with("hub.firewallId", theirPolicy), []string{"hub.firewallId"}},
		"next hop elsewhere":        {existingHub().with("hub.nextHop", "10.99.0.4"), []string{"hub.nextHop"}},
		"next hop by name":          {existingHub().with("hub.nextHop", "fw"), []string{"hub.nextHop"}},
		"host bits":                 {existingHub().with("hub.addressSpaces", `["10.100.0.4/22","10.100.0.0/22"]`), []string{"hub.addressSpaces[0]"}},
		"overlaps a stamp":          {existingHub().with("hub.addressSpaces", `["10.100.0.0/22","10.240.0.0/20"]`), []string{"stamps[0].addressSpace"}},
		"overlaps services":         {existingHub().with("hub.addressSpaces", `["10.100.0.0/22","172.16.0.0/15"]`), []string{"hub.addressSpaces[1]"}},
		"Bastion elsewhere":         {existingHub().with("hub.bastionSubnet", "10.200.0.128/26"), []string{"hub.bastionSubnet"}},
		"no egress, but a policy":   {existingHub().with("hub.egress", "none"), []string{"hub.firewallPolicyId"}},
		"both kinds of hub":         {existingHub().with("firewall.tier", "Standard").with("firewall.intrusionDetection", "Off").with("hub.addressSpace", "10.9.0.0/24"), []string{"hub.addressSpace", "firewall.tier", "firewall.intrusionDetection"}},
		"made, but its id":          {values{"hub.networkId": theirNetwork, "hub.peering": "spokeOnly"}, []string{"hub.networkId", "hub.peering"}},
		"priority":                  {values{"hub.egressPriority": "64302"}, []string{"hub.egressPriority"}},
		"workspace":                 {values{"hub.workspaceId": theirPolicy}, []string{"hub.workspaceId"}},
		"workspace with a name": {values{"hub.workspaceId": connectivity + "Microsoft.OperationalInsights/workspaces/la-x", "hub.workspaceSuffix": "b"},
			[]string{"hub.workspaceSuffix"}},
		"subscription twice": {existingHub().with("subscriptions.hub", "4e3c1b0a-0000-4000-8000-00000000a0b1"), []string{"subscriptions.hub"}},
		"server":             {values{"dns.servers": `["10.0.0.4","dns.example.com"]`}, []string{"dns.servers[1]"}},
		"wait":               {values{"handover.waitMinutes": "-1"}, []string{"handover.waitMinutes"}},
	} {
		t.Run(name, func(t *testing.T) {
			var keys []string
			for _, problem := range problems(t, c.values) {
				keys = append(keys, problem.Key)
			}
			assert.Equal(t, c.keys, keys)
		})
	}
}

// What is written out as it is by default does no harm.
func TestDefaultsOfOtherHub(t *testing.T) {
	load(t, existingHub().with("firewall.tier", "Premium").with("hub.firewallId", ""))
	load(t, values{"hub.peering": "both", "hub.egress": "policy", "hub.addressSpaces": "[]"})
}
