package azuresim

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/gateway"
	"aks-regulated-pulumi/internal/tree"
)

const wafID = netID + "ApplicationGatewayWebApplicationFirewallPolicies/waf"

func wafPolicy() object {
	return in(object{
		"policyName": "waf", "policySettings": object{"state": "Enabled", "mode": "Prevention", "maxRequestBodySizeInKb": 128.0,
			"fileUploadLimitInMb": 100.0},
		"managedRules": object{"managedRuleSets": array{
			object{"ruleSetType": "Microsoft_DefaultRuleSet",
				"ruleSetVersion": "2.1"}, object{"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"},
		}},
	})
}

func part(collection, name string) object { return ref(gatewayID + "/" + collection + "/" + name) }

func gatewayInputs() object {
	return in(object{
		"applicationGatewayName": "agw", "zones": array{"1", "2", "3"}, "sku": object{"name": "WAF_v2", "tier": "WAF_v2"},
		"autoscaleConfiguration": object{"minCapacity": 0.0, "maxCapacity": 10.0}, "firewallPolicy": ref(wafID),
		"identity": object{"type": "UserAssigned",
			"userAssignedIdentities": array{groupID + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-appgateway"}},
		"sslPolicy":                object{"policyType": "Predefined", "policyName": "AppGwSslPolicy20220101S"},
		"gatewayIPConfigurations":  array{object{"name": "ip", "subnet": ref(spokeSubnet("agw"))}},
		"frontendIPConfigurations": array{object{"name": "front", "publicIPAddress": ref(netID + "publicIPAddresses/pip-agw")}},
		"frontendPorts":            array{object{"name": "https", "port": 443.0}},
		"sslCertificates":          array{object{"name": "cert", "keyVaultSecretId": "https://kv-aks.vault.azure.net/secrets/sslcert"}},
		"trustedRootCertificates":  array{object{"name": "root", "keyVaultSecretId": "https://kv-aks.vault.azure.net/secrets/root"}},
		"probes": array{object{"name": "health", "protocol": "Https", "path": "/healthz",
			"pickHostNameFromBackendHttpSettings": true}},
		"backendAddressPools": array{object{"name": "ingress", "backendAddresses": array{object{"ipAddress": "10.240.4.4"}}}},
		"backendHttpSettingsCollection": array{object{
			"name": "settings", "port": 443.0, "protocol": "Https", "hostName": "bu.example", "probe": part("probes", "health"),
			"trustedRootCertificates": array{part("trustedRootCertificates", "root")},
		}},
		"httpListeners": array{object{
			"name": "listener", "protocol": "Https", "frontendIPConfiguration": part("frontendIPConfigurations", "front"),
			"frontendPort": part("frontendPorts", "https"), "sslCertificate": part("sslCertificates", "cert"), "hostName": "www.example",
		}},
		"requestRoutingRules": array{object{
			"name": "rule", "ruleType": "Basic", "priority": 1.0, "httpListener": part("httpListeners", "listener"),
			"backendAddressPool": part("backendAddressPools", "ingress"), "backendHttpSettings": part("backendHttpSettingsCollection", "settings"),
		}},
	})
}

// A WAF policy names rule sets that exist, one default set among them, and limits that Azure takes.
func TestWebApplicationFirewallPolicy(t *testing.T) {
	l := start(t, Options{})
	l.group()
	sets := func(sets ...any) object { return set(wafPolicy(), "managedRules.managedRuleSets", array(sets)) }
	drs := object{"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1"}
	custom := func(priority float64, name string) object {
		return object{"name": name, "priority": priority, "action": "Block", "matchConditions": array{object{"operator": "IPMatch"}}}
	}
	const invalid = "ApplicationGatewayFirewallInvalidConfiguration"
	l.refuses("network:WebApplicationFirewallPolicy", []refusal{
		{"an unknown version", sets(object{"ruleSetType": "OWASP", "ruleSetVersion": "9"}), []string{"UnknownRuleSet", "OWASP 9"}},
		{"no default set", sets(object{"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"}), []string{invalid, "not 0"}},
		{"two default sets", sets(drs, object{"ruleSetType": "OWASP", "ruleSetVersion": "3.2"}), []string{invalid, "not 2"}},
		{"a set twice", sets(drs, drs), []string{invalid, "twice"}},
		{"an unknown mode", set(wafPolicy(), "policySettings.mode", "Block"), []string{invalid, "mode"}},
		{"a tiny body", set(wafPolicy(), "policySettings.maxRequestBodySizeInKb", 1.0), []string{invalid, "8 to 2000"}},
		{"priority 101", with(wafPolicy(), "customRules", array{custom(101, "a")}), []string{invalid, "1 to 100"}},
		{"one priority twice", with(wafPolicy(), "customRules", array{custom(1, "a"), custom(1, "b")}), []string{invalid, "same priority"}},
		{"a rule of no conditions", with(wafPolicy(), "customRules", array{object{"name": "a", "priority": 1.0}}),
			[]string{invalid, "match conditions"}},
	})
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
}

// withoutIsolation is a subscription in which Azure does not isolate new gateways.
var withoutIsolation = Options{WithoutFeatures: []string{gateway.NetworkIsolation}}

// A gateway holds together: size, firewall, parts, rules, TLS, address and subnet.
func TestGatewayRules(t *testing.T) {
	l := start(t, withoutIsolation)
	deployStamp(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	l.must("network:PublicIPAddress", publicIP("pip-nozones"))
	rule := tree.List(gatewayInputs(), "requestRoutingRules")[0].(object)
	l.refuses("network:ApplicationGateway", []refusal{
		{"the first generation", set(gatewayInputs(), "sku.name", "WAF_Medium"), []string{"ApplicationGatewaySkuNotSupported"}},
		{"two capacities", set(gatewayInputs(), "sku.capacity", 2.0), []string{"ApplicationGatewayInvalidCapacity"}},
		{"no instance", with(set(gatewayInputs(), "sku.capacity", 0.0), "autoscaleConfiguration", nil), []string{"ApplicationGatewayInvalidCapacity"}},
		{"126 instances", set(gatewayInputs(), "autoscaleConfiguration.maxCapacity", 126.0), []string{"ApplicationGatewayInvalidAutoscale"}},
		{"a maximum below the minimum", set(gatewayInputs(), "autoscaleConfiguration.minCapacity", 11.0),
			[]string{"ApplicationGatewayInvalidAutoscale"}},
		{"two firewalls", with(gatewayInputs(), "webApplicationFirewallConfiguration", object{"enabled": true}),
			[]string{"WafConfigurationCannotBeSetWithFirewallPolicy"}},
		{"no firewall", with(gatewayInputs(), "firewallPolicy", nil), []string{"ApplicationGatewayFirewallNotConfiguredForWafSku"}},
		{"a firewall beyond the SKU", with(gatewayInputs(), "sku", object{"name": "Standard_v2", "tier": "Standard_v2"}),
			[]string{"ApplicationGatewayFirewallNotSupportedForSku"}},
		{"no such listener", set(gatewayInputs(), "requestRoutingRules.httpListener", part("httpListeners", "gone")),
			[]string{"InvalidResourceReference", "httpListener", "gone"}},
		{"no such pool", set(gatewayInputs(), "requestRoutingRules.backendAddressPool", part("backendAddressPools", "gone")),
			[]string{"InvalidResourceReference"}},
		{"no such settings", set(gatewayInputs(), "requestRoutingRules.backendHttpSettings",
			part("backendHttpSettingsCollection", "gone")), []string{"InvalidResourceReference"}},
		{"a port for a certificate", set(gatewayInputs(), "httpListeners.sslCertificate", part("frontendPorts", "https")),
			[]string{"InvalidResourceReference", "sslCertificates"}},
		{"no such port", set(gatewayInputs(), "httpListeners.frontendPort", part("frontendPorts", "gone")), []string{"InvalidResourceReference"}},
		{"no such address", set(gatewayInputs(), "httpListeners.frontendIPConfiguration", part("frontendIPConfigurations", "gone")),
			[]string{"InvalidResourceReference"}},
		{"no such probe", set(gatewayInputs(), "backendHttpSettingsCollection.probe", part("probes", "gone")),
			[]string{"InvalidResourceReference", "probe"}},
		{"no such root", set(gatewayInputs(), "backendHttpSettingsCollection.trustedRootCertificates",
			array{part("trustedRootCertificates", "gone")}), []string{"InvalidResourceReference"}},
		{"two parts of a name", with(gatewayInputs(), "frontendPorts",
			array{object{"name": "https", "port": 443.0}, object{"name": "HTTPS", "port": 80.0}}), []string{"DuplicateResourceName"}},
		{"a part without name", with(gatewayInputs(), "frontendPorts", array{object{"port": 443.0}}), []string{"InvalidResourceName", "frontendPorts"}},
		{"a part with a space in its name", set(gatewayInputs(), "backendAddressPools.name", "the ingress"),
			[]string{"InvalidResourceName", "the ingress"}},
		{"a part that ends in a hyphen", set(gatewayInputs(), "backendAddressPools.name", "ingress-"), []string{"InvalidResourceName", "ingress-"}},
		{"a part name of 81", set(gatewayInputs(), "backendAddressPools.name", strings.Repeat("p", 81)),
			[]string{"InvalidResourceName", "backendAddressPools"}},
		{"no listener", with(gatewayInputs(), "httpListeners", nil), []string{"InvalidResourceReference"}},
		{"no rule", with(gatewayInputs(), "requestRoutingRules", nil), []string{"MissingRequiredSubResource", "requestRoutingRules"}},
		{"a listener without certificate", set(gatewayInputs(), "httpListeners.sslCertificate", nil),
			[]string{"ApplicationGatewayMissingReference", "sslCertificate"}},
		{"a rule without pool", set(gatewayInputs(), "requestRoutingRules.backendAddressPool", nil), []string{"ApplicationGatewayMissingReference"}},
		{"no priority", set(gatewayInputs(), "requestRoutingRules.priority", nil), []string{"RequestRoutingRulePriorityInvalid"}},
		{"priority 20001", set(gatewayInputs(), "requestRoutingRules.priority", 20001.0), []string{"RequestRoutingRulePriorityInvalid"}},
		{"one priority twice", with(gatewayInputs(), "requestRoutingRules", array{rule, with(rule, "name", "other")}),
			[]string{"RequestRoutingRulePriorityDuplicate"}},
		{"one listener twice", with(gatewayInputs(), "requestRoutingRules",
			array{rule, with(with(rule, "name", "other"), "priority", 2.0)}), []string{"UsedByMultipleRules"}},
		{"a probe of no path", set(gatewayInputs(), "probes.path", "healthz"), []string{"ApplicationGatewayProbeInvalidPath"}},
		{"a probe of two hosts", set(gatewayInputs(), "probes.host", "a.example"), []string{"ApplicationGatewayProbeInvalidHost"}},
		{"a probe of no host", set(gatewayInputs(), "backendHttpSettingsCollection.hostName", nil), []string{"ApplicationGatewayProbeHostNameMissing"}},
		{"an unknown TLS policy", set(gatewayInputs(), "sslPolicy.policyName", "Best"), []string{"ApplicationGatewaySslPolicyUnknown"}},
		{"TLS 1.0", set(gatewayInputs(), "sslPolicy.policyName", "AppGwSslPolicy20150501"), []string{"ApplicationGatewaySslPolicyRetired"}},
		{"TLS 1.1 by hand", with(gatewayInputs(), "sslPolicy", object{"policyType": "Custom", "minProtocolVersion": "TLSv1_1"}),
			[]string{"ApplicationGatewaySslPolicyRetired"}},
		{"a TLS policy of no kind", with(gatewayInputs(), "sslPolicy", object{"policyType": "Best"}), []string{"SslPolicyInvalid"}},
		{"a TLS profile of old", with(gatewayInputs(), "sslProfiles", array{object{"name": "p",
			"sslPolicy": object{"policyType": "Predefined", "policyName": "AppGwSslPolicy20170401"}}}), []string{"SslPolicyRetired"}},
		{"no subnet", set(gatewayInputs(), "gatewayIPConfigurations.subnet", nil), []string{"needs a subnet"}},
		{"no ciphers", with(gatewayInputs(), "sslPolicy", object{"policyType": "CustomV2", "minProtocolVersion": "TLSv1_2"}),
			[]string{"SslPolicyInvalid"}},
		{"a certificate of nothing", set(gatewayInputs(), "sslCertificates.keyVaultSecretId", nil), []string{"ApplicationGatewayCertificateInvalid"}},
		{"an address without zones", set(gatewayInputs(), "frontendIPConfigurations.publicIPAddress",
			ref(netID+"publicIPAddresses/pip-nozones")), []string{"PublicIPZoneMismatch"}},
		{"an address in use", set(gatewayInputs(), "frontendIPConfigurations.publicIPAddress", ref(netID+"publicIPAddresses/pip")),
			[]string{"PublicIPAddressInUse"}},
		{"a subnet with others in it", set(gatewayInputs(), "gatewayIPConfigurations.subnet",
			ref(netID+"virtualNetworks/hub/subnets/AzureBastionSubnet")), []string{"CannotBeUsedByOtherResources"}},
		{"a small subnet", set(set(gatewayInputs(), "gatewayIPConfigurations.subnet", ref(spokeSubnet(kube.IngressSubnet))),
			"autoscaleConfiguration.maxCapacity", 20.0), []string{"ApplicationGatewaySubnetTooSmall"}},
		{"a route to the firewall", set(gatewayInputs(), "gatewayIPConfigurations.subnet", ref(spokeSubnet("system"))),
			[]string{"UserDefinedRouteNotAllowed", "VirtualAppliance"}},
	})
	id, outputs, err := l.create("network:ApplicationGateway", gatewayInputs())
	require.NoError(t, err)
	assert.Equal(t, gatewayID, id)
	assert.Equal(t, "Running", outputs["operationalState"])
	assert.ErrorContains(t, l.delete("network:WebApplicationFirewallPolicy", wafID), "InUse")
	require.NoError(t, l.update("network:ApplicationGateway", id, with(gatewayInputs(), "tags", object{"a": "b"})))
	said, err := l.server.TryGateway(id)
	require.NoError(t, err)
	assert.Empty(t, said)
	_, err = l.server.TryGateway(spokeID)
	assert.ErrorContains(t, err, "ResourceNotFound", "a network is no gateway")
}

// The security group of a gateway's subnet leaves control plane, probes and the way out open, unless Azure isolates the gateway.
func TestGatewaySecurityGroup(t *testing.T) {
	l := start(t, withoutIsolation)
	deployStamp(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	l.must("network:ApplicationGateway", gatewayInputs())
	blocked := func(name string, properties object) func(object) {
		return func(group object) {
			for _, rule := range tree.List(group, "securityRules") {
				if r := rule.(object); r["name"] == name || name == "" {
					for property, value := range properties {
						r[property] = value
					}
				}
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(object)
		says   []string
	}{
		{"some control plane ports", blocked("AllowControlPlane", object{"destinationPortRange": "65200-65500"}),
			[]string{"InboundTrafficBlocked", "TCP 65535", "GatewayManager", "agw/DenyAllInbound"}},
		{"probes", blocked("AllowProbes", object{"access": "Deny"}), []string{"InboundTrafficBlocked", "AzureLoadBalancer", "agw/AllowProbes"}},
		{"the way out", blocked("DenyAllInbound", object{"direction": "Outbound"}), []string{"OutboundTrafficBlocked", "Internet"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.drift(netID+"networkSecurityGroups/agw", c.change, func() {
				said, err := l.server.TryGateway(gatewayID)
				require.NoError(t, err)
				for _, part := range c.says {
					assert.Contains(t, said, part)
				}
				assert.ErrorContains(t, l.update("network:ApplicationGateway", gatewayID, gatewayInputs()), c.says[0])
			})
		})
	}
}

// Where Azure isolates new gateways, their subnet is delegated, and may be closed but for the platform's probes.
func TestGatewayIsolation(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	_, _, err := l.create("network:ApplicationGateway", set(gatewayInputs(), "gatewayIPConfigurations.subnet", ref(spokeSubnet("unrouted"))))
	for _, part := range []string{"Status=400", "ApplicationGatewayNetworkIsolationRequiresSubnetDelegation", spokeSubnet("unrouted")} {
		require.ErrorContains(t, err, part)
	}
	closed := with(l.read(netID+"networkSecurityGroups/agw").Inputs, "securityRules", array{
		nsgRule("AllowProbes", 120, object{"sourceAddressPrefix": "AzureLoadBalancer", "protocol": "*", "destinationPortRange": "*"}),
		nsgRule("AllowVnet", 130, object{"direction": "Outbound", "destinationAddressPrefix": "VirtualNetwork", "protocol": "*"}),
		nsgRule("NoneOut", 1000, object{"direction": "Outbound", "access": "Deny", "protocol": "*", "destinationPortRange": "*"}),
	})
	require.NoError(t, l.update("network:NetworkSecurityGroup", netID+"networkSecurityGroups/agw", closed))
	l.drift(spokeID, func(network object) {
		for _, candidate := range tree.List(network, "subnets") {
			if tree.Text(candidate, "name") == "agw" {
				candidate.(object)["routeTable"] = ref(netID + "routeTables/rt")
			}
		}
	}, func() { l.must("network:ApplicationGateway", gatewayInputs()) })
	for _, other := range []object{{}, delegatedTo(networking.ContainerGroups)} {
		assert.ErrorContains(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "agw", other)),
			"SubnetDelegationsCannotChangeWhenSubnetUsedByResource")
	}
}

// A gateway that is older than network isolation works on, and its subnet can be delegated while it is in there.
func TestGatewayBeforeIsolation(t *testing.T) {
	old := withoutIsolation
	old.StateFile = filepath.Join(t.TempDir(), "azure.json")
	server, err := Start(old)
	require.NoError(t, err)
	l := &lab{t: t, server: server}
	l.dial()
	deployStamp(l)
	require.NoError(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "agw", object{})))
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	l.must("network:ApplicationGateway", gatewayInputs())
	require.NoError(t, server.Close())

	l = start(t, Options{StateFile: old.StateFile})
	require.NoError(t, l.update("network:ApplicationGateway", gatewayID, with(gatewayInputs(), "tags", object{"a": "b"})))
	said, err := l.server.TryRecreate(gatewayID)
	require.NoError(t, err)
	assert.Contains(t, said, "ApplicationGatewayNetworkIsolationRequiresSubnetDelegation", "another one could not be made")
	require.NoError(t, l.update(vnetToken, spokeID, l.subnetChanged(spokeID, "agw", delegatedTo(networking.ApplicationGateways))))
	said, err = l.server.TryRecreate(gatewayID)
	require.NoError(t, err)
	assert.Empty(t, said)
}

// A gateway reads its certificates with its own identity, over the private endpoint that its own network knows.
func TestGatewayCertificates(t *testing.T) {
	l := start(t, Options{})
	deployStamp(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	fails := func(t *testing.T, inputs object, says ...string) {
		t.Helper()
		_, _, err := l.create("network:ApplicationGateway", inputs)
		for _, part := range append(says, "ApplicationGatewayKeyVaultSecretException") {
			assert.ErrorContains(t, err, part)
		}
		assert.Equal(t, arm.StateFailed, l.read(gatewayID).State)
		require.NoError(t, l.delete("network:ApplicationGateway", gatewayID))
	}
	uri := func(uri string) object { return set(gatewayInputs(), "sslCertificates.keyVaultSecretId", uri) }
	fails(t, uri("https://kv-aks.vault.azure.net/certificates/sslcert"), "must look like")
	fails(t, uri("https://kv-gone.vault.azure.net/secrets/sslcert"), "key vault kv-gone does not exist")
	fails(t, uri("https://kv-aks.vault.azure.net/secrets/gone/0123"), "has no secret gone")
	fails(t, with(gatewayInputs(), "identity", nil), "no identity")
	for role, permission := range map[string]string{secretsUser: "getSecret/action (Key Vault Secrets User)",
		keyVaultReader: "vaults/read (Key Vault Reader)"} {
		reader := tree.Text(l.read(groupID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-appgateway").Outputs, "principalId")
		l.without(vaultID+"/providers/Microsoft.Authorization/roleAssignments/"+arm.GUID(reader, role, vaultID), func() {
			fails(t, gatewayInputs(), "mi-appgateway", permission, vaultID)
		})
	}
	l.without(vaultZoneID+"/virtualNetworkLinks/to_spoke", func() {
		fails(t, gatewayInputs(), "layer dns", "kv-aks.vault.azure.net", "virtual network spoke", "link zone privatelink.vaultcore.azure.net")
	})
	l.without(vaultZoneID+"/virtualNetworkLinks/to_hub", func() {
		l.must("network:ApplicationGateway", gatewayInputs())
		require.NoError(t, l.delete("network:ApplicationGateway", gatewayID), "the hub's link does not count")
	})
	l.drift(netID+"networkSecurityGroups/links", func(group object) {
		group["securityRules"] = tree.List(group,
			"securityRules")[1:]
	}, func() {
		fails(t, gatewayInputs(), "layer nsg-inbound", "links/DenyAllInbound")
	})
	l.drift(vaultID, func(vault object) {
		vault["properties"] = object{"accessPolicies": array{}, "publicNetworkAccess": "Enabled"}
	}, func() { fails(t, gatewayInputs(), "get on secrets (access policy)") })
	// What the secrets hold counts too.
	root, leaf := certificate(t, "root", true), certificate(t, "www.example", false)
	for name, values := range map[string][2]string{"sslcert": {leaf.pem, "form is pem"}, "root": {leaf.pfx, "form is pfx"}} {
		require.NoError(t, l.update("keyvault:Secret", vaultID+"/secrets/"+name, secret(name, values[0])))
		fails(t, gatewayInputs(), "the secret must hold", values[1])
		require.NoError(t, l.update("keyvault:Secret", vaultID+"/secrets/"+name,
			secret(name, map[string]string{"sslcert": leaf.pfx, "root": root.public}[name])))
	}
	disabled := secret("sslcert", leaf.pfx)
	disabled["properties"].(object)["attributes"] = object{"enabled": false}
	require.NoError(t, l.update("keyvault:Secret", vaultID+"/secrets/sslcert", disabled))
	fails(t, gatewayInputs(), "disabled or expired")
	require.NoError(t, l.update("keyvault:Secret", vaultID+"/secrets/sslcert", secret("sslcert", leaf.pfx)))
	l.must("network:ApplicationGateway", gatewayInputs())
	l.without(vaultID+"/secrets/root", func() {
		said, err := l.server.TryGateway(gatewayID)
		require.NoError(t, err)
		assert.Contains(t, said, "certificate root")
	})
	l.server.Advance(366 * 24 * time.Hour)
	said, err := l.server.TryGateway(gatewayID)
	require.NoError(t, err)
	assert.Contains(t, said, "the certificate CN=www.example expired on 2027-11-01")
}
