package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// hub deploys networks na (10.0.0.0/16, with subnets for firewall, Bastion and machines) and nb (10.1.0.0/16), a public IP address
// and a Premium policy p.
func hub(t *testing.T) *lab {
	l := start(t, Options{})
	deployHub(l)
	return l
}

func deployHub(l *lab) {
	l.group()
	l.must("network:NetworkSecurityGroup", nsg("nsg"))
	l.must("network:NetworkSecurityGroup", func() object { n := nsg("nsg-west"); n["location"] = "westus"; return n }())
	l.must("network:VirtualNetwork", vnet("na", "10.0.0.0/16", subnet("AzureFirewallSubnet", "10.0.0.0/26"),
		subnet("AzureBastionSubnet", "10.0.1.0/26"), subnet("machines", "10.0.2.0/24", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg")})))
	l.must("network:VirtualNetwork", vnet("nb", "10.1.0.0/16"))
	l.must("network:PublicIPAddress", publicIP("pip"))
	l.must("network:FirewallPolicy", policyInputs("p"))
}

func with(inputs object, property string, value any) object {
	changed := tree.CloneObject(inputs)
	changed[property] = value
	if value == nil {
		delete(changed, property)
	}
	return changed
}

// Azure's rules refuse what they should, with Azure's code, and nothing else.
func TestRules(t *testing.T) {
	bastion := in(object{"bastionHostName": "b", "ipConfigurations": array{object{
		"name": "main", "subnet": ref(netID + "virtualNetworks/na/subnets/AzureBastionSubnet"), "publicIPAddress": ref(netID + "publicIPAddresses/pip"),
	}}})
	nat := in(object{"natGatewayName": "n", "sku": object{"name": "Standard"}, "publicIpAddresses": array{ref(netID + "publicIPAddresses/pip")}})
	route := func(properties object) object {
		r := object{"name": "r", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}
		for property, value := range properties {
			r[property] = value
		}
		return r
	}
	routes := func(routes ...any) object { return in(object{"routeTableName": "rt", "routes": array(routes)}) }
	workspace := func(days float64) object { return in(object{"workspaceName": "work", "retentionInDays": days}) }
	zone := in(object{"privateZoneName": "privatelink.vaultcore.azure.net", "location": "Global"})
	account := in(object{"accountName": "store"})
	type attempt struct {
		name, token string
		inputs      object
		code        string // empty is accepted
	}
	for _, c := range []attempt{
		{"a network with odd host bits", "network:VirtualNetwork", vnet("nv", "10.5.0.1/16"), "InvalidCIDRNotation"},
		{"a network without space", "network:VirtualNetwork", with(vnet("nv", "10.5.0.0/16"), "addressSpace", nil), "InvalidAddressSpace"},
		{"spaces that overlap", "network:VirtualNetwork", with(vnet("nv", ""), "addressSpace",
			object{"addressPrefixes": array{"10.5.0.0/16", "10.5.1.0/24"}}), "OverlappingAddressSpace"},
		{"a DNS server by name", "network:VirtualNetwork", with(vnet("nv", "10.5.0.0/16"), "dhcpOptions", object{"dnsServers": array{"dns"}}), "InvalidDnsServer"},
		{"a subnet outside", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.6.0.0/24")), "NetcfgInvalidSubnet"},
		{"subnets that overlap", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/24"), subnet("t", "10.5.0.0/25")), "NetcfgSubnetRangesOverlap"},
		{"subnets of one name", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/24"), subnet("S", "10.5.1.0/24")), "DuplicateResourceName"},
		{"a subnet of /30", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/30")), "SubnetTooSmall"},
		{"a Bastion subnet of /27", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("AzureBastionSubnet", "10.5.0.0/27")), "SubnetTooSmall"},
		{"a security group on the firewall", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16",
			subnet("AzureFirewallSubnet", "10.5.0.0/26", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg")})), "NetworkSecurityGroupNotAllowed"},
		{"a security group of another region", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16",
			subnet("s", "10.5.0.0/26", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/nsg-west")})), "ResourceNotInSameLocation"},
		{"a security group that does not exist", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16",
			subnet("s", "10.5.0.0/26", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/gone")})), "InvalidResourceReference"},
		{"a good network", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/29"), subnet("t", "10.5.1.0/24")), ""},
		{"a name that ends in a hyphen", "network:VirtualNetwork", vnet("nv-", "10.5.0.0/16"), "InvalidResourceName"},
		{"a group that does not exist", "network:VirtualNetwork", with(vnet("nv", "10.5.0.0/16"), "resourceGroupName", "gone"), "ResourceGroupNotFound"},
		{"a parent that does not exist", "network:FirewallPolicyRuleCollectionGroup", with(ruleGroup("g", 200), "firewallPolicyName", "gone"), "ParentResourceNotFound"},
		{"an id in another subscription", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/29",
			object{"routeTable": ref("/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/routeTables/rt")})), "LinkedAuthorizationFailed"},
		{"an id in odd case", "network:VirtualNetwork", vnet("nv", "10.5.0.0/16", subnet("s", "10.5.0.0/29",
			object{"networkSecurityGroup": ref("/SUBSCRIPTIONS/" + arm.SubscriptionID + "/resourcegroups/RG/providers/microsoft.network/NETWORKsecuritygroups/NSG")})), ""},

		{"a peering", "network:VirtualNetworkPeering", peering("na", "nb"), ""},
		{"a peering with nothing", "network:VirtualNetworkPeering", with(peering("na", "nb"), "remoteVirtualNetwork", nil), "InvalidRequestFormat"},
		{"a peering with itself", "network:VirtualNetworkPeering", peering("na", "na"), "InvalidRequestFormat"},

		{"a security rule", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, nil)), ""},
		{"priority 99", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 99, nil)), "SecurityRuleInvalidPriority"},
		{"priority 4097", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 4097, nil)), "SecurityRuleInvalidPriority"},
		{"one priority twice", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, nil), nsgRule("s", 100, nil)), "SecurityRuleConflict"},
		{"one priority in both directions", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, nil), nsgRule("s", 100, object{"direction": "Outbound"})), ""},
		{"rules of one name", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, nil), nsgRule("R", 101, nil)), "DuplicateResourceName"},
		{"ports backwards", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"destinationPortRange": "90-80"})), "SecurityRuleInvalidPortRange"},
		{"port 65536", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourcePortRange": "65536"})), "SecurityRuleInvalidPortRange"},
		{"a port and ports", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"destinationPortRanges": array{"80"}})), "SecurityRuleInvalidPortRange"},
		{"no peer", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourceAddressPrefix": nil})), "SecurityRuleInvalidAddressPrefix"},
		{"a bad range", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourceAddressPrefix": "10.0.0.0/33"})), "SecurityRuleInvalidAddressPrefix"},
		{"a service tag", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourceAddressPrefix": "AzureCloud.eastus2"})), ""},
		{"a service tag that does not exist", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourceAddressPrefix": "Azurefoo"})), "SecurityRuleInvalidAddressPrefix"},
		{"a region of a tag that has none", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"sourceAddressPrefix": "AzureMonitor.eastus2"})), "SecurityRuleInvalidAddressPrefix"},
		{"an unknown protocol", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"protocol": "Https"})), "InvalidRequestFormat"},
		{"a long description", "network:NetworkSecurityGroup", nsg("n", nsgRule("r", 100, object{"description": string(make([]byte, 141))})), "SecurityRuleInvalidDescription"},

		{"a route", "network:RouteTable", routes(route(nil)), ""},
		{"a route to a tag", "network:RouteTable", routes(route(object{"addressPrefix": "ApiManagement", "nextHopType": "Internet", "nextHopIpAddress": ""})), ""},
		{"an appliance without address", "network:RouteTable", routes(route(object{"nextHopIpAddress": ""})), "InvalidNextHop"},
		{"an address without appliance", "network:RouteTable", routes(route(object{"nextHopType": "Internet"})), "InvalidNextHop"},
		{"an unknown next hop", "network:RouteTable", routes(route(object{"nextHopType": "Firewall"})), "InvalidRequestFormat"},
		{"two routes for one range", "network:RouteTable", routes(route(nil), route(object{"name": "s"})), "RouteConflict"},
		{"two routes of one name", "network:RouteTable", routes(route(nil), route(object{"addressPrefix": "10.0.0.0/8"})), "DuplicateResourceName"},
		{"a route to host bits", "network:RouteTable", routes(route(object{"addressPrefix": "10.0.0.1/8"})), "InvalidCIDRNotation"},

		{"an address", "network:PublicIPAddress", publicIP("other"), ""},
		{"a Basic address", "network:PublicIPAddress", with(publicIP("other"), "sku", object{"name": "Basic"}), "IPv4BasicSkuPublicIpNotAllowed"},
		{"a dynamic Standard address", "network:PublicIPAddress", with(publicIP("other"), "publicIPAllocationMethod", "Dynamic"), "StandardSkuPublicIpMustBeStatic"},

		{"a NAT gateway", "network:NatGateway", nat, ""},
		{"a NAT gateway in two zones", "network:NatGateway", with(nat, "zones", array{"1", "2"}), "InvalidRequestFormat"},
		{"a NAT gateway that waits a minute", "network:NatGateway", with(nat, "idleTimeoutInMinutes", 1.0), "InvalidRequestFormat"},
		{"a NAT gateway without SKU", "network:NatGateway", with(nat, "sku", nil), "InvalidRequestFormat"},

		{"a Bastion", "network:BastionHost", bastion, ""},
		{"a zonal Basic Bastion", "network:BastionHost", with(with(bastion, "sku", object{"name": "Basic"}), "zones", array{"1"}), "BastionSkuNotSupported"},
		{"a Bastion among machines", "network:BastionHost", with(bastion, "ipConfigurations", array{object{"subnet": ref(netID + "virtualNetworks/na/subnets/machines")}}),
			"BastionHostSubnetNameInvalid"},

		{"a policy", "network:FirewallPolicy", policyInputs("q"), ""},
		{"IDPS in a Standard policy", "network:FirewallPolicy", with(with(policyInputs("q"), "sku", object{"tier": "Standard"}), "intrusionDetection", object{"mode": "Alert"}),
			"FirewallPolicyIntrusionDetectionNotSupported"},
		{"a firewall", "network:AzureFirewall", firewall("f", "na"), ""},
		{"a firewall of another tier", "network:AzureFirewall", with(firewall("f", "na"), "sku", object{"tier": "Standard"}), "AzureFirewallPolicyTierMismatch"},
		{"a firewall without subnet", "network:AzureFirewall", with(firewall("f", "na"), "ipConfigurations", array{}), "AzureFirewallIpConfigurationInvalid"},
		{"a firewall among machines", "network:AzureFirewall", with(firewall("f", "na"), "ipConfigurations",
			array{object{"subnet": ref(netID + "virtualNetworks/na/subnets/machines")}}), "AzureFirewallSubnetNameInvalid"},

		{"an IP group", "network:IpGroup", in(object{"ipGroupsName": "g", "ipAddresses": array{"10.0.0.0/24", "10.0.0.4"}}), ""},
		{"an IP group of names", "network:IpGroup", in(object{"ipGroupsName": "g", "ipAddresses": array{"host"}}), "InvalidCIDRNotation"},
		{"a rule collection group", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, appRule("r", "a.example"))), ""},
		{"group priority 99", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 99), "FirewallPolicyRuleCollectionGroupInvalidPriority"},
		{"collection priority 0", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 0)), "FirewallPolicyRuleCollectionInvalidPriority"},
		{"collections of one priority", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100), collection("d", 100)), "FirewallPolicyRuleCollectionInvalid"},
		{"a collection of mixed rules", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, appRule("r", "a.example"), netRule("s", nil))),
			"FirewallPolicyRuleCollectionInvalid"},
		{"rules of one name in a collection", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, appRule("r", "a.example"), appRule("r", "b.example"))),
			"FirewallPolicyRuleDuplicateName"},
		{"an application rule without target", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, appRule("r"))), "FirewallPolicyApplicationRuleNoTarget"},
		{"an application rule without protocol", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, with(appRule("r", "a.example"), "protocols", nil))),
			"FirewallPolicyApplicationRuleNoProtocol"},
		{"a rule without source", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, with(appRule("r", "a.example"), "sourceAddresses", nil))),
			"FirewallPolicyRuleNoSource"},
		{"a network rule with a host", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationFqdns": array{"a.example"}}))), ""},
		{"a network rule with a service tag", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationAddresses": array{"AzureCloud.eastus2", "10.0.0.1-10.0.0.9"}}))), ""},
		{"a network rule with a tag of security groups only", "network:FirewallPolicyRuleCollectionGroup",
			ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationAddresses": array{"GatewayManager"}}))), "FirewallPolicyNetworkRuleInvalidDestination"},
		{"a network rule with a wildcard", "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationFqdns": array{"*.example"}}))),
			"FirewallPolicyNetworkRuleWildcardFqdn"},

		{"a zone", "network:PrivateZone", zone, ""},
		{"a zone in a region", "network:PrivateZone", with(zone, "location", "eastus2"), "LocationNotAvailableForResourceType"},
		{"a zone of one label", "network:PrivateZone", with(zone, "privateZoneName", "local"), "InvalidResourceName"},

		{"30 days of logs", "operationalinsights:Workspace", workspace(30), ""},
		{"29 days of logs", "operationalinsights:Workspace", workspace(29), "InvalidParameter"},
		{"731 days of logs", "operationalinsights:Workspace", workspace(731), "InvalidParameter"},
		{"a storage account", "storage:StorageAccount", account, ""},
		{"a storage account in capitals", "storage:StorageAccount", with(account, "accountName", "Store"), "InvalidResourceName"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := hub(t)
			_, _, err := l.create(c.token, c.inputs)
			if c.code == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, `Code="`+c.code+`"`)
		})
	}
}

// What depends on other resources is refused because of them, and accepted without them.
func TestRulesAmongResources(t *testing.T) {
	for _, c := range []struct {
		name  string
		given func(*lab)
		token string
		make  object
		code  string
	}{
		{"a second peering of two networks", func(l *lab) { l.must("network:VirtualNetworkPeering", peering("na", "nb")) },
			"network:VirtualNetworkPeering", with(peering("na", "nb"), "virtualNetworkPeeringName", "again"), "AnotherPeeringAlreadyReferencesRemoteVnet"},
		{"a peering of networks that overlap", func(l *lab) { l.must("network:VirtualNetwork", vnet("nc", "10.0.128.0/17")) },
			"network:VirtualNetworkPeering", peering("na", "nc"), "VnetAddressSpacesOverlap"},
		{"a peering whose other side was deleted", func(l *lab) {
			l.must("network:VirtualNetworkPeering", peering("na", "nb"))
			id := l.must("network:VirtualNetworkPeering", peering("nb", "na"))
			require.NoError(l.t, l.delete("network:VirtualNetworkPeering", id))
			assert.Equal(l.t, "Disconnected", l.read(netID + "virtualNetworks/na/virtualNetworkPeerings/to-nb").Outputs["peeringState"])
		}, "network:VirtualNetworkPeering", peering("nb", "na"), "RemotePeeringIsDisconnected"},
		{"an address that the firewall has", func(l *lab) { l.must("network:AzureFirewall", firewall("f", "na")) }, "network:NatGateway",
			in(object{"natGatewayName": "n", "sku": object{"name": "Standard"}, "publicIpAddresses": array{ref(netID + "publicIPAddresses/pip")}}), "PublicIPAddressInUse"},
		{"a second firewall in the subnet", func(l *lab) {
			l.must("network:AzureFirewall", firewall("f", "na"))
			l.must("network:PublicIPAddress", publicIP("pip2"))
		}, "network:AzureFirewall", func() object {
			f := firewall("g", "na")
			f["ipConfigurations"].(array)[0].(object)["publicIPAddress"] = ref(netID + "publicIPAddresses/pip2")
			return f
		}(), "SubnetAlreadyInUse"},
		{"two rule collection groups of one priority", func(l *lab) { l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200)) },
			"network:FirewallPolicyRuleCollectionGroup", ruleGroup("h", 200), "FirewallPolicyRuleCollectionGroupSamePriority"},
		{"a host in a network rule without DNS proxy", func(l *lab) {
			require.NoError(l.t, l.update("network:FirewallPolicy", netID+"firewallPolicies/p", with(policyInputs("p"), "dnsSettings", nil)))
		}, "network:FirewallPolicyRuleCollectionGroup", ruleGroup("g", 200, collection("c", 100, netRule("r", object{"destinationFqdns": array{"a.example"}}))),
			"FirewallPolicyNetworkRuleFqdnNeedsDnsProxy"},
		{"a second link of a zone to a network", zoneLinked, "network:VirtualNetworkLink", zoneLink("again", "na", false), "Conflict"},
		{"a fallback of a zone that is no private link's", zoneLinked, "network:VirtualNetworkLink",
			with(zoneLink("other", "nb", true), "resolutionPolicy", "NxDomainRedirect"), "BadRequest"},
		{"a link to another network", zoneLinked, "network:VirtualNetworkLink", zoneLink("other", "nb", true), ""},
		{"a second zone of that name in the network", func(l *lab) {
			zoneLinked(l)
			l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
			l.must("network:PrivateZone", object{"resourceGroupName": "rg2", "privateZoneName": "corp.example", "location": "global"})
		}, "network:VirtualNetworkLink", with(zoneLink("l", "na", false), "resourceGroupName", "rg2"), "BadRequest"},
		{"a second zone that registers machines", func(l *lab) {
			zoneLinked(l)
			l.must("network:PrivateZone", in(object{"privateZoneName": "lab.example", "location": "global"}))
		}, "network:VirtualNetworkLink", with(zoneLink("l", "na", true), "privateZoneName", "lab.example"), "Conflict"},
		{"a storage account's name in another group", func(l *lab) {
			l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
			l.must("storage:StorageAccount", object{"resourceGroupName": "rg2", "accountName": "store"})
		}, "storage:StorageAccount", in(object{"accountName": "store"}), "StorageAccountAlreadyTaken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := hub(t)
			c.given(l)
			_, _, err := l.create(c.token, c.make)
			if c.code == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, `Code="`+c.code+`"`)
		})
	}
}

func zoneLink(name, network string, registers bool) object {
	return in(object{
		"privateZoneName": "corp.example", "virtualNetworkLinkName": name, "location": "global", "registrationEnabled": registers,
		"virtualNetwork": ref(netID + "virtualNetworks/" + network),
	})
}

func zoneLinked(l *lab) {
	l.must("network:PrivateZone", in(object{"privateZoneName": "corp.example", "location": "global"}))
	l.must("network:VirtualNetworkLink", zoneLink("l", "na", true))
}

// The security group of AzureBastionSubnet must let through what Azure demands, no rule less.
func TestRulesBastionSecurityGroup(t *testing.T) {
	needed := []any{
		nsgRule("https", 100, object{"sourceAddressPrefix": "Internet"}), nsgRule("manager", 110, object{"sourceAddressPrefix": "GatewayManager"}),
		nsgRule("balancer", 120, object{"sourceAddressPrefix": "AzureLoadBalancer"}),
		nsgRule("hosts-in", 130, object{"sourceAddressPrefix": "VirtualNetwork", "destinationPortRange": nil, "destinationPortRanges": array{"8080", "5701"}}),
		nsgRule("hosts-out", 140, object{"direction": "Outbound", "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": nil,
			"destinationPortRanges": array{"8080", "5701"}}),
		nsgRule("no-in", 4000, object{"access": "Deny", "destinationPortRange": "*", "protocol": "*"}),
		nsgRule("ssh", 100, object{"direction": "Outbound", "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": "22"}),
		nsgRule("rdp", 110, object{"direction": "Outbound", "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": "3389"}),
		nsgRule("cloud", 120, object{"direction": "Outbound", "destinationAddressPrefix": "AzureCloud"}),
		nsgRule("sessions", 130, object{"direction": "Outbound", "destinationAddressPrefix": "Internet", "destinationPortRange": "80"}),
		nsgRule("no-out", 4000, object{"direction": "Outbound", "access": "Deny", "destinationPortRange": "*", "protocol": "*"}),
	}
	make := func(rules []any) error {
		l := start(t, Options{})
		l.group()
		l.must("network:PublicIPAddress", publicIP("pip"))
		l.must("network:NetworkSecurityGroup", nsg("nsg", rules...))
		l.must("network:NetworkSecurityGroup", nsg("whole", needed...))
		attached := func(group string) object {
			return vnet("na", "10.0.0.0/16", subnet("AzureBastionSubnet", "10.0.1.0/26", object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/" + group)}))
		}
		if _, _, err := l.create("network:VirtualNetwork", attached("nsg")); err != nil {
			l.must("network:VirtualNetwork", attached("whole"))
			assert.Equal(t, err.Error() != "", l.update("network:NetworkSecurityGroup", netID+"networkSecurityGroups/whole", nsg("whole", rules...)) != nil,
				"a group that is attached cannot lose the rule either")
			return err
		}
		_, _, err := l.create("network:BastionHost", in(object{"bastionHostName": "b", "ipConfigurations": array{object{
			"subnet": ref(netID + "virtualNetworks/na/subnets/AzureBastionSubnet"), "publicIPAddress": ref(netID + "publicIPAddresses/pip"),
		}}}))
		return err
	}
	require.NoError(t, make(needed))
	for i, rule := range needed {
		// The gateway manager's addresses are public: the Internet tag covers them too.
		if tree.Text(rule, "access") != "Allow" || tree.Text(rule, "name") == "manager" {
			continue
		}
		t.Run("without "+tree.Text(rule, "name"), func(t *testing.T) {
			rest := append(append([]any{}, needed[:i]...), needed[i+1:]...)
			assert.ErrorContains(t, make(rest), "NetworkSecurityGroupNotCompliantForAzureBastionSubnet")
		})
	}
}
