package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// What something still refers to, or lies in, cannot be deleted; once that is gone, it can.
func TestDeleteInUse(t *testing.T) {
	network := func(l *lab, attached object) {
		l.must("network:VirtualNetwork", vnet("net", "10.0.0.0/16", subnet("AzureFirewallSubnet", "10.0.0.0/26"), subnet("s", "10.0.2.0/24", attached)))
	}
	withFirewall := func(l *lab) (string, string) {
		network(l, nil)
		l.must("network:PublicIPAddress", publicIP("pip"))
		l.must("network:FirewallPolicy", policyInputs("p"))
		return "network:AzureFirewall", l.must("network:AzureFirewall", firewall("f", "net"))
	}
	for _, c := range []struct {
		name string
		// use makes a user and returns its type and id.
		use       func(*lab) (token, id string)
		token, id string
	}{
		{"the security group of a subnet", func(l *lab) (string, string) {
			l.must("network:NetworkSecurityGroup", nsg("n"))
			network(l, object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/n")})
			return "network:VirtualNetwork", netID + "virtualNetworks/net"
		}, "network:NetworkSecurityGroup", netID + "networkSecurityGroups/n"},
		{"the route table of a subnet", func(l *lab) (string, string) {
			l.must("network:RouteTable", in(object{"routeTableName": "rt"}))
			network(l, object{"routeTable": ref(netID + "routeTables/rt")})
			return "network:VirtualNetwork", netID + "virtualNetworks/net"
		}, "network:RouteTable", netID + "routeTables/rt"},
		{"the NAT gateway of a subnet", func(l *lab) (string, string) {
			l.must("network:NatGateway", in(object{"natGatewayName": "n", "sku": object{"name": "Standard"}}))
			network(l, object{"natGateway": ref(netID + "natGateways/n")})
			return "network:VirtualNetwork", netID + "virtualNetworks/net"
		}, "network:NatGateway", netID + "natGateways/n"},
		{"the network of a firewall", withFirewall, "network:VirtualNetwork", netID + "virtualNetworks/net"},
		{"the address of a firewall", withFirewall, "network:PublicIPAddress", netID + "publicIPAddresses/pip"},
		{"the policy of a firewall", withFirewall, "network:FirewallPolicy", netID + "firewallPolicies/p"},
		{"the IP group of a rule", func(l *lab) (string, string) {
			l.must("network:FirewallPolicy", policyInputs("p"))
			l.must("network:IpGroup", in(object{"ipGroupsName": "g", "ipAddresses": array{"10.0.0.0/24"}}))
			rule := with(appRule("r", "a.example"), "sourceAddresses", nil)
			rule["sourceIpGroups"] = array{netID + "ipGroups/g"}
			return "network:FirewallPolicyRuleCollectionGroup", l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, rule)))
		}, "network:IpGroup", netID + "ipGroups/g"},
		{"a policy with rules", func(l *lab) (string, string) {
			l.must("network:FirewallPolicy", policyInputs("p"))
			return "network:FirewallPolicyRuleCollectionGroup", l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200))
		}, "network:FirewallPolicy", netID + "firewallPolicies/p"},
		{"a linked zone", func(l *lab) (string, string) {
			network(l, nil)
			l.must("network:PrivateZone", in(object{"privateZoneName": "corp.example", "location": "global"}))
			return "network:VirtualNetworkLink", l.must("network:VirtualNetworkLink", with(zoneLink("l", "", false), "virtualNetwork", ref(netID+"virtualNetworks/net")))
		}, "network:PrivateZone", netID + "privateDnsZones/corp.example"},
		{"a role that is assigned", func(l *lab) (string, string) {
			l.must("authorization:RoleDefinition", roleDefinition("lab", "Microsoft.Network/*"))
			return "authorization:RoleAssignment", l.must("authorization:RoleAssignment", assignment(arm.DeployerObjectID, customRole, groupID))
		}, "authorization:RoleDefinition", customRole},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := start(t, Options{})
			l.group()
			token, user := c.use(l)
			err := l.delete(c.token, c.id)
			require.ErrorContains(t, err, `Code="InUse"`)
			assert.ErrorContains(t, err, user)
			assert.Equal(t, arm.StateSucceeded, l.read(c.id).State, "a refused deletion leaves it alone")
			require.NoError(t, l.delete(token, user))
			require.NoError(t, l.delete(c.token, c.id))
			assert.NoError(t, l.delete(c.token, c.id), "what is gone counts as deleted")
		})
	}
}

// A network keeps the subnets that are in use, where they are; the rest of it can change.
func TestUpdateSubnetsInUse(t *testing.T) {
	const id = netID + "virtualNetworks/na"
	fw, machines := subnet("AzureFirewallSubnet", "10.0.0.0/26"), subnet("machines", "10.0.2.0/24", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg")})
	for _, c := range []struct {
		name string
		now  object
		code string
	}{
		{"the same", vnet("na", "10.0.0.0/16", fw, machines), ""},
		{"a subnet in use goes", vnet("na", "10.0.0.0/16", machines), "InUseSubnetCannotBeDeleted"},
		{"a subnet in use moves", vnet("na", "10.0.0.0/16", subnet("AzureFirewallSubnet", "10.0.3.0/26"), machines), "InUsePrefixCannotBeDeleted"},
		{"a subnet without machines goes", vnet("na", "10.0.0.0/16", fw), ""},
		{"a subnet without machines moves", vnet("na", "10.0.0.0/16", fw, subnet("machines", "10.0.9.0/24")), ""},
		{"the space of a peered network", vnet("na", "10.0.0.0/15", fw, machines), "VnetAddressSpacesOverlap"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := hub(t)
			l.must("network:AzureFirewall", firewall("f", "na"))
			l.must("network:VirtualNetworkPeering", peering("na", "nb"))
			err := l.update("network:VirtualNetwork", id, c.now)
			if c.code != "" {
				require.ErrorContains(t, err, `Code="`+c.code+`"`)
				assert.Len(t, l.read(id).Inputs["subnets"], 3, "a refused update changes nothing")
				return
			}
			require.NoError(t, err)
			assert.NotNil(t, l.read(id+"/virtualNetworkPeerings/to-nb"), "an update of the network keeps its peerings")
		})
	}
}

// A resource group takes everything in it along, unless something outside needs it.
func TestDeleteGroup(t *testing.T) {
	l := hub(t)
	l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
	outside := with(firewall("f", "na"), "resourceGroupName", "rg2")
	id := l.must("network:AzureFirewall", outside)
	require.ErrorContains(t, l.delete("resources:ResourceGroup", groupID), id)
	require.NoError(t, l.delete("network:AzureFirewall", id))
	require.NoError(t, l.delete("resources:ResourceGroup", groupID))
	assert.Equal(t, []string{arm.GroupNamed("rg2")}, l.server.Left())
}

// Names are unique: nothing is adopted, in whatever case its name is written. Updating what is gone makes it again.
func TestCreateOrUpdate(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("network:PublicIPAddress", publicIP("pip"))
	_, _, err := l.create("network:PublicIPAddress", publicIP("PIP"))
	require.ErrorContains(t, err, "cannot create already existing resource")
	address := l.read(id).Outputs["ipAddress"]
	require.NoError(t, l.update("network:PublicIPAddress", id, with(publicIP("pip"), "tags", object{"a": "b"})))
	assert.Equal(t, address, l.read(id).Outputs["ipAddress"], "an update keeps what Azure computed")
	_, err = l.server.Vanish(id)
	require.NoError(t, err)
	require.NoError(t, l.update("network:PublicIPAddress", id, publicIP("pip")))
	assert.NotEqual(t, address, l.read(id).Outputs["ipAddress"], "a new resource of the same name is another one")

	network := vnet("nc", "10.9.0.0/16", subnet("s", "10.9.0.0/24"))
	id = l.must("network:VirtualNetwork", network)
	_, err = l.server.Vanish(id)
	require.NoError(t, err)
	assert.ErrorContains(t, l.update("network:VirtualNetwork", id, network), "failed maintaining unset sub-resource properties",
		"azure-native reads the peerings first")
}
