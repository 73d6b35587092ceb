package components

import (
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

const spokeGroup = "rg-enterprise-networking-spokes"

var spokeVNetID = armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-test")

// deploySpoke registers a spoke with three subnets and two security groups on a new hub.
func deploySpoke(t *testing.T) *recordingMonitor {
	t.Helper()
	return deploySpokeWith(t, nil)
}

func deploySpokeWith(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		spoke, err := network.NewSpoke(ctx, "test", &network.SpokeArgs{
			Placement: cfg.Placement, Hub: hub, ResourceGroupName: pulumi.String(spokeGroup),
			Name: "vnet-spoke-test", AddressSpace: netip.MustParsePrefix("10.250.0.0/24"),
			SecurityGroups: []network.SecurityGroup{
				{Name: "a", Rules: []network.SecurityRule{
					{Name: "Dns", Priority: 200, Direction: "Outbound", Access: "Allow", Protocol: "Udp", Source: "10.250.0.0/26",
						Destination: network.FirewallAddress, Ports: []string{"53"}, Why: "Names."},
					{Name: "Web", Priority: 300, Direction: "Inbound", Access: "Deny", Protocol: "*", Source: "Internet",
						Destination: "*", Ports: []string{"80", "8000-8080"}, Why: "No web."},
				}},
				{Name: "b"},
			},
			Subnets: []network.SpokeSubnet{
				{Name: "snet-a", Prefix: netip.MustParsePrefix("10.250.0.0/26"), SecurityGroup: "a", PrivateLinkServices: true},
				{Name: "snet-b", Prefix: netip.MustParsePrefix("10.250.0.64/26"), SecurityGroup: "b"},
				{Name: "snet-c", Prefix: netip.MustParsePrefix("10.250.0.128/26"), SecurityGroup: "b", Unrouted: true},
			},
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"vnetId": spoke.VNetID, "subnetId": spoke.SubnetID("snet-b")})
		return nil
	})
}

// A spoke is a component with all that connects and closes it.
func TestSpokeFamily(t *testing.T) {
	assertFamily(t, deploySpoke(t), "aksregulated:network:Spoke", "test",
		typetoken.RouteTable+" test", typetoken.VNet+" test", typetoken.Diagnostic+" test", typetoken.FlowLog+" test",
		typetoken.SecurityGroup+" test-a", typetoken.Diagnostic+" test-a", typetoken.SecurityGroup+" test-b", typetoken.Diagnostic+" test-b",
		typetoken.Peering+" test-to-hub", typetoken.Peering+" test-from-hub")
}

// Everything that leaves goes to the firewall, and no gateway can announce another way.
func TestSpokeRoutes(t *testing.T) {
	assertInputs(t, deploySpoke(t).one(t, typetoken.RouteTable, "test"), object{
		"routeTableName": "route-vnet-spoke-test-to-hub-fw", "resourceGroupName": spokeGroup, "location": "eastus2",
		"tags": testTags, "disableBgpRoutePropagation": true,
		"routes": list{object{
			"name": "r-nexthop-to-fw", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": firewallIP,
		}},
	})
}

// spokeSubnet is the fact of a subnet: its security group, the route unless it has none, no outbound access of its own, and
// network policies that hold for private endpoints.
func spokeSubnet(vnet, name, prefix, group string, routed bool) object {
	subnet := object{
		"name": name, "addressPrefix": prefix, "defaultOutboundAccess": false,
		"networkSecurityGroup":           object{"id": armPath(spokeGroup, "Microsoft.Network/networkSecurityGroups/nsg-"+vnet+"-"+group)},
		"privateEndpointNetworkPolicies": "Enabled", "privateLinkServiceNetworkPolicies": "Enabled",
	}
	if routed {
		subnet["routeTable"] = object{"id": armPath(spokeGroup, "Microsoft.Network/routeTables/route-"+vnet+"-to-hub-fw")}
	}
	return subnet
}

// Subnets may share a security group, and go without the route: then nothing in them has a way out.
func TestSpokeNetwork(t *testing.T) {
	m := deploySpoke(t)
	a := spokeSubnet("vnet-spoke-test", "snet-a", "10.250.0.0/26", "a", true)
	a["privateLinkServiceNetworkPolicies"] = "Disabled"
	assertInputs(t, m.one(t, typetoken.VNet, "test"), object{
		"virtualNetworkName": "vnet-spoke-test", "resourceGroupName": spokeGroup, "location": "eastus2", "tags": testTags,
		"addressSpace": object{"addressPrefixes": list{"10.250.0.0/24"}},
		"dhcpOptions":  object{"dnsServers": list{firewallIP}},
		"subnets": list{
			a, spokeSubnet("vnet-spoke-test", "snet-b", "10.250.0.64/26", "b", true),
			spokeSubnet("vnet-spoke-test", "snet-c", "10.250.0.128/26", "b", false),
		},

		"enableDdosProtection": false, "enableVmProtection": false,
	})
	assert.Equal(t, map[string]any{"vnetId": spokeVNetID, "subnetId": spokeVNetID + "/subnets/snet-b"}, m.Exports)
}

// A subnet without a security group would be open, so a name that no group has is an error.
func TestSpokeSubnetNeedsItsSecurityGroup(t *testing.T) {
	cfg := loadConfig(t, nil)
	err := (&recordingMonitor{}).run(t, nil, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		_, err = network.NewSpoke(ctx, "test", &network.SpokeArgs{
			Placement: cfg.Placement, Hub: hub, ResourceGroupName: pulumi.String(spokeGroup),
			Name: "vnet-spoke-test", AddressSpace: netip.MustParsePrefix("10.250.0.0/24"),
			Subnets: []network.SpokeSubnet{{Name: "snet-a", Prefix: netip.MustParsePrefix("10.250.0.0/26"), SecurityGroup: "missing"}},
		})
		return err
	})
	assert.ErrorContains(t, err, `subnet snet-a of vnet-spoke-test: no security group "missing"`)
}

// Rules reach Azure as written, with the firewall's address where a rule names the firewall.
func TestSpokeSecurityRules(t *testing.T) {
	group := deploySpoke(t).one(t, typetoken.SecurityGroup, "test-a")
	assert.Equal(t, "nsg-vnet-spoke-test-a", group.Inputs["networkSecurityGroupName"])
	assertSecurityRules(t, group, []securityRule{
		outboundRule(200, "Dns", "Allow", "Udp", "10.250.0.0/26", firewallIP, "53"),
		inboundRule(300, "Web", "Deny", "*", "Internet", "*", "80,8000-8080"),
	})
}

// peeringFact is a peering that carries nothing but traffic between the two networks.
func peeringFact(name, group, network, remoteID, remoteRange string) object {
	return object{
		"virtualNetworkPeeringName": name, "resourceGroupName": group, "virtualNetworkName": network,
		"remoteVirtualNetwork": object{"id": remoteID},
		"remoteAddressSpace":   object{"addressPrefixes": list{remoteRange}}, "syncRemoteAddressSpace": "true",
		"allowVirtualNetworkAccess": true, "allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false,
	}
}

// toHubFact is the peering of a spoke to the hub, with the state that it has once the other side exists: a refresh is to find no difference.
func toHubFact(group, network string) object {
	peering := peeringFact("spoke-to-vnet-eastus2-hub", group, network, hubVNetID, "10.200.0.0/24")
	peering["peeringState"], peering["peeringSyncLevel"] = "Connected", "FullyInSync"
	return peering
}

// Both sides are peered, one after the other, and neither forwards: spokes do not reach each other through the hub.
func TestSpokePeerings(t *testing.T) {
	m := deploySpoke(t)
	toHub, fromHub := m.one(t, typetoken.Peering, "test-to-hub"), m.one(t, typetoken.Peering, "test-from-hub")
	assertInputs(t, toHub, toHubFact(spokeGroup, "vnet-spoke-test"))
	assertInputs(t, fromHub, peeringFact("hub-to-vnet-spoke-test", hubGroup, "vnet-eastus2-hub", spokeVNetID, "10.250.0.0/24"))
	assert.Contains(t, fromHub.Dependencies, toHub.URN, "Azure refuses two updates of one network at a time")
	assertWaits(t, m, fromHub, m.one(t, typetoken.Bastion, "hub-bastion"))
}

// By key a spoke uses the hub's gateway: the hub's side, which Azure wants first, lets it, and subnets without the route to the firewall get a
// table that keeps announced routes out. The gateway's routes go into the other table only if that is asked for as well.
func TestGatewayTransit(t *testing.T) {
	keys := settings{"hub.useRemoteGateways": "true", "hub.allowGatewayTransit": "true", "hub.allowForwardedTraffic": "true"}
	m := deploySpokeWith(t, keys)
	toHub, fromHub := toHubFact(spokeGroup, "vnet-spoke-test"), peeringFact("hub-to-vnet-spoke-test", hubGroup, "vnet-eastus2-hub", spokeVNetID, "10.250.0.0/24")
	toHub["useRemoteGateways"], toHub["allowForwardedTraffic"], fromHub["allowGatewayTransit"] = true, true, true
	for _, state := range []string{"peeringState", "peeringSyncLevel"} {
		fromHub[state] = toHub[state]
		delete(toHub, state)
	}
	assertInputs(t, m.one(t, typetoken.Peering, "test-to-hub"), toHub)
	assertInputs(t, m.one(t, typetoken.Peering, "test-from-hub"), fromHub)
	assert.Contains(t, m.one(t, typetoken.Peering, "test-to-hub").Dependencies, m.one(t, typetoken.Peering, "test-from-hub").URN)
	local := m.one(t, typetoken.RouteTable, "test-local")
	assertInputs(t, local, object{
		"routeTableName": "route-vnet-spoke-test-local", "resourceGroupName": spokeGroup, "location": "eastus2", "tags": testTags,
		"disableBgpRoutePropagation": true,
	})
	assert.Equal(t, local.ID, tree.Text(tree.List(m.one(t, typetoken.VNet, "test").Inputs, "subnets")[2], "routeTable", "id"))
	assert.Equal(t, true, m.one(t, typetoken.RouteTable, "test").Inputs["disableBgpRoutePropagation"])
	keys["hub.gatewayRoutes"] = "true"
	m = deploySpokeWith(t, keys)
	assert.Equal(t, false, m.one(t, typetoken.RouteTable, "test").Inputs["disableBgpRoutePropagation"])
	assert.Equal(t, true, m.one(t, typetoken.RouteTable, "test-local").Inputs["disableBgpRoutePropagation"])
}

// A DDoS protection plan covers every network that the stack makes: a policy that adds it to one would otherwise make drift of it.
func TestDDoSPlan(t *testing.T) {
	plan := armPath("rg-connectivity", "Microsoft.Network/ddosProtectionPlans/ddos")
	m := deploySpokeWith(t, settings{"spokes.ddosPlanId": plan})
	for _, name := range []string{"hub", "test"} {
		made := m.one(t, typetoken.VNet, name).Inputs
		assert.Equal(t, plan, tree.Text(made, "ddosProtectionPlan", "id"), name)
		assert.Equal(t, true, made["enableDdosProtection"], name)
	}
}

// A spoke's diagnostics and flow log go to the hub, the log only once its writer may write.
func TestSpokeDiagnostics(t *testing.T) {
	m := deploySpoke(t)
	spoke := m.one(t, "aksregulated:network:Spoke", "test")
	group := func(letter string) diagnostic {
		return diagnostic{
			Setting: "toHub", Resource: armPath(spokeGroup, "Microsoft.Network/networkSecurityGroups/nsg-vnet-spoke-test-"+letter),
			Logs: []string{"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"},
		}
	}
	assert.ElementsMatch(t, []diagnostic{
		{Setting: "toHub", Resource: spokeVNetID, Metrics: []string{"AllMetrics"}}, group("a"), group("b"),
	}, diagnosticsUnder(t, m, spoke, hubWorkspaceID))
	flowLog := m.one(t, typetoken.FlowLog, "test")
	assertInputs(t, flowLog, flowLogFact("vnet-spoke-test", spokeVNetID, 365))
	assert.Contains(t, flowLog.Dependencies, m.one(t, typetoken.RoleAssignment, "hub-flowlogs-write").URN)
}
