package components

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/platform"
)

// asFound is a network that the program registered, with its parts, as a later look-up would find it.
func asFound(m *recordingMonitor, vnet registration) network.FoundNetwork {
	found := network.FoundNetwork{Network: tree.CloneObject(vnet.Inputs), Groups: map[string]map[string]any{}, Tables: map[string]map[string]any{}}
	var peerings []any
	for _, peering := range m.OfType(typetoken.Peering) {
		if peering.Inputs["virtualNetworkName"] == vnet.Inputs["virtualNetworkName"] {
			connected := tree.CloneObject(peering.Inputs)
			connected["name"], connected["peeringState"] = peering.Inputs["virtualNetworkPeeringName"], "Connected"
			peerings = append(peerings, connected)
		}
	}
	found.Network["virtualNetworkPeerings"] = peerings
	for _, group := range m.OfType(typetoken.SecurityGroup) {
		found.Groups[resourceid.Key(group.ID)] = tree.CloneObject(group.Inputs)
	}
	for _, table := range m.OfType(typetoken.RouteTable) {
		found.Tables[resourceid.Key(table.ID)] = tree.CloneObject(table.Inputs)
	}
	return found
}

// in returns one element of a list by its name.
func in(t *testing.T, elements []any, name string) object {
	t.Helper()
	for _, element := range elements {
		if tree.Text(element, "name") == name {
			return element.(map[string]any)
		}
	}
	require.Fail(t, "no element", name)
	return nil
}

// ruleOf returns one rule of one of the security groups found.
func ruleOf(t *testing.T, found network.FoundNetwork, group, rule string) object {
	t.Helper()
	for id, content := range found.Groups {
		if strings.HasSuffix(id, "-"+group) {
			return in(t, tree.List(content, "securityRules"), rule)
		}
	}
	require.Fail(t, "no group", group)
	return nil
}

const everyUse = `["example.com"]`

// A network such as the program makes is accepted as given, with everything switched on. Each fault of it is one mistake, by the key that names
// the subnet, before anything is registered: Azure would tell after an hour, or nodes would not start.
func TestGivenClusterNetworks(t *testing.T) {
	s := settings{"registry.agentPool": "true", "buildAgents.allowedHosts": everyUse}
	m := deployPlatform(t, s)
	vnet := m.one(t, typetoken.VNet, "stamp01-spoke")
	cfg := loadConfig(t, s)
	stamp := cfg.Stamps[0]
	stamp.NetworkID = vnet.ID
	given := network.GivenCluster(&network.GivenClusterArgs{
		Placement: cfg.Placement, Stamp: stamp, Bastion: cfg.Hub.BastionSubnet, BuildAgents: cfg.BuildAgents, AgentPool: true,
		Hub: network.GivenHub{
			NetworkID: m.one(t, typetoken.VNet, "hub").ID, AddressSpaces: []netip.Prefix{cfg.Hub.AddressSpace}, NextHop: firewallIP, DNSServers: []string{firewallIP},
		},
	})
	assert.Empty(t, given.Check(asFound(m, vnet)))
	subnet := func(found network.FoundNetwork, name string) object {
		return in(t, tree.List(found.Network, "subnets"), name)
	}
	for name, test := range map[string]struct {
		spoil func(network.FoundNetwork)
		key   string
		words string
	}{
		"region": {func(f network.FoundNetwork) { f.Network["location"] = "West US 2" }, "networkId", "in the region eastus2"},
		"reserved range": {func(f network.FoundNetwork) {
			f.Network["addressSpace"] = object{"addressPrefixes": list{"10.240.0.0/16", "172.31.0.0/24"}}
		}, "networkId", "overlaps 172.31.0.0/16"},
		"DNS servers": {func(f network.FoundNetwork) { f.Network["dhcpOptions"] = object{} }, "networkId", "DNS servers are " + firewallIP},
		"no peering":  {func(f network.FoundNetwork) { f.Network["virtualNetworkPeerings"] = list{} }, "networkId", "peered with hub.networkId"},
		"half a peering": {func(f network.FoundNetwork) {
			tree.List(f.Network, "virtualNetworkPeerings")[0].(map[string]any)["peeringState"] = "Initiated"
		}, "networkId", "in state Connected"},
		"no such subnet": {func(f network.FoundNetwork) { subnet(f, "snet-management-ops")["name"] = "ops" }, "managementOpsSubnetName", "ops, snet-management-agents"},
		"another range":  {func(f network.FoundNetwork) { subnet(f, "snet-management-ops")["addressPrefix"] = "10.240.1.16/28" }, "managementOpsSubnet", "10.240.1.16/28, the range of subnet"},
		"delegated nodes": {func(f network.FoundNetwork) {
			subnet(f, "snet-cluster-systemnodepool")["delegations"] = list{object{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}}
		}, "systemNodePoolSubnetName", "without delegation"},
		"gateway not delegated": {func(f network.FoundNetwork) { delete(subnet(f, "snet-applicationgateway"), "delegations") }, "applicationGatewaySubnetName", "delegated to Microsoft.Network/applicationGateways; this one is delegated to none"},
		"policies on nodes": {func(f network.FoundNetwork) {
			subnet(f, "snet-cluster-inscopenodepools")["privateEndpointNetworkPolicies"] = "Enabled"
		}, "inScopeNodePoolsSubnetName", "privateEndpointNetworkPolicies Disabled"},
		"no security group": {func(f network.FoundNetwork) { delete(subnet(f, "snet-management-acragents"), "networkSecurityGroup") }, "managementAcrAgentsSubnetName", "a network security group"},
		"no way out":        {func(f network.FoundNetwork) { delete(subnet(f, "snet-cluster-outofscopenodepools"), "routeTable") }, "outOfScopeNodePoolsSubnetName", "0.0.0.0/0 to " + firewallIP},
		"gateway routed away": {func(f network.FoundNetwork) {
			subnet(f, "snet-applicationgateway")["routeTable"] = subnet(f, "snet-management-ops")["routeTable"]
		}, "applicationGatewaySubnetName", "without a route 0.0.0.0/0 to an appliance"},
		"gateway unmanaged": {func(f network.FoundNetwork) {
			ruleOf(t, f, "appgw", "AllowControlPlaneInBound")["destinationPortRange"] = "65200-65500"
		},
			"applicationGatewaySubnetName", "TCP 65535 from GatewayManager"},
		"closed to operators": {func(f network.FoundNetwork) {
			ruleOf(t, f, "management-ops", "AllowSshFromHubBastionInBound")["access"] = "Deny"
		},
			"managementOpsSubnetName", "TCP 22 from Azure Bastion"},
		"closed DNS": {func(f network.FoundNetwork) {
			ruleOf(t, f, "acragents", "AllowDnsToFirewallOutBound")["access"] = "Deny"
		},
			"managementAcrAgentsSubnetName", "UDP 53 from snet-management-acragents to " + firewallIP},
	} {
		t.Run(name, func(t *testing.T) {
			found := asFound(m, vnet)
			test.spoil(found)
			problems := given.Check(found)
			require.Len(t, problems, 1, "%v", problems)
			assert.Equal(t, "stamps[0]."+test.key, problems[0].Key)
			assert.Contains(t, problems[0].Allowed, test.words)
		})
	}
}

// The build subnet may be anybody's who opens as much as the builder's own documents ask for; it may have a way out of its own, or none of the
// hub's.
func TestGivenBuildSubnets(t *testing.T) {
	m := deployPlatform(t, nil)
	vnet := m.one(t, typetoken.VNet, "imagebuilder")
	cfg := loadConfig(t, settings{"imageBuilder.subnetId": vnet.ID + "/subnets/snet-imagebuilder", "imageBuilder.subnet": "10.241.0.0/28"})
	given := network.BuildSubnet(cfg.Placement, cfg.ImageBuilder, imagebuilder.EgressRules(nil))
	assert.Empty(t, given.Check(asFound(m, vnet)))
	subnet := func(found network.FoundNetwork) object {
		return in(t, tree.List(found.Network, "subnets"), "snet-imagebuilder")
	}
	open := asFound(m, vnet)
	delete(subnet(open), "networkSecurityGroup")
	delete(subnet(open), "routeTable")
	assert.Empty(t, given.Check(open), "neither a security group nor a route is needed")
	for name, test := range map[string]struct {
		spoil func(network.FoundNetwork)
		key   string
		words string
	}{
		"policies of private link services": {func(f network.FoundNetwork) { subnet(f)["privateLinkServiceNetworkPolicies"] = "Enabled" }, "subnetId", "privateLinkServiceNetworkPolicies Disabled"},
		"too few addresses":                 {func(f network.FoundNetwork) { subnet(f)["ipConfigurations"] = make(list, 8) }, "subnetId", "4 free addresses; this one has 8 of 11 in use"},
		"another range": {func(f network.FoundNetwork) {
			subnet(f)["addressPrefix"], f.Network["addressSpace"] = "10.9.0.0/28", object{"addressPrefixes": list{"10.9.0.0/24"}}
		}, "subnet", "10.9.0.0/28, the range of"},
		"delegated": {func(f network.FoundNetwork) {
			subnet(f)["delegations"] = list{object{"name": "d", "serviceName": "Microsoft.ContainerInstance/containerGroups"}}
		}, "subnetId", "without delegation"},
		"no SSH inside": {func(f network.FoundNetwork) { ruleOf(t, f, "imagebuilder", "AllowVNet22InBound")["access"] = "Deny" }, "subnetId", "TCP 22 from snet-imagebuilder"},
		"no probes": {func(f network.FoundNetwork) {
			ruleOf(t, f, "imagebuilder", "AllowAzureLoadBalancer60001InBound")["access"] = "Deny"
		}, "subnetId", "TCP 60001 from AzureLoadBalancer"},
		"no packages": {func(f network.FoundNetwork) {
			ruleOf(t, f, "imagebuilder", "Allow80ToInternetOutBound")["access"] = "Deny"
		}, "subnetId", "TCP 80 from snet-imagebuilder to Internet"},
	} {
		t.Run(name, func(t *testing.T) {
			found := asFound(m, vnet)
			test.spoil(found)
			problems := given.Check(found)
			require.Len(t, problems, 1, "%v", problems)
			assert.Equal(t, "imageBuilder."+test.key, problems[0].Key)
			assert.Contains(t, problems[0].Allowed, test.words)
		})
	}
}

const othersNetworks = "/subscriptions/" + subscriptionID + "/resourceGroups/rg-theirs/providers/Microsoft.Network/virtualNetworks/"

// In a given build subnet everything is built as in the stack's own: its range is in the firewall's rules, the builder may join it, and no network is
// made for it.
func TestBuildInAGivenSubnet(t *testing.T) {
	own := deployPlatform(t, nil)
	made := asFound(own, own.one(t, typetoken.VNet, "imagebuilder"))
	m := &recordingMonitor{}
	m.Found = map[string]map[string]any{"vnet-theirs": made.Network}
	for id, group := range made.Groups {
		m.Found[lastOf(t, own, id)] = group
	}
	for id, table := range made.Tables {
		m.Found[lastOf(t, own, id)] = table
	}
	id := othersNetworks + "vnet-theirs/subnets/snet-imagebuilder"
	require.NoError(t, m.run(t, withTags(settings{"imageBuilder.subnetId": id, "imageBuilder.subnet": "10.241.0.0/28"}), platform.Deploy))
	for _, kind := range []string{typetoken.VNet, typetoken.RouteTable, typetoken.FlowLog} {
		for _, r := range m.OfType(kind) {
			assert.NotEqual(t, "imagebuilder", r.Name, "a network of others is not the stack's to make: %s", r)
		}
	}
	template := m.one(t, typetoken.ImageTemplate, "jumpbox-template")
	assert.Equal(t, id, tree.Text(template.Inputs, "vmProfile", "vnetConfig", "subnetId"))
	assert.Equal(t, othersNetworks+"vnet-theirs", m.one(t, typetoken.RoleAssignment, "jumpbox-template-network").Inputs["scope"])
	assert.Equal(t, []string{"10.241.0.0/28"}, tree.Texts(m.one(t, typetoken.IPGroup, "imagebuilder-egress").Inputs, "ipAddresses"))

	// What the login may not read is not checked, and a warning says so.
	m = &recordingMonitor{}
	m.Refusals = map[string]string{"vnet-theirs": "AuthorizationFailed: no action Microsoft.Network/virtualNetworks/read"}
	require.NoError(t, m.run(t, withTags(settings{"imageBuilder.subnetId": id, "imageBuilder.subnet": "10.241.0.0/28"}), platform.Deploy))
	assert.Contains(t, strings.Join(m.Warnings, "\n"), "imageBuilder.subnetId: the login may not read vnet-theirs")

	left, _ := m.Exports["handover"].(map[string]any)
	require.Len(t, tree.List(left, "subnets"), 1)
	assert.Equal(t, []string{"privateLinkServiceNetworkPolicies"}, tree.Texts(tree.List(left, "subnets")[0], "disabled"))
	assert.Contains(t, tree.Texts(tree.List(left, "subnets")[0], "connections"), "TCP 22 from snet-imagebuilder to snet-imagebuilder")

	// A network that does not exist is a mistake, and nothing is registered.
	m = &recordingMonitor{}
	m.Refusals = map[string]string{"vnet-theirs": "ResourceNotFound"}
	err := m.run(t, withTags(settings{"imageBuilder.subnetId": id, "imageBuilder.subnet": "10.241.0.0/28"}), platform.Deploy)
	var mistakes *config.Error
	require.ErrorAs(t, err, &mistakes)
	require.Len(t, mistakes.Problems, 1)
	assert.Equal(t, "imageBuilder.subnetId", mistakes.Problems[0].Key)
	assert.Contains(t, mistakes.Problems[0].Allowed, "a virtual network that exists")
	assert.Empty(t, m.All())
}

// A stamp in a given network has everything there but the network: its machines, endpoints and gateway take the subnets by the names that they have,
// its control plane gets its roles on them, by the stack or by their owner, and its rules go to the firewall.
func TestStampInAGivenNetwork(t *testing.T) {
	own := deployPlatform(t, nil)
	made := asFound(own, own.one(t, typetoken.VNet, "stamp01-spoke"))
	const hub = "/subscriptions/" + subscriptionID + "/resourceGroups/rg-theirs/providers/Microsoft.Network/virtualNetworks/vnet-hub"
	made.Network["virtualNetworkPeerings"] = []any{object{"name": "p", "peeringState": "Connected", "remoteVirtualNetwork": object{"id": hub}}}
	in(t, tree.List(made.Network, "subnets"), "snet-management-ops")["name"] = "ops"
	existing := map[string]map[string]any{"vnet-theirs": made.Network}
	for _, parts := range []map[string]map[string]any{made.Groups, made.Tables} {
		for id, part := range parts {
			existing[lastOf(t, own, id)] = part
		}
	}
	deploy := func(more string) *recordingMonitor {
		m := &recordingMonitor{}
		m.Found = existing
		require.NoError(t, m.run(t, withTags(settings{
			"hub.mode": "existing", "hub.networkId": hub, "hub.addressSpaces": `["10.200.0.0/24"]`, "hub.nextHop": firewallIP, "hub.bastionSubnet": "10.200.0.128/26",
			"hub.firewallPolicyId": strings.Replace(hub, "virtualNetworks/vnet-hub", "firewallPolicies/fwp", 1),
			"stamps": fmt.Sprintf(`[{"name": "01", "addressSpace": "10.240.0.0/16", "networkId": %q, "managementOpsSubnetName": "ops"%s}]`,
				othersNetworks+"vnet-theirs", more),
		}), platform.Deploy))
		return m
	}
	m := deploy("")
	for _, kind := range []string{typetoken.VNet, typetoken.RouteTable, typetoken.FlowLog, typetoken.Peering, typetoken.SecurityGroup} {
		for _, r := range m.OfType(kind) {
			assert.NotContains(t, r.Name, "stamp01", "a network of others is not the stack's to make: %s", r)
		}
	}
	subnets := othersNetworks + "vnet-theirs/subnets/"
	scaleSet := m.one(t, typetoken.ScaleSet, "stamp01-jumpboxes")
	nic := tree.List(scaleSet.Inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")[0]
	assert.Equal(t, subnets+"ops", tree.Text(tree.List(nic, "ipConfigurations")[0], "subnet", "id"))
	cluster := m.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	assert.Equal(t, subnets+"snet-cluster-inscopenodepools", tree.Text(tree.List(cluster.Inputs, "agentPoolProfiles")[0], "vnetSubnetID"))
	assert.Equal(t, othersNetworks+"vnet-theirs", m.one(t, typetoken.RoleAssignment, "stamp01-cluster-link").Inputs["scope"])
	assert.Equal(t, subnets+"snet-cluster-systemnodepool", m.one(t, typetoken.RoleAssignment, "stamp01-cluster-system").Inputs["scope"])
	rules := fmt.Sprint(m.one(t, typetoken.RuleGroup, "stamp01-spoke-egress").Inputs)
	assert.Contains(t, rules, "sourceAddresses:[10.240.1.0/28]")
	nics := m.one(t, typetoken.PolicyAssignment, "governance-nics-01")
	assert.Equal(t, othersNetworks+"vnet-theirs", tree.Text(nics.Inputs, "parameters", "vnetResourceId", "value"))
	assert.NotContains(t, m.Exports, "handover")

	left := deploy(`, "networkRoles": "none"`)
	cluster = left.one(t, typetoken.ManagedCluster, "stamp01-cluster")
	handed := map[string]any{}
	for _, role := range tree.List(left.Exports["handover"], "roles") {
		handed[tree.Text(role, "scope")] = tree.Text(role, "role")
	}
	for logicalName, want := range map[string]struct{ scope, role string }{
		"link":       {othersNetworks + "vnet-theirs", "Private DNS Zone Contributor"},
		"system":     {subnets + "snet-cluster-systemnodepool", "Network Contributor"},
		"inscope":    {subnets + "snet-cluster-inscopenodepools", "Network Contributor"},
		"outofscope": {subnets + "snet-cluster-outofscopenodepools", "Network Contributor"},
		"ingress":    {subnets + "snet-cluster-ingressservices", "Network Contributor"},
	} {
		assert.Equal(t, want.role, handed[want.scope], logicalName)
		assertWaits(t, left, cluster, left.one(t, typetoken.UUID, "stamp01-cluster-"+logicalName+"-role"))
		for _, assigned := range left.OfType(typetoken.RoleAssignment) {
			assert.NotEqual(t, want.scope, assigned.Inputs["scope"], "the owner assigns it")
		}
	}
	assert.Len(t, handed, 5)
}

// lastOf is the name in its own spelling of a resource that the program registered, by the key of its id.
func lastOf(t *testing.T, m *recordingMonitor, key string) string {
	t.Helper()
	for _, r := range m.All() {
		if resourceid.Key(r.ID) == key {
			return resourceid.Name(r.ID)
		}
	}
	require.Fail(t, "not registered", key)
	return ""
}
