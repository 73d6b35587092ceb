package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// deployAll makes a whole stamp.
func deployAll(l *lab) {
	l.t.Helper()
	deployStamp(l)
	deployBoxes(l)
	openForBoxes(l)
	l.must("network:WebApplicationFirewallPolicy", wafPolicy())
	l.must("network:ApplicationGateway", gatewayInputs())
	_, outputs, err := l.create(aks.ClusterToken, aksCluster())
	require.NoError(l.t, err)
	l.grant(tree.Text(outputs, "identityProfile", "kubeletidentity", "objectId"), acrPull, registryID)
	l.must(scaleSetToken, boxes())
}

// breakage is something that goes wrong in a deployed stamp, and what a Try method then says.
type breakage struct {
	name   string
	happen func(l *lab, try func())
	says   []string
}

func drifted(id string, change func(object)) func(*lab, func()) {
	return func(l *lab, try func()) { l.drift(id, change, try) }
}

func vanished(id string) func(*lab, func()) { return func(l *lab, try func()) { l.without(id, try) } }

// rules changes the rules of a security group.
func rules(group string, change func(array) array) func(*lab, func()) {
	return drifted(netID+"networkSecurityGroups/"+group, func(properties object) { properties["securityRules"] = change(tree.List(properties, "securityRules")) })
}

// dropRecord takes a record out of a zone group.
func dropRecord(name string) func(object) {
	return func(group object) {
		for _, config := range tree.List(group, "privateDnsZoneConfigs") {
			kept := array{}
			for _, set := range tree.List(config, "recordSets") {
				if tree.Text(set, "recordSetName") != name {
					kept = append(kept, set)
				}
			}
			config.(object)["recordSets"] = kept
		}
	}
}

func adding(rule object) func(array) array {
	return func(rules array) array { return append(rules, rule) }
}

func leaving(name string) func(array) array {
	return func(rules array) array {
		kept := array{}
		for _, rule := range rules {
			if tree.Text(rule, "name") != name {
				kept = append(kept, rule)
			}
		}
		return kept
	}
}

func (l *lab) tries(cases []breakage, try func() (string, error)) {
	l.t.Helper()
	said, err := try()
	require.NoError(l.t, err)
	require.Empty(l.t, said)
	for _, c := range cases {
		l.t.Run(c.name, func(t *testing.T) {
			c.happen(l, func() {
				said, err := try()
				require.NoError(t, err)
				assert.NotEmpty(t, said)
				for _, part := range c.says {
					assert.Contains(t, said, part)
				}
			})
		})
	}
	said, err = try()
	require.NoError(l.t, err)
	require.Empty(l.t, said, "put back")
}

// An operator comes in by Bastion only, and gets from a jump box to Azure, the API server, the registry and the vault.
func TestTryJumpBox(t *testing.T) {
	l := start(t, Options{})
	deployAll(l)
	boxRules := netID + "firewallPolicies/p/ruleCollectionGroups/boxes"
	require.NoError(t, l.update("network:FirewallPolicyRuleCollectionGroup", egressID, func() object {
		runtime := appRule("runtime")
		runtime["fqdnTags"], runtime["sourceAddresses"] = array{"AzureKubernetesService"}, array{"10.240.8.0/21"}
		return ruleGroup("stamp", 200, allowing("AKS", 200, runtime, appRule("hosts", stampHosts...)))
	}()))
	open := func(from string) object {
		return nsgRule("open", 150, object{"sourceAddressPrefix": from, "destinationPortRange": "22"})
	}
	l.tries([]breakage{
		{"no way in", rules("ops", leaving("AllowSsh")), []string{"JumpBoxUnreachable", "ops/DenyAllInbound", "ab"}},
		{"no peering", vanished(netID + "virtualNetworks/hub/virtualNetworkPeerings/to-spoke"), []string{"JumpBoxUnreachable"}},
		{"no Bastion", vanished(netID + "bastionHosts/ab"), []string{"no Bastion host"}},
		{"no sign-in", drifted(boxRules, dropHost("login.microsoftonline.com")), []string{"JumpBoxEgressBlocked", "login.microsoftonline.com", "firewall/implicit-deny"}},
		{"no management", drifted(boxRules, dropHost("management.azure.com")), []string{"management.azure.com"}},
		{"no name resolution", rules("ops", leaving("AllowDns")), []string{"JumpBoxEgressBlocked", "UDP 53", "ops/DenyAllOutbound"}},
		{"no private traffic", rules("ops", leaving("AllowVnet")), []string{"privatelink.eastus2.azmk8s.io", "ops/DenyAllOutbound"}},
		{"no name of the API server", vanished(apiZoneID + "/virtualNetworkLinks/to_hub"), []string{"privatelink.eastus2.azmk8s.io", "layer dns"}},
		{"no private registry", vanished(acrZoneID + "/virtualNetworkLinks/to_hub"), []string{"acraks.eastus2.data.azurecr.io", "layer dns", "no private DNS zone"}},
		{"no registry data", drifted(recordsOf(registryID), dropRecord("acraks.eastus2.data")), []string{"acraks.eastus2.data.azurecr.io"}},
		{"no private vault", vanished(recordsOf(vaultID)), []string{"kv-aks.vault.azure.net"}},
		{"closed endpoints", rules("links", leaving("AllowVnet")), []string{"links/DenyAllInbound"}},
		{"no agent", drifted(egressID, dropHost("*.ods.opinsights.azure.com")), []string{"VMExtensionProvisioningError", "ods.opinsights.azure.com"}},
		{"SSH from the nodes", rules("ops", adding(open("10.240.8.0/22"))), []string{"JumpBoxExposed", "subnet system", "ops/open"}},
		{"SSH from the gateway", rules("ops", adding(open("10.240.5.0/24"))), []string{"JumpBoxExposed", "subnet agw"}},
		{"SSH among the jump boxes", func(l *lab, try func()) {
			rules("ops", adding(open("10.240.1.0/28")))(l, func() {
				rules("ops", adding(nsgRule("out", 200, object{"direction": "Outbound", "destinationPortRange": "22"})))(l, try)
			})
		}, []string{"JumpBoxExposed", "subnet ops"}},
		{"SSH from the internet", func(l *lab, try func()) {
			rules("ops", adding(open("Internet")))(l, func() {
				l.drift(boxesID, func(set object) {
					nic := tree.List(set, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")[0]
					tree.List(nic, "ipConfigurations")[0].(object)["publicIPAddressConfiguration"] = object{"name": "pip"}
				}, try)
			})
		}, []string{"JumpBoxExposed", "public IP"}},
	}, func() (string, error) { return l.server.TryJumpBox(boxesID) })
}

// A request gets from the gateway to pods: the load balancer can be placed, images can be pulled, and the way is open.
func TestTryIngress(t *testing.T) {
	l := start(t, Options{})
	deployAll(l)
	controlPlane := tree.Text(l.read(groupID+"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi-controlplane").Outputs, "principalId")
	kubelet := tree.Text(l.read(clusterID).Outputs, "identityProfile", "kubeletidentity", "objectId")
	role := func(principal, role, scope string) func(*lab, func()) {
		return vanished(scope + "/providers/Microsoft.Authorization/roleAssignments/" + arm.GUID(principal, role, scope))
	}
	_, ingress := l.identity("mi-ingress")
	l.must("managedidentity:FederatedIdentityCredential", object{
		"resourceGroupName": "rg", "resourceName": "mi-ingress", "federatedIdentityCredentialResourceName": "ingress",
		"issuer":  tree.Text(l.read(clusterID).Outputs, "oidcIssuerProfile", "issuerURL"),
		"subject": "system:serviceaccount:ingress:ingress", "audiences": array{"api://AzureADTokenExchange"},
	})
	l.grant(ingress, secretsUser, vaultID)
	l.grant(ingress, keyVaultReader, vaultID)
	backend := func(address string) func(*lab, func()) {
		return drifted(gatewayID, func(gateway object) {
			tree.List(gateway, "backendAddressPools")[0].(object)["backendAddresses"] = array{object{"ipAddress": address}}
		})
	}
	l.tries([]breakage{
		{"no role on the ingress subnet", role(controlPlane, networkContributor, spokeSubnet(kube.IngressSubnet)), []string{"LinkedAuthorizationFailed", kube.IngressSubnet, "Network Contributor"}},
		{"no ingress subnet", drifted(spokeID, func(network object) {
			for _, snet := range tree.List(network, "subnets") {
				if tree.Text(snet, "name") == kube.IngressSubnet {
					snet.(object)["name"] = "other"
				}
			}
		}), []string{"IngressSubnetNotFound"}},
		{"no AcrPull", role(kubelet, acrPull, registryID), []string{"ImagePullUnauthorized", "AcrPull", registryID}},
		{"no registry", vanished(registryID), []string{"no container registry"}},
		{"a public registry", vanished(acrZoneID + "/virtualNetworkLinks/to_hub"), []string{"ImagePullBlocked", "acraks.eastus2.data.azurecr.io", "npsystem"}},
		{"no data endpoint", drifted(recordsOf(registryID), dropRecord("acraks.eastus2.data")), []string{"ImagePullBlocked", "acraks.eastus2.data.azurecr.io"}},
		{"closed endpoints", rules("links", leaving("AllowVnet")), []string{"ImagePullBlocked", "links/DenyAllInbound"}},
		{"no right to read the certificate", role(ingress, secretsUser, vaultID), []string{"SecretsStoreForbidden", "mi-ingress", "Key Vault Secrets User"}},
		{"a public vault", vanished(vaultZoneID + "/virtualNetworkLinks/to_hub"), []string{"SecretsStoreBlocked", "npsystem", ".vault.azure.net"}},
		{"a closed way out of the gateway", rules("agw", adding(nsgRule("closed", 200, object{
			"direction": "Outbound", "access": "Deny", "destinationAddressPrefix": "10.240.4.0/28",
		}))), []string{"IngressBlocked", "10.240.4.4", "agw/closed"}},
		{"a backend elsewhere", backend("10.240.12.9"), []string{"IngressBackendUnknown", "10.240.12.9"}},
		{"no gateway", vanished(gatewayID), []string{"no application gateway"}},
	}, func() (string, error) { return l.server.TryIngress(clusterID) })
	_, err := l.server.TryIngress(clusterID + "x")
	assert.ErrorContains(t, err, "ResourceNotFound")
}
