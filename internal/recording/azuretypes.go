package recording

import (
	"maps"

	"aks-regulated-pulumi/internal/typetoken"
)

// azureType is what Azure decides about resources of one type.
type azureType struct {
	// id is the resource's id, with the names of inputs in braces. One that begins with the provider stands in a resource group.
	id string
	// computed are the outputs that are no inputs; nil if tests need none.
	computed func(id string, inputs map[string]any) map[string]any
}

const (
	groupID              = Subscription + "/resourceGroups/{resourceGroupName}/providers/"
	clusterExtensions    = groupID + "{clusterRp}/{clusterResourceName}/{clusterName}/providers/Microsoft.KubernetesConfiguration/"
	registryPath         = "Microsoft.ContainerRegistry/registries/{registryName}"
	workspacePath        = "Microsoft.OperationalInsights/workspaces/{workspaceName}"
	identityPath         = "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
	insightsOf           = "{resourceUri}/providers/Microsoft.Insights/"
	authorization        = "{scope}/providers/Microsoft.Authorization/"
	subscriptionPolicies = Subscription + "/providers/Microsoft.Authorization/"
)

// azureTypes are the types of Azure that the program may register.
var azureTypes = map[string]azureType{
	typetoken.ResourceGroup:          {id: Subscription + "/resourceGroups/{resourceGroupName}"},
	typetoken.SubscriptionDeployment: {id: Subscription + "/providers/Microsoft.Resources/deployments/{deploymentName}"},
	typetoken.Script:                 {id: "Microsoft.Resources/deploymentScripts/{scriptName}"},

	typetoken.VNet:               {id: "Microsoft.Network/virtualNetworks/{virtualNetworkName}"},
	typetoken.Peering:            {id: "Microsoft.Network/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}"},
	typetoken.SecurityGroup:      {id: "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}"},
	typetoken.RouteTable:         {id: "Microsoft.Network/routeTables/{routeTableName}"},
	typetoken.PublicIP:           {"Microsoft.Network/publicIPAddresses/{publicIpAddressName}", publicIPOutputs},
	typetoken.Firewall:           {"Microsoft.Network/azureFirewalls/{azureFirewallName}", firewallOutputs},
	typetoken.FirewallPolicy:     {id: "Microsoft.Network/firewallPolicies/{firewallPolicyName}"},
	typetoken.RuleGroup:          {id: "Microsoft.Network/firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}"},
	typetoken.IPGroup:            {id: "Microsoft.Network/ipGroups/{ipGroupsName}"},
	typetoken.Bastion:            {id: "Microsoft.Network/bastionHosts/{bastionHostName}"},
	typetoken.FlowLog:            {id: "Microsoft.Network/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}"},
	typetoken.ApplicationGateway: {id: "Microsoft.Network/applicationGateways/{applicationGatewayName}"},
	typetoken.WAFPolicy:          {id: "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/{policyName}"},
	typetoken.PrivateZone:        {id: "Microsoft.Network/privateDnsZones/{privateZoneName}"},
	typetoken.ZoneLink:           {id: "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}"},
	typetoken.PrivateEndpoint:    {id: "Microsoft.Network/privateEndpoints/{privateEndpointName}"},
	typetoken.ZoneGroup:          {id: "Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}"},

	typetoken.Workspace:   {workspacePath, workspaceOutputs},
	typetoken.SavedSearch: {id: workspacePath + "/savedSearches/{savedSearchId}"},
	typetoken.Sentinel:    {id: workspacePath + "/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}"},
	typetoken.Storage:     {id: "Microsoft.Storage/storageAccounts/{accountName}"},

	typetoken.Diagnostic:         {id: insightsOf + "diagnosticSettings/{name}"},
	typetoken.Association:        {id: insightsOf + "dataCollectionRuleAssociations/{associationName}"},
	typetoken.Workbook:           {id: "Microsoft.Insights/workbooks/{resourceName}"},
	typetoken.CollectionEndpoint: {id: "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}"},
	typetoken.CollectionRule:     {id: "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}"},
	typetoken.ActionGroup:        {id: "Microsoft.Insights/actionGroups/{actionGroupName}"},
	typetoken.MetricAlert:        {id: "Microsoft.Insights/metricAlerts/{ruleName}"},
	typetoken.QueryAlert:         {id: "Microsoft.Insights/scheduledQueryRules/{ruleName}"},
	typetoken.ActivityLogAlert:   {id: "Microsoft.Insights/activityLogAlerts/{activityLogAlertName}"},
	typetoken.MonitorWorkspace:   {id: "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}"},
	typetoken.PromRuleGroup:      {id: "Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}"},

	typetoken.Identity:         {identityPath, identityOutputs},
	typetoken.Federation:       {id: identityPath + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"},
	typetoken.RoleDefinition:   {id: authorization + "roleDefinitions/{roleDefinitionId}"},
	typetoken.RoleAssignment:   {id: authorization + "roleAssignments/{roleAssignmentName}"},
	typetoken.PolicyAssignment: {authorization + "policyAssignments/{policyAssignmentName}", policyAssignmentOutputs},
	typetoken.PolicyDefinition: {id: subscriptionPolicies + "policyDefinitions/{policyDefinitionName}"},
	typetoken.PolicySet:        {id: subscriptionPolicies + "policySetDefinitions/{policySetDefinitionName}"},

	typetoken.Gallery:       {id: "Microsoft.Compute/galleries/{galleryName}"},
	typetoken.GalleryImage:  {id: "Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}"},
	typetoken.ScaleSet:      {id: "Microsoft.Compute/virtualMachineScaleSets/{vmScaleSetName}"},
	typetoken.ImageTemplate: {"Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}", templateOutputs},

	typetoken.Vault:       {"Microsoft.KeyVault/vaults/{vaultName}", vaultOutputs},
	typetoken.VaultSecret: {id: "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}"},
	typetoken.Registry:    {registryPath, registryOutputs},
	typetoken.Replication: {id: registryPath + "/replications/{replicationName}"},
	typetoken.AgentPool:   {id: registryPath + "/agentPools/{agentPoolName}"},

	typetoken.ManagedCluster:    {"Microsoft.ContainerService/managedClusters/{resourceName}", clusterOutputs},
	typetoken.MaintenanceWindow: {id: "Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}"},
	typetoken.Extension:         {id: clusterExtensions + "extensions/{extensionName}"},
	typetoken.FluxConfiguration: {id: clusterExtensions + "fluxConfigurations/{fluxConfigurationName}"},
}

func publicIPOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"ipAddress": "address of " + id}
}

func firewallOutputs(_ string, inputs map[string]any) map[string]any {
	return map[string]any{"ipConfigurations": addressed(inputs["ipConfigurations"])}
}

func workspaceOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"customerId": StableGUID("workspace", id)}
}

func identityOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"principalId": PrincipalOf(id), "clientId": StableGUID("client", id)}
}

func policyAssignmentOutputs(id string, inputs map[string]any) map[string]any {
	if inputs["identity"] == nil {
		return nil
	}
	return map[string]any{"identity": map[string]any{"type": "SystemAssigned", "principalId": PrincipalOf(id), "tenantId": StableGUID("tenant")}}
}

func vaultOutputs(_ string, inputs map[string]any) map[string]any {
	properties := maps.Clone(inputs["properties"].(map[string]any))
	properties["vaultUri"] = "https://" + inputs["vaultName"].(string) + ".vault.azure.net/"
	return map[string]any{"properties": properties}
}

func registryOutputs(_ string, inputs map[string]any) map[string]any {
	return map[string]any{"loginServer": inputs["registryName"].(string) + ".azurecr.io"}
}

func templateOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{"exactStagingResourceGroup": Subscription + "/resourceGroups/IT_" + StableGUID("staging", id)}
}

func clusterOutputs(id string, _ map[string]any) map[string]any {
	return map[string]any{
		"identityProfile":   map[string]any{"kubeletidentity": map[string]any{"objectId": StableGUID("kubelet", id)}},
		"oidcIssuerProfile": map[string]any{"enabled": true, "issuerURL": IssuerOf(id)},
		"resourceUID":       StableGUID("cluster", id),
	}
}
