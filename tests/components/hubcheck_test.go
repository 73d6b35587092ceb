package components

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/platform"
)

// What only Azure knows of a hub and its zones is found before anything is registered: the key, its value, and what is allowed.
func TestHubChecks(t *testing.T) {
	network := func(of object) func(*recordingMonitor) {
		return func(m *recordingMonitor) { m.Found["vnet-hub"] = merge(m.Found["vnet-hub"], of) }
	}
	policy := func(of object) func(*recordingMonitor) {
		return func(m *recordingMonitor) { m.Found["fwp-hub"] = of }
	}
	links := func(linked string) func(*recordingMonitor) {
		return func(m *recordingMonitor) {
			m.Listed = map[string][]any{}
			for _, zone := range []string{theirRegistry, theirVault, theirAPI} {
				m.Listed[zone+"/virtualNetworkLinks"] = list{object{"properties": object{"virtualNetwork": object{"id": linked}}}}
			}
		}
	}
	peering := func(remote, state, space string) object {
		return object{"virtualNetworkPeerings": list{object{
			"name": "hub-to-x", "peeringState": state, "remoteVirtualNetwork": object{"id": remote},
			"remoteAddressSpace": object{"addressPrefixes": list{space}},
		}}}
	}
	ours := armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-bu0001a0005-01")
	for name, c := range map[string]struct {
		s     settings
		spoil func(*recordingMonitor)
		says  string // empty: it goes on
	}{
		"as configured": {nil, func(*recordingMonitor) {}, ""},
		"other ranges":  {nil, network(object{"addressSpace": object{"addressPrefixes": list{"10.100.0.0/22", "10.104.0.0/24"}}}), "10.104.0.0/24"},
		"range of another spoke": {nil, network(peering(theirGroup+"/providers/Microsoft.Network/virtualNetworks/vnet-other", "Connected", "10.240.128.0/17")),
			`stamps[0].addressSpace: "10.240.0.0/16"`},
		"our own spoke":          {nil, network(peering(ours, "Connected", "10.240.0.0/16")), ""},
		"left-over peering":      {withoutRights, network(peering(ours, "Disconnected", "10.240.0.0/16")), "left-over peering hub-to-x"},
		"basic policy":           {nil, policy(object{"sku": object{"tier": "Basic"}}), "tier Standard or Premium"},
		"no proxy":               {nil, policy(object{"sku": object{"tier": "Standard"}}), "dnsSettings.enableProxy"},
		"servers elsewhere":      {settings{"dns.servers": `["10.100.0.10"]`}, policy(object{"sku": object{"tier": "Standard"}}), ""},
		"no such policy":         {nil, func(m *recordingMonitor) { m.Refusals = map[string]string{"fwp-hub": "ResourceNotFound"} }, "a firewall policy that exists"},
		"policy not readable":    {nil, func(m *recordingMonitor) { m.Refusals = map[string]string{"fwp-hub": "AuthorizationFailed"} }, ""},
		"another firewall":       {settings{"hub.firewallId": theirFirewall}, func(m *recordingMonitor) { m.Found["fw-hub"] = nil }, "the firewall at hub.nextHop"},
		"zones linked":           {zonesByID, links(theirNetwork), ""},
		"zones linked elsewhere": {zonesByID, links(ours), "dns.vaultZoneId"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &recordingMonitor{}
			m.Found = theirLandingZone()
			c.spoil(m)
			err := m.run(t, withTags(merged(theirHub(nil), c.s)), platform.Deploy)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			for _, r := range m.All() {
				assert.Contains(t, r.Type, "pulumi:providers:", "nothing is registered before the checks")
			}
		})
	}
}

func merge(all ...object) object {
	merged := object{}
	for _, one := range all {
		for key, value := range one {
			merged[key] = value
		}
	}
	return merged
}
