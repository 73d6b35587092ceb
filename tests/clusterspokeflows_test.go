package tests

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/flow"
)

// clusterFlowProofs are the flows of a cluster spoke. In by, rules of its security groups go by the last part of the group's
// name.
var clusterFlowProofs = []flowProof{
	// Bastion reaches jump boxes and build agents, by SSH, and no node.
	{"F056", "bastion", "jump-box", flow.TCP, 22, "", "management-ops/AllowSshFromHubBastionInBound", true},
	{"F057", "bastion", "build-agent", flow.TCP, 22, "", "management-ops/AllowSshFromHubBastionInBound", true},
	{"F061", "jump-box", "bastion", flow.TCP, 443, "", bastionRules + "DenyAllInbound", false},
	{"F062", "bastion", "jump-box", flow.TCP, 3389, "", "management-ops/DenyAllInBound", false},
	{"F064", "bastion", "nodes-system", flow.TCP, 22, "", "system-nodepools/DenySshInBound", false},
	{"F065", "bastion", "nodes-inscope", flow.TCP, 22, "", "is-nodepools/DenySshInBound", false},
	{"F066", "bastion", "nodes-outofscope", flow.TCP, 22, "", "oos-nodepools/DenySshInBound", false},
	{"F067", "bastion", "api-server", flow.TCP, 443, "", bastionRules + "DenyAllOutbound", false},
	// Jump boxes and build agents: what they need.
	{"F070", "jump-box", "api-server", flow.TCP, 443, "", "default/AllowVnetInBound", true},
	{"F071", "jump-box", "private-endpoint", flow.TCP, 443, "", "privatelinkendpoints/AllowAll443InFromVnet", true},
	{"F072", "jump-box", "login.microsoftonline.com", flow.TCP, 443, "", "aks-jumpbox/az-login", true},
	{"F073", "jump-box", "management.azure.com", flow.TCP, 443, "", "aks-jumpbox/az-management-api", true},
	{"F074", "jump-box", "github.com", flow.TCP, 443, "", "aks-jumpbox/github", true},
	{"F075", "jump-box", "*.github.io", flow.TCP, 443, "", "aks-jumpbox/github", true},
	{"F076", "jump-box", "raw.githubusercontent.com", flow.TCP, 443, "", "aks-jumpbox/github", true},
	{"F077", "jump-box", "aka.ms", flow.TCP, 443, "", "aks-jumpbox/az-cli-extensions", true},
	{"F078", "jump-box", "azcliextensionsync.blob.core.windows.net", flow.TCP, 443, "", "aks-jumpbox/az-cli-extensions", true},
	{"F079", "jump-box", "azcliprod.blob.core.windows.net", flow.TCP, 443, "", "aks-jumpbox/az-cli-extensions", true},
	{"F080", "jump-box", "*.ods.opinsights.azure.com", flow.TCP, 443, "", "aks-jumpbox/azure-monitor-addon", true},
	{"F081", "jump-box", "firewall-private-ip", flow.UDP, 53, "", "management-ops/AllowDnsToFirewallOutBound", true},
	{"F082", "build-agent", "api-server", flow.TCP, 443, "", "default/AllowVnetInBound", true},
	// Jump boxes and build agents: what must stay closed.
	{"F083", "Internet", "jump-box", flow.TCP, 22, "", "management-ops/DenyAllInBound", false},
	{"F084", "Internet", "jump-box", flow.TCP, 443, "", "management-ops/DenyAllInBound", false},
	{"F085", "nodes-inscope", "jump-box", flow.TCP, 22, "", "management-ops/DenyAllInBound", false},
	{"F086", "app-gateway", "jump-box", flow.TCP, 22, "", "management-ops/DenyAllInBound", false},
	{"F087", "jump-box", "nodes-inscope", flow.TCP, 22, "", "management-ops/DenyAllOutBound", false},
	{"F088", "jump-box", "build-agent", flow.TCP, 22, "", "management-ops/DenyAllOutBound", false},
	{"F089", "jump-box", "Internet", flow.TCP, 22, "", "management-ops/DenyAllOutBound", false},
	{"F090", "jump-box", "ntp.ubuntu.com", flow.UDP, 123, "", "management-ops/DenyAllOutBound", false},
	{"F091", "jump-box", "archive.ubuntu.com", flow.TCP, 80, flow.HTTP, "management-ops/DenyAllOutBound", false},
	{"F093", "jump-box", "example.org", flow.TCP, 443, "", fromFirewall, false},
	{"F094", "jump-box", "packages.microsoft.com", flow.TCP, 443, "", fromFirewall, false},
	{"F095", "jump-box", "anyaccount.blob.core.windows.net", flow.TCP, 443, "", fromFirewall, false},
	{"F096", "jump-box", "api.github.com", flow.TCP, 443, "", fromFirewall, false},
	{"F097", "jump-box", "get.helm.sh", flow.TCP, 443, "", fromFirewall, false},
	{"F098", "jump-box", "*.atlas.cloudapp.azure.com", flow.TCP, 33391, flow.HTTP, "management-ops/DenyAllOutBound", false},
	{"F099", "build-agent", "github.com", flow.TCP, 443, "", fromFirewall, false},
	{"F100", "build-agent", "management.azure.com", flow.TCP, 443, "", fromFirewall, false},
	// Nodes: what cluster and add-ons need.
	{"F101", "nodes-system", "mcr.microsoft.com", flow.TCP, 443, "", "AKS-Global-Requirements/runtime", true},
	{"F102", "nodes-system", "*.data.mcr.microsoft.com", flow.TCP, 443, "", "AKS-Global-Requirements/runtime", true},
	{"F103", "nodes-outofscope", "packages.microsoft.com", flow.TCP, 443, "", "AKS-Global-Requirements/runtime", true},
	{"F104", "nodes-system", "*.ods.opinsights.azure.com", flow.TCP, 443, "", "AKS-Global-Requirements/azure-monitor-addon", true},
	{"F105", "nodes-system", "*.metrics.ingest.monitor.azure.com", flow.TCP, 443, "", "AKS-Global-Requirements/azure-monitor-addon", true},
	{"F106", "nodes-system", "data.policy.core.windows.net", flow.TCP, 443, "", "AKS-Global-Requirements/azure-policy-addon", true},
	{"F107", "nodes-system", "github.com", flow.TCP, 443, "", "Flux-Requirements/flux-to-github", true},
	{"F108", "nodes-system", "eastus2.dp.kubernetesconfiguration.azure.com", flow.TCP, 443, "", "Flux-Requirements/flux-extension-runtime-requirements", true},
	{"F109", "nodes-system", "*.blob.core.windows.net", flow.TCP, 443, "", "Flux-Requirements/flux-extension-runtime-requirements", true},
	{"F110", "nodes-inscope", "ghcr.io", flow.TCP, 443, "", "Falco-Requirements/flux-to-flux-modules", true},
	{"F111", "nodes-outofscope", "tuf-repo-cdn.sigstore.dev", flow.TCP, 443, "", "Falco-Requirements/flux-to-flux-modules", true},
	{"F112", "nodes-system", "firewall-private-ip", flow.UDP, 53, "", "default/AllowVnetOutBound", true},
	{"F113", "nodes-inscope", "api-server", flow.TCP, 443, "", "default/AllowVnetInBound", true},
	{"F114", "nodes-inscope", "private-endpoint", flow.TCP, 443, "", "privatelinkendpoints/AllowAll443InFromVnet", true},
	{"F115", "nodes-inscope", "nodes-outofscope", flow.TCP, 8080, "", "default/AllowVnetInBound", true},
	// Nodes: what must stay closed.
	{"F116", "nodes-outofscope", "example.org", flow.TCP, 443, "", fromFirewall, false},
	{"F117", "nodes-inscope", "registry-1.docker.io", flow.TCP, 443, "", fromFirewall, false},
	{"F118", "nodes-system", "quay.io", flow.TCP, 443, "", fromFirewall, false},
	{"F119", "nodes-system", "security.ubuntu.com", flow.TCP, 80, flow.HTTP, fromFirewall, false},
	{"F120", "nodes-system", "github.com", flow.TCP, 22, "", fromFirewall, false},
	{"F121", "nodes-system", "ntp.ubuntu.com", flow.UDP, 123, "", fromFirewall, false},
	{"F122", "nodes-system", "Internet", flow.UDP, 53, "", fromFirewall, false},
	{"F123", "nodes-inscope", "Internet", flow.TCP, 25, "", fromFirewall, false},
	{"F124", "Internet", "nodes-inscope", flow.TCP, 22, "", "is-nodepools/DenySshInBound", false},
	{"F125", "Internet", "nodes-system", flow.TCP, 22, "", "system-nodepools/DenySshInBound", false},
	{"F126", "Internet", "nodes-outofscope", flow.TCP, 22, "", "oos-nodepools/DenySshInBound", false},
	{"F127", "Internet", "nodes-system", flow.TCP, 443, "", "default/DenyAllInBound", false},
	{"F128", "Internet", "nodes-inscope", flow.TCP, 10250, "", "default/DenyAllInBound", false},
	{"F129", "nodes-inscope", "nodes-outofscope", flow.TCP, 22, "", "oos-nodepools/DenySshInBound", false},
	{"F130", "nodes-inscope", "private-endpoint", flow.TCP, 80, "", "privatelinkendpoints/DenyAllInBound", false},
	// Ingress and private endpoints.
	{"F131", "Internet", "app-gateway", flow.TCP, 443, "", "appgw/Allow443InBound", true},
	{"F132", "GatewayManager", "app-gateway", flow.TCP, 65200, "", "appgw/AllowControlPlaneInBound", true},
	{"F133", "AzureLoadBalancer", "app-gateway", flow.TCP, 443, "", "appgw/AllowHealthProbesInBound", true},
	{"F134", "app-gateway", "ingress-ilb", flow.TCP, 443, "", "default/AllowVnetInBound", true},
	{"F135", "app-gateway", "private-endpoint", flow.TCP, 443, "", "privatelinkendpoints/AllowAll443InFromVnet", true},
	{"F136", "app-gateway", "Internet", flow.TCP, 443, "", "appgw/AllowAllOutBound", true},
	{"F137", "Internet", "app-gateway", flow.TCP, 80, "", "appgw/DenyAllInBound", false},
	{"F138", "Internet", "app-gateway", flow.TCP, 22, "", "appgw/DenyAllInBound", false},
	{"F139", "Internet", "app-gateway", flow.TCP, 65200, "", "appgw/DenyAllInBound", false},
	{"F140", "Internet", "ingress-ilb", flow.TCP, 443, "", "default/DenyAllInBound", false},
	{"F141", "Internet", "private-endpoint", flow.TCP, 443, "", "privatelinkendpoints/DenyAllInBound", false},
	{"F142", "private-endpoint", "Internet", flow.TCP, 443, "", "privatelinkendpoints/DenyAllOutBound", false},
	// Registry task agents. The firewall decides after the security group, since they route through it.
	{"F146", "acr-agent", "AzureKeyVault", flow.TCP, 443, "", "AcrAgents-Requirements/key-vault", true},
	{"F147", "acr-agent", "Storage", flow.TCP, 443, "", "AcrAgents-Requirements/storage", true},
	{"F148", "acr-agent", "EventHub", flow.TCP, 443, "", "AcrAgents-Requirements/event-hub", true},
	{"F149", "acr-agent", "AzureActiveDirectory", flow.TCP, 443, "", "AcrAgents-Requirements/entra-id", true},
	{"F150", "acr-agent", "AzureMonitor", flow.TCP, 443, "", "AcrAgents-Requirements/azure-monitor", true},
	{"F151", "acr-agent", "private-endpoint", flow.TCP, 443, "", "privatelinkendpoints/AllowAll443InFromVnet", true},
	{"F153", "acr-agent", "Internet", flow.TCP, 443, "", "acragents/DenyAllOutBound", false},
	{"F154", "Internet", "acr-agent", flow.TCP, 22, "", "default/DenyAllInBound", false},
	// Without virtual nodes their ports are closed.
	{"F157", "nodes-system", "management.azure.com", flow.TCP, 443, "", "AKS-Global-Requirements/runtime", true},
	{"F158", "nodes-system", "*.atlas.cloudapp.azure.com", flow.TCP, 19390, flow.HTTP, fromFirewall, false},
	{"F159", "nodes-system", "*.atlas.cloudapp.azure.com", flow.TCP, 33391, flow.HTTP, fromFirewall, false},
	{"F160", "nodes-system", "*.atlas.cloudapp.azure.com", flow.TCP, 443, "", fromFirewall, false},
	{"F161", "nodes-system", "sample.westus.cloudapp.azure.com", flow.TCP, 19390, flow.HTTP, fromFirewall, false},
}

// flowResources are the resources of a program as the evaluator reads them.
func flowResources(m *recordingMonitor) []flow.Resource {
	var resources []flow.Resource
	for _, r := range m.all() {
		_, provider, found := strings.Cut(r.ID, "/providers/")
		if !found || !strings.HasPrefix(provider, "Microsoft.Network/") || strings.Contains(provider, "/providers/") {
			continue
		}
		parts := strings.Split(provider, "/")
		armType := parts[:1]
		for i := 1; i < len(parts); i += 2 {
			armType = append(armType, parts[i])
		}
		resources = append(resources, flow.Resource{Type: strings.Join(armType, "/"), ID: r.ID, Properties: r.Inputs})
	}
	return resources
}

// gatewayIn is an application gateway as the cluster spoke is made for: in its subnet, with its address.
func gatewayIn(t *testing.T, m *recordingMonitor) flow.Resource {
	t.Helper()
	return flow.Resource{
		Type: "Microsoft.Network/applicationGateways", ID: armPath(spokeGroup, "Microsoft.Network/applicationGateways/agw"),
		Properties: object{
			"gatewayIPConfigurations": list{object{
				"name": "inside", "subnet": object{"id": clusterVNetID + "/subnets/snet-applicationgateway"},
			}},
			"frontendIPConfigurations": list{object{
				"name": "outside", "publicIPAddress": object{"id": m.one(t, typePublicIP, "spoke-01-gateway").ID},
			}},
		},
	}
}

// clusterFlowEndpoints are the named ends of the flow matrix in a cluster spoke.
func clusterFlowEndpoints() map[string]flow.Endpoint {
	endpoints := map[string]flow.Endpoint{
		"bastion":             flow.Subnet(hubVNetID + "/subnets/AzureBastionSubnet"),
		"firewall-private-ip": flow.Address(netip.MustParseAddr(firewallIP)),
		"api-server":          flow.SubnetHost(clusterVNetID+"/subnets/snet-cluster-systemnodepool", 9),
		"private-endpoint":    flow.PrivateEndpointNIC(clusterVNetID + "/subnets/snet-privatelinkendpoints"),
		"ingress-ilb":         flow.Address(netip.MustParseAddr("10.240.4.4")),
	}
	for name, subnet := range map[string]string{
		"jump-box": "snet-management-ops", "build-agent": "snet-management-agents", "acr-agent": "snet-management-acragents",
		"nodes-system": "snet-cluster-systemnodepool", "nodes-inscope": "snet-cluster-inscopenodepools",
		"nodes-outofscope": "snet-cluster-outofscopenodepools", "app-gateway": "snet-applicationgateway",
	} {
		endpoints[name] = flow.Subnet(clusterVNetID + "/subnets/" + subnet)
	}
	for _, tag := range []string{
		"Internet", "GatewayManager", "AzureLoadBalancer", "AzureKeyVault", "Storage", "EventHub", "AzureActiveDirectory",
		"AzureMonitor",
	} {
		endpoints[tag] = flow.Tag(tag)
	}
	return endpoints
}

// The cluster spoke lets through what it must and stops what it must, by the control that is meant to. All of it holds as well
// where Azure folds the default route into the VirtualNetwork tag, whichever control decides then.
func TestClusterSpokeFlows(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	endpoints := clusterFlowEndpoints()
	end := func(name string) flow.Endpoint {
		if known, ok := endpoints[name]; ok {
			return known
		}
		return flow.Host(name)
	}
	for _, wide := range []bool{false, true} {
		network, err := flow.New(append(flowResources(m), gatewayIn(t, m)), flow.Options{WideVirtualNetworkTag: wide})
		require.NoError(t, err)
		for _, proof := range clusterFlowProofs {
			name := fmt.Sprintf("%s wide=%v %s to %s %s %d", proof.id, wide, proof.from, proof.to, proof.protocol, proof.port)
			t.Run(name, func(t *testing.T) {
				result := network.Check(flow.Flow{
					From: end(proof.from), To: end(proof.to), Protocol: proof.protocol, Port: proof.port, App: proof.app,
				})
				assert.Equal(t, proof.allow, result.Allowed, result.Reason)
				if group, rule, _ := strings.Cut(proof.by, "/"); !wide {
					if _, own := clusterSecurityRules[group]; own {
						group = "nsg-" + clusterVNet + "-" + group
					}
					assert.Equal(t, group+"/"+rule, result.By, result.Reason)
				}
			})
		}
	}
}

// Two stamps reach neither each other nor through the hub: their spokes are peered with the hub only, which forwards nothing.
func TestClusterSpokesAreApart(t *testing.T) {
	m := deployClusterSpokes(t, settings{"stamps": twoStamps})
	network, err := flow.New(flowResources(m), flow.Options{WideVirtualNetworkTag: true})
	require.NoError(t, err)
	here, there := clusterVNetID+"/subnets/", strings.Replace(clusterVNetID, "-01", "-02", 1)+"/subnets/"
	for _, subnet := range []string{
		"snet-management-ops", "snet-cluster-systemnodepool", "snet-cluster-inscopenodepools", "snet-management-acragents",
	} {
		for _, port := range []uint16{22, 80, 443, 8080} {
			for _, target := range []string{"snet-cluster-systemnodepool", "snet-privatelinkendpoints", "snet-cluster-ingressservices"} {
				result := network.Check(flow.Flow{
					From: flow.Subnet(here + subnet), To: flow.Subnet(there + target), Protocol: flow.TCP, Port: port,
				})
				assert.False(t, result.Allowed, "%s to %s: %s", subnet, target, result.Reason)
			}
		}
	}
}
