package components

import (
	"path"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// A service gets an address in the subnet, and the zone its names, under the walkthrough's names.
func TestPrivateEndpoint(t *testing.T) {
	target := armPath("rg-workload", "Microsoft.KeyVault/vaults/kv-one")
	subnet := spokeVNetID + "/subnets/snet-privatelinkendpoints"
	zone := armPath(spokeGroup, "Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net")
	m := deploy(t, func(ctx *pulumi.Context) error {
		endpoint, err := network.NewPrivateEndpoint(ctx, "vault", &network.PrivateEndpointArgs{
			Placement:         config.Placement{Location: "eastus2", Tags: map[string]string{"costCenter": "42"}},
			ResourceGroupName: pulumi.String("rg-workload"),
			TargetName:        "kv-one", TargetID: pulumi.String(target), GroupID: "vault",
			VNetName: "vnet-spoke-test", SubnetID: pulumi.String(subnet),
			ZoneID: pulumi.String(zone), ZoneConfigName: "privatelink-akv-net",
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"endpointId": endpoint.EndpointID})
		return nil
	})
	assertFamily(t, m, "aksregulated:network:PrivateEndpoint", "vault", typetoken.PrivateEndpoint+" vault", typetoken.ZoneGroup+" vault")
	assertInputs(t, m.one(t, typetoken.PrivateEndpoint, "vault"), object{
		"privateEndpointName": "pe-kv-one", "customNetworkInterfaceName": "nic-pe-kv-one", "resourceGroupName": "rg-workload",
		"location": "eastus2", "tags": object{"costCenter": "42"},
		"subnet": object{
			"id": subnet, "privateEndpointNetworkPolicies": "Enabled", "privateLinkServiceNetworkPolicies": "Enabled",
		},
		"privateLinkServiceConnections": list{object{
			"name": "to-vnet-spoke-test", "privateLinkServiceId": target, "groupIds": list{"vault"},
		}},
		"customDnsConfigs": list{}, // as Azure lists them once the zone group has the names: a refresh is to find no difference
	})
	assertInputs(t, m.one(t, typetoken.ZoneGroup, "vault"), object{
		"privateDnsZoneGroupName": "for-kv-one", "privateEndpointName": "pe-kv-one", "resourceGroupName": "rg-workload",
		"privateDnsZoneConfigs": list{object{"name": "privatelink-akv-net", "privateDnsZoneId": zone}},
	})
	assertWaits(t, m, m.one(t, typetoken.ZoneGroup, "vault"), m.one(t, typetoken.PrivateEndpoint, "vault"))
	assert.Equal(t, map[string]any{"endpointId": armPath("rg-workload", "Microsoft.Network/privateEndpoints/pe-kv-one")}, m.Exports)
}

// assertPrivateEndpoint checks the endpoint of a stamp's service, whose logical name is also the group of the private link, and its names in
// the zone.
func assertPrivateEndpoint(t *testing.T, m *recordingMonitor, name, targetID, configName, zone string) {
	t.Helper()
	endpoint := m.one(t, typetoken.PrivateEndpoint, name)
	assert.Equal(t, "pe-"+path.Base(targetID), endpoint.Inputs["privateEndpointName"])
	assert.Equal(t, stampEndpoints, endpoint.Inputs["subnet"].(object)["id"])
	assert.Equal(t, list{object{
		"name": "to-vnet-spoke-bu0001a0005-01", "privateLinkServiceId": targetID, "groupIds": list{name},
	}}, endpoint.Inputs["privateLinkServiceConnections"])
	assert.Equal(t, list{object{
		"name": configName, "privateDnsZoneId": armPath("rg-enterprise-networking-spokes", "Microsoft.Network/privateDnsZones/"+zone),
	}}, m.one(t, typetoken.ZoneGroup, name).Inputs["privateDnsZoneConfigs"])
}
