// Package monitor has workspaces, what collects data into them, diagnostic settings and alerts.
package monitor

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are what collects data into workspaces, and alerts; the workspaces themselves are those of Deleted.
var Kinds = []*arm.Kind{
	savedSearchKind, diagnosticSettingKind, monitorWorkspaceKind, collectionEndpointKind,
	collectionRuleKind, collectionAssociationKind, actionGroupKind, queryAlertKind, activityAlertKind, metricAlertKind,
	prometheusRulesKind, workbookKind,
}
