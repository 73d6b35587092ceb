package flow_test

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
			rule("DenyAllInBound", 1000, "Inbound", "Deny", "*", "*", "*", "*"), rule("DenyAllOutBound", 1000, "Outbound", "Deny",
				"*", "*", "*", "*"),
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
			tagRule("AllowKeyVaultOutBound", "AzureKeyVault", 100), tagRule("AllowStorageOutBound", "Storage",
				110), tagRule("AllowEventHubOutBound", "EventHub", 120),
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
		{"snet-cluster-systemnodepool", "10.240.8.0/22", "system-nodepools", true}, {"snet-cluster-inscopenodepools",
			"10.240.12.0/22", "is-nodepools", true},
		{"snet-cluster-outofscopenodepools", "10.240.16.0/22", "oos-nodepools", true},
		{"snet-privatelinkendpoints", "10.240.250.0/28", "privatelinkendpoints", true}, {"snet-management-acragents",
			"10.240.251.0/28", "acragents", true},
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
			nodes("azure-monitor-addon", "*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com",
				"*.handler.control.monitor.azure.com", "*.ingest.monitor.azure.com"),
			nodes("azure-policy-addon", "data.policy.core.windows.net", "store.policy.core.windows.net")),
		collection("Flux-Requirements", 300, "Allow", nodes("flux-to-repository", "github.com", "api.github.com"),
			nodes("flux-extension-runtime-requirements", "eastus2.dp.kubernetesconfiguration.azure.com", "*.blob.core.windows.net")),
		collection("aks-jumpbox", 450, "Allow", boxes("az-login", "login.microsoftonline.com"),
			boxes("az-management-api", "management.azure.com"),
			boxes("az-cli-extensions", "aka.ms", "azcliprod.blob.core.windows.net", "azcliextensionsync.blob.core.windows.net"),
			boxes("github", "github.com", "*.github.io", "raw.githubusercontent.com"), boxes("azure-monitor-addon", "*.ods.opinsights.azure.com")))
	if virtualNodes {
		aci := from(nodeGroup, networkRule("virtual-nodes-aci-clusters", "*", "AzureCloud.eastus2", "TCP", "19390"))
		aci["destinationPorts"] = strs("19390", "33391")
		l.addGroup("rcg-virtualnodes", 600, collection("VirtualNodes-Requirements", 600, "Allow", aci))
	}
}
