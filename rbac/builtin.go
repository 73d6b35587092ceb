package rbac

// BuiltInRole is the GUID of an Azure built-in role, the same in every tenant (Azure document "Azure built-in roles").
type BuiltInRole string

// Built-in roles that the platform assigns.
const (
	Contributor                BuiltInRole = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	NetworkContributor         BuiltInRole = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	SecurityAdmin              BuiltInRole = "fb1c8493-542b-48eb-b624-b4c8fea62acd"
	StorageBlobDataContributor BuiltInRole = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
)

// ID is the Azure resource id of the role in a subscription.
func (r BuiltInRole) ID(subscriptionID string) string {
	return "/subscriptions/" + subscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + string(r)
}
