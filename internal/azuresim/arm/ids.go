package arm

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// The simulated tenant, who deploys, and the subscription of that login.
const (
	// SubscriptionID is the GUID of the login's subscription: what a provider works in that is configured with no other.
	SubscriptionID = "0a52ce00-0000-4000-8000-0000005ab5c7"
	// TenantID is the GUID of the simulated Entra tenant.
	TenantID = "0a52ce00-0000-4000-8000-000000007e4a"
	// DeployerObjectID and DeployerClientID are the ids of the deployer in that tenant.
	DeployerObjectID = "0a52ce00-0000-4000-8000-00000000de91"
	DeployerClientID = "0a52ce00-0000-4000-8000-00000000c11e"
	// OwnerObjectID is the id of who owns what was there before the stack.
	OwnerObjectID = "0a52ce00-0000-4000-8000-000000000a11"
)

// Beginnings of the paths of kinds.
const (
	SubscriptionPath = "/subscriptions/{subscriptionId}"
	GroupPath        = SubscriptionPath + "/resourceGroups/{resourceGroupName}"
)

// SubscriptionScope is the id of the subscription that an id lies in or is; empty if it lies in none.
func SubscriptionScope(id string) string {
	if guid := resourceid.Subscription(id); guid != "" {
		return "/subscriptions/" + guid
	}
	return ""
}

// GroupNamed is the id of a resource group of the login's subscription.
func GroupNamed(name string) string { return resourceid.InGroup(SubscriptionID, name) }

// GroupBeside is the id of a resource group in the subscription that an id lies in.
func GroupBeside(id, name string) string {
	return resourceid.InGroup(resourceid.Subscription(id), name)
}

// ParentGroupID is the id of the resource group that an id lies in or is; empty if there is none.
func ParentGroupID(id string) string {
	group := resourceid.Group(id)
	if group == "" {
		return ""
	}
	return GroupBeside(id, group)
}

// GUID derives a stable GUID from what it identifies.
func GUID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(parts, "\n"))))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
