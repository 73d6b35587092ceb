package monitor

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Kinds are the workspace and Microsoft Sentinel on it.
func (d *Deleted) Kinds() []*arm.Kind {
	return []*arm.Kind{
		{
			Token: "operationalinsights:Workspace", Path: arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
			Name:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
			Located: true, Create: time.Minute, Update: 10 * time.Second, Remove: 10 * time.Second,
			Rules: []func(*arm.Operation) error{checkRetention, d.checkName}, Compute: d.workspaceOutputs, CreateImplicit: d.recover,
			CleanUp: d.softDelete,
			// REST document "Workspaces - Delete" (2025-07-01) knows no conflict with what sends logs there; that fails from then on.
			DeletedInUse: true,
		},
		{
			Token: "securityinsights:SentinelOnboardingState",
			Path: arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}" +
				"/providers/Microsoft.SecurityInsights/onboardingStates/{sentinelOnboardingStateName}",
			Name:   regexp.MustCompile(`^default$`),
			Create: 20 * time.Second, Update: 5 * time.Second, Remove: 20 * time.Second,
			Rules: []func(*arm.Operation) error{checkOnboarding},
		},
	}
}

func checkRetention(op *arm.Operation) error {
	if days, set := tree.Number(op.Inputs, "retentionInDays"); set && (days < 30 || days > 730) {
		return arm.BadRequest("InvalidParameter", "%s: retentionInDays must be 30 to 730", op.ID)
	}
	return nil
}

// checkOnboarding: Azure refuses an empty request (Azure/azure-rest-api-specs, issue 22729), and Microsoft Sentinel does not come up on a
// workspace that was brought back without its solutions (hashicorp/terraform-provider-azurerm, issue 21627, reproduced by a maintainer in the
// portal as well). The second code is the simulator's.
func checkOnboarding(op *arm.Operation) error {
	if _, set := op.Inputs["customerManagedKey"]; !set {
		return arm.BadRequest("InvalidRequestContent", "%s: a non-empty request body is required", op.ID)
	}
	workspace := op.Sub.Find(resourceid.Parent(op.ID))
	if op.Old == nil && workspace != nil && tree.Truth(workspace.Contents, recovered) {
		return arm.Conflict("WorkspaceWasRecovered", "Microsoft Sentinel cannot be enabled on workspace %s, which Azure has brought back from "+
			"soft deletion with its data and without its solutions; delete it for good, or use another name", resourceid.Name(workspace.ID))
	}
	return nil
}

var savedSearchKind = &arm.Kind{
	Token: "operationalinsights:SavedSearch",
	Path:  arm.GroupPath + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}/savedSearches/{savedSearchId}",
	Name:  regexp.MustCompile(`^.{1,260}$`), Create: 3 * time.Second, Update: 3 * time.Second, Remove: 3 * time.Second,
	Rules: []func(*arm.Operation) error{checkSavedSearch},
	// Of several searches that are written at once the workspace takes one (ssc-spc-ccoe-cei/azure-guardrails issue 61).
	Locks: func(op *arm.Operation) []string { return []string{resourceid.Parent(op.ID) + "/savedSearches"} },
	Busy: func(op *arm.Operation, _, holder string) error {
		return arm.Conflict("Conflict", "%s cannot be written while %s is", op.ID, holder)
	},
}

// checkSavedSearch: a search that exists is only written with its etag, which azure-native does not send (Azure document "Saved Searches -
// Create Or Update", and MicrosoftDocs/azure-docs issue 49275, 2020-03).
func checkSavedSearch(op *arm.Operation) error {
	if op.Old != nil {
		return arm.Conflict("Conflict", "%s: newer data exists in the Customer Configuration Store; the etag does not match", op.ID)
	}
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
