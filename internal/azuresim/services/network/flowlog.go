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

func checkFlowLog(op *arm.Operation) error {
	target, account := tree.Text(op.Inputs, "targetResourceId"), op.Sub.Find(tree.Text(op.Inputs, "storageId"))
	if strings.Contains(resourceid.Key(target), "/networksecuritygroups/") {
		return arm.BadRequest("NsgFlowLogCreationBlocked", "NSG flow logs cannot be created since 2025-06-30; record the virtual network")
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
