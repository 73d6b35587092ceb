package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const zones = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/"

// existingZones are those that a stack cannot do without, with the names that Azure wants.
func existingZones() values {
	return values{
		"dns.mode": "existing", "dns.registryZoneId": zones + "privatelink.azurecr.io", "dns.vaultZoneId": zones + "privatelink.vaultcore.azure.net",
	}
}

// Every mistake about zones is found before anything is registered. A zone of another name would take records that nobody asks for.
func TestZoneMistakes(t *testing.T) {
	api := zones + "privatelink.eastus2.azmk8s.io"
	load(t, existingZones().with("dns.apiServerZoneId", zones+"team.privatelink.eastus2.azmk8s.io"))
	load(t, values{"dns.mode": "none", "dns.apiServerZoneId": api})
	for name, c := range map[string]struct {
		values values
		keys   []string
	}{
		"none of them":       {values{"dns.mode": "existing"}, []string{"dns.registryZoneId", "dns.vaultZoneId"}},
		"swapped":            {existingZones().with("dns.registryZoneId", zones+"privatelink.vaultcore.azure.net"), []string{"dns.registryZoneId"}},
		"of another region":  {existingZones().with("dns.apiServerZoneId", api).with("location", "westeurope"), []string{"dns.apiServerZoneId"}},
		"of another type":    {existingZones().with("dns.vaultZoneId", theirNetwork), []string{"dns.vaultZoneId"}},
		"made and existing":  {values{"dns.vaultZoneId": zones + "privatelink.vaultcore.azure.net"}, []string{"dns.vaultZoneId"}},
		"by policy and id":   {existingZones().with("dns.mode", "none"), []string{"dns.registryZoneId", "dns.vaultZoneId"}},
		"links of own zones": {values{"dns.links": "none"}, []string{"dns.links"}},
		"unknown mode":       {values{"dns.mode": "policy"}, []string{"dns.mode"}},
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
