package flow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/flow"
)

const (
	clusterVNet = network + "virtualNetworks/vnet-spoke-BU0001A0005-01"
	gatewayIP   = network + "publicIPAddresses/pip-agw"
	nodeGroup   = network + "ipGroups/ipg-nodes"
	boxGroup    = network + "ipGroups/ipg-jumpboxes"
	taskGroup   = network + "ipGroups/ipg-acragents"
)

func clusterSubnet(name string) string { return clusterVNet + "/subnets/" + name }

// from puts an IP group in the place of a rule's sources.
func from(group string, rule object) object {
	delete(rule, "sourceAddresses")
	rule["sourceIpGroups"] = strs(group)
	return rule
}

// withCluster adds the cluster's spoke: its subnets, security groups and routes, the firewall's rules for it, and the application
// gateway. Task agents of the registry go through the firewall.
func (l lab) withCluster(virtualNodes bool) lab {
	closed := func(more ...any) list {
		return append(list{
			rule("DenyAllInBound", 1000, "Inbound", "Deny", "*", "*", "*", "*"), rule("DenyAllOutBound", 1000, "Outbound", "Deny", "*", "*", "*", "*"),
		}, more...)
	}
	toDNS := rule("AllowDnsToFirewallOutBound", 160, "Outbound", "Allow", "*", "VirtualNetwork", firewallIP+"/32", "53")
	toVNet := rule("AllowVnet443OutBound", 150, "Outbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443")
	tagRule := func(name, tag string, priority float64) object {
		return rule(name, priority, "Outbound", "Allow", "Tcp", "VirtualNetwork", tag, "443")
	}
	noSSH := list{rule("DenySshInBound", 100, "Inbound", "Deny", "Tcp", "*", "*", "22")}
	for name, rules := range map[string]list{
		"management-ops": closed(toDNS, rule("AllowSshFromHubBastionInBound", 100, "Inbound", "Allow", "Tcp", "10.200.0.128/26", "*", "22"),
			rule("Allow443InternetOutBound", 100, "Outbound", "Allow", "Tcp", "*", "Internet", "443"),
			rule("Allow443VnetOutBound", 110, "Outbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443")),
		"system-nodepools": noSSH, "is-nodepools": noSSH, "oos-nodepools": noSSH, "akslibs": nil,
		"privatelinkendpoints": closed(rule("AllowAll443InFromVnet", 100, "Inbound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443")),
		"appgw": {
			rule("Allow443InBound", 100, "Inbound", "Allow", "Tcp", "Internet", "VirtualNetwork", "443"),
			rule("AllowControlPlaneInBound", 110, "Inbound", "Allow", "*", "GatewayManager", "*", "65200-65535"),
			rule("AllowHealthProbesInBound", 120, "Inbound", "Allow", "*", "AzureLoadBalancer", "VirtualNetwork", "*"),
			rule("DenyAllInBound", 1000, "Inbound", "Deny", "*", "*", "*", "*"),
			rule("AllowAllOutBound", 1000, "Outbound", "Allow", "*", "*", "*", "*"),
		},
		"acragents": {
			tagRule("AllowKeyVaultOutBound", "AzureKeyVault", 100), tagRule("AllowStorageOutBound", "Storage", 110), tagRule("AllowEventHubOutBound", "EventHub", 120),
			tagRule("AllowEntraIdOutBound", "AzureActiveDirectory", 130), tagRule("AllowAzureMonitorBound", "AzureMonitor", 140), toVNet, toDNS,
			rule("DenyAllOutBound", 1000, "Outbound", "Deny", "*", "*", "*", "*"),
		},
	} {
		l.put("networkSecurityGroups", network+"networkSecurityGroups/"+name, object{"securityRules": rules})
	}
	l.put("virtualNetworks", clusterVNet, object{
		"addressSpace": object{"addressPrefixes": strs("10.240.0.0/16")}, "dhcpOptions": object{"dnsServers": strs(firewallIP)},
	})
	for _, s := range []struct {
		name, prefix, nsg string
		routed            bool
	}{
		{"snet-management-ops", "10.240.1.0/28", "management-ops", true}, {"snet-management-agents", "10.240.2.0/26", "management-ops", true},
		{"snet-cluster-ingressservices", "10.240.4.0/28", "akslibs", false}, {"snet-applicationgateway", "10.240.5.0/24", "appgw", false},
		{"snet-cluster-systemnodepool", "10.240.8.0/22", "system-nodepools", true}, {"snet-cluster-inscopenodepools", "10.240.12.0/22", "is-nodepools", true},
		{"snet-cluster-outofscopenodepools", "10.240.16.0/22", "oos-nodepools", true},
		{"snet-privatelinkendpoints", "10.240.250.0/28", "privatelinkendpoints", true}, {"snet-management-acragents", "10.240.251.0/28", "acragents", true},
	} {
		made := object{
			"addressPrefix": s.prefix, "networkSecurityGroup": ref(network + "networkSecurityGroups/" + s.nsg), "defaultOutboundAccess": false,
			"privateEndpointNetworkPolicies": map[bool]string{true: "Enabled", false: "Disabled"}[s.nsg == "privatelinkendpoints"],
		}
		if s.routed {
			made["routeTable"] = ref(routes)
		}
		l.put("virtualNetworks/subnets", clusterSubnet(s.name), made)
	}
	l.put("virtualNetworks/virtualNetworkPeerings", clusterVNet+"/virtualNetworkPeerings/to-hub", peer(hubVNet, false))
	l.put("virtualNetworks/virtualNetworkPeerings", hubVNet+"/virtualNetworkPeerings/to-cluster", peer(clusterVNet, false))
	l.put("publicIPAddresses", gatewayIP, object{"ipAddress": "20.50.60.80"})
	l.put("applicationGateways", network+"applicationGateways/agw", object{
		"gatewayIPConfigurations":  list{object{"subnet": ref(clusterSubnet("snet-applicationgateway"))}},
		"frontendIPConfigurations": list{object{"publicIPAddress": ref(gatewayIP)}},
	})
	l.put("ipGroups", nodeGroup, object{"ipAddresses": strs("10.240.8.0/22", "10.240.12.0/22", "10.240.16.0/22")})
	l.put("ipGroups", boxGroup, object{"ipAddresses": strs("10.240.1.0/28")})
	l.put("ipGroups", taskGroup, object{"ipAddresses": strs("10.240.251.0/28")})
	l.addClusterRules(virtualNodes)
	return l
}

func (l lab) addClusterRules(virtualNodes bool) {
	runtime := from(nodeGroup, appRule("runtime", https))
	runtime["fqdnTags"] = strs("AzureKubernetesService")
	nodes := func(name string, hosts ...string) object { return from(nodeGroup, appRule(name, https, hosts...)) }
	boxes := func(name string, hosts ...string) object { return from(boxGroup, appRule(name, https, hosts...)) }
	task := func(tag string) object { return from(taskGroup, networkRule(tag, "*", tag, "TCP", "443")) }
	l.addGroup("rcg-acragents", 150, collection("ACR-Task-Requirements", 150, "Allow",
		task("AzureKeyVault"), task("Storage"), task("EventHub"), task("AzureActiveDirectory"), task("AzureMonitor")))
	l.addGroup("rcg-cluster", 200,
		collection("AKS-Global-Requirements", 200, "Allow", runtime,
			nodes("azure-monitor-addon", "*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com", "*.handler.control.monitor.azure.com", "*.ingest.monitor.azure.com"),
			nodes("azure-policy-addon", "data.policy.core.windows.net", "store.policy.core.windows.net")),
		collection("Flux-Requirements", 300, "Allow", nodes("flux-to-github", "github.com", "api.github.com"),
			nodes("flux-extension-runtime-requirements", "eastus2.dp.kubernetesconfiguration.azure.com", "*.blob.core.windows.net")),
		collection("aks-jumpbox", 450, "Allow", boxes("az-login", "login.microsoftonline.com"), boxes("az-management-api", "management.azure.com"),
			boxes("az-cli-extensions", "aka.ms", "azcliprod.blob.core.windows.net", "azcliextensionsync.blob.core.windows.net"),
			boxes("github", "github.com", "*.github.io", "raw.githubusercontent.com"), boxes("azure-monitor-addon", "*.ods.opinsights.azure.com")),
		collection("Falco-Requirements", 500, "Allow", nodes("flux-to-flux-modules", "ghcr.io", "tuf-repo-cdn.sigstore.dev")))
	if virtualNodes {
		aci := from(nodeGroup, networkRule("virtual-nodes-aci-clusters", "*", "AzureCloud.eastus2", "TCP", "19390"))
		aci["destinationPorts"] = strs("19390", "33391")
		l.addGroup("rcg-virtualnodes", 600, collection("VirtualNodes-Requirements", 600, "Allow", aci))
	}
}

// proof is one required flow of the cluster's spoke, with the rule that decides under the strict reading of VirtualNetwork.
type proof struct {
	id       string
	from, to string // a name of clusterEnds, or a host
	protocol flow.Protocol
	port     uint16
	by       string
	allow    bool
}

// clusterEnds are the named ends of the required flows.
func clusterEnds() map[string]flow.Endpoint {
	return map[string]flow.Endpoint{
		"Internet": flow.Tag("Internet"), "GatewayManager": flow.Tag("GatewayManager"), "AzureLoadBalancer": flow.Tag("AzureLoadBalancer"),
		"AzureKeyVault": flow.Tag("AzureKeyVault"), "Storage": flow.Tag("Storage"), "EventHub": flow.Tag("EventHub"),
		"AzureActiveDirectory": flow.Tag("AzureActiveDirectory"), "AzureMonitor": flow.Tag("AzureMonitor"),
		"firewall": addr(firewallIP), "bastion": flow.Subnet(bastion), "aib-build-vm": flow.Subnet(builder),
		"jump-box": flow.Subnet(clusterSubnet("snet-management-ops")), "build-agent": flow.Subnet(clusterSubnet("snet-management-agents")),
		"acr-agent": flow.Subnet(clusterSubnet("snet-management-acragents")), "app-gateway": flow.Subnet(clusterSubnet("snet-applicationgateway")),
		"nodes-system": flow.Subnet(clusterSubnet("snet-cluster-systemnodepool")), "api-server": flow.SubnetHost(clusterSubnet("snet-cluster-systemnodepool"), 200),
		"nodes-inscope": flow.Subnet(clusterSubnet("snet-cluster-inscopenodepools")), "nodes-outofscope": flow.Subnet(clusterSubnet("snet-cluster-outofscopenodepools")),
		"private-endpoint": flow.PrivateEndpointNIC(clusterSubnet("snet-privatelinkendpoints")), "ingress-ilb": addr("10.240.4.4"),
	}
}

const (
	denied  = "firewall/implicit-deny"
	vnetIn  = "default/AllowVnetInBound"
	toBoxes = "management-ops/AllowSshFromHubBastionInBound"
	global  = "AKS-Global-Requirements/"
	flux    = "Flux-Requirements/"
	boxRule = "aks-jumpbox/"
	pe443   = "privatelinkendpoints/AllowAll443InFromVnet"
	opsIn   = "management-ops/DenyAllInBound"
	opsOut  = "management-ops/DenyAllOutBound"
	tasks   = "ACR-Task-Requirements/"
	aciHost = "x.eastus2.atlas.cloudapp.azure.com"
)

var clusterProofs = []proof{
	{"F039", "aib-build-vm", "jump-box", flow.TCP, 22, "imagebuilder/DenyAllOutBound", false},
	{"F040", "aib-build-vm", "api-server", flow.TCP, 443, "imagebuilder/DenyAllOutBound", false},
	{"F047", "nodes-system", "aib-build-vm", flow.TCP, 22, "default/DenyAllOutBound", false},
	{"F056", "bastion", "jump-box", flow.TCP, 22, toBoxes, true},
	{"F057", "bastion", "build-agent", flow.TCP, 22, toBoxes, true},
	{"F061", "jump-box", "bastion", flow.TCP, 443, "bastion/DenyAllInbound", false},
	{"F062", "bastion", "jump-box", flow.TCP, 3389, opsIn, false},
	{"F063", "bastion", "jump-box", flow.TCP, 443, "bastion/DenyAllOutbound", false},
	{"F064", "bastion", "nodes-system", flow.TCP, 22, "system-nodepools/DenySshInBound", false},
	{"F065", "bastion", "nodes-inscope", flow.TCP, 22, "is-nodepools/DenySshInBound", false},
	{"F066", "bastion", "nodes-outofscope", flow.TCP, 22, "oos-nodepools/DenySshInBound", false},
	{"F067", "bastion", "api-server", flow.TCP, 443, "bastion/DenyAllOutbound", false},
	{"F070", "jump-box", "api-server", flow.TCP, 443, vnetIn, true},
	{"F071", "jump-box", "private-endpoint", flow.TCP, 443, pe443, true},
	{"F072", "jump-box", "login.microsoftonline.com", flow.TCP, 443, boxRule + "az-login", true},
	{"F073", "jump-box", "management.azure.com", flow.TCP, 443, boxRule + "az-management-api", true},
	{"F074", "jump-box", "github.com", flow.TCP, 443, boxRule + "github", true},
	{"F075", "jump-box", "*.github.io", flow.TCP, 443, boxRule + "github", true},
	{"F076", "jump-box", "raw.githubusercontent.com", flow.TCP, 443, boxRule + "github", true},
	{"F077", "jump-box", "aka.ms", flow.TCP, 443, boxRule + "az-cli-extensions", true},
	{"F078", "jump-box", "azcliextensionsync.blob.core.windows.net", flow.TCP, 443, boxRule + "az-cli-extensions", true},
	{"F079", "jump-box", "azcliprod.blob.core.windows.net", flow.TCP, 443, boxRule + "az-cli-extensions", true},
	{"F080", "jump-box", "*.ods.opinsights.azure.com", flow.TCP, 443, boxRule + "azure-monitor-addon", true},
	{"F081", "jump-box", "firewall", flow.UDP, 53, "management-ops/AllowDnsToFirewallOutBound", true},
	{"F082", "build-agent", "api-server", flow.TCP, 443, vnetIn, true},
	{"F083", "Internet", "jump-box", flow.TCP, 22, opsIn, false},
	{"F084", "Internet", "jump-box", flow.TCP, 443, opsIn, false},
	{"F085", "nodes-inscope", "jump-box", flow.TCP, 22, opsIn, false},
	{"F086", "app-gateway", "jump-box", flow.TCP, 22, opsIn, false},
	{"F087", "jump-box", "nodes-inscope", flow.TCP, 22, opsOut, false},
	{"F088", "jump-box", "build-agent", flow.TCP, 22, opsOut, false},
	{"F089", "jump-box", "Internet", flow.TCP, 22, opsOut, false},
	{"F090", "jump-box", "ntp.ubuntu.com", flow.UDP, 123, opsOut, false},
	{"F091", "jump-box", "archive.ubuntu.com", flow.TCP, 80, opsOut, false},
	{"F093", "jump-box", "example.org", flow.TCP, 443, denied, false},
	{"F094", "jump-box", "packages.microsoft.com", flow.TCP, 443, denied, false},
	{"F095", "jump-box", "anyaccount.blob.core.windows.net", flow.TCP, 443, denied, false},
	{"F096", "jump-box", "api.github.com", flow.TCP, 443, denied, false},
	{"F097", "jump-box", "get.helm.sh", flow.TCP, 443, denied, false},
	{"F098", "jump-box", aciHost, flow.TCP, 33391, opsOut, false},
	{"F099", "build-agent", "github.com", flow.TCP, 443, denied, false},
	{"F100", "build-agent", "management.azure.com", flow.TCP, 443, denied, false},
	{"F101", "nodes-system", "mcr.microsoft.com", flow.TCP, 443, global + "runtime", true},
	{"F102", "nodes-system", "*.data.mcr.microsoft.com", flow.TCP, 443, global + "runtime", true},
	{"F103", "nodes-outofscope", "packages.microsoft.com", flow.TCP, 443, global + "runtime", true},
	{"F104", "nodes-system", "*.ods.opinsights.azure.com", flow.TCP, 443, global + "azure-monitor-addon", true},
	{"F105", "nodes-system", "*.metrics.ingest.monitor.azure.com", flow.TCP, 443, global + "azure-monitor-addon", true},
	{"F106", "nodes-system", "data.policy.core.windows.net", flow.TCP, 443, global + "azure-policy-addon", true},
	{"F107", "nodes-system", "github.com", flow.TCP, 443, flux + "flux-to-github", true},
	{"F108", "nodes-system", "eastus2.dp.kubernetesconfiguration.azure.com", flow.TCP, 443, flux + "flux-extension-runtime-requirements", true},
	{"F109", "nodes-system", "*.blob.core.windows.net", flow.TCP, 443, flux + "flux-extension-runtime-requirements", true},
	{"F110", "nodes-inscope", "ghcr.io", flow.TCP, 443, "Falco-Requirements/flux-to-flux-modules", true},
	{"F111", "nodes-outofscope", "tuf-repo-cdn.sigstore.dev", flow.TCP, 443, "Falco-Requirements/flux-to-flux-modules", true},
	{"F112", "nodes-system", "firewall", flow.UDP, 53, "default/AllowVnetOutBound", true},
	{"F113", "nodes-inscope", "api-server", flow.TCP, 443, vnetIn, true},
	{"F114", "nodes-inscope", "private-endpoint", flow.TCP, 443, pe443, true},
	{"F115", "nodes-inscope", "nodes-outofscope", flow.TCP, 8080, vnetIn, true},
	{"F116", "nodes-outofscope", "example.org", flow.TCP, 443, denied, false},
	{"F117", "nodes-inscope", "registry-1.docker.io", flow.TCP, 443, denied, false},
	{"F118", "nodes-system", "quay.io", flow.TCP, 443, denied, false},
	{"F119", "nodes-system", "security.ubuntu.com", flow.TCP, 80, denied, false},
	{"F120", "nodes-system", "github.com", flow.TCP, 22, denied, false},
	{"F121", "nodes-system", "ntp.ubuntu.com", flow.UDP, 123, denied, false},
	{"F122", "nodes-system", "Internet", flow.UDP, 53, denied, false},
	{"F123", "nodes-inscope", "Internet", flow.TCP, 25, denied, false},
	{"F124", "Internet", "nodes-inscope", flow.TCP, 22, "is-nodepools/DenySshInBound", false},
	{"F125", "Internet", "nodes-system", flow.TCP, 22, "system-nodepools/DenySshInBound", false},
	{"F126", "Internet", "nodes-outofscope", flow.TCP, 22, "oos-nodepools/DenySshInBound", false},
	{"F127", "Internet", "nodes-system", flow.TCP, 443, "default/DenyAllInBound", false},
	{"F128", "Internet", "nodes-inscope", flow.TCP, 10250, "default/DenyAllInBound", false},
	{"F129", "nodes-inscope", "nodes-outofscope", flow.TCP, 22, "oos-nodepools/DenySshInBound", false},
	{"F130", "nodes-inscope", "private-endpoint", flow.TCP, 80, "privatelinkendpoints/DenyAllInBound", false},
	{"F131", "Internet", "app-gateway", flow.TCP, 443, "appgw/Allow443InBound", true},
	{"F132", "GatewayManager", "app-gateway", flow.TCP, 65200, "appgw/AllowControlPlaneInBound", true},
	{"F133", "AzureLoadBalancer", "app-gateway", flow.TCP, 443, "appgw/AllowHealthProbesInBound", true},
	{"F134", "app-gateway", "ingress-ilb", flow.TCP, 443, vnetIn, true},
	{"F135", "app-gateway", "private-endpoint", flow.TCP, 443, pe443, true},
	{"F136", "app-gateway", "Internet", flow.TCP, 443, "appgw/AllowAllOutBound", true},
	{"F137", "Internet", "app-gateway", flow.TCP, 80, "appgw/DenyAllInBound", false},
	{"F138", "Internet", "app-gateway", flow.TCP, 22, "appgw/DenyAllInBound", false},
	{"F139", "Internet", "app-gateway", flow.TCP, 65200, "appgw/DenyAllInBound", false},
	{"F140", "Internet", "ingress-ilb", flow.TCP, 443, "default/DenyAllInBound", false},
	{"F141", "Internet", "private-endpoint", flow.TCP, 443, "privatelinkendpoints/DenyAllInBound", false},
	{"F142", "private-endpoint", "Internet", flow.TCP, 443, "privatelinkendpoints/DenyAllOutBound", false},
	{"F146", "acr-agent", "AzureKeyVault", flow.TCP, 443, tasks + "AzureKeyVault", true},
	{"F147", "acr-agent", "Storage", flow.TCP, 443, tasks + "Storage", true},
	{"F148", "acr-agent", "EventHub", flow.TCP, 443, tasks + "EventHub", true},
	{"F149", "acr-agent", "AzureActiveDirectory", flow.TCP, 443, tasks + "AzureActiveDirectory", true},
	{"F150", "acr-agent", "AzureMonitor", flow.TCP, 443, tasks + "AzureMonitor", true},
	{"F147", "acr-agent", "anyaccount.blob.core.windows.net", flow.TCP, 443, tasks + "Storage", true},
	{"F148", "acr-agent", "queue.servicebus.windows.net", flow.TCP, 443, tasks + "EventHub", true},
	{"F149", "acr-agent", "login.microsoftonline.com", flow.TCP, 443, tasks + "AzureActiveDirectory", true},
	{"F151", "acr-agent", "private-endpoint", flow.TCP, 443, pe443, true},
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

// The cluster's spoke lets through exactly what it must, with virtual nodes and without, under both readings of the tag
// VirtualNetwork; the named rule decides.
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
