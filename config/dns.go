package config

import (
	"fmt"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// DNS configures how the spokes resolve names.
type DNS struct {
	// Mode is DNSCreate, DNSExisting or DNSNone.
	Mode string
	// Azure resource ids of zones that exist; empty for those that do not, or that only their owner knows.
	RegistryZoneID, VaultZoneID, APIServerZoneID string
	// Links is LinksCreate or LinksNone.
	Links string
	// Servers are the IPv4 addresses that spokes ask; empty for the hub's firewall.
	Servers []string
}

// Values of dns.mode and dns.links.
const (
	DNSCreate   = "create"
	DNSExisting = "existing"
	DNSNone     = "none"
	LinksCreate = "create"
	LinksNone   = "none"
)

// Names of private DNS zones (Azure document "Azure Private Endpoint private DNS zone values").
const (
	RegistryZoneName = "privatelink.azurecr.io"
	VaultZoneName    = "privatelink.vaultcore.azure.net"
)

// APIServerZoneName is the name of the zone of API servers in a region; AKS takes a zone below it, too.
func APIServerZoneName(location string) string { return "privatelink." + location + ".azmk8s.io" }

var privateZoneID = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/privateDnsZones/[-\w.]+$`)

func (r *reader) dns() DNS {
	return DNS{
		Mode:            r.oneOf("dns.mode", DNSCreate, DNSExisting, DNSNone),
		RegistryZoneID:  r.id("dns.registryZoneId", privateZoneID, "a private DNS zone"),
		VaultZoneID:     r.id("dns.vaultZoneId", privateZoneID, "a private DNS zone"),
		APIServerZoneID: r.id("dns.apiServerZoneId", privateZoneID, "a private DNS zone"),
		Links:           r.oneOf("dns.links", LinksCreate, LinksNone),
		Servers:         r.dnsServers("dns.servers"),
	}
}

func (r *reader) checkDNS(dns DNS, location string) {
	for _, zone := range []struct {
		key, id, name string
		// required in mode existing, allowed in mode none
		required, allowed bool
	}{
		{"dns.registryZoneId", dns.RegistryZoneID, RegistryZoneName, true, false},
		{"dns.vaultZoneId", dns.VaultZoneID, VaultZoneName, true, false},
		{"dns.apiServerZoneId", dns.APIServerZoneID, APIServerZoneName(location), false, true},
	} {
		name := strings.ToLower(resourceid.Name(zone.id))
		below := zone.key == "dns.apiServerZoneId" && strings.HasSuffix(name, "."+zone.name)
		switch {
		case zone.id != "" && (dns.Mode == DNSCreate || dns.Mode == DNSNone && !zone.allowed):
			r.reject(zone.key, zone.id, "no value while dns.mode is "+dns.Mode)
		case zone.id != "" && name != zone.name && !below:
			r.reject(zone.key, zone.id, "the Azure resource id of a private DNS zone named "+zone.name)
		case r.text(zone.key) == "" && zone.required && dns.Mode == DNSExisting:
			r.reject(zone.key, "", fmt.Sprintf("the Azure resource id of private DNS zone %s, since dns.mode is existing", zone.name))
		}
	}
	if dns.Mode == DNSCreate && dns.Links == LinksNone {
		r.reject("dns.links", dns.Links, "create while dns.mode is create: the zones are the stack's")
	}
}
