package flow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/flow"
)

// pair is a lab with one network of two subnets, whose first has a group with the given rules.
func pair(rules ...any) lab {
	l := lab{}
	l.put("networkSecurityGroups", otherNSG, object{"securityRules": list(rules)})
	l.put("virtualNetworks", otherVNet, object{
		"addressSpace": object{"addressPrefixes": strs("10.240.0.0/16")},
		"subnets": list{
			object{"name": "snet-other", "addressPrefixes": strs("10.240.1.0/28"), "networkSecurityGroup": ref(otherNSG)},
			object{"name": "snet-peer", "addressPrefix": "10.240.2.0/28"},
		},
	})
	return l
}

const (
	first  = other
	second = otherVNet + "/subnets/snet-peer"
)

// The lowest priority number that matches direction, protocol, addresses and both ports decides.
func TestNSGRules(t *testing.T) {
	allow := func(protocol, source, destination, port string) object {
		return rule("Allow", 200, "Outbound", "Allow", protocol, source, destination, port)
	}
	deny := rule("DenyAll", 300, "Outbound", "Deny", "*", "*", "*", "*")
	plural := object{
		"name": "Allow", "priority": 200.0, "direction": "Outbound", "access": "Allow", "protocol": "Tcp",
		"sourceAddressPrefixes": strs("10.9.0.0/16", "10.240.1.0/28"), "sourcePortRanges": strs("1-100", "49152-65535"),
		"destinationAddressPrefixes": strs("10.240.2.4", "10.240.2.5"), "destinationPortRanges": strs("80", "8000-8010"),
	}
	to := flow.Subnet(second)
	tests := []struct {
		name  string
		rules list
		flow  flow.Flow
		by    string
	}{
		{"platform default lets the network through", list{}, tcp(flow.Subnet(first), to, 22), "default/AllowVnetOutBound"},
		{"first match wins", list{deny, allow("Tcp", "*", "*", "22")}, tcp(flow.Subnet(first), to, 22), "other/Allow"},
		{"earlier deny wins", list{allow("*", "*", "*", "*"), rule("Deny", 100, "Outbound", "Deny", "Tcp", "*", "*", "22")},
			tcp(flow.Subnet(first), to, 22), "other/Deny"},
		{"other protocol", list{allow("Udp", "*", "*", "22"), deny}, tcp(flow.Subnet(first), to, 22), "other/DenyAll"},
		{"protocol without case", list{allow("UDP", "*", "*", "53"), deny}, udp(flow.Subnet(first), to, 53), "other/Allow"},
		{"any protocol", list{allow("*", "*", "*", "53"), deny}, udp(flow.Subnet(first), to, 53), "other/Allow"},
		{"port in range", list{allow("Tcp", "*", "*", "20-30"), deny}, tcp(flow.Subnet(first), to, 30), "other/Allow"},
		{"port past range", list{allow("Tcp", "*", "*", "20-30"), deny}, tcp(flow.Subnet(first), to, 31), "other/DenyAll"},
		{"plural properties", list{plural, deny}, tcp(flow.Subnet(first), to, 8005), "other/Allow"},
		{"plural properties, other port", list{plural, deny}, tcp(flow.Subnet(first), to, 443), "other/DenyAll"},
		{"source port", list{plural, deny}, flow.Flow{From: flow.Subnet(first), To: to, Protocol: flow.TCP, Port: 80, SourcePort: 500}, "other/DenyAll"},
		{"address outside prefix", list{allow("*", "*", "10.240.2.8/29", "*"), deny}, tcp(flow.Subnet(first), addr("10.240.2.7"), 1), "other/DenyAll"},
		{"address inside prefix", list{allow("*", "*", "10.240.2.8/29", "*"), deny}, tcp(flow.Subnet(first), addr("10.240.2.8"), 1), "other/Allow"},
		{"inbound rule does not bind outbound", list{rule("In", 100, "Inbound", "Deny", "*", "*", "*", "*")},
			tcp(flow.Subnet(first), to, 22), "default/AllowVnetOutBound"},
		{"ICMP has no port", list{allow("*", "*", "*", "22"), deny}, flow.Flow{From: flow.Subnet(first), To: to, Protocol: flow.ICMP}, "other/DenyAll"},
		{"ICMP", list{allow("Icmp", "*", "*", "*"), deny}, flow.Flow{From: flow.Subnet(first), To: to, Protocol: flow.ICMP}, "other/Allow"},
		{"inbound default", list{}, tcp(to, flow.Subnet(first), 22), "default/AllowVnetInBound"},
		{"inbound from the internet", list{}, tcp(flow.Tag("Internet"), flow.Subnet(first), 22), "default/DenyAllInBound"},
		{"platform resolver is exempt", list{deny}, udp(flow.Subnet(first), addr("168.63.129.16"), 53), "platform/168.63.129.16"},
		{"metadata service is exempt", list{deny}, tcp(flow.Subnet(first), addr("169.254.169.254"), 80), "platform/169.254.169.254"},
		{"within the subnet, outbound", list{deny}, tcp(flow.Subnet(first), flow.Subnet(first), 22), "other/DenyAll"},
		{"within the subnet, inbound", list{rule("In", 100, "Inbound", "Deny", "*", "*", "*", "*")},
			tcp(flow.SubnetHost(first, 1), flow.SubnetHost(first, 2), 22), "other/In"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := pair(tt.rules...).build(t).Check(tt.flow)
			assert.Equal(t, tt.by, r.By, r.Reason)
			assert.Equal(t, r.Allowed, r.Hops[len(r.Hops)-1].Allowed, "the last hop carries the verdict")
		})
	}
}

// Rules made as resources of their own count like inline ones, and once when Azure lists them in the group as well.
func TestSeparateSecurityRule(t *testing.T) {
	l := pair(rule("Stale", 100, "Outbound", "Allow", "*", "*", "*", "*"))
	l.put("networkSecurityGroups/securityRules", otherNSG+"/securityRules/stale",
		rule("Stale", 100, "Outbound", "Deny", "*", "*", "*", "*"))
	r := l.build(t).Check(tcp(flow.Subnet(first), flow.Subnet(second), 22))
	assert.False(t, r.Allowed)
	assert.Equal(t, flow.LayerNSGOut, r.Layer)
}

// Service tags match the tag itself, its regions, and what lies inside AzureCloud and Internet; private addresses of networks
// that are not connected match neither VirtualNetwork nor Internet.
func TestServiceTags(t *testing.T) {
	host := flow.Host
	tests := []struct {
		rule  string
		to    flow.Endpoint
		match bool
	}{
		{"Storage", flow.Tag("Storage"), true},
		{"storage", flow.Tag("Storage"), true},
		{"Storage", flow.Tag("Storage.eastus2"), true},
		{"Storage.eastus2", flow.Tag("Storage"), false},
		{"Storage", flow.Tag("AzureKeyVault"), false},
		{"AzureCloud", flow.Tag("AzureKeyVault"), true},
		{"AzureCloud.eastus2", flow.Tag("Storage.eastus2"), true},
		{"AzureCloud.eastus2", flow.Tag("Storage.westus"), false},
		{"AzureCloud", flow.Tag("Internet"), false},
		{"Internet", flow.Tag("Storage"), true},
		{"Internet", flow.Tag("Internet"), true},
		{"Internet", addr("8.8.8.8"), true},
		{"Internet", addr("10.99.0.4"), false},
		{"Internet", addr("100.64.0.4"), false},
		{"VirtualNetwork", addr("10.99.0.4"), false},
		{"VirtualNetwork", addr("8.8.8.8"), false},
		{"VirtualNetwork", flow.Subnet(second), true},
		{"Internet", flow.Subnet(second), false},
		{"Storage", host("x.blob.core.windows.net"), true},
		{"AzureCloud.centralindia", host("c.centralindia.atlas.cloudapp.azure.com"), true},
		{"AzureCloud.eastus2", host("c.centralindia.atlas.cloudapp.azure.com"), false},
		{"AzureCloud.westus", host("sample.westus.cloudapp.azure.com"), true},
		{"AzureCloud", host("*.atlas.cloudapp.azure.com"), true},
		{"AzureCloud.eastus2", host("*.atlas.cloudapp.azure.com"), false},
		{"AzureCloud", host("example.org"), false},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprintf("%d %s", i, tt.rule), func(t *testing.T) {
			r := pair(
				rule("Tag", 100, "Outbound", "Allow", "Tcp", "*", tt.rule, "443"),
				rule("DenyAll", 200, "Outbound", "Deny", "*", "*", "*", "*"),
			).build(t).Check(tcp(flow.Subnet(first), tt.to, 443))
			assert.Equal(t, tt.match, r.By != "other/DenyAll", r.Reason)
		})
	}
}

// A network may use public addresses of its own; they are VirtualNetwork and not Internet.
func TestPublicSpaceInsideTheNetwork(t *testing.T) {
	l := pair(rule("Out", 100, "Outbound", "Deny", "*", "*", "Internet", "*"))
	l.set(otherVNet, "addressSpace", object{"addressPrefixes": strs("10.240.0.0/16", "20.99.0.0/24")})
	l.put("virtualNetworks/subnets", otherVNet+"/subnets/public", object{"addressPrefix": "20.99.0.0/28"})
	r := l.build(t).Check(tcp(flow.Subnet(first), addr("20.99.0.5"), 443))
	assert.Equal(t, "default/AllowVnetOutBound", r.By, r.Reason)
}

// The VirtualNetwork tag reaches a peered network only while both sides exist and allow access.
func TestVirtualNetworkTagFollowsPeering(t *testing.T) {
	ssh := tcp(flow.Subnet(bastion), flow.Subnet(builder), 22)
	assert.True(t, newLab().build(t).Check(ssh).Allowed)
	for _, id := range []string{spokeToHub, hubToSpoke} {
		l := newLab()
		l.set(id, "allowVirtualNetworkAccess", false)
		assert.Equal(t, "bastion/DenyAllOutbound", l.build(t).Check(ssh).By)
		delete(l, id)
		assert.Equal(t, "bastion/DenyAllOutbound", l.build(t).Check(ssh).By)
	}
}

// Under the wide reading a default route makes VirtualNetwork mean everything. The closed spoke stays closed: the firewall, or
// the lack of a way in, decides instead of the security group.
func TestWideVirtualNetworkTag(t *testing.T) {
	wide := flow.Options{WideVirtualNetworkTag: true}
	out := tcp(flow.Subnet(builder), flow.Tag("Internet"), 22)
	in := tcp(flow.Tag("Internet"), flow.Subnet(builder), 22)
	strict, open := newLab().build(t), newLab().build(t, wide)

	assert.Equal(t, flow.LayerNSGOut, strict.Check(out).Layer)
	assert.Equal(t, flow.LayerFirewallDefault, open.Check(out).Layer)
	assert.Equal(t, flow.LayerNSGIn, strict.Check(in).Layer)
	assert.Equal(t, flow.LayerPath, open.Check(in).Layer)
	download := tcp(flow.Subnet(builder), flow.Host("github.com"), 443)
	assert.True(t, open.Check(download).Allowed, "Internet keeps its meaning")
	assert.Equal(t, "bastion/DenyAllOutbound", open.Check(tcp(flow.Subnet(bastion), flow.Tag("Internet"), 22)).By, "no route table, nothing to fold in")
}

// A private endpoint's NIC is filtered only while its subnet says so.
func TestPrivateEndpointPolicies(t *testing.T) {
	in := rule("DenyAll", 100, "Inbound", "Deny", "*", "*", "*", "*")
	for policies, allowed := range map[string]bool{"": true, "Disabled": true, "RouteTableEnabled": true, "Enabled": false, "NetworkSecurityGroupEnabled": false} {
		l := pair(in)
		l[otherVNet].Properties["subnets"].(list)[0].(object)["privateEndpointNetworkPolicies"] = policies
		r := l.build(t).Check(tcp(flow.Subnet(second), flow.PrivateEndpointNIC(first), 443))
		assert.Equal(t, allowed, r.Allowed, policies)
	}
}
