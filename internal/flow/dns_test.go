package flow_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// A public name resolves to the same public address each time, and another name to another one.
func TestPublicNames(t *testing.T) {
	n := newLab().build(t)
	a, b := n.Resolve(builder, "github.com"), n.Resolve(builder, "GitHub.com.")
	assert.True(t, a.Resolved, a.Reason)
	assert.Equal(t, a.Addresses, b.Addresses)
	assert.NotEqual(t, a.Addresses, n.Resolve(builder, "example.org").Addresses)
	assert.True(t, netip.MustParsePrefix("198.18.0.0/15").Contains(a.Addresses[0]))
	assert.False(t, a.Private)
	assert.False(t, n.Resolve(builder+"x", "github.com").Resolved)
}

// A closed path to the DNS server stops every flow to a name, and the verdict names the control in the way.
func TestResolutionIsBlocked(t *testing.T) {
	tests := []struct {
		name  string
		alter func(lab)
		by    string
	}{
		{"security group", func(l lab) { l.dropRule(builderNSG, "AllowDnsToFirewallOutBound") }, "imagebuilder/DenyAllOutBound"},
		{"proxy off", func(l lab) { l.set(policy, "dnsSettings", object{"enableProxy": false}) }, "firewall/implicit-deny"},
		{"no peering back", func(l lab) { delete(l, hubToSpoke) }, "rt/r-nexthop-to-fw"},
		{"server that nobody has", func(l lab) { l.set(buildVNet, "dhcpOptions", object{"dnsServers": strs("10.9.9.9")}) }, "imagebuilder/DenyAllOutBound"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab()
			tt.alter(l)
			r := l.build(t).Check(tcp(flow.Subnet(builder), flow.Host("github.com"), 443))
			assert.False(t, r.Allowed)
			assert.Equal(t, flow.LayerDNS, r.Layer)
			assert.Equal(t, tt.by, r.By)
			assert.Contains(t, r.Reason, "name resolution of github.com is blocked")
		})
	}
}

// Servers are tried in order, and the platform's resolver needs no rule.
func TestDNSServers(t *testing.T) {
	l := newLab()
	l.set(buildVNet, "dhcpOptions", object{"dnsServers": strs("10.9.9.9", firewallIP)})
	assert.True(t, l.build(t).Resolve(builder, "github.com").Resolved)
	l.set(buildVNet, "dhcpOptions", object{"dnsServers": strs("168.63.129.16")})
	l.dropRule(builderNSG, "AllowDnsToFirewallOutBound")
	assert.True(t, l.build(t).Resolve(builder, "github.com").Resolved)
}

// A private zone answers where the resolver's network is linked: behind the firewall's proxy that is the hub.
func TestPrivateZones(t *testing.T) {
	const private = "kv.privatelink.vaultcore.azure.net"
	answer := func(l lab, name string) flow.Resolution { return l.build(t).Resolve(builder, name) }

	linked := newLab().withVault()
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("10.240.1.9")}, answer(linked, private).Addresses)
	r := answer(linked, "kv.vault.azure.net")
	assert.True(t, r.Private, "the public name is an alias since the endpoint exists: %s", r.Reason)
	assert.False(t, answer(linked, "elsewhere.vault.azure.net").Private, "no endpoint, no alias")

	missing := answer(linked, "nosuch.privatelink.vaultcore.azure.net")
	assert.False(t, missing.Resolved, "the zone answers for names it lacks")
	assert.Contains(t, missing.Reason, "has no record")
	linked.set(hubLink, "resolutionPolicy", "NxDomainRedirect")
	assert.True(t, answer(linked, "nosuch.privatelink.vaultcore.azure.net").Resolved)

	unlinked := newLab().withVault()
	delete(unlinked, hubLink)
	assert.False(t, answer(unlinked, private).Private)
	assert.True(t, answer(unlinked, "kv.vault.azure.net").Resolved, "to the public address")

	// A link to the spoke does not help a spoke whose resolver is the firewall.
	unlinked.put("privateDnsZones/virtualNetworkLinks", vaultZone+"/virtualNetworkLinks/to-spoke", object{"virtualNetwork": ref(buildVNet)})
	assert.False(t, answer(unlinked, private).Private)
	unlinked.set(buildVNet, "dhcpOptions", object{})
	assert.True(t, answer(unlinked, private).Private)
}

// Aliases, wildcards, the zone's own name and the records of private endpoints all resolve.
func TestRecords(t *testing.T) {
	zone := network + "privateDnsZones/corp.example"
	l := newLab().withVault()
	l.put("privateDnsZones", zone, object{})
	l.put("privateDnsZones/virtualNetworkLinks", zone+"/virtualNetworkLinks/hub", object{"virtualNetwork": ref(hubVNet)})
	a := func(name, ip string) {
		l.put("privateDnsZones/A", zone+"/A/"+name, object{"aRecords": list{object{"ipv4Address": ip}}})
	}
	a("@", "10.0.0.1")
	a("*", "10.0.0.2")
	a("*.apps", "10.0.0.3")
	l.put("privateDnsZones/CNAME", zone+"/CNAME/www", object{"cnameRecord": object{"cname": "x.apps.corp.example"}})
	l.put("privateEndpoints/privateDnsZoneGroups", network+"privateEndpoints/pe/privateDnsZoneGroups/default", object{
		"privateDnsZoneConfigs": list{object{"privateDnsZoneId": vaultZone, "recordSets": list{
			object{"recordType": "A", "recordSetName": "kv2", "ipAddresses": strs("10.240.1.10")},
		}}},
	})
	n := l.build(t)
	for name, want := range map[string]string{
		"corp.example": "10.0.0.1", "any.corp.example": "10.0.0.2", "a.b.corp.example": "10.0.0.2",
		"x.apps.corp.example": "10.0.0.3", "www.corp.example": "10.0.0.3", "kv2.vault.azure.net": "10.240.1.10",
	} {
		r := n.Resolve(builder, name)
		if assert.True(t, r.Resolved, r.Reason) {
			assert.Equal(t, want, r.Addresses[0].String(), name)
		}
	}
}

// The zone with the longest name answers, in whatever order the zones were linked.
func TestNestedZones(t *testing.T) {
	zones := map[string]string{"a.example": "10.0.0.1", "b.a.example": "10.0.0.2", "c.b.a.example": "10.0.0.3"}
	l := newLab()
	for name, ip := range zones {
		id := network + "privateDnsZones/" + name
		l.put("privateDnsZones", id, object{})
		l.put("privateDnsZones/virtualNetworkLinks", id+"/virtualNetworkLinks/hub", object{"virtualNetwork": ref(hubVNet)})
		l.put("privateDnsZones/A", id+"/A/*", object{"aRecords": list{object{"ipv4Address": ip}}})
	}
	resources := l.resources()
	for range 2 {
		n, err := flow.New(resources, flow.Options{})
		require.NoError(t, err)
		for zone, ip := range zones {
			assert.Equal(t, ip, n.Resolve(builder, "host."+zone).Addresses[0].String(), zone)
		}
		slices.Reverse(resources)
	}
}

// The firewall asks the servers of its policy instead of the platform's resolver, if it can reach them.
func TestFirewallDNSServers(t *testing.T) {
	const private = "kv.privatelink.vaultcore.azure.net"
	l := newLab().withOther(false).withVault()
	use := func(servers ...string) flow.Resolution {
		l.set(policy, "dnsSettings", object{"enableProxy": true, "servers": strs(servers...)})
		return l.build(t).Resolve(builder, private)
	}
	assert.True(t, use("168.63.129.16").Private)
	assert.False(t, use("8.8.8.8").Private, "a public resolver knows no private zone")
	assert.False(t, use("10.240.1.5").Private, "a forwarder sees the zones of its own network")
	l.put("privateDnsZones/virtualNetworkLinks", vaultZone+"/virtualNetworkLinks/to-other", object{"virtualNetwork": ref(otherVNet)})
	assert.True(t, use("10.240.1.5").Private)
	delete(l, otherToHub)
	assert.False(t, use("10.240.1.5").Resolved, "the forwarder is out of reach")
}
