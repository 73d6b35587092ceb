package azuresim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Names of the stamp that deployStamp makes.
const (
	gatewayID   = netID + "applicationGateways/agw"
	boxesID     = groupID + "/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-jumpboxes"
	apiZoneID   = netID + "privateDnsZones/privatelink.eastus2.azmk8s.io"
	vaultZoneID = netID + "privateDnsZones/privatelink.vaultcore.azure.net"
	acrZoneID   = netID + "privateDnsZones/privatelink.azurecr.io"
	egressID    = netID + "firewallPolicies/p/ruleCollectionGroups/stamp"
	nodesID     = groupID + "-nodes"

	networkContributor = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"
	zoneContributor    = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/b12aa53e-6015-4669-85d0-8515ebb3ae7f"

	sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator"
)

func spokeSubnet(name string) string { return spokeID + "/subnets/" + name }

func (l *lab) grant(principal, role, scope string) string {
	l.t.Helper()
	return l.must("authorization:RoleAssignment", assignment(principal, role, scope))
}

func allowing(name string, priority float64, rules ...any) object {
	allowed := collection(name, priority, rules...)
	allowed["action"] = object{"type": "Allow"}
	return allowed
}

// stampHosts are what the firewall lets the stamp reach, beyond the FQDN tag of AKS.
var stampHosts = array{
	"*.ods.opinsights.azure.com", "*.oms.opinsights.azure.com", "*.handler.control.monitor.azure.com", "*.ingest.monitor.azure.com",
	"mcrprod.azurecr.io", "eastus2.monitoring.azure.com", "data.policy.core.windows.net", "store.policy.core.windows.net", "*.cloud.defender.microsoft.com",
}

// deployStamp makes a hub with firewall and Bastion, a spoke behind it, private zones, and a registry and a vault with private
// endpoints: all that gateway, cluster and jump boxes need, and their identities with their roles.
func deployStamp(l *lab) {
	l.t.Helper()
	l.group()
	group := func(name string, rules ...any) object {
		l.must("network:NetworkSecurityGroup", nsg(name, rules...))
		return object{"networkSecurityGroup": ref(netID + "networkSecurityGroups/" + name)}
	}
	deny := func(direction string) object {
		return nsgRule("DenyAll"+direction, 1000, object{"access": "Deny", "direction": direction, "protocol": "*", "destinationPortRange": "*"})
	}
	ops := group("ops", nsgRule("AllowSsh", 100, object{"sourceAddressPrefix": "10.200.0.128/26", "destinationPortRange": "22"}), deny("Inbound"),
		nsgRule("AllowInternet", 100, object{"direction": "Outbound", "destinationAddressPrefix": "Internet"}),
		nsgRule("AllowVnet", 110, object{"direction": "Outbound", "destinationAddressPrefix": "VirtualNetwork"}),
		nsgRule("AllowDns", 130, object{"direction": "Outbound", "protocol": "*", "destinationAddressPrefix": "10.200.0.4/32", "destinationPortRange": "53"}), deny("Outbound"))
	agw := group("agw", nsgRule("AllowClients", 100, object{"sourceAddressPrefix": "Internet"}),
		nsgRule("AllowControlPlane", 110, object{"sourceAddressPrefix": "GatewayManager", "protocol": "*", "destinationPortRange": "65200-65535"}),
		nsgRule("AllowProbes", 120, object{"sourceAddressPrefix": "AzureLoadBalancer", "protocol": "*", "destinationPortRange": "*"}), deny("Inbound"))
	nodes := group("nodes", nsgRule("DenySsh", 100, object{"access": "Deny", "destinationPortRange": "22"}))
	links := group("links", nsgRule("AllowVnet", 100, object{"sourceAddressPrefix": "VirtualNetwork"}), deny("Inbound"))
	links["privateEndpointNetworkPolicies"] = "Enabled"
	l.must("network:RouteTable", in(object{"routeTableName": "rt", "routes": array{object{
		"name": "fw", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.200.0.4",
	}}}))
	routed := object{"routeTable": ref(netID + "routeTables/rt"), "defaultOutboundAccess": false}
	l.must("network:VirtualNetwork", vnet("hub", "10.200.0.0/24", subnet("AzureFirewallSubnet", "10.200.0.0/26"), subnet("AzureBastionSubnet", "10.200.0.128/26")))
	l.must("network:VirtualNetwork", with(vnet("spoke", "10.240.0.0/16",
		subnet("ops", "10.240.1.0/28", routed, ops), subnet(kube.IngressSubnet, "10.240.4.0/28"), subnet("agw", "10.240.5.0/24", agw, delegatedTo(networking.ApplicationGateways)),
		subnet("system", "10.240.8.0/22", routed, nodes), subnet("user", "10.240.12.0/22", routed, nodes),
		subnet("links", "10.240.250.0/28", links), subnet("small", "10.240.251.0/28", routed), subnet("unrouted", "10.240.16.0/22"),
		subnet("cg", "10.240.251.16/28", routed, delegatedTo(networking.ContainerGroups)),
	), "dhcpOptions", object{"dnsServers": array{"10.200.0.4"}}))
	l.must("network:VirtualNetworkPeering", peering("hub", "spoke"))
	l.must("network:VirtualNetworkPeering", peering("spoke", "hub"))
	l.must("network:PublicIPAddress", publicIP("pip"))
	l.must("network:PublicIPAddress", with(publicIP("pip-agw"), "zones", array{"1", "2", "3"}))
	l.must("network:PublicIPAddress", publicIP("pip-ab"))
	l.must("network:FirewallPolicy", policyInputs("p"))
	l.must("network:AzureFirewall", firewall("fw", "hub"))
	runtime := appRule("runtime")
	runtime["fqdnTags"] = array{"AzureKubernetesService"}
	l.must("network:FirewallPolicyRuleCollectionGroup", ruleGroup("stamp", 200, allowing("AKS", 200, runtime, appRule("hosts", stampHosts...))))
	l.must("network:BastionHost", in(object{"bastionHostName": "ab", "sku": object{"name": "Standard"}, "ipConfigurations": array{object{
		"name": "main", "subnet": ref(netID + "virtualNetworks/hub/subnets/AzureBastionSubnet"), "publicIPAddress": ref(netID + "publicIPAddresses/pip-ab"),
	}}}))
	_, workspace, err := l.create("operationalinsights:Workspace", in(object{"workspaceName": "la-aks", "retentionInDays": 90.0}))
	require.NoError(l.t, err)
	require.NotEmpty(l.t, workspace["customerId"])
	for zone, networks := range map[string][]string{apiZoneID: {"hub"}, vaultZoneID: {"hub", "spoke"}, acrZoneID: {"hub", "spoke"}} {
		l.must("network:PrivateZone", in(object{"privateZoneName": resourceid.Name(zone), "location": "Global"}))
		for _, name := range networks {
			l.link(zone, name)
		}
	}
	l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	l.must("keyvault:Secret", secret("sslcert", certificate(l.t, "www.example", false).pfx))
	l.must("keyvault:Secret", secret("root", certificate(l.t, "root", true).public))
	l.must("containerregistry:Registry", registryInputs("acraks"))
	l.join(vaultID, "vault", vaultZoneID)
	l.join(registryID, "registry", acrZoneID)
	_, controlPlane := l.identity("mi-controlplane")
	l.grant(controlPlane, zoneContributor, apiZoneID)
	l.grant(controlPlane, zoneContributor, spokeID)
	for _, name := range []string{"system", "user", "small", "unrouted", kube.IngressSubnet} {
		l.grant(controlPlane, networkContributor, spokeSubnet(name))
	}
	_, reader := l.identity("mi-appgateway")
	l.grant(reader, secretsUser, vaultID)
	l.grant(reader, keyVaultReader, vaultID)
}

func (l *lab) link(zone, network string) string {
	l.t.Helper()
	return l.must("network:VirtualNetworkLink", in(object{
		"privateZoneName": resourceid.Name(zone), "virtualNetworkLinkName": "to_" + network, "location": "Global",
		"virtualNetwork": ref(netID + "virtualNetworks/" + network), "registrationEnabled": false,
	}))
}

// join gives a service a private endpoint in the stamp's subnet for them, with its records in a zone.
func (l *lab) join(service, group, zone string) {
	l.t.Helper()
	name := "pe-" + resourceid.Name(service)
	l.must("network:PrivateEndpoint", endpoint(name, service, group))
	l.must("network:PrivateDnsZoneGroup", zoneGroup(name, resourceid.Name(zone)))
}

// recordsOf is the zone group that keeps the records of a service's private endpoint.
func recordsOf(service string) string {
	return netID + "privateEndpoints/pe-" + resourceid.Name(service) + "/privateDnsZoneGroups/for-it"
}

func pool(name, mode, subnet string) object {
	return object{
		"name": name, "mode": mode, "vmSize": "Standard_D4ds_v5", "count": 2.0, "enableAutoScaling": true, "minCount": 2.0, "maxCount": 4.0,
		"osDiskType": "Ephemeral", "osDiskSizeGB": 80.0, "osType": "Linux", "osSKU": "Ubuntu", "type": "VirtualMachineScaleSets", "maxPods": 30.0,
		"availabilityZones": array{"1", "2", "3"}, "upgradeSettings": object{"maxSurge": "33%"}, "vnetSubnetID": spokeSubnet(subnet),
	}
}

func aksCluster() object {
	system := pool("npsystem", "System", "system")
	system["nodeTaints"] = array{"CriticalAddonsOnly=true:NoSchedule"}
	return in(object{
		"resourceName": "aks", "dnsPrefix": "lab", "kubernetesVersion": "1.35", "nodeResourceGroup": "rg-nodes", "sku": object{"name": "Base", "tier": "Standard"},
		"identity": object{"type": "UserAssigned", "userAssignedIdentities": array{groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-controlplane"}},
		"networkProfile": object{
			"networkPlugin": "azure", "networkPolicy": "cilium", "networkDataplane": "cilium", "outboundType": "userDefinedRouting", "loadBalancerSku": "standard",
			"serviceCidr": "172.16.0.0/16", "dnsServiceIP": "172.16.0.10",
		},
		"apiServerAccessProfile": object{"enablePrivateCluster": true, "privateDNSZone": apiZoneID, "enablePrivateClusterPublicFQDN": false},
		"aadProfile":             object{"managed": true, "adminGroupObjectIDs": array{"11111111-1111-4111-8111-111111111111"}},
		"disableLocalAccounts":   true, "oidcIssuerProfile": object{"enabled": true},
		"securityProfile": object{
			"workloadIdentity": object{"enabled": true},
			"defender":         object{"logAnalyticsWorkspaceResourceId": workspaceID, "securityMonitoring": object{"enabled": true}},
		},
		"azureMonitorProfile": object{"metrics": object{"enabled": true}},
		"addonProfiles": object{
			"omsagent":                     object{"enabled": true, "config": object{"logAnalyticsWorkspaceResourceID": workspaceID}},
			"azurepolicy":                  object{"enabled": true},
			"azureKeyvaultSecretsProvider": object{"enabled": true},
		},
		"agentPoolProfiles": array{system, pool("npuser", "User", "user")},
	})
}

// set changes one property at a path of names and, for lists, takes the first element.
func set(inputs object, path string, value any) object {
	changed := tree.CloneObject(inputs)
	names, now := strings.Split(path, "."), any(changed)
	for i, name := range names {
		if items, ok := now.(array); ok {
			now = items[0]
		}
		inside := now.(object)
		if i < len(names)-1 {
			now = inside[name]
			continue
		}
		if inside[name] = value; value == nil {
			delete(inside, name)
		}
	}
	return changed
}

// refusal is a case of inputs that Azure refuses, by its code and a part of its message.
type refusal struct {
	name   string
	inputs object
	says   []string
}

func (l *lab) refuses(token string, cases []refusal) {
	for _, c := range cases {
		l.t.Run(c.name, func(t *testing.T) {
			_, _, err := l.create(token, c.inputs)
			for _, part := range c.says {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

// drift changes a deployed resource and puts it back at the end of what is tried.
func (l *lab) drift(id string, change func(object), try func()) {
	l.t.Helper()
	restore, err := l.server.Drift(id, change)
	require.NoError(l.t, err)
	try()
	require.NoError(l.t, restore())
}

// without removes a resource and puts it back at the end of what is tried.
func (l *lab) without(id string, try func()) {
	l.t.Helper()
	restore, err := l.server.Vanish(id)
	require.NoError(l.t, err)
	try()
	require.NoError(l.t, restore())
}
