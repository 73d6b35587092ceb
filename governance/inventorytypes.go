package governance

import "aks-regulated-pulumi/config"

// armTypes are the Azure resource types of the azure-native types that the program registers in resource groups, by module
// and name, the same for every API version.
var armTypes = map[string]string{
	"alertsmanagement:PrometheusRuleGroup": "Microsoft.AlertsManagement/prometheusRuleGroups",

	"compute:Gallery":                "Microsoft.Compute/galleries",
	"compute:GalleryImage":           "Microsoft.Compute/galleries/images",
	"compute:VirtualMachineScaleSet": "Microsoft.Compute/virtualMachineScaleSets",

	"containerregistry:AgentPool":   "Microsoft.ContainerRegistry/registries/agentPools",
	"containerregistry:Registry":    "Microsoft.ContainerRegistry/registries",
	"containerregistry:Replication": "Microsoft.ContainerRegistry/registries/replications",

	"containerservice:AgentPool":                "Microsoft.ContainerService/managedClusters/agentPools",
	"containerservice:MaintenanceConfiguration": "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
	"containerservice:ManagedCluster":           "Microsoft.ContainerService/managedClusters",

	"insights:ActionGroup":                   "Microsoft.Insights/actionGroups",
	"insights:ActivityLogAlert":              "Microsoft.Insights/activityLogAlerts",
	"insights:DataCollectionEndpoint":        "Microsoft.Insights/dataCollectionEndpoints",
	"insights:DataCollectionRule":            "Microsoft.Insights/dataCollectionRules",
	"insights:DataCollectionRuleAssociation": "Microsoft.Insights/dataCollectionRuleAssociations",
	"insights:MetricAlert":                   "Microsoft.Insights/metricAlerts",
	"insights:ScheduledQueryRule":            "Microsoft.Insights/scheduledQueryRules",
	"insights:Workbook":                      "Microsoft.Insights/workbooks",

	"keyvault:Secret": "Microsoft.KeyVault/vaults/secrets",
	"keyvault:Vault":  "Microsoft.KeyVault/vaults",

	"kubernetesconfiguration:Extension":         "Microsoft.KubernetesConfiguration/extensions",
	"kubernetesconfiguration:FluxConfiguration": "Microsoft.KubernetesConfiguration/fluxConfigurations",

	"managedidentity:FederatedIdentityCredential": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
	"managedidentity:UserAssignedIdentity":        "Microsoft.ManagedIdentity/userAssignedIdentities",

	"monitor:AzureMonitorWorkspace": "Microsoft.Monitor/accounts",

	"network:ApplicationGateway":                "Microsoft.Network/applicationGateways",
	"network:AzureFirewall":                     "Microsoft.Network/azureFirewalls",
	"network:BastionHost":                       "Microsoft.Network/bastionHosts",
	"network:FirewallPolicy":                    "Microsoft.Network/firewallPolicies",
	"network:FirewallPolicyRuleCollectionGroup": "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
	"network:FlowLog":                           "Microsoft.Network/networkWatchers/flowLogs",
	"network:IpGroup":                           "Microsoft.Network/ipGroups",
	"network:NetworkSecurityGroup":              "Microsoft.Network/networkSecurityGroups",
	"network:PrivateDnsZoneGroup":               "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
	"network:PrivateEndpoint":                   "Microsoft.Network/privateEndpoints",
	"network:PrivateZone":                       "Microsoft.Network/privateDnsZones",
	"network:PublicIPAddress":                   "Microsoft.Network/publicIPAddresses",
	"network:RouteTable":                        "Microsoft.Network/routeTables",
	"network:VirtualNetwork":                    "Microsoft.Network/virtualNetworks",
	"network:VirtualNetworkLink":                "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
	"network:VirtualNetworkPeering":             "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
	"network:WebApplicationFirewallPolicy":      "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",

	"operationalinsights:SavedSearch": "Microsoft.OperationalInsights/workspaces/savedSearches",
	"operationalinsights:Workspace":   "Microsoft.OperationalInsights/workspaces",

	"resources:AzureCliScript": "Microsoft.Resources/deploymentScripts",

	"securityinsights:SentinelOnboardingState": "Microsoft.SecurityInsights/onboardingStates",

	"storage:StorageAccount": "Microsoft.Storage/storageAccounts",

	"virtualmachineimages:VirtualMachineImageTemplate": "Microsoft.VirtualMachineImages/imageTemplates",
}

// optionalTypes are what the program registers beside a type with other settings. They are allowed from the start: a longer list comes into
// force only minutes after the update that brings it, and until then Azure would deny what that update adds.
var optionalTypes = map[string][]string{
	"Microsoft.ContainerService/managedClusters": {
		// monitoring.alertEmails, registry.agentPool
		"Microsoft.Insights/actionGroups", "Microsoft.ContainerRegistry/registries/agentPools",
		// imageBuilder.mode and imageBuilder.distribute
		"Microsoft.VirtualMachineImages/imageTemplates", "Microsoft.Compute/images", "Microsoft.Compute/galleries",
		"Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions",
		"Microsoft.Resources/deploymentScripts", "Microsoft.ContainerInstance/containerGroups", "Microsoft.Storage/storageAccounts",
	},
}

// spokeTypes are what each spoke has in the resource groups of the hub and of the spokes, by the group's key. Another stack may register it
// there: the policies are those of the stack with the part network, which knows no spoke then.
var spokeTypes = map[string][]string{
	config.GroupHub: {
		"Microsoft.Network/firewallPolicies/ruleCollectionGroups", "Microsoft.Network/ipGroups",
		"Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
	},
	config.GroupSpokes: {
		"Microsoft.Network/networkSecurityGroups", "Microsoft.Network/networkSecurityGroups/securityRules",
		"Microsoft.Network/privateDnsZones/virtualNetworkLinks", "Microsoft.Network/publicIPAddresses", "Microsoft.Network/routeTables",
		"Microsoft.Network/virtualNetworks", "Microsoft.Network/virtualNetworks/subnets",
		"Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
	},
}

// implicitTypes are the types that Azure creates on behalf of the owner, in the same resource group, with a resource of a type.
var implicitTypes = map[string][]string{
	// What Azure Image Builder distributes.
	"Microsoft.Compute/galleries/images":            {"Microsoft.Compute/galleries/images/versions"},
	"Microsoft.VirtualMachineImages/imageTemplates": {"Microsoft.Compute/images"},
	// AKS moves add-ons such as Container insights to extensions by itself (Azure document "Cluster extensions for AKS").
	"Microsoft.ContainerService/managedClusters": {"Microsoft.KubernetesConfiguration/extensions"},
	"Microsoft.Network/networkWatchers/flowLogs": {"Microsoft.Network/networkWatchers"},
	"Microsoft.Network/privateEndpoints":         {"Microsoft.Network/networkInterfaces"},
	"Microsoft.Network/virtualNetworks":          {"Microsoft.Network/virtualNetworks/subnets"},
	"Microsoft.Network/networkSecurityGroups":    {"Microsoft.Network/networkSecurityGroups/securityRules"},
	"Microsoft.ContainerRegistry/registries":     {"Microsoft.ContainerRegistry/registries/replications"},
	// Saving a workbook in Microsoft Sentinel makes one beside the workspace.
	"Microsoft.SecurityInsights/onboardingStates": {"Microsoft.OperationsManagement/solutions", "Microsoft.Insights/workbooks"},
	// A deployment script runs in a container, and its output is on a file share.
	"Microsoft.Resources/deploymentScripts": {"Microsoft.ContainerInstance/containerGroups", "Microsoft.Storage/storageAccounts"},
	// Traffic analytics collects by a rule and an endpoint of its own, beside the workspace (Azure document "Traffic analytics").
	"Microsoft.OperationalInsights/workspaces": {
		"Microsoft.Insights/dataCollectionEndpoints", "Microsoft.Insights/dataCollectionRules",
		"Microsoft.OperationsManagement/solutions",
	},
}
