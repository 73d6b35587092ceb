package tests

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"strings"
)

// Type tokens of the resources that the program registers.
const (
	typeResourceGroup = "azure-native:resources/v20240301:ResourceGroup"
	typeScript        = "azure-native:resources/v20230801:AzureCliScript"

	typeVNet          = "azure-native:network/v20240501:VirtualNetwork"
	typePeering       = "azure-native:network/v20240501:VirtualNetworkPeering"
	typeSecurityGroup = "azure-native:network/v20240501:NetworkSecurityGroup"
	typeRouteTable    = "azure-native:network/v20240501:RouteTable"
	typePublicIP      = "azure-native:network/v20240501:PublicIPAddress"
	typeFirewall      = "azure-native:network/v20240501:AzureFirewall"
	typePolicy        = "azure-native:network/v20240501:FirewallPolicy"
	typeRuleGroup     = "azure-native:network/v20240501:FirewallPolicyRuleCollectionGroup"
	typeIPGroup       = "azure-native:network/v20240501:IpGroup"
	typeBastion       = "azure-native:network/v20240501:BastionHost"
	typeFlowLog       = "azure-native:network/v20240501:FlowLog"

	typeWorkspace  = "azure-native:operationalinsights/v20230901:Workspace"
	typeSentinel   = "azure-native:securityinsights/v20240301:SentinelOnboardingState"
	typeStorage    = "azure-native:storage/v20230501:StorageAccount"
	typeDiagnostic = "azure-native:insights/v20210501preview:DiagnosticSetting"

	typeIdentity   = "azure-native:managedidentity/v20230131:UserAssignedIdentity"
	typeRole       = "azure-native:authorization/v20220501preview:RoleDefinition"
	typeAssignment = "azure-native:authorization/v20220401:RoleAssignment"
	typeUUID       = "random:index/randomUuid:RandomUuid"

	typeGallery      = "azure-native:compute/v20240303:Gallery"
	typeGalleryImage = "azure-native:compute/v20240303:GalleryImage"
	typeTemplate     = "azure-native:virtualmachineimages/v20240201:VirtualMachineImageTemplate"
)

// armIDs are the ids that Azure gives to resources, with the names of inputs in braces.
var armIDs = map[string]string{
	typeResourceGroup: subscription + "/resourceGroups/{resourceGroupName}",
	typeScript:        "Microsoft.Resources/deploymentScripts/{scriptName}",
	typeVNet:          "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
	typePeering:       "Microsoft.Network/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
	typeSecurityGroup: "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
	typeRouteTable:    "Microsoft.Network/routeTables/{routeTableName}",
	typePublicIP:      "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
	typeFirewall:      "Microsoft.Network/azureFirewalls/{azureFirewallName}",
	typePolicy:        "Microsoft.Network/firewallPolicies/{firewallPolicyName}",
	typeRuleGroup:     "Microsoft.Network/firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}",
	typeIPGroup:       "Microsoft.Network/ipGroups/{ipGroupsName}",
	typeBastion:       "Microsoft.Network/bastionHosts/{bastionHostName}",
	typeFlowLog:       "Microsoft.Network/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
	typeWorkspace:     "Microsoft.OperationalInsights/workspaces/{workspaceName}",
	typeSentinel: "Microsoft.OperationalInsights/workspaces/{workspaceName}" +
		"/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}",
	typeStorage:      "Microsoft.Storage/storageAccounts/{accountName}",
	typeDiagnostic:   "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
	typeIdentity:     "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
	typeRole:         "{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
	typeAssignment:   "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
	typeGallery:      "Microsoft.Compute/galleries/{galleryName}",
	typeGalleryImage: "Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}",
	typeTemplate:     "Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}",
}

// invoked are the answers to the program's calls, by function; each test file registers those of its component.
var invoked = map[string]func(args map[string]any) map[string]any{}

// computed adds the outputs that Azure computes, by type; each test file registers those of its component.
var computed = map[string]func(id string, inputs map[string]any) map[string]any{}

var placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)

// armID builds the id that Azure would give. Every name in it must be among the inputs: names are explicit.
func armID(typ string, inputs map[string]any) (string, error) {
	pattern, known := armIDs[typ]
	if !known {
		return "", fmt.Errorf("unexpected type %s", typ)
	}
	if strings.HasPrefix(pattern, "Microsoft.") {
		pattern = subscription + "/resourceGroups/{resourceGroupName}/providers/" + pattern
	}
	var missing []string
	id := placeholder.ReplaceAllStringFunc(pattern, func(name string) string {
		value, _ := inputs[strings.Trim(name, "{}")].(string)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("%s is registered without %s", typ, strings.Join(missing, ", "))
	}
	return id, nil
}

// answer is the id and the state of a resource that has just been created.
func answer(typ, name string, inputs map[string]any) (string, map[string]any, error) {
	outputs := maps.Clone(inputs)
	if outputs == nil {
		outputs = map[string]any{}
	}
	if strings.HasPrefix(typ, "aksregulated:") {
		return "", outputs, nil
	}
	if typ == typeUUID {
		outputs["result"] = stableGUID("random", name)
		return stableGUID("random", name), outputs, nil
	}
	if strings.HasPrefix(typ, "kubernetes:") || strings.HasPrefix(typ, "pulumi:providers:") {
		return name, outputs, nil
	}
	id, err := armID(typ, inputs)
	if err != nil {
		return "", nil, err
	}
	outputs["id"], outputs["name"] = id, path.Base(id)
	if compute, known := computed[typ]; known {
		maps.Copy(outputs, compute(id, inputs))
	}
	switch typ {
	case typeFirewall:
		outputs["ipConfigurations"] = addressed(inputs["ipConfigurations"])
	case typeIdentity:
		outputs["principalId"] = principalOf(id)
		outputs["clientId"] = stableGUID("client", id)
	case typeWorkspace:
		outputs["customerId"] = stableGUID("workspace", id)
	}
	return id, outputs, nil
}

// firewallIP is the address that Azure gives to a firewall: the fourth of its subnet.
const firewallIP = "10.200.0.4"

// addressed returns a firewall's configurations with the private address, which only the one with a subnet has.
func addressed(configurations any) []any {
	var result []any
	list, _ := configurations.([]any)
	for _, element := range list {
		configuration, _ := element.(map[string]any)
		configuration = maps.Clone(configuration)
		if _, carries := configuration["subnet"]; carries {
			configuration["privateIPAddress"] = firewallIP
		}
		result = append(result, configuration)
	}
	return result
}

// principalOf is the Entra object id of a managed identity.
func principalOf(identityID string) string { return stableGUID("principal", identityID) }
