package armpath

import "aks-regulated-pulumi/internal/typetoken"

const (
	subscription         = "/subscriptions/{subscriptionId}"
	clusterExtensions    = "{clusterRp}/{clusterResourceName}/{clusterName}/providers/Microsoft.KubernetesConfiguration/"
	registryPath         = "Microsoft.ContainerRegistry/registries/{registryName}"
	workspacePath        = "Microsoft.OperationalInsights/workspaces/{workspaceName}"
	identityPath         = "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
	insightsOf           = "{resourceUri}/providers/Microsoft.Insights/"
	authorization        = "{scope}/providers/Microsoft.Authorization/"
	subscriptionPolicies = subscription + "/providers/Microsoft.Authorization/"
	groupPolicies        = "/providers/Microsoft.Management/managementGroups/{managementGroupId}/providers/Microsoft.Authorization/"
)

// paths are the ARM paths of the types that the program may register, with the names of inputs in braces, as the paths of Azure's REST API have
// them (the reference of each provider, by API version). One that begins with the provider stands in a resource group.
var paths = map[string]string{
	typetoken.ResourceGroup:          subscription + "/resourceGroups/{resourceGroupName}",
	typetoken.SubscriptionDeployment: subscription + "/providers/Microsoft.Resources/deployments/{deploymentName}",
	typetoken.Script:                 "Microsoft.Resources/deploymentScripts/{scriptName}",

	typetoken.VNet:               "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
	typetoken.Peering:            "Microsoft.Network/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
	typetoken.SecurityGroup:      "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
	typetoken.RouteTable:         "Microsoft.Network/routeTables/{routeTableName}",
	typetoken.PublicIP:           "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
	typetoken.Firewall:           "Microsoft.Network/azureFirewalls/{azureFirewallName}",
	typetoken.FirewallPolicy:     "Microsoft.Network/firewallPolicies/{firewallPolicyName}",
	typetoken.RuleGroup:          "Microsoft.Network/firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}",
	typetoken.IPGroup:            "Microsoft.Network/ipGroups/{ipGroupsName}",
	typetoken.Bastion:            "Microsoft.Network/bastionHosts/{bastionHostName}",
	typetoken.FlowLog:            "Microsoft.Network/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
	typetoken.ApplicationGateway: "Microsoft.Network/applicationGateways/{applicationGatewayName}",
	typetoken.WAFPolicy:          "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}",
	typetoken.PrivateZone:        "Microsoft.Network/privateDnsZones/{privateZoneName}",
	typetoken.ZoneLink:           "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
	typetoken.PrivateEndpoint:    "Microsoft.Network/privateEndpoints/{privateEndpointName}",
	typetoken.ZoneGroup:          "Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",

	typetoken.Workspace:   workspacePath,
	typetoken.SavedSearch: workspacePath + "/savedSearches/{savedSearchId}",
	typetoken.Sentinel:    workspacePath + "/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}",
	typetoken.Storage:     "Microsoft.Storage/storageAccounts/{accountName}",

	typetoken.Diagnostic:         insightsOf + "diagnosticSettings/{name}",
	typetoken.Association:        insightsOf + "dataCollectionRuleAssociations/{associationName}",
	typetoken.Workbook:           "Microsoft.Insights/workbooks/{resourceName}",
	typetoken.CollectionEndpoint: "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}",
	typetoken.CollectionRule:     "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}",
	typetoken.ActionGroup:        "Microsoft.Insights/actionGroups/{actionGroupName}",
	typetoken.MetricAlert:        "Microsoft.Insights/metricAlerts/{ruleName}",
	typetoken.QueryAlert:         "Microsoft.Insights/scheduledQueryRules/{ruleName}",
	typetoken.ActivityLogAlert:   "Microsoft.Insights/activityLogAlerts/{activityLogAlertName}",
	typetoken.MonitorWorkspace:   "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}",
	typetoken.PromRuleGroup:      "Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}",

	typetoken.Identity:              identityPath,
	typetoken.Federation:            identityPath + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
	typetoken.RoleDefinition:        authorization + "roleDefinitions/{roleDefinitionId}",
	typetoken.RoleAssignment:        authorization + "roleAssignments/{roleAssignmentName}",
	typetoken.PolicyAssignment:      authorization + "policyAssignments/{policyAssignmentName}",
	typetoken.GroupPolicyDefinition: groupPolicies + "policyDefinitions/{policyDefinitionName}",
	typetoken.GroupPolicySet:        groupPolicies + "policySetDefinitions/{policySetDefinitionName}",
	typetoken.PolicyDefinition:      subscriptionPolicies + "policyDefinitions/{policyDefinitionName}",
	typetoken.PolicySet:             subscriptionPolicies + "policySetDefinitions/{policySetDefinitionName}",

	typetoken.Gallery:       "Microsoft.Compute/galleries/{galleryName}",
	typetoken.GalleryImage:  "Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}",
	typetoken.ScaleSet:      "Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}",
	typetoken.ImageTemplate: "Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}",

	typetoken.Vault:       "Microsoft.KeyVault/vaults/{vaultName}",
	typetoken.VaultSecret: "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
	typetoken.Registry:    registryPath,
	typetoken.Replication: registryPath + "/replications/{replicationName}",
	typetoken.AgentPool:   registryPath + "/agentPools/{agentPoolName}",

	typetoken.ManagedCluster:    "Microsoft.ContainerService/managedClusters/{resourceName}",
	typetoken.NodePool:          "Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
	typetoken.MaintenanceWindow: "Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}",
	typetoken.Extension:         clusterExtensions + "extensions/{extensionName}",
	typetoken.FluxConfiguration: clusterExtensions + "fluxConfigurations/{fluxConfigurationName}",
}
