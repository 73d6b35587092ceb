package rbac

// BuiltInRole is the GUID of an Azure built-in role, the same in every tenant (Azure document "Azure built-in roles").
type BuiltInRole string

// Built-in roles that the platform assigns.
const (
	AcrPull                       BuiltInRole = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
	ContainerRegistryDataImporter BuiltInRole = "577a9874-89fd-4f24-9dbd-b5034d0ad23a" // "… and Data Reader"
	Contributor                   BuiltInRole = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	KeyVaultReader                BuiltInRole = "21090545-7ca7-4776-b22c-e363652d74d2"
	KeyVaultSecretsUser           BuiltInRole = "4633458b-17de-408a-b874-0445c86b69e6"
	ManagedIdentityOperator       BuiltInRole = "f1a07417-d97a-45cb-824c-7a7467783830"
	NetworkContributor            BuiltInRole = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	PrivateDNSZoneContributor     BuiltInRole = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
	SecurityAdmin                 BuiltInRole = "fb1c8493-542b-48eb-b624-b4c8fea62acd"
	StorageBlobDataContributor    BuiltInRole = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
	StorageFileDataPrivileged     BuiltInRole = "69566ab7-960f-475b-8e7c-b3118f30c6bd"
)

// Built-in roles that Microsoft Defender for Cloud assigns. Azure now shows them as "Defender Kubernetes API Access" and "Defender
// Agentless VM Scan".
const (
	KubernetesAgentlessOperator BuiltInRole = "d5a2ae44-610b-4500-93be-660a0c5f5ca6"
	VMScannerOperator           BuiltInRole = "d24ecba3-c1f4-40fa-a7bb-4588a071e8fd"
)

// AboveSubscriptions is the Azure resource id of the role at scopes that are in no subscription, such as management groups.
func (r BuiltInRole) AboveSubscriptions() string {
	return "/providers/Microsoft.Authorization/roleDefinitions/" + string(r)
}

// ID is the Azure resource id of the role in a subscription.
func (r BuiltInRole) ID(subscriptionID string) string {
	return "/subscriptions/" + subscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + string(r)
}
