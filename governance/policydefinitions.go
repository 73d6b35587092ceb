package governance

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	authorization "aks-regulated-pulumi/internal/azurenative/authorization/v20240501"
)

// policyDefinition is what can be assigned: a definition or an initiative, built-in or custom.
type policyDefinition struct {
	// id is the Azure resource id, of which the names of assignments are made.
	id, displayName string
	// registered is the same id once this program has registered the definition; nil for what Azure ships.
	registered pulumi.StringInput
	// after is what its assignments wait for, beside the definition itself.
	after []pulumi.Resource
}

func (d policyDefinition) idInput() pulumi.StringInput {
	if d.registered != nil {
		return d.registered
	}
	return pulumi.String(d.id)
}

func builtInPolicy(guid, displayName string) policyDefinition {
	return policyDefinition{id: "/providers/Microsoft.Authorization/policyDefinitions/" + guid, displayName: displayName}
}

func builtInInitiative(guid, displayName string) policyDefinition {
	return policyDefinition{id: "/providers/Microsoft.Authorization/policySetDefinitions/" + guid, displayName: displayName}
}

// Built-in definitions for Azure resources. Names, ids and the effects that they take are those of the repository
// Azure/azure-policy, as of 2026-04.
var (
	allowedTypes   = builtInPolicy("a08ec900-254a-4555-9bf5-e42af04b5c5c", "Allowed resource types")
	networkWatcher = builtInPolicy("b6e2945c-0b7b-40f5-9233-7a5323b5cdc6", "Network Watcher should be enabled")
	// It replaces a custom definition with the same rule.
	privateCluster = builtInPolicy("040732e8-d947-40b8-95d6-854c95024bf8",
		"Azure Kubernetes Service Private Clusters should be enabled")
	policyAddOn = builtInPolicy("0a15ec92-a229-4763-bb14-0ea34a568f8d",
		"Azure Policy Add-on for Kubernetes service (AKS) should be installed and enabled on your clusters")
	firewallOnGateway = builtInPolicy("564feb30-bf6a-4854-b4bb-0d2d2d1e6c66",
		"Web Application Firewall (WAF) should be enabled for Application Gateway")
	kubernetesRBAC = builtInPolicy("ac4a19c2-fa67-49b4-8ae5-0b2e78c49457",
		"Role-Based Access Control (RBAC) should be used on Kubernetes Services")
	kubernetesVersion = builtInPolicy("fb893a29-21bb-418c-a157-e99480ec364c",
		"Kubernetes Services should be upgraded to a non-vulnerable Kubernetes version")
	customerManagedKeys = builtInPolicy("7d7be79c-23ba-4033-84dd-45e2a5ccdd67", "Both operating systems and data disks in "+
		"Azure Kubernetes Service clusters should be encrypted by customer-managed keys")
	encryptionAtHost = builtInPolicy("41425d9f-d1a5-499a-9932-f8ed8453932c",
		"Temp disks and cache for agent node pools in Azure Kubernetes Service clusters should be encrypted at host")
)

// Built-in definitions that set Defender plans. They replace custom ones of the same effect, and need Security Admin only:
// efd4031d-b232-4595-babf-ae817348e91b, which also sets the extensions of the Containers plan, asks for Owner.
var (
	defenderForContainers = builtInPolicy("c9ddb292-b203-4738-aead-18e2716e858f",
		"Configure Microsoft Defender for Containers to be enabled")
	defenderForKeyVault = builtInPolicy("1f725891-01c0-420a-9059-4fa46cb770b7",
		"Configure Microsoft Defender for Key Vault plan")
	defenderForResourceManager = builtInPolicy("b7021b2b-08fd-4dc0-9de7-3c6ece09faf9",
		"Configure Azure Defender for Resource Manager to be enabled")
)

// Keys of the custom definitions and the custom initiative.
const (
	denyNonDefenderAKS = "DenyNonDefenderAks"
	denyGatewayNoWAF   = "DenyAagWithoutWaf"
	noPublicNICs       = "NoPublicIPsForNICsInVnet"
	noPublicScaleSets  = "NoPublicIPsForVMScaleSets"
	enableDefender     = "EnableDefender"
)

// Fields of the conditions, as the aliases of Azure Policy name them.
const (
	nicConfigurations      = "Microsoft.Network/networkInterfaces/ipconfigurations[*]"
	scaleSetConfigurations = "Microsoft.Compute/virtualMachineScaleSets/virtualMachineProfile.networkProfile" +
		".networkInterfaceConfigurations[*].ipConfigurations[*]"
	defenderEnabled = "Microsoft.ContainerService/managedClusters/securityProfile.defender.securityMonitoring.enabled"

	inVNet = "[concat(parameters('vnetResourceId'), '/subnets/*')]"
)

// customDefinition is a policy that denies something for which Azure has no built-in definition.
type customDefinition struct {
	key, logicalName         string
	displayName, description string
	category                 string
	parameters               authorization.ParameterDefinitionsValueMap
	denied                   condition
	// effect is deny if it is empty.
	effect string
}

var customDefinitions = []customDefinition{
	{
		key: denyNonDefenderAKS, logicalName: "non-defender-aks",
		displayName: "Microsoft Defender for Containers should be enabled in the cluster.",
		description: "Denies an AKS cluster whose Defender profile is off. The built-in definition " +
			"a1840de2-8088-4ea8-b153-b4c723e9cb01 only audits.",
		// The property is securityProfile.defender today, no longer securityProfile.azureDefender.
		denied: allOf{
			typeIs("Microsoft.ContainerService/managedClusters"),
			fieldCondition{defenderEnabled, "notEquals", pulumi.Bool(true)},
		},
	},
	{
		key: denyGatewayNoWAF, logicalName: "gateway-without-waf",
		displayName: "WAF SKU must be enabled on Azure Application Gateway",
		description: "Denies an Application Gateway of a SKU without web application firewall.",
		denied: allOf{
			typeIs("Microsoft.Network/applicationGateways"),
			fieldCondition{"Microsoft.Network/applicationGateways/sku.name", "notEquals", pulumi.String("WAF_v2")},
		},
	},
	{
		key: noPublicNICs, logicalName: "public-nics", category: "Network",
		displayName: "Virtual Network should not have NICs attached with public IPs",
		description: "Denies network interfaces, also those of scale sets, that have a public IP address on any of their " +
			"configurations in one virtual network.",
		parameters: authorization.ParameterDefinitionsValueMap{
			"vnetResourceId": authorization.ParameterDefinitionsValueArgs{
				Type: pulumi.String("String"),
				Metadata: authorization.ParameterDefinitionsValueMetadataArgs{
					DisplayName: pulumi.String("Virtual network"),
					Description: pulumi.String("Azure resource id of the virtual network."),
					StrongType:  pulumi.String("Microsoft.Network/virtualNetworks"),
				},
			},
		},
		denied: anyOf{
			allOf{
				typeIs("Microsoft.Network/networkInterfaces"),
				anyElement{nicConfigurations, allOf{
					fieldCondition{nicConfigurations + ".subnet.id", "like", pulumi.String(inVNet)},
					isSet(nicConfigurations + ".publicIpAddress.id"),
				}},
			},
			allOf{
				typeIs("Microsoft.Compute/virtualMachineScaleSets"),
				anyElement{scaleSetConfigurations, allOf{
					fieldCondition{scaleSetConfigurations + ".subnet.id", "like", pulumi.String(inVNet)},
					isSet(scaleSetConfigurations + ".publicIPAddressConfiguration.name"),
				}},
			},
		},
	},
	{
		key: noPublicScaleSets, logicalName: "public-scale-sets", category: "Compute",
		displayName: "VM Scale Sets should not have public IPs",
		description: "Denies a virtual machine scale set that gives its instances public IP addresses.",
		denied: allOf{
			typeIs("Microsoft.Compute/virtualMachineScaleSets"),
			anyElement{scaleSetConfigurations, isSet(scaleSetConfigurations + ".publicIPAddressConfiguration.name")},
		},
	},
}

// newCustomDefinition registers a custom definition at the subscription or the management group, named by a GUID.
func (g *Governance) newCustomDefinition(ctx *pulumi.Context, name string, custom customDefinition, opts ...pulumi.ResourceOption) error {
	guid := g.args.stackGUID(custom.key)
	effect := cmp.Or(custom.effect, "deny")
	registered, err := g.newDefinition(ctx, name+"-"+custom.logicalName, &authorization.PolicyDefinitionArgs{
		PolicyDefinitionName: pulumi.String(guid),
		DisplayName:          pulumi.String(custom.displayName),
		Description:          pulumi.String(custom.description),
		PolicyType:           pulumi.String("Custom"),
		Mode:                 pulumi.String("All"),
		Metadata:             policyMetadata(custom.category),
		Parameters:           custom.parameters,
		PolicyRule:           pulumi.Map{"if": custom.denied.rule(), "then": pulumi.Map{"effect": pulumi.String(effect)}},
	}, opts...)
	if err != nil {
		return fmt.Errorf("policy definition %s: %w", custom.key, err)
	}
	g.definitions[custom.key] = policyDefinition{
		id:          g.args.definitionID(custom.key),
		displayName: custom.displayName,
		registered:  registered.ID().ToStringOutput(),
	}
	g.defined = append(g.defined, registered)
	return nil
}

func policyMetadata(category string) pulumi.Map {
	metadata := pulumi.Map{"version": pulumi.String("1.0.0")}
	if category != "" {
		metadata["category"] = pulumi.String(category)
	}
	return metadata
}

// templateGUIDs is the namespace of the function guid() in Azure Resource Manager templates.
var templateGUIDs = uuid.MustParse("11fb06fb-712d-4ddd-98c7-e71bbd588830")

// templateGUID is the GUID that guid() would make of the same parts: equal parts give equal GUIDs, in any deployment.
func templateGUID(parts ...string) string {
	return uuid.NewSHA1(templateGUIDs, []byte(strings.Join(parts, "-"))).String()
}
