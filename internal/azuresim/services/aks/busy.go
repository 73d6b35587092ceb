package aks

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// lockCluster locks the cluster that something lies in.
func lockCluster(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID)} }

// clusterBusy is how AKS refuses an operation on a cluster, its pools, windows or extensions while another one is under way. The client does
// not ask again (Azure document "Troubleshoot errors for pending operations", https://aka.ms/aks-pending-operation; for extensions
// Azure/telescope pull request 1213, 2026-06; whether a maintenance window is refused as well is not documented).
func clusterBusy(op *arm.Operation, locked, holder string) error {
	if found := op.Sub.Find(locked); found != nil && found.Token != ClusterToken {
		return arm.NotProvisioned(op, locked, holder)
	}
	return arm.Conflict("OperationNotAllowed", "operation on %s is not allowed: another operation (%s - Updating) is in progress, please wait "+
		"for it to finish before starting a new operation", op.ID, resourceid.Name(holder))
}
