// Package monitor has workspaces, what collects data into them, diagnostic settings and alerts.
package monitor

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are workspaces, what collects data into them, and alerts.
var Kinds = []*arm.Kind{
	workspaceKind, sentinelKind, savedSearchKind, diagnosticSettingKind, monitorWorkspaceKind, collectionEndpointKind,
	collectionRuleKind, collectionAssociationKind, actionGroupKind, queryAlertKind, activityAlertKind, metricAlertKind,
	prometheusRulesKind, workbookKind,
}
