package components

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
)

const firewallName = "hub-firewall"

func firewallAddressID(n int) string {
	return armPath(hubGroup, fmt.Sprintf("Microsoft.Network/publicIPAddresses/pip-fw-eastus2-%02d", n))
}

// The firewall owns its addresses, its policy and their diagnostics.
func TestFirewallFamily(t *testing.T) {
	children := []string{
		typetoken.FirewallPolicy + " hub-firewall", typetoken.Firewall + " hub-firewall", typetoken.Diagnostic + " hub-firewall",
	}
	for n := range 3 {
		children = append(children, fmt.Sprintf("%s hub-firewall-%02d", typetoken.PublicIP, n),
			fmt.Sprintf("%s hub-firewall-%02d-address", typetoken.Diagnostic, n))
	}
	assertFamily(t, deployHub(t, nil), "aksregulated:network:Firewall", firewallName, children...)
}

// The policy denies what threat intelligence knows and what signatures match, proxies DNS, and holds no rule.
func TestFirewallPolicy(t *testing.T) {
	policy := deployHub(t, nil).one(t, typetoken.FirewallPolicy, firewallName)
	assertInputs(t, policy, object{
		"firewallPolicyName": "fw-policies-eastus2", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"sku": object{"tier": "Premium"}, "threatIntelMode": "Deny",
		"dnsSettings": object{"enableProxy": true},
		"intrusionDetection": object{"mode": "Deny", "configuration": object{
			"privateRanges": list{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"},
		}},
	})
}

// DNS servers that are configured answer in place of Azure's, through the proxy.
func TestFirewallDNSServers(t *testing.T) {
	policy := deployHub(t, settings{"firewall.dnsServers": `["10.1.0.4","10.1.0.5"]`}).one(t, typetoken.FirewallPolicy, firewallName)
	assert.Equal(t, object{"enableProxy": true, "servers": list{"10.1.0.4", "10.1.0.5"}}, policy.Inputs["dnsSettings"])
}

// Intrusion detection follows configuration, and is absent from a Standard policy, which Azure would refuse with it.
func TestFirewallTiers(t *testing.T) {
	alert := deployHub(t, settings{"firewall.intrusionDetection": "Alert"}).one(t, typetoken.FirewallPolicy, firewallName)
	assert.Equal(t, "Alert", alert.Inputs["intrusionDetection"].(object)["mode"])

	m := deployHub(t, settings{"firewall.tier": "Standard", "firewall.intrusionDetection": "Off"})
	policy := m.one(t, typetoken.FirewallPolicy, firewallName)
	assert.NotContains(t, policy.Inputs, "intrusionDetection")
	assert.Equal(t, object{"tier": "Standard"}, policy.Inputs["sku"])
	assert.Equal(t, object{"name": "AZFW_VNet", "tier": "Standard"}, m.one(t, typetoken.Firewall, firewallName).Inputs["sku"])
}

// The firewall is zone-redundant with three addresses, of which only the first configuration carries the subnet.
func TestFirewallItself(t *testing.T) {
	m := deployHub(t, nil)
	var configurations list
	for n := range 3 {
		configuration := object{
			"name": fmt.Sprintf("pip-fw-eastus2-%02d", n), "publicIPAddress": object{"id": firewallAddressID(n)},
		}
		if n == 0 {
			configuration["subnet"] = object{"id": hubVNetID + "/subnets/AzureFirewallSubnet"}
		}
		configurations = append(configurations, configuration)
	}
	firewall := m.one(t, typetoken.Firewall, firewallName)
	assertInputs(t, firewall, object{
		"azureFirewallName": "fw-eastus2", "resourceGroupName": hubGroup, "location": "eastus2", "tags": testTags,
		"zones": list{"1", "2", "3"}, "sku": object{"name": "AZFW_VNet", "tier": "Premium"},
		"firewallPolicy":   object{"id": armPath(hubGroup, "Microsoft.Network/firewallPolicies/fw-policies-eastus2")},
		"ipConfigurations": configurations,
	})
	assertWaits(t, m, firewall, m.one(t, typetoken.FirewallPolicy, firewallName))
	assertWaits(t, m, firewall, m.one(t, typetoken.VNet, "hub"))
}

// Each public address is static, Standard and zone-redundant.
func TestFirewallAddresses(t *testing.T) {
	m := deployHub(t, nil)
	for n := range 3 {
		address := m.one(t, typetoken.PublicIP, fmt.Sprintf("hub-firewall-%02d", n))
		assert.Equal(t, firewallAddressID(n), address.ID)
		assertInputs(t, address, object{
			"publicIpAddressName": fmt.Sprintf("pip-fw-eastus2-%02d", n), "resourceGroupName": hubGroup,
			"location": "eastus2", "tags": testTags, "sku": object{"name": "Standard"}, "zones": list{"1", "2", "3"},
			"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4,
		})
	}
}

// The count of addresses and the zones are configuration.
func TestFirewallCountAndZones(t *testing.T) {
	m := deployHub(t, settings{"firewall.publicIpCount": "12", "zones": `["2"]`, "bastion.zones": `["2"]`})
	assert.Len(t, m.one(t, typetoken.Firewall, firewallName).Inputs["ipConfigurations"], 12)
	assert.Equal(t, "pip-fw-eastus2-11", m.one(t, typetoken.PublicIP, "hub-firewall-11").Inputs["publicIpAddressName"])
	for _, typ := range []string{typetoken.PublicIP, typetoken.Firewall, typetoken.Bastion} {
		for _, r := range m.OfType(typ) {
			assert.Equal(t, list{"2"}, r.Inputs["zones"], "%s", r)
		}
	}
}

// Every structured log of the firewall is kept, in its own tables; the legacy ones, which repeat them, are not.
func TestFirewallDiagnostics(t *testing.T) {
	m := deployHub(t, nil)
	want := []diagnostic{{
		Setting: "default", Resource: armPath(hubGroup, "Microsoft.Network/azureFirewalls/fw-eastus2"),
		Metrics: []string{"AllMetrics"}, Dedicated: true,
		Logs: []string{
			"AZFWApplicationRule", "AZFWDnsQuery", "AZFWFqdnResolveFailure", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNetworkRule",
			"AZFWThreatIntel",
		},
	}}
	for n := range 3 {
		want = append(want, publicIPDiagnostic(firewallAddressID(n)))
	}
	firewall := m.one(t, "aksregulated:network:Firewall", firewallName)
	assert.ElementsMatch(t, want, diagnosticsUnder(t, m, firewall, hubWorkspaceID))
}

// publicIPDiagnostic is the diagnostic setting of a public address: logs about attacks.
func publicIPDiagnostic(id string) diagnostic {
	return diagnostic{
		Setting: "default", Resource: id, Metrics: []string{"AllMetrics"},
		Logs: []string{"DDoSMitigationFlowLogs", "DDoSMitigationReports", "DDoSProtectionNotifications"},
	}
}
