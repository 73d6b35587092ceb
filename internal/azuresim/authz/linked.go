package authz

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// linked are the rights that who writes a resource needs on what that refers to, by the type of the resource, where only that one needs it, and
// by the type referred to.
var linked = []struct {
	of, to string // of is empty for every type
	action string
}{
	// Azure documents "Create, change, or delete a virtual network peering" (2018-02-09) and, on links, "Azure DNS FAQ" (azure-docs pull request
	// 128310).
	{peerings, networks, networks + "/peer/action"},
	{"Microsoft.Network/privateDnsZones/virtualNetworkLinks", networks, networks + "/join/action"},
	// Azure documents "RBAC permissions for Azure Private Link" (2026-03-30) and "AKS service permissions reference" (2026-04-19).
	{"", networks + "/subnets", networks + "/subnets/join/action"},
	{"", "Microsoft.Network/publicIPAddresses", "Microsoft.Network/publicIPAddresses/join/action"},
	// Azure/data-landing-zone issue 203, Azure/Azure-Landing-Zones issue 2942.
	{zoneGroups, "Microsoft.Network/privateDnsZones", "Microsoft.Network/privateDnsZones/join/action"},
	// Azure/Azure-Landing-Zones issue 1977.
	{"", "Microsoft.Network/ddosProtectionPlans", "Microsoft.Network/ddosProtectionPlans/join/action"},
	// As the operations of Microsoft.Network have them ("Azure permissions for Networking", 2026-07); that Azure asks for each was not found
	// reported.
	{"", "Microsoft.Network/networkSecurityGroups", "Microsoft.Network/networkSecurityGroups/join/action"},
	{"", "Microsoft.Network/routeTables", "Microsoft.Network/routeTables/join/action"},
	{"", "Microsoft.Network/natGateways", "Microsoft.Network/natGateways/join/action"},
	{"", "Microsoft.Network/ipGroups", "Microsoft.Network/ipGroups/join/action"},
	{"Microsoft.Network/azureFirewalls", "Microsoft.Network/firewallPolicies", "Microsoft.Network/firewallPolicies/join/action"},
	{"Microsoft.Network/firewallPolicies", "Microsoft.Network/firewallPolicies", "Microsoft.Network/firewallPolicies/join/action"},
	// MicrosoftDocs/azure-docs issue 80159, JimGBritt/AzurePolicy issue 17, Azure/Azure-Landing-Zones issue 2806.
	{diagnosticSettings, workspaces, workspaces + "/sharedKeys/action"},
	{diagnosticSettings, "Microsoft.Storage/storageAccounts", "Microsoft.Storage/storageAccounts/listKeys/action"},
	{"Microsoft.Network/networkWatchers/flowLogs", workspaces, workspaces + "/sharedKeys/action"},
	// Azure document "AKS service permissions reference" (2026-04-19), additional deployer permissions.
	{arm.ManagedClusters, workspaces, workspaces + "/sharedkeys/read"},
	// Azure document "Azure built-in roles for Identity": what Managed Identity Operator is for.
	{"", "Microsoft.ManagedIdentity/userAssignedIdentities", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"},
}

const (
	networks           = "Microsoft.Network/virtualNetworks"
	peerings           = networks + "/virtualNetworkPeerings"
	workspaces         = "Microsoft.OperationalInsights/workspaces"
	diagnosticSettings = "Microsoft.Insights/diagnosticSettings"
	zoneGroups         = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
)

// CheckLinked refuses a request of who may write the resource, and lacks a right on what it links to.
func CheckLinked(op *arm.Operation) error {
	for _, id := range arm.SortedReferences(op) {
		if resourceid.Within(id, op.ID) || resourceid.Equal(id, resourceid.Parent(op.ID)) {
			continue
		}
		for _, link := range linked {
			if link.of != "" && !strings.EqualFold(link.of, op.Kind.ARMType()) || !strings.EqualFold(link.to, resourceid.Type(id)) ||
				Allows(op.Sub, op.Principal(), link.action, id) {
				continue
			}
			return LinkedDenied(op, link.action, id)
		}
	}
	return nil
}

// LinkedDenied is Azure's answer to who may write a resource, and lacks an action on what it links to.
func LinkedDenied(op *arm.Operation, action, id string) error {
	return arm.Forbidden("LinkedAuthorizationFailed", "the client with object id %s has permission to perform action %s on scope %s; "+
		"however, it does not have permission to perform action(s) '%s' on the linked scope(s) '%s' (respectively) or the linked scope(s) "+
		"are invalid", op.Principal(), op.Action(), op.ID, action, id)
}
