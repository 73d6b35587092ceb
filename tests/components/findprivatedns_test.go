package components

import (
	"context"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/platform"
)

// Zones of another team, in a group of its own.
const (
	theirZones    = "/subscriptions/" + theirSubscription + "/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/"
	theirRegistry = theirZones + "privatelink.azurecr.io"
	theirVault    = theirZones + "privatelink.vaultcore.azure.net"
	theirAPI      = theirZones + "privatelink.eastus2.azmk8s.io"
)

var zonesByID = settings{
	"dns.mode": "existing", "dns.registryZoneId": theirRegistry, "dns.vaultZoneId": theirVault, "dns.apiServerZoneId": theirAPI,
}

func apiAccess(t *testing.T, m *recordingMonitor) object {
	t.Helper()
	return m.OfType(typetoken.ManagedCluster)[0].Inputs["apiServerAccessProfile"].(object)
}

// Zones of others are used as they are: endpoints write into them, the one link that a service needs is made, and AKS gets its role there.
func TestFoundZones(t *testing.T) {
	m := deployPlatform(t, theirHub(zonesByID))
	assert.Empty(t, m.OfType(typetoken.PrivateZone))
	var links []string
	for _, link := range m.OfType(typetoken.ZoneLink) {
		links = append(links, link.Name)
		assert.Equal(t, "rg-dns", link.Inputs["resourceGroupName"])
		assert.Contains(t, link.Provider, "subscription-"+theirSubscription)
	}
	assert.Equal(t, []string{"stamp01-spoke-vault-11111111"}, links, "the hub's links are its owner's, that of the API server is AKS's")
	for _, group := range m.OfType(typetoken.ZoneGroup) {
		zone := group.Inputs["privateDnsZoneConfigs"].([]any)[0].(object)["privateDnsZoneId"]
		assert.Contains(t, []any{theirRegistry, theirVault}, zone)
	}
	assert.Equal(t, theirAPI, apiAccess(t, m)["privateDNSZone"])
	assert.Equal(t, false, apiAccess(t, m)["enablePrivateClusterPublicFQDN"])
	role := m.one(t, typetoken.RoleAssignment, "stamp01-cluster-dns")
	assert.Equal(t, theirAPI, role.Inputs["scope"])
	assert.True(t, strings.HasPrefix(role.Inputs["roleDefinitionId"].(string), "/subscriptions/"+theirSubscription))
	assert.NotContains(t, m.Exports, "handover")
}

// A hub of the stack's own resolves in zones of others once they are linked to it.
func TestFoundZonesForOwnHub(t *testing.T) {
	m := deployPlatform(t, zonesByID)
	for _, zone := range []string{"registry", "vault", "apiserver"} {
		link := m.one(t, typetoken.ZoneLink, "dns-hub-"+zone+"-11111111")
		assert.Equal(t, object{"id": hubVNetID}, link.Inputs["virtualNetwork"])
	}
	assertWaits(t, m, m.one(t, typetoken.ZoneGroup, "stamp01-vault"), m.one(t, typetoken.ZoneLink, "dns-hub-vault-11111111"))
	assertWaits(t, m, m.OfType(typetoken.ManagedCluster)[0], m.one(t, typetoken.ZoneLink, "dns-hub-apiserver-11111111"))
}

// What the owner of zones keeps to himself is in the handover, and the cluster waits for its role.
func TestZonesLeftToOwner(t *testing.T) {
	s := merged(theirHub(zonesByID), settings{"dns.links": "none"})
	m := deployPlatform(t, s)
	assert.Empty(t, m.OfType(typetoken.ZoneLink))
	left := m.Exports["handover"].(object)
	spoke := armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-bu0001a0005-01")
	assert.Equal(t, list{object{
		"zoneId": theirVault, "zone": "privatelink.vaultcore.azure.net", "name": "to_vnet-spoke-bu0001a0005-01", "networkId": spoke,
		"reason": "Application Gateway finds the vault with its certificate in the zones of its own network.",
	}}, left["links"])
	identity := m.one(t, typetoken.Identity, "stamp01-cluster")
	role := left["roles"].([]any)[0].(object)
	assert.Equal(t, theirAPI, role["scope"])
	assert.Equal(t, principalOf(identity.ID), role["principalId"], "a preview has the rest, an update who it is")
	assertWaits(t, m, m.OfType(typetoken.ManagedCluster)[0], m.one(t, typetoken.UUID, "stamp01-cluster-zone-role"))

	assigned := object{"properties": object{
		"principalId": principalOf(identity.ID), "roleDefinitionId": "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/" + role["roleId"].(string),
	}}
	for name, answer := range map[string]func(string, int) (int, any){
		"assigned later": func(_ string, seen int) (int, any) {
			if seen == 0 {
				return nethttp.StatusOK, object{"value": list{}}
			}
			return nethttp.StatusOK, object{"value": list{assigned}}
		},
		"not readable": func(string, int) (int, any) {
			return nethttp.StatusForbidden, object{"error": object{"code": "AuthorizationFailed", "message": "no"}}
		},
	} {
		require.NoError(t, runAwait(t, newManager(t, answer), s, "stamp01-cluster-zone-role-await"), name)
	}
	// AKS refuses a role that has not spread yet.
	asked := 0
	young := newManager(t, func(call string, seen int) (int, any) {
		if strings.Contains(call, "roleAssignments") {
			asked = seen + 1
		}
		made := time.Now().Add(-time.Minute)
		if seen > 1 {
			made = made.Add(-time.Hour)
		}
		assigned["properties"].(object)["createdOn"] = made.Format(time.RFC3339)
		return nethttp.StatusOK, object{"value": list{assigned}}
	})
	require.NoError(t, runAwait(t, young, s, "stamp01-cluster-zone-role-await"))
	assert.Equal(t, 3, asked, "a role of a minute is not known everywhere")
}

// Where only a policy writes names, no zone is named: endpoints wait for the policy, the cluster publishes the name of its private address.
func TestNamesByPolicy(t *testing.T) {
	s := merged(theirHub(nil), settings{"dns.mode": "none"})
	m := deployPlatform(t, s)
	for _, typ := range []string{typetoken.PrivateZone, typetoken.ZoneLink, typetoken.ZoneGroup} {
		assert.Empty(t, m.OfType(typ))
	}
	assert.Equal(t, "none", apiAccess(t, m)["privateDNSZone"])
	assert.Equal(t, true, apiAccess(t, m)["enablePrivateClusterPublicFQDN"])
	for _, role := range m.OfType(typetoken.RoleAssignment) {
		assert.NotContains(t, []string{"stamp01-cluster-link", "stamp01-cluster-dns"}, role.Name)
	}
	left := m.Exports["handover"].(object)
	var endpoints []any
	for _, record := range left["records"].([]any) {
		endpoints = append(endpoints, record.(object)["endpointId"])
	}
	assert.ElementsMatch(t, list{
		m.one(t, typetoken.PrivateEndpoint, "stamp01-vault").ID, m.one(t, typetoken.PrivateEndpoint, "stamp01-registry").ID,
	}, endpoints)
	assert.Len(t, left["links"], 1)
	assertWaits(t, m, m.one(t, typetoken.ApplicationGateway, "stamp01-gateway"), m.one(t, typetoken.UUID, "stamp01-vault-named"))
	assertWaits(t, m, m.OfType(typetoken.ManagedCluster)[0], m.one(t, typetoken.UUID, "stamp01-registry-named"))

	named := func(after int) *manager {
		return newManager(t, func(call string, seen int) (int, any) {
			if seen < after {
				return nethttp.StatusOK, object{"value": list{}}
			}
			return nethttp.StatusOK, object{"value": list{object{"properties": object{"privateDnsZoneConfigs": list{object{"name": "zone"}}}}}}
		})
	}
	later := named(3)
	require.NoError(t, runAwait(t, later, s, "stamp01-vault-named-await"))
	assert.Len(t, later.calls, 4)
	assert.Contains(t, later.calls[0], "/privateEndpoints/pe-kv-aks-")
	err := runAwait(t, named(1000), merged(s, settings{"handover.waitMinutes": "0"}), "stamp01-vault-named-await")
	assert.ErrorContains(t, err, "privatelink.vaultcore.azure.net")

	// A zone of API servers can be named all the same, since no policy serves AKS.
	m = deployPlatform(t, merged(s, settings{"dns.apiServerZoneId": theirAPI}))
	assert.Equal(t, theirAPI, apiAccess(t, m)["privateDNSZone"])
	assert.Len(t, m.Exports["handover"].(object)["roles"], 1)
}

// runAwait runs what a resource waits for before it is made.
func runAwait(t *testing.T, azure *manager, s settings, hook string) error {
	t.Helper()
	answer := azure.answer
	azure.answer = func(call string, seen int) (int, any) {
		if strings.Contains(call, "/virtualNetworkLinks?") {
			return nethttp.StatusOK, object{"value": list{object{"properties": object{"virtualNetwork": object{"id": theirNetwork}}}}}
		}
		return answer(call, seen)
	}
	m := &recordingMonitor{recording.Monitor{Token: azure.token(), Found: theirLandingZone()}}
	m.Finally = func() error {
		run := m.Hooks[hook]
		require.NotNil(t, run, hook)
		return run(context.Background())
	}
	return m.run(t, withTags(s), platform.Deploy)
}
