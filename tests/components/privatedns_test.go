package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// zoneNames are the private DNS zones by logical name.
var zoneNames = map[string]string{
	"dns-registry": "privatelink.azurecr.io", "dns-vault": "privatelink.vaultcore.azure.net",
	"dns-apiserver": "privatelink.eastus2.azmk8s.io",
}

func zoneID(logicalName string) string {
	return armPath(spokeGroup, "Microsoft.Network/privateDnsZones/"+zoneNames[logicalName])
}

// zoneLinkFact is a link through which a network resolves a zone, and registers nothing in it.
func zoneLinkFact(zone, vnet, vnetID string) object {
	link := object{
		"privateZoneName": zone, "virtualNetworkLinkName": "to_" + vnet, "resourceGroupName": spokeGroup, "location": "global",
		"tags": testTags, "virtualNetwork": object{"id": vnetID}, "registrationEnabled": false,
	}
	// A name that this zone lacks may be public; names of API servers never are.
	if zone != zoneNames["dns-apiserver"] {
		link["resolutionPolicy"] = "NxDomainRedirect"
	}
	return link
}

func newPrivateDNS(ctx *pulumi.Context, cfg *config.Config, hub *network.Hub) (*network.PrivateDNS, error) {
	return network.NewPrivateDNS(ctx, "dns", &network.PrivateDNSArgs{
		Placement: cfg.Placement, Hub: hub, ResourceGroupName: pulumi.String(spokeGroup),
	})
}

// deployPrivateDNS registers a hub and the zones, and then what the test adds.
func deployPrivateDNS(
	t *testing.T, s settings, then func(*pulumi.Context, *network.PrivateDNS) error,
) (*recordingMonitor, error) {
	t.Helper()
	cfg, m := loadConfig(t, s), &recordingMonitor{}
	return m, m.run(t, nil, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		dns, err := newPrivateDNS(ctx, cfg, hub)
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"registry": dns.RegistryZoneID, "vault": dns.VaultZoneID, "apiserver": dns.APIServerZoneID,
		})
		return then(ctx, dns)
	})
}

func noMore(*pulumi.Context, *network.PrivateDNS) error { return nil }

// There is one zone for registries, one for vaults and one for the region's API servers, each linked to the hub, where the
// firewall resolves for every spoke.
func TestPrivateDNSZones(t *testing.T) {
	m, err := deployPrivateDNS(t, nil, noMore)
	assert.NoError(t, err)
	var family []string
	for logicalName, zone := range zoneNames {
		family = append(family, typetoken.PrivateZone+" "+logicalName, typetoken.ZoneLink+" dns-hub"+logicalName[len("dns"):])
		assertInputs(t, m.one(t, typetoken.PrivateZone, logicalName), object{
			"privateZoneName": zone, "resourceGroupName": spokeGroup, "location": "global", "tags": testTags,
		})
		link := m.one(t, typetoken.ZoneLink, "dns-hub"+logicalName[len("dns"):])
		assertInputs(t, link, zoneLinkFact(zone, "vnet-eastus2-hub", hubVNetID))
		assertWaits(t, m, link, m.one(t, typetoken.PrivateZone, logicalName))
	}
	assertFamily(t, m, "aksregulated:network:PrivateDNS", "dns", family...)
	assert.Equal(t, map[string]any{
		"registry": zoneID("dns-registry"), "vault": zoneID("dns-vault"), "apiserver": zoneID("dns-apiserver"),
	}, m.Exports)
}

// The zones hold addresses that nothing would write again.
func TestPrivateDNSProtection(t *testing.T) {
	for protect, want := range map[string]bool{"true": true, "false": false} {
		m, err := deployPrivateDNS(t, settings{"protect": protect}, noMore)
		assert.NoError(t, err)
		for _, zone := range m.OfType(typetoken.PrivateZone) {
			assert.Equal(t, want, zone.Protect, "%s with protect: %s", zone, protect)
		}
	}
}

// What uses a zone's id waits for the zone's link to the hub: until then its names do not resolve.
func TestPrivateDNSZoneIDWaitsForLink(t *testing.T) {
	m, err := deployPrivateDNS(t, nil, func(ctx *pulumi.Context, dns *network.PrivateDNS) error {
		return dns.Link(ctx, "user", network.VaultZone, network.LinkedNetwork{Name: "vnet-of-user", ID: dns.APIServerZoneID}, "")
	})
	assert.NoError(t, err)
	link := m.one(t, typetoken.ZoneLink, "user-vault")
	assertInputs(t, link, zoneLinkFact("privatelink.vaultcore.azure.net", "vnet-of-user", zoneID("dns-apiserver")))
	assertWaits(t, m, link, m.one(t, typetoken.ZoneLink, "dns-hub-apiserver"))
}

// Only the platform's zones can be linked.
func TestPrivateDNSLinkRefusesOtherZones(t *testing.T) {
	_, err := deployPrivateDNS(t, nil, func(ctx *pulumi.Context, dns *network.PrivateDNS) error {
		return dns.Link(ctx, "user", "blob", network.LinkedNetwork{Name: "vnet-of-user", ID: pulumi.String(hubVNetID)}, "")
	})
	assert.ErrorContains(t, err, `link to vnet-of-user: no private DNS zone of "blob"`)
}
