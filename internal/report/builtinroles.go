package report

// permissions are what a role allows.
type permissions struct {
	Name                  string
	Actions, Except, Data []string
}

// Actions that many built-in roles have in common.
const (
	readAuthorization = "Microsoft.Authorization/*/read"
	alertRules        = "Microsoft.Insights/alertRules/*"
	deployments       = "Microsoft.Resources/deployments/*"
	readGroups        = "Microsoft.Resources/subscriptions/resourceGroups/read"
	support           = "Microsoft.Support/*"
)

// builtInRoles are the built-in roles that the platform may assign, by the end of their ids (Azure document "Azure built-in
// roles"). A test holds them against those that the program knows.
var builtInRoles = map[string]permissions{
	"7f951dda-4ed3-4680-a7ca-43fe172d538d": {
		Name: "AcrPull", Actions: []string{"Microsoft.ContainerRegistry/registries/pull/read"},
	},
	"577a9874-89fd-4f24-9dbd-b5034d0ad23a": {
		Name: "Container Registry Data Importer and Data Reader",
		Actions: []string{
			"Microsoft.ContainerRegistry/registries/importImage/action", "Microsoft.ContainerRegistry/registries/read",
			"Microsoft.ContainerRegistry/registries/pull/read",
		},
	},
	"b24988ac-6180-42a0-ab88-20f7382dd24c": {
		Name: "Contributor", Actions: []string{"*"},
		Except: []string{
			"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action",
			"Microsoft.Blueprint/blueprintAssignments/write", "Microsoft.Blueprint/blueprintAssignments/delete",
			"Microsoft.Compute/galleries/share/action",
		},
	},
	"21090545-7ca7-4776-b22c-e363652d74d2": {
		Name: "Key Vault Reader",
		Actions: []string{
			readAuthorization, alertRules, deployments, readGroups, support, "Microsoft.KeyVault/checkNameAvailability/read",
			"Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read", "Microsoft.KeyVault/vaults/*/read",
			"Microsoft.KeyVault/operations/read",
		},
		Data: []string{"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"},
	},
	"4633458b-17de-408a-b874-0445c86b69e6": {
		Name: "Key Vault Secrets User",
		Data: []string{"Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"},
	},
	"d24ecba3-c1f4-40fa-a7bb-4588a071e8fd": {
		Name: "Defender Agentless VM Scan",
		Actions: []string{
			"Microsoft.Compute/disks/read", "Microsoft.Compute/disks/beginGetAccess/action", "Microsoft.Compute/diskEncryptionSets/read",
			"Microsoft.Compute/virtualMachines/instanceView/read", "Microsoft.Compute/virtualMachines/read",
			"Microsoft.Compute/virtualMachineScaleSets/instanceView/read", "Microsoft.Compute/virtualMachineScaleSets/read",
			"Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
			"Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read", readGroups,
		},
	},
	"d5a2ae44-610b-4500-93be-660a0c5f5ca6": {
		Name: "Defender Kubernetes API Access",
		Actions: []string{
			"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write",
			"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/read",
			"Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/delete", "Microsoft.ContainerService/managedClusters/read",
			"Microsoft.Features/features/read", "Microsoft.Features/providers/features/read", "Microsoft.Features/providers/features/register/action",
			"Microsoft.Security/pricings/securityoperators/read", "Microsoft.Security/securityOperators/read",
			"Microsoft.Authorization/policyAssignments/read", "Microsoft.Authorization/policySetDefinitions/read",
		},
	},
	"f1a07417-d97a-45cb-824c-7a7467783830": {
		Name: "Managed Identity Operator",
		Actions: []string{
			"Microsoft.ManagedIdentity/userAssignedIdentities/*/read", "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
			readAuthorization, alertRules, deployments, readGroups, support,
		},
	},
	"4d97b98b-1d4f-4787-a291-c67834d212e7": {
		Name: "Network Contributor",
		Actions: []string{
			readAuthorization, alertRules, "Microsoft.Network/*", "Microsoft.ResourceHealth/availabilityStatuses/read", deployments,
			readGroups, support,
		},
	},
	"b12aa53e-6015-4669-85d0-8515ebb3ae7f": {
		Name: "Private DNS Zone Contributor",
		Actions: []string{
			alertRules, deployments, readGroups, "Microsoft.Network/privateDnsZones/*", "Microsoft.Network/privateDnsOperationResults/*",
			"Microsoft.Network/privateDnsOperationStatuses/*", "Microsoft.Network/virtualNetworks/read",
			"Microsoft.Network/virtualNetworks/join/action", readAuthorization,
		},
	},
	"fb1c8493-542b-48eb-b624-b4c8fea62acd": {
		Name: "Security Admin",
		Actions: []string{
			readAuthorization, "Microsoft.Authorization/policyAssignments/*", "Microsoft.Authorization/policyDefinitions/*",
			"Microsoft.Authorization/policyExemptions/*", "Microsoft.Authorization/policySetDefinitions/*", alertRules,
			"Microsoft.Management/managementGroups/read", "Microsoft.operationalInsights/workspaces/*/read", deployments, readGroups,
			"Microsoft.Security/*", support,
		},
	},
	"ba92f5b4-2d11-453d-a403-e96b0029c9fe": {
		Name: "Storage Blob Data Contributor",
		Actions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/delete", "Microsoft.Storage/storageAccounts/blobServices/containers/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/write",
			"Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
		},
		Data: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
		},
	},
}
