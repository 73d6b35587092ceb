package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

const (
	clusterVNet = "vnet-spoke-bu0001a0005-01"
	// twoStamps adds a second stamp to the default one.
	twoStamps = `[{"name":"01","addressSpace":"10.240.0.0/16"},{"name":"02","addressSpace":"10.242.0.0/16"}]`
)

var clusterVNetID = armPath(spokeGroup, "Microsoft.Network/virtualNetworks/"+clusterVNet)

// deployClusterSpokes registers a hub with private DNS, and the spoke of every configured stamp as "spoke-01" and so on.
func deployClusterSpokes(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		dns, err := newPrivateDNS(ctx, cfg, hub)
		if err != nil {
			return err
		}
		for _, stamp := range cfg.Stamps {
			spoke, err := network.NewClusterSpoke(ctx, "spoke-"+stamp.Name, &network.ClusterSpokeArgs{
				Placement: cfg.Placement, Bootstrap: cfg.Bootstrap, BuildAgents: cfg.BuildAgents, VirtualNodes: cfg.VirtualNodes,
				NodeHosts: cfg.Firewall.NodeHosts, JumpBoxHosts: cfg.JumpBoxes.AllowedHosts,
				Hub: hub, DNS: dns, Stamp: stamp, ResourceGroupName: pulumi.String(spokeGroup),
			})
			if err != nil {
				return err
			}
			resolve(ctx, map[string]pulumi.Input{
				"vnetId-" + stamp.Name: spoke.VNetID, "gatewayPublicIpId-" + stamp.Name: spoke.GatewayPublicIPID,
				"gatewayAddress-" + stamp.Name: spoke.GatewayAddress,
				"systemNodePool-" + stamp.Name: spoke.SubnetID(network.SubnetSystemNodePool),
			})
		}
		return nil
	})
}

// A cluster's network is one component, so that what depends on it waits for routes, peerings, egress and DNS links alike.
func TestClusterSpokeFamily(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	assertFamily(t, m, "aksregulated:network:ClusterSpoke", "spoke-01",
		"aksregulated:network:Spoke spoke-01", "aksregulated:network:Egress spoke-01-egress",
		typetoken.ZoneLink+" spoke-01-registry", typetoken.ZoneLink+" spoke-01-vault",
		typetoken.PublicIP+" spoke-01-gateway", typetoken.Diagnostic+" spoke-01-gateway-address")
	family := []string{
		typetoken.RouteTable + " spoke-01", typetoken.VNet + " spoke-01", typetoken.Diagnostic + " spoke-01", typetoken.FlowLog + " spoke-01",
		typetoken.Peering + " spoke-01-to-hub", typetoken.Peering + " spoke-01-from-hub",
	}
	for group := range clusterSecurityRules {
		family = append(family, typetoken.SecurityGroup+" spoke-01-"+group, typetoken.Diagnostic+" spoke-01-"+group)
	}
	assertFamily(t, m, "aksregulated:network:Spoke", "spoke-01", family...)
	address := armPath(spokeGroup, "Microsoft.Network/publicIPAddresses/pip-bu0001a0005-00")
	assert.Equal(t, map[string]any{
		"vnetId-01": clusterVNetID, "systemNodePool-01": clusterVNetID + "/subnets/snet-cluster-systemnodepool",
		"gatewayPublicIpId-01": address, "gatewayAddress-01": "address of " + address,
	}, m.Exports)
}

// The spoke has the nine subnets of the walkthrough. Only load balancers and gateway are without the route to the firewall;
// no subnet leaves on its own, and security groups hold for private endpoints, but for that of the API server, which AKS manages.
func TestClusterSpokeNetwork(t *testing.T) {
	subnet := func(name, prefix, group string, routed bool) object {
		return spokeSubnet(clusterVNet, name, prefix, group, routed)
	}
	nodes := func(name, prefix, group string) object {
		fact := subnet(name, prefix, group, true)
		fact["privateEndpointNetworkPolicies"] = "Disabled"
		return fact
	}
	gateway := subnet("snet-applicationgateway", "10.240.5.0/24", "appgw", false)
	gateway["delegations"] = list{object{"name": "delegation", "serviceName": "Microsoft.Network/applicationGateways"}}
	assertInputs(t, deployClusterSpokes(t, nil).one(t, typetoken.VNet, "spoke-01"), object{
		"virtualNetworkName": clusterVNet, "resourceGroupName": spokeGroup, "location": "eastus2", "tags": testTags,
		"addressSpace": object{"addressPrefixes": list{"10.240.0.0/16"}},
		"dhcpOptions":  object{"dnsServers": list{firewallIP}},
		"subnets": list{
			subnet("snet-management-ops", "10.240.1.0/28", "management-ops", true),
			subnet("snet-management-agents", "10.240.2.0/26", "management-ops", true),
			subnet("snet-cluster-ingressservices", "10.240.4.0/28", "akslibs", false),
			gateway,
			nodes("snet-cluster-systemnodepool", "10.240.8.0/22", "system-nodepools"),
			nodes("snet-cluster-inscopenodepools", "10.240.12.0/22", "is-nodepools"),
			nodes("snet-cluster-outofscopenodepools", "10.240.16.0/22", "oos-nodepools"),
			subnet("snet-privatelinkendpoints", "10.240.250.0/28", "privatelinkendpoints", true),
			subnet("snet-management-acragents", "10.240.251.0/28", "acragents", true),
		},
		"enableDdosProtection": false, "enableVmProtection": false,
	})
}

// A range by key is that of the subnet in Azure, of its security rules, and of the firewall's sources; the rest of the stamp stays where it was.
func TestRangesByKey(t *testing.T) {
	m := deployClusterSpokes(t, settings{"stamps": `[{"name":"01","addressSpace":"10.240.0.0/16","managementOpsSubnet":"10.240.192.0/27",
		"outOfScopeNodePoolsSubnet":"10.240.64.0/20"}]`})
	prefixes := map[string]any{}
	for _, subnet := range tree.List(m.one(t, typetoken.VNet, "spoke-01").Inputs, "subnets") {
		prefixes[tree.Text(subnet, "name")] = tree.Text(subnet, "addressPrefix")
	}
	assert.Equal(t, "10.240.192.0/27", prefixes["snet-management-ops"])
	assert.Equal(t, "10.240.64.0/20", prefixes["snet-cluster-outofscopenodepools"])
	assert.Equal(t, "10.240.12.0/22", prefixes["snet-cluster-inscopenodepools"])
	assert.Equal(t, []string{"10.240.192.0/27"}, tree.Texts(m.one(t, typetoken.IPGroup, "spoke-01-egress-aksjumpboxes").Inputs, "ipAddresses"))
	assert.Equal(t, []string{"10.240.8.0/22", "10.240.12.0/22", "10.240.64.0/20"},
		tree.Texts(m.one(t, typetoken.IPGroup, "spoke-01-egress-aksnodepools").Inputs, "ipAddresses"))
}

// clusterSecurityRules are the rules of the eight security groups: the walkthrough's, with port 53 to the firewall where all
// else is closed, a closing rule for registry agents, GatewayManager as the only manager of the gateway, and Bastion's range
// of today.
var clusterSecurityRules = map[string][]securityRule{
	"management-ops": {
		inboundRule(100, "AllowSshFromHubBastionInBound", "Allow", "Tcp", "10.200.0.128/26", "*", "22"),
		inboundRule(1000, "DenyAllInBound", "Deny", "*", "*", "*", "*"),
		outboundRule(100, "Allow443InternetOutBound", "Allow", "Tcp", "*", "Internet", "443"),
		outboundRule(110, "Allow443VnetOutBound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443"),
		outboundRule(130, "AllowDnsToFirewallOutBound", "Allow", "*", "VirtualNetwork", firewallIP, "53"),
		outboundRule(1000, "DenyAllOutBound", "Deny", "*", "*", "*", "*"),
	},
	"system-nodepools": {inboundRule(100, "DenySshInBound", "Deny", "Tcp", "*", "*", "22")},
	"is-nodepools":     {inboundRule(100, "DenySshInBound", "Deny", "Tcp", "*", "*", "22")},
	"oos-nodepools":    {inboundRule(100, "DenySshInBound", "Deny", "Tcp", "*", "*", "22")},
	"privatelinkendpoints": {
		inboundRule(100, "AllowAll443InFromVnet", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443"),
		inboundRule(1000, "DenyAllInBound", "Deny", "*", "*", "*", "*"),
		outboundRule(1000, "DenyAllOutBound", "Deny", "*", "*", "*", "*"),
	},
	"akslibs": {},
	"appgw": {
		inboundRule(100, "Allow443InBound", "Allow", "Tcp", "Internet", "VirtualNetwork", "443"),
		inboundRule(110, "AllowControlPlaneInBound", "Allow", "*", "GatewayManager", "*", "65200-65535"),
		inboundRule(120, "AllowHealthProbesInBound", "Allow", "*", "AzureLoadBalancer", "VirtualNetwork", "*"),
		inboundRule(1000, "DenyAllInBound", "Deny", "*", "*", "*", "*"),
		outboundRule(1000, "AllowAllOutBound", "Allow", "*", "*", "*", "*"),
	},
	"acragents": {
		outboundRule(100, "AllowKeyVaultOutBound", "Allow", "Tcp", "VirtualNetwork", "AzureKeyVault", "443"),
		outboundRule(110, "AllowStorageOutBound", "Allow", "Tcp", "VirtualNetwork", "Storage", "443"),
		outboundRule(120, "AllowEventHubOutBound", "Allow", "Tcp", "VirtualNetwork", "EventHub", "443"),
		outboundRule(130, "AllowEntraIdOutBound", "Allow", "Tcp", "VirtualNetwork", "AzureActiveDirectory", "443"),
		outboundRule(140, "AllowAzureMonitorBound", "Allow", "Tcp", "VirtualNetwork", "AzureMonitor", "443"),
		outboundRule(150, "AllowVnet443OutBound", "Allow", "Tcp", "VirtualNetwork", "VirtualNetwork", "443"),
		outboundRule(160, "AllowDnsToFirewallOutBound", "Allow", "*", "VirtualNetwork", firewallIP, "53"),
		outboundRule(1000, "DenyAllOutBound", "Deny", "*", "*", "*", "*"),
	},
}

// Each security group has exactly its rules.
func TestClusterSpokeSecurityRules(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	for name, want := range clusterSecurityRules {
		group := m.one(t, typetoken.SecurityGroup, "spoke-01-"+name)
		assert.Equal(t, "nsg-"+clusterVNet+"-"+name, group.Inputs["networkSecurityGroupName"])
		assertSecurityRules(t, group, want)
	}
}

// Jump boxes admit Bastion, whatever its subnet is, and nothing else.
func TestClusterSpokeFollowsBastion(t *testing.T) {
	m := deployClusterSpokes(t, settings{
		"hub.addressSpace": "10.210.0.0/23", "hub.firewallSubnet": "10.210.0.0/25",
		"hub.gatewaySubnet": "10.210.0.128/26", "hub.bastionSubnet": "10.210.1.0/26",
	})
	rules := securityRulesOf(t, m.one(t, typetoken.SecurityGroup, "spoke-01-management-ops"))
	assert.Contains(t, rules, inboundRule(100, "AllowSshFromHubBastionInBound", "Allow", "Tcp", "10.210.1.0/26", "*", "22"))
}

// The spoke's peerings, route and flow log are those of any spoke.
func TestClusterSpokeConnections(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	assertInputs(t, m.one(t, typetoken.Peering, "spoke-01-to-hub"),
		toHubFact(spokeGroup, clusterVNet))
	assertInputs(t, m.one(t, typetoken.Peering, "spoke-01-from-hub"),
		peeringFact("hub-to-"+clusterVNet, hubGroup, "vnet-eastus2-hub", clusterVNetID, "10.240.0.0/16"))
	assertInputs(t, m.one(t, typetoken.FlowLog, "spoke-01"), flowLogFact(clusterVNet, clusterVNetID, 365))
	assert.Equal(t, "route-"+clusterVNet+"-to-hub-fw", m.one(t, typetoken.RouteTable, "spoke-01").Inputs["routeTableName"])
}

// The gateway's address is static, in all zones, and sends its DDoS logs to the hub.
func TestClusterSpokeGatewayAddress(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	address := m.one(t, typetoken.PublicIP, "spoke-01-gateway")
	assertInputs(t, address, object{
		"publicIpAddressName": "pip-bu0001a0005-00", "resourceGroupName": spokeGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"name": "Standard"}, "zones": list{"1", "2", "3"},
		"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4,
	})
	assert.Equal(t, []diagnostic{{
		Setting: "default", Resource: address.ID, Metrics: []string{"AllMetrics"},
		Logs: []string{"DDoSMitigationFlowLogs", "DDoSMitigationReports", "DDoSProtectionNotifications"},
	}}, diagnosticsUnder(t, m, m.one(t, "aksregulated:network:ClusterSpoke", "spoke-01"), hubWorkspaceID))
}

// Network and security groups, the shared one once, send their logs to the hub.
func TestClusterSpokeDiagnostics(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	want := []diagnostic{{Setting: "toHub", Resource: clusterVNetID, Metrics: []string{"AllMetrics"}}}
	for group := range clusterSecurityRules {
		want = append(want, diagnostic{
			Setting: "toHub", Resource: armPath(spokeGroup, "Microsoft.Network/networkSecurityGroups/nsg-"+clusterVNet+"-"+group),
			Logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"},
		})
	}
	assert.ElementsMatch(t, want, diagnosticsUnder(t, m, m.one(t, "aksregulated:network:Spoke", "spoke-01"), hubWorkspaceID))
}

// The gateway needs the vault's zone in its own network. The zone of the API server is left to AKS, which links it itself.
func TestClusterSpokeLinks(t *testing.T) {
	m := deployClusterSpokes(t, nil)
	assertInputs(t, m.one(t, typetoken.ZoneLink, "spoke-01-registry"), zoneLinkFact("privatelink.azurecr.io", clusterVNet, clusterVNetID))
	assertInputs(t, m.one(t, typetoken.ZoneLink, "spoke-01-vault"),
		zoneLinkFact("privatelink.vaultcore.azure.net", clusterVNet, clusterVNetID))
	assert.Len(t, m.OfType(typetoken.ZoneLink), 3+2)
}

// A second stamp shares the hub and the groups, and still nothing that Azure would take for the same: no id is given twice,
// names in the hub's and the spokes' group tell the stamps apart, and priorities on the policy differ.
func TestClusterSpokesOfTwoStamps(t *testing.T) {
	m := deployClusterSpokes(t, settings{"stamps": twoStamps})
	given := map[string]string{}
	for _, r := range m.All() {
		if r.Custom() {
			id := strings.ToLower(r.ID)
			assert.Empty(t, given[id], "%s and %s have the id %s", given[id], r, r.ID)
			given[id] = r.String()
		}
	}
	for logicalName, name := range map[string]string{
		"spoke-01-egress-aksnodepools": "ipg-eastus2-AksNodepools", "spoke-02-egress-aksnodepools": "ipg-eastus2-AksNodepools-02",
		"spoke-01-egress-aksjumpboxes": "ipg-eastus2-AksJumpboxes", "spoke-02-egress-aksjumpboxes": "ipg-eastus2-AksJumpboxes-02",
	} {
		assert.Equal(t, name, m.one(t, typetoken.IPGroup, logicalName).Inputs["ipGroupsName"])
	}
	assert.Equal(t, list{"10.242.8.0/22", "10.242.12.0/22", "10.242.16.0/22"},
		m.one(t, typetoken.IPGroup, "spoke-02-egress-aksnodepools").Inputs["ipAddresses"])
	second := m.one(t, typetoken.RuleGroup, "spoke-02-egress")
	assert.Equal(t, "rcg-vnet-spoke-bu0001a0005-02", second.Inputs["ruleCollectionGroupName"])
	assert.Equal(t, 1002.0, second.Inputs["priority"])
	assert.Equal(t, "pip-bu0001a0005-00-02", m.one(t, typetoken.PublicIP, "spoke-02-gateway").Inputs["publicIpAddressName"])
	assert.Equal(t, object{"addressPrefixes": list{"10.242.0.0/16"}}, m.one(t, typetoken.VNet, "spoke-02").Inputs["addressSpace"])
}

// Azure takes one change of the hub's network at a time, so a second spoke peers after the first has.
func TestClusterSpokesPeerOneAfterAnother(t *testing.T) {
	m := deployClusterSpokes(t, settings{"stamps": twoStamps})
	first, second := m.one(t, typetoken.Peering, "spoke-01-from-hub"), m.one(t, typetoken.Peering, "spoke-02-to-hub")
	assertWaits(t, m, second, first)
	assertWaits(t, m, m.one(t, typetoken.Peering, "spoke-02-from-hub"), second)
	assertWaits(t, m, m.one(t, typetoken.IPGroup, "spoke-02-egress-aksnodepools"), m.one(t, typetoken.RuleGroup, "spoke-01-egress"))
	assert.False(t, m.WaitsFor(m.one(t, typetoken.VNet, "spoke-02"), m.one(t, typetoken.Peering, "spoke-01-to-hub")))
}
