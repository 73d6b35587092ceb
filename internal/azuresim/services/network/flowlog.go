package network

import (
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var flowLogKind = &arm.Kind{
	Token: "network:FlowLog",
	Path:  networking.Provider + "/networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
	Name:  networking.NamePattern, Located: true, Create: 10 * time.Second, Update: 10 * time.Second, Remove: 10 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"targetResourceId"}}},
	Rules:     []func(*arm.Operation) error{checkFlowLog},
	// A Network Watcher makes one flow log at a time, and refuses one of a network that is being changed (terraform-provider-azurerm issues
	// 14152, 2021-11, and 9395, 2020-11).
	Locks: func(op *arm.Operation) []string {
		return []string{resourceid.Parent(op.ID), tree.Text(op.Inputs, "targetResourceId")}
	},
	Compute: func(op *arm.Operation) map[string]any {
		target := op.Sub.Find(tree.Text(op.Inputs, "targetResourceId"))
		if target == nil {
			return nil
		}
		return map[string]any{"targetResourceGuid": tree.Text(target.Outputs, "resourceGuid")}
	},
}

// checkFlowLogPlaces: a flow log and its Network Watcher are in the subscription and region of the network (Azure/azure-cli issue 21724, 2024-02;
// ansible-collections/azure issue 1814, 2025-03), the account is a standard one in its region and any subscription (Azure document "Virtual network
// flow logs", 2024-08-02), and the region that is named for the workspace is its own (aztfmod/terraform-azurerm-caf issue 613, 2021-08). All codes but
// the last are the simulator's.
func checkFlowLogPlaces(op *arm.Operation, targetID string, account *arm.Record) error {
	if resourceid.Subscription(targetID) != "" && !strings.EqualFold(resourceid.Subscription(targetID), resourceid.Subscription(op.ID)) {
		return arm.BadRequest("FlowLogNotInSubscriptionOfTarget", "%s must be in the subscription of its target %s", op.ID, targetID)
	}
	for _, other := range []*arm.Record{op.Sub.Find(targetID), account, op.Sub.Find(resourceid.Parent(op.ID))} {
		if other != nil && !arm.SameLocation(tree.Text(other.Outputs, "location"), tree.Text(op.Inputs, "location")) {
			return arm.BadRequest("FlowLogNotInRegion", "%s is in region %s, and %s is not: it is in %s", op.ID, tree.Text(op.Inputs, "location"),
				other.ID, tree.Text(other.Outputs, "location"))
		}
	}
	if account != nil && strings.HasPrefix(tree.Text(account.Inputs, "sku", "name"), "Premium") {
		return arm.BadRequest("FlowLogStorageNotSupported", "%s: storage account %s must be a standard one", op.ID, account.ID)
	}
	analytics := tree.Object(op.Inputs, "flowAnalyticsConfiguration", "networkWatcherFlowAnalyticsConfiguration")
	workspace := op.Sub.Find(tree.Text(analytics, "workspaceResourceId"))
	if workspace == nil {
		return nil
	}
	named, located := tree.Text(analytics, "workspaceRegion"), tree.Text(workspace.Inputs, "location")
	if named != "" && !arm.SameLocation(named, located) {
		return arm.BadRequest("InvalidTAWorkspaceRegion", "the specified region %s for workspace is invalid. Workspace %s located in %s region", named,
			workspace.ID, located)
	}
	return nil
}

func checkFlowLog(op *arm.Operation) error {
	target, account := tree.Text(op.Inputs, "targetResourceId"), op.Sub.Find(tree.Text(op.Inputs, "storageId"))
	if strings.Contains(resourceid.Key(target), "/networksecuritygroups/") {
		return arm.BadRequest("NsgFlowLogCreationBlocked", "NSG flow logs cannot be created since 2025-06-30; record the virtual network")
	}
	if err := checkFlowLogPlaces(op, target, account); err != nil {
		return err
	}
	for _, other := range op.Others() {
		if resourceid.Equal(tree.Text(other.Inputs, "targetResourceId"), target) {
			return arm.Conflict("FlowLogExists", "%s is already recorded by %s", target, other.ID)
		}
	}
	if account == nil || tree.Truth(account.Inputs, "allowSharedKeyAccess") || tree.At(account.Inputs, "allowSharedKeyAccess") == nil {
		return nil
	}
	principal, err := authz.PrincipalOf(op.Sub, op.Inputs)
	if err != nil {
		return err
	}
	const write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
	if !authz.AllowsData(op.Sub, principal, write, account.ID) {
		return arm.Forbidden("AuthorizationFailed", "the identity of %s lacks %s at %s, whose keys are switched off", op.ID, write, account.ID)
	}
	return nil
}
