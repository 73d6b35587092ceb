package monitor

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var workspaceKind = &arm.Kind{
	Token: "operationalinsights:Workspace", Path: arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
	Name:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
	Located: true, Create: time.Minute, Update: 10 * time.Second, Remove: 10 * time.Second,
	Rules: []func(*arm.Operation) error{func(op *arm.Operation) error {
		if days, set := tree.Number(op.Inputs, "retentionInDays"); set && (days < 30 || days > 730) {
			return arm.BadRequest("InvalidParameter", "%s: retentionInDays must be 30 to 730", op.ID)
		}
		return nil
	}},
	Compute: func(op *arm.Operation) map[string]any { return map[string]any{"customerId": op.GUID()} },
}

var sentinelKind = &arm.Kind{
	Token: "securityinsights:SentinelOnboardingState",
	Path: arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}" +
		"/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}",
	Name:   regexp.MustCompile(`^default$`),
	Create: 20 * time.Second, Update: 5 * time.Second, Remove: 20 * time.Second,
}

var savedSearchKind = &arm.Kind{
	Token: "operationalinsights:SavedSearch",
	Path:  arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}/savedSearches/{savedSearchId}",
	Name:  regexp.MustCompile(`^.{1,260}$`), Create: 3 * time.Second, Update: 3 * time.Second, Remove: 3 * time.Second,
	Rules: []func(*arm.Operation) error{checkSavedSearch},
}

func checkSavedSearch(op *arm.Operation) error {
	for _, needed := range []string{"category", "displayName", "query"} {
		if tree.Text(op.Inputs, needed) == "" {
			return arm.BadRequest("BadRequest", "%s: a saved search needs %s", op.ID, needed)
		}
	}
	if version, set := tree.Number(op.Inputs, "version"); set && version != 1 && version != 2 {
		return arm.BadRequest("BadRequest", "%s: version must be 1 or 2", op.ID)
	}
	return nil
}
