package flow_test

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// object and list spell property trees briefly.
type (
	object = map[string]any
	list   = []any
)

const (
	network = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network/"
	arm     = "Microsoft.Network/"

	hubVNet    = network + "virtualNetworks/vnet-eastus2-hub"
	buildVNet  = network + "virtualNetworks/vnet-spoke-BU0001A0005-00"
	otherVNet  = network + "virtualNetworks/vnet-other"
	fwSubnet   = hubVNet + "/subnets/AzureFirewallSubnet"
	bastion    = hubVNet + "/subnets/AzureBastionSubnet"
	builder    = buildVNet + "/subnets/snet-imagebuilder"
	other      = otherVNet + "/subnets/snet-other"
	builderNSG = network + "networkSecurityGroups/imagebuilder"
	bastionNSG = network + "networkSecurityGroups/bastion"
	otherNSG   = network + "networkSecurityGroups/other"
	routes     = network + "routeTables/rt"
	policy     = network + "firewallPolicies/fwp"
	egress     = policy + "/ruleCollectionGroups/rcg-imagebuilder"
	firewallID = network + "azureFirewalls/fw"
	ipGroup    = network + "ipGroups/ipg-imagebuilder"
	firewallIP = "10.200.0.4"
	spokeToHub = buildVNet + "/virtualNetworkPeerings/spoke-to-hub"
	hubToSpoke = hubVNet + "/virtualNetworkPeerings/hub-to-spoke"
	otherToHub = otherVNet + "/virtualNetworkPeerings/other-to-hub"
	hubToOther = hubVNet + "/virtualNetworkPeerings/hub-to-other"
	vaultZone  = network + "privateDnsZones/privatelink.vaultcore.azure.net"
	hubLink    = vaultZone + "/virtualNetworkLinks/to-hub"
	vaultHost  = vaultZone + "/A/kv"
)

// lab is a set of resources that a test alters before it builds a network from them.
type lab map[string]flow.Resource

func (l lab) put(armType, id string, p object) {
	l[id] = flow.Resource{Type: arm + armType, ID: id, Properties: p}
}

// set replaces one property of a resource, leaving the shared table it came from alone.
func (l lab) set(id, property string, value any) {
	r := l[id]
	r.Properties = maps.Clone(r.Properties)
	r.Properties[property] = value
	l[id] = r
}

func (l lab) resources() []flow.Resource {
	out := make([]flow.Resource, 0, len(l))
	for _, id := range slices.Sorted(maps.Keys(l)) {
		out = append(out, l[id])
	}
	return out
}

func (l lab) build(t *testing.T, opts ...flow.Options) *flow.Network {
	t.Helper()
	opts = append(opts, flow.Options{})
	n, err := flow.New(l.resources(), opts[0])
	require.NoError(t, err)
	return n
}

func (l lab) addRule(nsgID string, rule object) {
	rules, _ := l[nsgID].Properties["securityRules"].(list)
	l.set(nsgID, "securityRules", append(slices.Clone(rules), rule))
}

func (l lab) dropRule(nsgID, name string) {
	rules, _ := l[nsgID].Properties["securityRules"].(list)
	l.set(nsgID, "securityRules", slices.DeleteFunc(slices.Clone(rules), func(r any) bool { return r.(object)["name"] == name }))
}

func (l lab) addGroup(name string, priority float64, collections ...any) {
	l.put("firewallPolicies/ruleCollectionGroups", policy+"/ruleCollectionGroups/"+name,
		object{"priority": priority, "ruleCollections": list(collections)})
}

func rule(name string, priority float64, direction, access, protocol, source, destination, port string) object {
	return object{
		"name": name, "priority": priority, "direction": direction, "access": access, "protocol": protocol,
		"sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": destination, "destinationPortRange": port,
	}
}

func ref(id string) object { return object{"id": id} }

func strs(s ...string) list {
	out := list{}
	for _, x := range s {
		out = append(out, x)
	}
	return out
}

func collection(name string, priority float64, action string, rules ...any) object {
	return object{
		"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": name, "priority": priority,
		"action": object{"type": action}, "rules": list(rules),
	}
}

func networkRule(name, source, destination, protocol, port string) object {
	return object{
		"ruleType": "NetworkRule", "name": name, "sourceAddresses": strs(source), "destinationAddresses": strs(destination),
		"ipProtocols": strs(protocol), "destinationPorts": strs(port),
	}
}

func appRule(name string, protocols list, fqdns ...string) object {
	return object{
		"ruleType": "ApplicationRule", "name": name, "sourceIpGroups": strs(ipGroup), "protocols": protocols, "targetFqdns": strs(fqdns...),
	}
}

func app(protocol string, port float64) object { return object{"protocolType": protocol, "port": port} }

var https = list{app("Https", 443)}

func peer(remote string, forwarded bool) object {
	return object{"remoteVirtualNetwork": ref(remote), "allowVirtualNetworkAccess": true, "allowForwardedTraffic": forwarded}
}

// newLab is a hub with firewall and Bastion and the image builder's spoke, with the rules of the tables in
// the README of mspnp/aks-jumpbox-imagebuilder and "Create the AKS Jump Box Image", a rule for DNS, and downloads from current hosts.
func newLab() lab {
	l := lab{}
	l.put("virtualNetworks", hubVNet, object{"addressSpace": object{"addressPrefixes": strs("10.200.0.0/24")}})
	l.put("virtualNetworks/subnets", fwSubnet, object{"addressPrefix": "10.200.0.0/26", "defaultOutboundAccess": false})
	l.put("virtualNetworks/subnets", bastion, object{
		"addressPrefix": "10.200.0.128/26", "defaultOutboundAccess": false, "networkSecurityGroup": ref(bastionNSG),
	})
	l.put("virtualNetworks", buildVNet, object{
		"addressSpace": object{"addressPrefixes": strs("10.241.0.0/28")},
		"dhcpOptions":  object{"dnsServers": strs(firewallIP)},
		"subnets": list{object{
			"name": "snet-imagebuilder", "addressPrefix": "10.241.0.0/28", "defaultOutboundAccess": false,
			"networkSecurityGroup": ref(builderNSG), "routeTable": ref(routes),
			"privateEndpointNetworkPolicies": "Enabled", "privateLinkServiceNetworkPolicies": "Disabled",
		}},
	})
	l.put("virtualNetworks/virtualNetworkPeerings", spokeToHub, peer(hubVNet, false))
	l.put("virtualNetworks/virtualNetworkPeerings", hubToSpoke, peer(buildVNet, false))
	l.put("routeTables", routes, object{"routes": list{object{
		"name": "r-nexthop-to-fw", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": firewallIP,
	}}})
	l.put("networkSecurityGroups", builderNSG, object{"securityRules": list{
		rule("AllowAzureLoadBalancer60001InBound", 100, "Inbound", "Allow", "Tcp", "AzureLoadBalancer", "VirtualNetwork", "60001"),
		rule("AllowVNet60001InBound", 110, "Inbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "60001"),
		rule("AllowVNet22InBound", 120, "Inbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "22"),
		rule("DenyAllInBound", 1000, "Inbound", "Deny", "*", "*", "*", "*"),
		rule("Allow443ToInternetOutBound", 100, "Outbound", "Allow", "Tcp", "VirtualNetwork", "Internet", "443"),
		rule("Allow80ToInternetOutBound", 102, "Outbound", "Allow", "Tcp", "VirtualNetwork", "Internet", "80"),
		rule("AllowSshToVNetOutBound", 110, "Outbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "22"),
		rule("AllowDnsToFirewallOutBound", 130, "Outbound", "Allow", "*", "VirtualNetwork", firewallIP+"/32", "53"),
		rule("DenyAllOutBound", 1000, "Outbound", "Deny", "*", "*", "*", "*"),
	}})
	l.put("networkSecurityGroups", bastionNSG, object{"securityRules": list{
		rule("AllowWebExperienceInbound", 100, "Inbound", "Allow", "Tcp", "Internet", "*", "443"),
		rule("AllowControlPlaneInbound", 110, "Inbound", "Allow", "Tcp", "GatewayManager", "*", "443"),
		rule("AllowHealthProbesInbound", 120, "Inbound", "Allow", "Tcp", "AzureLoadBalancer", "*", "443"),
		rule("AllowBastionHostToHostInbound", 130, "Inbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", "8080"),
		rule("DenyAllInbound", 1000, "Inbound", "Deny", "*", "*", "*", "*"),
		rule("AllowSshToVnetOutbound", 100, "Outbound", "Allow", "Tcp", "*", "VirtualNetwork", "22"),
		rule("AllowRdpToVnetOutbound", 110, "Outbound", "Allow", "Tcp", "*", "VirtualNetwork", "3389"),
		rule("AllowControlPlaneOutbound", 120, "Outbound", "Allow", "Tcp", "*", "AzureCloud", "443"),
		rule("AllowBastionHostToHostOutbound", 130, "Outbound", "Allow", "*", "VirtualNetwork", "VirtualNetwork", "8080"),
		rule("AllowBastionCertificateValidationOutbound", 140, "Outbound", "Allow", "*", "*", "Internet", "80"),
		rule("DenyAllOutbound", 1000, "Outbound", "Deny", "*", "*", "*", "*"),
	}})
	l.put("publicIPAddresses", network+"publicIPAddresses/pip-fw", object{"ipAddress": "20.50.60.70"})
	l.put("ipGroups", ipGroup, object{"ipAddresses": strs("10.241.0.0/28")})
	l.put("firewallPolicies", policy, object{"dnsSettings": object{"enableProxy": true}, "threatIntelMode": "Deny"})
	l.put("azureFirewalls", firewallID, object{
		"location": "eastus2", "firewallPolicy": ref(policy),
		"ipConfigurations": list{object{
			"name": "pip-fw", "privateIPAddress": firewallIP, "subnet": ref(fwSubnet),
			"publicIPAddress": ref(network + "publicIPAddresses/pip-fw"),
		}},
	})
	apt := list{app("Http", 80), app("Https", 443)}
	l.addGroup("rcg-imagebuilder", 400, collection("AKSImageBuilder-Requirements", 400, "Allow",
		appRule("to-azuremanagement", https, "management.azure.com"),
		appRule("to-blobstorage", https, "*.blob.core.windows.net"),
		appRule("apt-get", apt, "azure.archive.ubuntu.com", "packages.microsoft.com", "archive.ubuntu.com", "security.ubuntu.com"),
		appRule("install-azcli", https, "aka.ms", "azcliprod.blob.core.windows.net"),
		appRule("install-k8scli", https, "github.com", "api.github.com", "release-assets.githubusercontent.com", "dl.k8s.io"),
		appRule("install-helm", https, "raw.githubusercontent.com", "get.helm.sh"),
		appRule("install-flux", https, "fluxcd.io", "api.github.com"),
		appRule("install-terraform", https, "releases.hashicorp.com"),
	))
	return l
}

// withOther adds a second spoke whose default route leads to the firewall. Its group holds no rules of its own.
func (l lab) withOther(forwarded bool) lab {
	l.put("networkSecurityGroups", otherNSG, object{})
	l.put("virtualNetworks", otherVNet, object{"addressSpace": object{"addressPrefixes": strs("10.240.0.0/16")}})
	l.put("virtualNetworks/subnets", other, object{
		"addressPrefix": "10.240.1.0/28", "defaultOutboundAccess": false, "networkSecurityGroup": ref(otherNSG), "routeTable": ref(routes),
	})
	l.put("virtualNetworks/virtualNetworkPeerings", otherToHub, peer(hubVNet, forwarded))
	l.put("virtualNetworks/virtualNetworkPeerings", hubToOther, peer(otherVNet, false))
	return l
}

// withVault adds a private DNS zone with one record, linked to the hub.
func (l lab) withVault() lab {
	l.put("privateDnsZones", vaultZone, object{})
	l.put("privateDnsZones/virtualNetworkLinks", hubLink, object{"virtualNetwork": ref(hubVNet), "registrationEnabled": false})
	l.put("privateDnsZones/A", vaultHost, object{"ttl": 3600.0, "aRecords": list{object{"ipv4Address": "10.240.1.9"}}})
	return l
}

func tcp(from, to flow.Endpoint, port uint16) flow.Flow {
	return flow.Flow{From: from, To: to, Protocol: flow.TCP, Port: port}
}

func udp(from, to flow.Endpoint, port uint16) flow.Flow {
	return flow.Flow{From: from, To: to, Protocol: flow.UDP, Port: port}
}

func addr(s string) flow.Endpoint { return flow.Address(netip.MustParseAddr(s)) }
