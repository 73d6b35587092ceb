package flow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/flow"
)

// proof is one required flow of the cluster's spoke, with the rule that decides under the strict reading of VirtualNetwork.
type proof struct {
	id       string
	from, to string // a name of clusterEnds, or a host
	protocol flow.Protocol
	port     uint16
	by       string
	allow    bool
}

// clusterEnds are the named ends of these flows.
func clusterEnds() map[string]flow.Endpoint {
	return map[string]flow.Endpoint{
		"Internet": flow.Tag("Internet"), "ingress-ilb": addr("10.240.4.4"),
		"jump-box":         flow.Subnet(clusterSubnet("snet-management-ops")),
		"acr-agent":        flow.Subnet(clusterSubnet("snet-management-acragents")),
		"app-gateway":      flow.Subnet(clusterSubnet("snet-applicationgateway")),
		"nodes-system":     flow.Subnet(clusterSubnet("snet-cluster-systemnodepool")),
		"nodes-inscope":    flow.Subnet(clusterSubnet("snet-cluster-inscopenodepools")),
		"nodes-outofscope": flow.Subnet(clusterSubnet("snet-cluster-outofscopenodepools")),
		"private-endpoint": flow.PrivateEndpointNIC(clusterSubnet("snet-privatelinkendpoints")),
	}
}

const (
	denied  = "firewall/implicit-deny"
	global  = "AKS-Global-Requirements/"
	flux    = "Flux-Requirements/"
	boxRule = "aks-jumpbox/"
	opsIn   = "management-ops/DenyAllInBound"
	opsOut  = "management-ops/DenyAllOutBound"
	tasks   = "ACR-Task-Requirements/"
	aciHost = "x.eastus2.atlas.cloudapp.azure.com"
)

// clusterProofs are what the engine's table of single addresses and hosts, without virtual nodes, does not hold.
var clusterProofs = []proof{
	{"F075", "jump-box", "*.github.io", flow.TCP, 443, boxRule + "github", true},
	{"F080", "jump-box", "*.ods.opinsights.azure.com", flow.TCP, 443, boxRule + "azure-monitor-addon", true},
	{"F083", "Internet", "jump-box", flow.TCP, 22, opsIn, false},
	{"F084", "Internet", "jump-box", flow.TCP, 443, opsIn, false},
	{"F089", "jump-box", "Internet", flow.TCP, 22, opsOut, false},
	{"F098", "jump-box", aciHost, flow.TCP, 33391, opsOut, false},
	{"F102", "nodes-system", "*.data.mcr.microsoft.com", flow.TCP, 443, global + "runtime", true},
	{"F104", "nodes-system", "*.ods.opinsights.azure.com", flow.TCP, 443, global + "azure-monitor-addon", true},
	{"F105", "nodes-system", "*.metrics.ingest.monitor.azure.com", flow.TCP, 443, global + "azure-monitor-addon", true},
	{"F109", "nodes-system", "*.blob.core.windows.net", flow.TCP, 443, flux + "flux-extension-runtime-requirements", true},
	{"F122", "nodes-system", "Internet", flow.UDP, 53, denied, false},
	{"F123", "nodes-inscope", "Internet", flow.TCP, 25, denied, false},
	{"F124", "Internet", "nodes-inscope", flow.TCP, 22, "is-nodepools/DenySshInBound", false},
	{"F125", "Internet", "nodes-system", flow.TCP, 22, "system-nodepools/DenySshInBound", false},
	{"F126", "Internet", "nodes-outofscope", flow.TCP, 22, "oos-nodepools/DenySshInBound", false},
	{"F127", "Internet", "nodes-system", flow.TCP, 443, "default/DenyAllInBound", false},
	{"F128", "Internet", "nodes-inscope", flow.TCP, 10250, "default/DenyAllInBound", false},
	{"F131", "Internet", "app-gateway", flow.TCP, 443, "appgw/Allow443InBound", true},
	{"F136", "app-gateway", "Internet", flow.TCP, 443, "appgw/AllowAllOutBound", true},
	{"F137", "Internet", "app-gateway", flow.TCP, 80, "appgw/DenyAllInBound", false},
	{"F138", "Internet", "app-gateway", flow.TCP, 22, "appgw/DenyAllInBound", false},
	{"F139", "Internet", "app-gateway", flow.TCP, 65200, "appgw/DenyAllInBound", false},
	{"F140", "Internet", "ingress-ilb", flow.TCP, 443, "default/DenyAllInBound", false},
	{"F141", "Internet", "private-endpoint", flow.TCP, 443, "privatelinkendpoints/DenyAllInBound", false},
	{"F142", "private-endpoint", "Internet", flow.TCP, 443, "privatelinkendpoints/DenyAllOutBound", false},
	{"F147", "acr-agent", "anyaccount.blob.core.windows.net", flow.TCP, 443, tasks + "Storage", true},
	{"F148", "acr-agent", "queue.servicebus.windows.net", flow.TCP, 443, tasks + "EventHub", true},
	{"F149", "acr-agent", "login.microsoftonline.com", flow.TCP, 443, tasks + "AzureActiveDirectory", true},
	{"F153", "acr-agent", "Internet", flow.TCP, 443, "acragents/DenyAllOutBound", false},
	{"F154", "Internet", "acr-agent", flow.TCP, 22, "default/DenyAllInBound", false},
	{"F157", "nodes-system", "management.azure.com", flow.TCP, 443, global + "runtime", true},
	{"F160", "nodes-system", aciHost, flow.TCP, 443, denied, false},
	{"F161", "nodes-system", "sample.westus.cloudapp.azure.com", flow.TCP, 19390, denied, false},
}

var virtualNodeProofs = map[bool][]proof{
	true: {
		{"F155", "nodes-system", aciHost, flow.TCP, 19390, "VirtualNodes-Requirements/virtual-nodes-aci-clusters", true},
		{"F156", "nodes-system", aciHost, flow.TCP, 33391, "VirtualNodes-Requirements/virtual-nodes-aci-clusters", true},
	},
	false: {
		{"F158", "nodes-system", aciHost, flow.TCP, 19390, denied, false},
		{"F159", "nodes-system", aciHost, flow.TCP, 33391, denied, false},
	},
}

// The cluster's spoke lets through exactly what it must, under both readings of the tag VirtualNetwork, and the named rule decides:
// here with virtual nodes as well as without, for the whole internet, for whole domains, and for hosts behind service tags. The
// engine test TestEngineFlows has the other flows, on what is deployed.
func TestClusterRequiredFlows(t *testing.T) {
	ends := clusterEnds()
	end := func(name string) flow.Endpoint {
		if known, ok := ends[name]; ok {
			return known
		}
		return flow.Host(name)
	}
	for _, virtualNodes := range []bool{false, true} {
		for _, wide := range []bool{false, true} {
			n := newLab().withCluster(virtualNodes).build(t, flow.Options{WideVirtualNetworkTag: wide})
			for _, p := range append(clusterProofs, virtualNodeProofs[virtualNodes]...) {
				t.Run(fmt.Sprintf("%s %s virtual nodes %v wide %v", p.id, p.to, virtualNodes, wide), func(t *testing.T) {
					r := n.Check(flow.Flow{From: end(p.from), To: end(p.to), Protocol: p.protocol, Port: p.port})
					assert.Equal(t, p.allow, r.Allowed, r.Reason)
					if !wide {
						assert.Equal(t, p.by, r.By, r.Reason)
					}
				})
			}
		}
	}
}

// A private endpoint is known by its network interface: the subnet's policies say whether its security group counts.
func TestPrivateEndpointByAddress(t *testing.T) {
	nic := network + "networkInterfaces/pe.nic"
	l := newLab().withCluster(false)
	subnet := clusterSubnet("snet-privatelinkendpoints")
	plain := tcp(flow.Subnet(clusterSubnet("snet-management-ops")), addr("10.240.250.9"), 443)
	l.dropRule(network+"networkSecurityGroups/privatelinkendpoints", "AllowAll443InFromVnet")
	l.put("networkInterfaces", nic, object{"ipConfigurations": list{object{"privateIPAddress": "10.240.250.9", "subnet": ref(subnet)}}})
	assert.False(t, l.build(t).Check(plain).Allowed, "a machine's interface")
	l.set(nic, "privateEndpoint", ref(network+"privateEndpoints/pe"))
	assert.Equal(t, "privatelinkendpoints/DenyAllInBound", l.build(t).Check(plain).By, "policies Enabled")
	l.set(subnet, "privateEndpointNetworkPolicies", "Disabled")
	r := l.build(t).Check(plain)
	assert.True(t, r.Allowed, r.Reason)
	l.set(subnet, "privateEndpointNetworkPolicies", "RouteTableEnabled")
	assert.True(t, l.build(t).Check(plain).Allowed, "routes only")
}

// Machines of a scale set with public addresses of their own can be reached where the security group allows it.
func TestScaleSetWithPublicAddresses(t *testing.T) {
	l := newLab().withCluster(false)
	boxes := clusterSubnet("snet-management-ops")
	l.addRule(network+"networkSecurityGroups/management-ops", rule("Open", 101, "Inbound", "Allow", "Tcp", "Internet", "*", "22"))
	login := tcp(flow.Tag("Internet"), flow.Subnet(boxes), 22)
	assert.Equal(t, flow.LayerPath, l.build(t).Check(login).Layer, "nothing leads there")
	set := network + "virtualMachineScaleSets/vmss"
	l.put("virtualMachineScaleSets", set, nil)
	configuration := object{"name": "default", "subnet": ref(boxes)}
	l[set] = flow.Resource{Type: "Microsoft.Compute/virtualMachineScaleSets", ID: set, Properties: object{"virtualMachineProfile": object{
		"networkProfile": object{"networkInterfaceConfigurations": list{object{"ipConfigurations": list{configuration}}}},
	}}}
	assert.False(t, l.build(t).Check(login).Allowed)
	configuration["publicIPAddressConfiguration"] = object{"name": "pip"}
	assert.True(t, l.build(t).Check(login).Allowed)
}

// Some services ask the platform's resolver of their own network, whatever DNS servers that names.
func TestResolvePlatform(t *testing.T) {
	l := newLab().withCluster(false).withVault()
	gateway, name := clusterSubnet("snet-applicationgateway"), "kv.vault.azure.net"
	n := l.build(t)
	assert.True(t, n.Resolve(gateway, name).Private, "through the firewall, which asks in the hub")
	assert.False(t, n.ResolvePlatform(gateway, name).Private, "the zone is linked to the hub only")
	l.put("privateDnsZones/virtualNetworkLinks", vaultZone+"/virtualNetworkLinks/to-cluster", object{"virtualNetwork": ref(clusterVNet)})
	assert.True(t, l.build(t).ResolvePlatform(gateway, name).Private)
	assert.Equal(t, "endpoint", n.ResolvePlatform(gateway+"x", name).By)
}
