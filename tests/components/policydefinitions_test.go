package components

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
)

// definitionFact is a custom definition as a fact.
type definitionFact struct {
	key, display, category string
	parameters             object
	condition              object
}

// Custom definitions deny what they say, and count elements of lists: one public address among private ones is enough.
func TestCustomDefinitions(t *testing.T) {
	typeIs := func(armType string) object { return object{"field": "type", "equals": armType} }
	const nic = "Microsoft.Network/networkInterfaces/ipconfigurations[*]"
	const scaleSet = "Microsoft.Compute/virtualMachineScaleSets/virtualMachineProfile.networkProfile" +
		".networkInterfaceConfigurations[*].ipConfigurations[*]"
	inVNet := func(field string) object {
		return object{"field": field + ".subnet.id", "like": "[concat(parameters('vnetResourceId'), '/subnets/*')]"}
	}
	anyOf := func(field string, where object) object {
		return object{"count": object{"field": field, "where": where}, "greater": 0}
	}
	nicPublic := object{"field": nic + ".publicIpAddress.id", "exists": true}
	scaleSetPublic := object{"field": scaleSet + ".publicIPAddressConfiguration.name", "exists": true}
	m := deployGovernance(t, nil)
	facts := map[string]definitionFact{
		"governance-non-defender-aks": {
			key: "DenyNonDefenderAks", display: "Microsoft Defender for Containers should be enabled in the cluster.",
			condition: object{"allOf": list{
				typeIs("Microsoft.ContainerService/managedClusters"),
				object{
					"field":     "Microsoft.ContainerService/managedClusters/securityProfile.defender.securityMonitoring.enabled",
					"notEquals": true,
				},
			}},
		},
		"governance-gateway-without-waf": {
			key: "DenyAagWithoutWaf", display: "WAF SKU must be enabled on Azure Application Gateway",
			condition: object{"allOf": list{
				typeIs("Microsoft.Network/applicationGateways"),
				object{"field": "Microsoft.Network/applicationGateways/sku.name", "notEquals": "WAF_v2"},
			}},
		},
		"governance-public-nics": {
			key: "NoPublicIPsForNICsInVnet", display: "Virtual Network should not have NICs attached with public IPs",
			category: "Network",
			parameters: object{"vnetResourceId": object{"type": "String", "metadata": object{
				"displayName": "Virtual network", "description": "Azure resource id of the virtual network.",
				"strongType": "Microsoft.Network/virtualNetworks",
			}}},
			condition: object{"anyOf": list{
				object{"allOf": list{
					typeIs("Microsoft.Network/networkInterfaces"),
					anyOf(nic, object{"allOf": list{inVNet(nic), nicPublic}}),
				}},
				object{"allOf": list{
					typeIs("Microsoft.Compute/virtualMachineScaleSets"),
					anyOf(scaleSet, object{"allOf": list{inVNet(scaleSet), scaleSetPublic}}),
				}},
			}},
		},
		"governance-public-scale-sets": {
			key: "NoPublicIPsForVMScaleSets", display: "VM Scale Sets should not have public IPs", category: "Compute",
			condition: object{"allOf": list{
				typeIs("Microsoft.Compute/virtualMachineScaleSets"), anyOf(scaleSet, scaleSetPublic),
			}},
		},
	}
	// The one on roles has tests of its own. It is defined even if it is not assigned, so that Azure knows it by the time it is.
	require.Len(t, m.OfType(typetoken.PolicyDefinition), len(facts)+1)
	for name, fact := range facts {
		r := m.one(t, typetoken.PolicyDefinition, name)
		metadata := object{"version": "1.0.0"}
		if fact.category != "" {
			metadata["category"] = fact.category
		}
		want := object{
			"policyDefinitionName": stackGUID(hubGroup, fact.key), "displayName": fact.display,
			"policyType": "Custom", "mode": "All", "metadata": metadata,
			"policyRule": object{"if": fact.condition, "then": object{"effect": "deny"}},
		}
		if fact.parameters != nil {
			want["parameters"] = fact.parameters
		}
		assertInputs(t, without(t, r, "description"), want)
	}
}
