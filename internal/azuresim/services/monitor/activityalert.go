package monitor

import (
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var activityAlertKind = &arm.Kind{
	Token: "insights:ActivityLogAlert", Path: insightsProvider + "/activityLogAlerts/{activityLogAlertName}", Name: alertName, Located: true,
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules:    []func(*arm.Operation) error{arm.CheckGlobal, checkActivityAlert},
	Releases: watched,
}

// checkActivityAlert: a condition needs a category, or it would match the whole log.
func checkActivityAlert(op *arm.Operation) error {
	if len(tree.Texts(op.Inputs, "scopes")) == 0 {
		return arm.BadRequest("InvalidScope", "%s has no scopes", op.ID)
	}
	conditions := tree.List(op.Inputs, "condition", "allOf")
	if !slices.ContainsFunc(conditions, func(c any) bool { return tree.Text(c, "field") == "category" && tree.Text(c, "equals") != "" }) {
		return arm.BadRequest("InvalidCondition", "%s: one of the conditions must be on category", op.ID)
	}
	return nil
}
