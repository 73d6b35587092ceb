package flow_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// What cannot be evaluated is refused with the resource and the property, never skipped.
func TestNewRefuses(t *testing.T) {
	badRule := func(property string, value any) func(lab) {
		return func(l lab) {
			r := rule("Bad", 500, "Outbound", "Allow", "Tcp", "*", "*", "1")
			r[property] = value
			l.addRule(builderNSG, r)
		}
	}
	badFirewallRule := func(property string, value any) func(lab) {
		return func(l lab) {
			r := networkRule("bad", "*", "*", "TCP", "1")
			r[property] = value
			l.addGroup("bad", 500, collection("bad", 500, "Allow", r))
		}
	}
	badAppRule := func(property string, value any) func(lab) {
		return func(l lab) {
			r := appRule("bad", https, "*")
			r[property] = value
			l.addGroup("bad", 500, collection("bad", 500, "Allow", r))
		}
	}
	const bad = policy + "/ruleCollectionGroups/bad"
	tests := []struct {
		name         string
		alter        func(lab)
		id, property string
	}{
		{"rule address", badRule("sourceAddressPrefix", "10.0.0.0/33"), builderNSG, "sourceAddressPrefix"},
		{"rule port", badRule("destinationPortRange", "70000"), builderNSG, "destinationPortRange"},
		{"rule port order", badRule("destinationPortRange", "9-1"), builderNSG, "destinationPortRange"},
		{"rule protocol", badRule("protocol", "Sctp"), builderNSG, "protocol"},
		{"rule access", badRule("access", "Maybe"), builderNSG, "access"},
		{"rule direction", badRule("direction", "Sideways"), builderNSG, "direction"},
		{"rule priority", badRule("priority", 99.0), builderNSG, "priority"},
		{"shared priority", badRule("priority", 100.0), builderNSG, "priority"},
		{"no source", badRule("sourceAddressPrefix", ""), builderNSG, "sourceAddressPrefix"},
		{"application security group", badRule("sourceApplicationSecurityGroups", list{ref("x")}), builderNSG, "sourceApplicationSecurityGroups"},
		{"wrong type", badRule("priority", "100"), builderNSG, "priority"},
		{"route prefix", func(l lab) { l.set(routes, "routes", list{hop("r", "0.0.0.0/x", "None", "")}) }, routes, "addressPrefix"},
		{"route hop", func(l lab) { l.set(routes, "routes", list{hop("r", "0.0.0.0/0", "Moon", "")}) }, routes, "nextHopType"},
		{"route without address", func(l lab) { l.set(routes, "routes", list{hop("r", "0.0.0.0/0", "VirtualAppliance", "")}) }, routes, "nextHopIpAddress"},
		{"security group missing", func(l lab) { delete(l, bastionNSG) }, bastion, "networkSecurityGroup.id"},
		{"route table missing", func(l lab) { delete(l, routes) }, buildVNet, "routeTable.id"},
		{"policy missing", func(l lab) { delete(l, policy) }, firewallID, "firewallPolicy.id"},
		{"IP group missing", func(l lab) { delete(l, ipGroup) }, egress, "sourceIpGroups"},
		{"base policy missing", func(l lab) { l.set(policy, "basePolicy", ref("/no")) }, policy, "basePolicy.id"},
		{"base policy circle", func(l lab) { l.set(policy, "basePolicy", ref(policy)) }, policy, "basePolicy.id"},
		{"subnet without network", func(l lab) { delete(l, hubVNet) }, bastion, "virtual network"},
		{"classic firewall rules", func(l lab) { l.set(firewallID, "networkRuleCollections", list{object{}}) }, firewallID, "networkRuleCollections"},
		{"wildcard in network rule", badFirewallRule("destinationFqdns", strs("*.x.org")), bad, "destinationFqdns"},
		{"rule type", badFirewallRule("ruleType", "Other"), bad, "ruleType"},
		{"web category", badAppRule("webCategories", strs("gambling")), bad, "webCategories"},
		{"FQDN tag", badAppRule("fqdnTags", strs("NoSuchTag")), bad, "fqdnTags"},
		{"zone missing", func(l lab) { l.withVault(); delete(l, vaultZone) }, hubLink, "private DNS zone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab()
			tt.alter(l)
			_, err := flow.New(l.resources(), flow.Options{})
			require.Error(t, err)
			assert.ErrorContains(t, err, tt.id)
			assert.ErrorContains(t, err, tt.property)
		})
	}
}

// Every mistake is reported in one go.
func TestNewReportsAll(t *testing.T) {
	l := newLab()
	delete(l, bastionNSG)
	delete(l, ipGroup)
	_, err := flow.New(l.resources(), flow.Options{})
	assert.ErrorContains(t, err, bastionNSG[strings.LastIndex(bastionNSG, "/"):])
	assert.ErrorContains(t, err, "IP group")
}

// ARM ids and types are compared without regard to case, and resources may come in any order.
func TestNewIgnoresCaseAndOrder(t *testing.T) {
	resources := newLab().resources()
	for i := range resources {
		resources[i].ID = strings.ToUpper(resources[i].ID[:20]) + resources[i].ID[20:]
		resources[i].Type = strings.ToLower(resources[i].Type)
	}
	rand.Shuffle(len(resources), func(i, j int) { resources[i], resources[j] = resources[j], resources[i] })
	n, err := flow.New(append(resources, flow.Resource{Type: "Microsoft.Other/things", ID: "/x"}), flow.Options{})
	require.NoError(t, err)
	r := n.Check(tcp(flow.Subnet(strings.ToUpper(builder)), flow.Host("github.com"), 443))
	assert.True(t, r.Allowed, r.Reason)
}

// A network that was read back lists subnets that are also resources of their own: the resource counts, wherever it is looked up.
func TestSubnetListedTwice(t *testing.T) {
	l := newLab()
	l.set(hubVNet, "subnets", list{object{"name": "AzureBastionSubnet", "addressPrefix": "10.200.0.128/26"}})
	for _, to := range []flow.Endpoint{flow.Subnet(bastion), addr("10.200.0.140")} {
		assert.Equal(t, "bastion/DenyAllInbound", l.build(t).Check(tcp(flow.Tag("Internet"), to, 22)).By)
	}
}

// A flow with an end that does not exist is denied and says which end it is.
func TestUnknownEndpoints(t *testing.T) {
	n := newLab().build(t)
	ok := flow.Subnet(builder)
	for name, f := range map[string]flow.Flow{
		"subnet":         tcp(flow.Subnet(builder+"x"), ok, 22),
		"unset":          tcp(flow.Endpoint{}, ok, 22),
		"host as source": tcp(flow.Host("x.org"), ok, 22),
		"host outside":   tcp(flow.Tag("Internet"), flow.Host("x.org"), 22),
		"twelfth host":   tcp(flow.SubnetHost(builder, 12), ok, 22),
		"tag":            tcp(ok, flow.Tag("VirtualNetwork"), 22),
		"public address": tcp(flow.Tag("Internet"), flow.PublicIP("/no"), 22),
	} {
		r := n.Check(f)
		assert.False(t, r.Allowed, name)
		assert.Equal(t, flow.LayerPath, r.Layer, name)
		assert.Contains(t, r.Reason, "cannot be evaluated", name)
	}
	assert.True(t, n.Check(tcp(flow.SubnetHost(builder, 11), flow.SubnetHost(builder, 1), 22)).Allowed, "a /28 has eleven usable addresses")
}

// Adding a deny rule in front never turns a denied flow into an allowed one: not in a security group, not in the firewall.
func TestDenyNeverOpens(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ports := []string{"*", "22", "53", "80", "443", "1-1024"}
	addresses := []string{"*", "VirtualNetwork", "Internet", "AzureCloud", "AzureLoadBalancer", "10.241.0.0/28", firewallIP}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	var flows []flow.Flow
	ends := []flow.Endpoint{
		flow.Subnet(builder), flow.Subnet(bastion), flow.Subnet(other), flow.Tag("Internet"), flow.Tag("AzureLoadBalancer"),
		flow.Tag("AzureCloud"), addr("20.50.60.70"), addr(firewallIP), flow.Host("github.com"), flow.Host("example.org"),
	}
	for _, from := range ends[:6] {
		for _, to := range ends {
			for _, port := range []uint16{22, 53, 80, 443, 60001} {
				flows = append(flows, tcp(from, to, port), udp(from, to, port))
			}
		}
	}
	before := newLab().withOther(true).build(t)
	for i := range 60 {
		l := newLab().withOther(true)
		if i%3 == 0 {
			r := networkRule("deny", "*", []string{"*", "8.8.8.8", "AzureCloud"}[random.IntN(3)], "Any", pick(ports))
			l.addGroup("deny", 100, collection("deny", 100, "Deny", r))
		} else {
			d := []string{"Inbound", "Outbound"}[random.IntN(2)]
			protocol := []string{"*", "Tcp", "Udp"}[random.IntN(3)]
			l.addRule([]string{builderNSG, bastionNSG, otherNSG}[random.IntN(3)],
				rule("AddedDeny", 101, d, "Deny", protocol, pick(addresses), pick(addresses), pick(ports)))
		}
		after := l.build(t)
		for _, f := range flows {
			was, is := before.Check(f), after.Check(f)
			require.False(t, !was.Allowed && is.Allowed, "deny %d opened a flow: %s, was: %s", i, is.Reason, was.Reason)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	l := newLab()
	n, err := flow.New(l.resources(), flow.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		n.Check(tcp(flow.Subnet(builder), flow.Host(fmt.Sprintf("host%d.example.org", i)), 443))
	}
}
