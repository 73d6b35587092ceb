package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/flow"
)

// openLab is the lab with a builder subnet whose security group lets everything out, so that the firewall decides.
func openLab() lab {
	l := newLab()
	l.set(builderNSG, "securityRules", list{rule("AllowAll", 100, "Outbound", "Allow", "*", "*", "*", "*")})
	delete(l, egress)
	return l
}

// Each kind of rule matches exactly what Azure's does.
func TestFirewallRules(t *testing.T) {
	from := flow.Subnet(builder)
	web := func(name string) flow.Flow { return tcp(from, flow.Host(name), 443) }
	with := func(r object, property string, value any) object { r[property] = value; return r }
	const none = "firewall/implicit-deny"
	tests := []struct {
		name string
		rule object
		flow flow.Flow
		by   string
	}{
		{"network rule by address", networkRule("r", "10.241.0.0/28", "8.8.8.8", "UDP", "53"), udp(from, addr("8.8.8.8"), 53), "c/r"},
		{"network rule by range", networkRule("r", "10.241.0.1-10.241.0.9", "8.8.8.0-8.8.8.9", "Any", "50-60"), udp(from, addr("8.8.8.8"), 53), "c/r"},
		{"network rule, other source", networkRule("r", "10.241.0.8/29", "*", "UDP", "*"), udp(from, addr("8.8.8.8"), 53), none},
		{"network rule, other protocol", networkRule("r", "*", "*", "TCP", "*"), udp(from, addr("8.8.8.8"), 53), none},
		{"network rule, other port", networkRule("r", "*", "*", "UDP", "54"), udp(from, addr("8.8.8.8"), 53), none},
		{"network rule by IP group", with(networkRule("r", "*", "10.0.0.1", "UDP", "*"), "destinationIpGroups", strs(ipGroup)), udp(from, addr("10.0.0.2"), 53), none},
		{"network rule by tag", networkRule("r", "*", "AzureCloud.eastus2", "TCP", "19390"), tcp(from, flow.Host("x.eastus2.atlas.cloudapp.azure.com"), 19390), "c/r"},
		{"network rule by tag, region of another name there", networkRule("r", "*", "AzureCloud.germanywc", "TCP", "19390"), tcp(from, flow.Host("x.germanywestcentral.atlas.cloudapp.azure.com"), 19390), "c/r"},
		{"network rule by a tag that does not exist", networkRule("r", "*", "AzureCloud.germanywestcentral", "TCP", "19390"), tcp(from, flow.Host("x.germanywestcentral.atlas.cloudapp.azure.com"), 19390), none},
		{"network rule by tag, other region", networkRule("r", "*", "AzureCloud.eastus2", "TCP", "19390"), tcp(from, flow.Host("x.westus.atlas.cloudapp.azure.com"), 19390), none},
		{"network rule by name", with(networkRule("r", "*", "1.1.1.1", "UDP", "123"), "destinationFqdns", strs("ntp.ubuntu.com")), udp(from, flow.Host("ntp.ubuntu.com"), 123), "c/r"},
		{"network rule by other name", with(networkRule("r", "*", "1.1.1.1", "UDP", "123"), "destinationFqdns", strs("ntp.ubuntu.com")), udp(from, flow.Host("time.ubuntu.com"), 123), none},
		{"application rule", appRule("r", https, "example.org"), web("example.org"), "c/r"},
		{"application rule without case", appRule("r", https, "Example.ORG"), web("EXAMPLE.org"), "c/r"},
		{"application rule, parent domain", appRule("r", https, "example.org"), web("www.example.org"), none},
		{"wildcard, one label", appRule("r", https, "*.example.org"), web("www.example.org"), "c/r"},
		{"wildcard, two labels", appRule("r", https, "*.example.org"), web("a.b.example.org"), "c/r"},
		{"wildcard, no label", appRule("r", https, "*.example.org"), web("example.org"), none},
		{"wildcard, other domain", appRule("r", https, "*.example.org"), web("badexample.org"), none},
		{"every name", appRule("r", https, "*"), web("example.org"), "c/r"},
		{"no name to see", appRule("r", https, "*"), tcp(from, addr("8.8.8.8"), 443), none},
		{"other port", appRule("r", https, "*"), tcp(from, flow.Host("example.org"), 8443), none},
		{"HTTP on its port only", appRule("r", https, "*"), tcp(from, flow.Host("example.org"), 80), none},
		{"HTTP elsewhere, recognised", appRule("r", list{app("Http", 19390)}, "*.atlas.cloudapp.azure.com"),
			flow.Flow{From: from, To: flow.Host("*.atlas.cloudapp.azure.com"), Protocol: flow.TCP, Port: 19390, App: flow.HTTP}, "c/r"},
		{"HTTP elsewhere, not recognised", appRule("r", list{app("Http", 19390)}, "*"), tcp(from, flow.Host("example.org"), 19390), none},
		{"QUIC is no HTTPS", appRule("r", https, "*"), udp(from, flow.Host("example.org"), 443), none},
		{"MSSQL", appRule("r", list{app("Mssql", 1433)}, "*.database.windows.net"),
			flow.Flow{From: from, To: flow.Host("a.database.windows.net"), Protocol: flow.TCP, Port: 1433, App: flow.MSSQL}, "c/r"},
		{"FQDN tag", with(appRule("r", https), "fqdnTags", strs("AzureKubernetesService")), web("a.data.mcr.microsoft.com"), "c/r"},
		{"FQDN tag of the firewall's region", with(appRule("r", https), "fqdnTags", strs("AzureKubernetesService")), web("a.hcp.eastus2.azmk8s.io"), "c/r"},
		{"FQDN tag of another region", with(appRule("r", https), "fqdnTags", strs("AzureKubernetesService")), web("a.hcp.westus.azmk8s.io"), none},
		{"FQDN tag, no member", with(appRule("r", https), "fqdnTags", strs("AzureKubernetesService")), web("ghcr.io"), none},
		{"no source", with(appRule("r", https, "*"), "sourceIpGroups", list{}), web("example.org"), none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := openLab()
			l.addGroup("g", 100, collection("c", 100, "Allow", tt.rule))
			r := l.build(t).Check(tt.flow)
			assert.Equal(t, tt.by, r.By, r.Reason)
			assert.Equal(t, tt.by != none, r.Allowed)
		})
	}
}

// Network rules come before application rules, base policies before the child, groups and collections by priority.
func TestFirewallOrder(t *testing.T) {
	web := tcp(flow.Subnet(builder), flow.Host("example.org"), 443)
	byName := func(name string) object { return appRule(name, https, "example.org") }
	byAddress := func(name string) object { return networkRule(name, "*", "*", "TCP", "443") }
	tests := []struct {
		name   string
		groups func(lab)
		by     string
		layer  flow.Layer
	}{
		{"network before application", func(l lab) {
			l.addGroup("a", 100, collection("first", 100, "Allow", byName("app")))
			l.addGroup("b", 200, collection("second", 100, "Deny", byAddress("net")))
		}, "second/net", flow.LayerFirewallNetworkRule},
		{"groups by priority", func(l lab) {
			l.addGroup("a", 200, collection("low", 100, "Allow", byName("app")))
			l.addGroup("b", 100, collection("high", 900, "Deny", byName("app")))
		}, "high/app", flow.LayerFirewallApplicationRule},
		{"collections by priority", func(l lab) {
			l.addGroup("a", 100, collection("second", 300, "Allow", byName("app")), collection("first", 200, "Deny", byName("app")))
		}, "first/app", flow.LayerFirewallApplicationRule},
		{"base policy before the child", func(l lab) {
			base := network + "firewallPolicies/base"
			l.put("firewallPolicies", base, object{})
			l.set(policy, "basePolicy", ref(base))
			l.put("firewallPolicies/ruleCollectionGroups", base+"/ruleCollectionGroups/g",
				object{"priority": 60000.0, "ruleCollections": list{collection("base", 100, "Deny", byName("app"))}})
			l.addGroup("a", 100, collection("child", 100, "Allow", byName("app")))
		}, "base/app", flow.LayerFirewallApplicationRule},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := openLab()
			tt.groups(l)
			r := l.build(t).Check(web)
			assert.Equal(t, tt.by, r.By, r.Reason)
			assert.Equal(t, tt.layer, r.Layer)
			assert.Equal(t, tt.by == "child/app", r.Allowed)
		})
	}
}

// Names in network rules work only while the firewall is the DNS proxy of its clients.
func TestNetworkRuleNamesNeedProxy(t *testing.T) {
	l := openLab()
	l.set(buildVNet, "dhcpOptions", object{})
	r := networkRule("ntp", "*", "1.1.1.1", "UDP", "123")
	r["destinationFqdns"] = strs("ntp.ubuntu.com")
	l.addGroup("g", 100, collection("allow-ntp", 100, "Allow", r))
	ntp := udp(flow.Subnet(builder), flow.Host("ntp.ubuntu.com"), 123)
	assert.Equal(t, "allow-ntp/ntp", l.build(t).Check(ntp).By)
	address := l.build(t).Resolve(builder, "ntp.ubuntu.com").Addresses[0]
	assert.Equal(t, "allow-ntp/ntp", l.build(t).Check(udp(flow.Subnet(builder), flow.Address(address), 123)).By, "the rule stands for the name's addresses")
	l.set(policy, "dnsSettings", object{"enableProxy": false})
	assert.Equal(t, "firewall/implicit-deny", l.build(t).Check(ntp).By)
}

// Built-in names come after the rules, so a deny rule beats them.
func TestInfrastructureFQDNs(t *testing.T) {
	opts := flow.Options{InfrastructureFQDNs: []string{"*.platform.example"}}
	image := tcp(flow.Subnet(builder), flow.Host("images.platform.example"), 443)
	l := openLab()
	assert.False(t, l.build(t).Check(image).Allowed)
	assert.Equal(t, "firewall/infrastructure-fqdns", l.build(t, opts).Check(image).By)
	l.addGroup("g", 100, collection("c", 100, "Deny", appRule("r", https, "*")))
	assert.Equal(t, "c/r", l.build(t, opts).Check(image).By)
}

// Only a DNAT rule opens the firewall's public address, and the destination sees the firewall as the source.
func TestDNAT(t *testing.T) {
	l := openLab()
	in := tcp(flow.Tag("Internet"), addr("20.50.60.70"), 2222)
	assert.Equal(t, "firewall/implicit-deny", l.build(t).Check(in).By)
	l.addGroup("g", 100, object{
		"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": "dnat", "priority": 100.0, "action": object{"type": "DNAT"},
		"rules": list{object{
			"ruleType": "NatRule", "name": "ssh", "sourceAddresses": strs("*"), "destinationAddresses": strs("20.50.60.70"),
			"destinationPorts": strs("2222"), "ipProtocols": strs("TCP"), "translatedAddress": "10.241.0.6", "translatedPort": "22",
		}},
	})
	r := l.build(t).Check(in)
	assert.True(t, r.Allowed, r.Reason)
	assert.Equal(t, "default/AllowVnetInBound", r.By, "the firewall is in the peered hub")
	assert.False(t, l.build(t).Check(tcp(flow.Tag("Internet"), addr("20.50.60.70"), 22)).Allowed)
	l.addRule(builderNSG, rule("DenyHub", 100, "Inbound", "Deny", "*", firewallIP, "*", "22"))
	assert.Equal(t, "imagebuilder/DenyHub", l.build(t).Check(in).By)
}

// The firewall's own address answers DNS while the proxy is on, and nothing else.
func TestFirewallAddress(t *testing.T) {
	l := openLab()
	dns := udp(flow.Subnet(builder), addr(firewallIP), 53)
	assert.True(t, l.build(t).Check(dns).Allowed)
	assert.Equal(t, "firewall/implicit-deny", l.build(t).Check(tcp(flow.Subnet(builder), addr(firewallIP), 443)).By)
	l.set(policy, "dnsSettings", object{"enableProxy": false})
	assert.False(t, l.build(t).Check(dns).Allowed)
}
