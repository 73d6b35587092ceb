package flow_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/flow"
)

func hop(name, prefix, kind, address string) object {
	r := object{"name": name, "addressPrefix": prefix, "nextHopType": kind}
	if address != "" {
		r["nextHopIpAddress"] = address
	}
	return r
}

// Longest prefix wins, user routes win ties, and each next hop type does what Azure does with it.
func TestRoutes(t *testing.T) {
	toFW := hop("fw", "0.0.0.0/0", "VirtualAppliance", firewallIP)
	hub := tcp(flow.Subnet(other), flow.Subnet(bastion), 9999)
	local := tcp(flow.Subnet(other), addr("10.240.1.9"), 22)
	internet := tcp(flow.Subnet(other), flow.Tag("Internet"), 443)
	private := tcp(flow.Subnet(other), addr("10.77.0.4"), 443)
	tests := []struct {
		name   string
		routes list
		flow   flow.Flow
		allow  bool
		layer  flow.Layer
		by     string
	}{
		{"own network beats the default route", list{toFW}, local, true, flow.LayerRoute, "system/10.240.0.0/16"},
		{"peered network beats the default route", list{toFW}, hub, false, flow.LayerNSGIn, "bastion/DenyAllInbound"},
		{"longer user route beats the network", list{hop("in", "10.240.1.0/28", "VirtualAppliance", firewallIP)}, local,
			false, flow.LayerFirewallDefault, "firewall/implicit-deny"},
		{"equal user route beats the network", list{hop("in", "10.240.0.0/16", "None", "")}, local, false, flow.LayerRoute, "rt/in"},
		{"shorter user route does not", list{hop("in", "10.0.0.0/8", "None", "")}, local, true, flow.LayerRoute, "system/10.240.0.0/16"},
		{"equal user route beats the peering", list{hop("hub", "10.200.0.0/24", "None", "")}, hub, false, flow.LayerRoute, "rt/hub"},
		{"default route to the firewall", list{toFW}, internet, false, flow.LayerFirewallDefault, "firewall/implicit-deny"},
		{"tag route beats the default route", list{toFW, hop("tag", "Storage", "None", "")}, tcp(flow.Subnet(other), flow.Tag("Storage"), 443),
			false, flow.LayerRoute, "rt/tag"},
		{"no such appliance", list{hop("fw", "0.0.0.0/0", "VirtualAppliance", "10.200.0.9")}, internet, false, flow.LayerRoute, "rt/fw"},
		{"gateway without a gateway", list{hop("gw", "0.0.0.0/0", "VirtualNetworkGateway", "")}, internet, false, flow.LayerRoute, "rt/gw"},
		{"none", list{hop("none", "0.0.0.0/0", "None", "")}, internet, false, flow.LayerRoute, "rt/none"},
		{"no outbound path", list{}, internet, false, flow.LayerRoute, "system/0.0.0.0/0"},
		{"private range nobody has", list{}, private, false, flow.LayerRoute, "system/10.0.0.0/8"},
		{"default route carries private ranges", list{toFW}, private, false, flow.LayerFirewallDefault, "firewall/implicit-deny"},
		{"internet does not carry private addresses", list{hop("out", "0.0.0.0/0", "Internet", "")}, private, false, flow.LayerRoute, "rt/out"},
		{"local next hop for foreign addresses", list{hop("loc", "0.0.0.0/0", "VnetLocal", "")}, internet, false, flow.LayerRoute, "rt/loc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab().withOther(false)
			l.set(routes, "routes", tt.routes)
			subnet := l[other].Properties
			delete(subnet, "networkSecurityGroup")
			r := l.build(t).Check(tt.flow)
			assert.Equal(t, tt.allow, r.Allowed, r.Reason)
			assert.Equal(t, tt.layer, r.Layer, r.Reason)
			assert.Equal(t, tt.by, r.By, r.Reason)
		})
	}
}

// A subnet reaches the internet without a firewall only over an explicit path, or over Azure's default one while that is on.
func TestOutboundPath(t *testing.T) {
	internet := tcp(flow.Subnet(first), flow.Tag("Internet"), 443)
	change := func(property string, value any) flow.Result {
		l := pair()
		s := l[otherVNet].Properties["subnets"].(list)[0].(object)
		s["defaultOutboundAccess"] = false
		s[property] = value
		return l.build(t).Check(internet)
	}
	assert.True(t, change("defaultOutboundAccess", true).Allowed)
	assert.True(t, change("natGateway", ref(network+"natGateways/nat")).Allowed)
	closed := change("defaultOutboundAccess", false)
	assert.False(t, closed.Allowed)
	assert.Contains(t, closed.Reason, "no outbound path: default outbound access is off")
	assert.True(t, pair().build(t).Check(internet).Allowed, "absent means on in this API version")

	l := pair()
	l[otherVNet].Properties["subnets"].(list)[0].(object)["defaultOutboundAccess"] = false
	l.put("networkInterfaces", network+"networkInterfaces/nic", object{"ipConfigurations": list{
		object{"privateIPAddress": "10.240.1.4", "subnet": ref(first), "publicIPAddress": ref(network + "publicIPAddresses/pip")},
	}})
	assert.True(t, l.build(t).Check(internet).Allowed)
}

// Peering works only with both sides and with access, and is never transitive.
func TestPeering(t *testing.T) {
	dns := udp(flow.Subnet(builder), addr(firewallIP), 53)
	download := tcp(flow.Subnet(builder), addr("8.8.8.8"), 443)
	tests := []struct {
		name  string
		alter func(lab)
		flow  flow.Flow
		layer flow.Layer
		why   string
	}{
		{"spoke side missing", func(l lab) { delete(l, spokeToHub) }, download, flow.LayerPeering, "the side in vnet-spoke-BU0001A0005-00 is missing"},
		{"hub side missing", func(l lab) { delete(l, hubToSpoke) }, download, flow.LayerPeering, "the side in vnet-eastus2-hub is missing"},
		{"not peered", func(l lab) { delete(l, hubToSpoke); delete(l, spokeToHub) }, download, flow.LayerPeering, "is not peered with"},
		{"access off", func(l lab) { l.set(hubToSpoke, "allowVirtualNetworkAccess", false) }, dns, flow.LayerPeering, "does not allow virtual network access"},
		{"next hop without access", func(l lab) { l.set(spokeToHub, "allowVirtualNetworkAccess", false) }, download, flow.LayerPeering, "does not allow virtual network access"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab()
			tt.alter(l)
			r := l.build(t).Check(tt.flow)
			assert.False(t, r.Allowed)
			assert.Equal(t, tt.layer, r.Layer, r.Reason)
			assert.Contains(t, r.Reason, tt.why)
		})
	}

	l := newLab().withOther(false)
	l.set(routes, "routes", list{})
	r := l.build(t).Check(tcp(flow.Subnet(other), flow.Subnet(builder), 22))
	assert.False(t, r.Allowed, "two spokes of one hub have no route to each other")
}

// The firewall forwards between spokes only into a network that accepts forwarded traffic; what it proxies is its own traffic.
func TestForwardedTraffic(t *testing.T) {
	l := newLab().withOther(false)
	l.addRule(builderNSG, rule("AllowOther", 105, "Outbound", "Allow", "Tcp", "*", "10.240.0.0/16", "*"))
	l.addRule(otherNSG, rule("AllowBuilder", 100, "Inbound", "Allow", "Tcp", "10.241.0.0/28", "*", "22"))
	l.addRule(otherNSG, rule("DenyAll", 1000, "Inbound", "Deny", "*", "*", "*", "*"))
	l.addGroup("rcg-between", 300, collection("between", 300, "Allow", networkRule("ssh", "10.241.0.0/28", "10.240.0.0/16", "TCP", "22")))
	ssh := tcp(flow.Subnet(builder), flow.Subnet(other), 22)

	r := l.build(t).Check(ssh)
	assert.Equal(t, flow.LayerPeering, r.Layer, r.Reason)
	assert.Equal(t, "vnet-other/other-to-hub", r.By)

	l.set(otherToHub, "allowForwardedTraffic", true)
	r = l.build(t).Check(ssh)
	assert.True(t, r.Allowed, r.Reason)
	assert.Equal(t, "other/AllowBuilder", r.By, "the source keeps its address")

	l.set(otherToHub, "allowForwardedTraffic", false)
	l.withVault()
	l.addGroup("rcg-vault", 310, collection("vault", 310, "Allow", appRule("vault", https, "kv.vault.azure.net")))
	vault := tcp(flow.Subnet(builder), flow.Host("kv.vault.azure.net"), 443)
	r = l.build(t).Check(vault)
	assert.True(t, r.Allowed, "private endpoints are exempt while the subnet's policies are off: %s", r.Reason)
	l.set(other, "privateEndpointNetworkPolicies", "Enabled")
	assert.Equal(t, "other/DenyAll", l.build(t).Check(vault).By)
	l.addRule(otherNSG, rule("AllowFirewall", 110, "Inbound", "Allow", "Tcp", firewallIP, "*", "443"))
	assert.Equal(t, "other/AllowFirewall", l.build(t).Check(vault).By, "a proxied connection comes from the firewall")
}

// What leads in from outside is a public address in the subnet, a platform path, or nothing.
func TestInboundFromOutside(t *testing.T) {
	open := rule("Open", 100, "Inbound", "Allow", "*", "*", "*", "*")
	in := tcp(flow.Tag("Internet"), flow.Subnet(first), 443)
	r := pair(open).build(t).Check(in)
	assert.False(t, r.Allowed)
	assert.Equal(t, flow.LayerPath, r.Layer)
	assert.Contains(t, r.Reason, "no public IP and no DNAT leads there")
	assert.True(t, pair(open).build(t).Check(tcp(flow.Tag("GatewayManager"), flow.Subnet(first), 443)).Allowed)
	assert.False(t, pair(open).build(t).Check(tcp(addr("192.168.1.1"), flow.Subnet(first), 443)).Allowed)

	l := pair(open)
	pip := network + "publicIPAddresses/pip-gateway"
	l.put("publicIPAddresses", pip, object{"ipAddress": "20.1.2.3"})
	assert.Contains(t, l.build(t).Check(tcp(flow.Tag("Internet"), flow.PublicIP(pip), 443)).Reason, "no resource uses")
	l.put("applicationGateways", network+"applicationGateways/gw", object{
		"gatewayIPConfigurations":  list{object{"subnet": ref(first)}},
		"frontendIPConfigurations": list{object{"publicIPAddress": ref(pip)}},
	})
	for _, to := range []flow.Endpoint{flow.Subnet(first), flow.PublicIP(pip), addr("20.1.2.3")} {
		r = l.build(t).Check(tcp(flow.Tag("Internet"), to, 443))
		assert.True(t, r.Allowed, r.Reason)
		assert.Equal(t, "other/Open", r.By)
	}
	assert.False(t, l.build(t).Check(tcp(addr("192.168.1.1"), flow.Subnet(first), 443)).Allowed, "a private network is not the internet")
}
