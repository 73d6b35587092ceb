package monitor

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Deleted are the Log Analytics workspaces of a subscription that come back if they are created again: for 14 days, under the same name, in
// the same resource group and region, with their data and without their solutions (Azure documents "Workspaces - Delete", 2025-07-01, and
// "Delete and recover Azure Log Analytics workspace").
type Deleted struct{ workspaces []*deletedWorkspace }

type deletedWorkspace struct {
	Workspace *arm.Record `json:"workspace"`
	// Purged is when Azure gives it up, and its name free.
	Purged time.Time `json:"purged"`
}

const (
	recoverableDays = 14
	// recovered marks the contents of a workspace that has come back.
	recovered = "recovered"
)

// Section is what the state file keeps of them.
func (d *Deleted) Section() arm.Section {
	return arm.Section{
		Name: "deletedWorkspaces", Save: func() any { return d.workspaces }, Load: func(raw json.RawMessage) error {
			d.workspaces = nil
			return json.Unmarshal(raw, &d.workspaces)
		},
		CompleteDue: func(now time.Time) {
			d.workspaces = slices.DeleteFunc(d.workspaces, func(gone *deletedWorkspace) bool { return !now.Before(gone.Purged) })
		},
	}
}

func (d *Deleted) named(name string) *deletedWorkspace {
	for _, gone := range d.workspaces {
		if strings.EqualFold(resourceid.Name(gone.Workspace.ID), name) {
			return gone
		}
	}
	return nil
}

// checkName refuses a name that a deleted workspace has elsewhere.
func (d *Deleted) checkName(op *arm.Operation) error {
	gone := d.named(resourceid.Name(op.ID))
	if op.Old != nil || gone == nil || resourceid.Equal(gone.Workspace.ID, op.ID) &&
		arm.SameLocation(tree.Text(gone.Workspace.Inputs, "location"), tree.Text(op.Inputs, "location")) {
		return nil
	}
	return arm.Conflict("Conflict", "the workspace name %q is not unique: %s was deleted less than %d days ago", resourceid.Name(op.ID),
		gone.Workspace.ID, recoverableDays)
}

// workspaceOutputs are the workspace's own id, which one that comes back keeps.
func (d *Deleted) workspaceOutputs(op *arm.Operation) map[string]any {
	if gone := d.named(resourceid.Name(op.ID)); gone != nil {
		op.Record.Made = gone.Workspace.Made
	}
	return map[string]any{"customerId": op.GUID()}
}

func (d *Deleted) recover(op *arm.Operation) {
	gone := d.named(resourceid.Name(op.ID))
	if gone == nil {
		return
	}
	op.Record.Contents = map[string]any{recovered: true}
	d.workspaces = slices.DeleteFunc(d.workspaces, func(other *deletedWorkspace) bool { return other == gone })
}

// softDelete keeps a deleted workspace. One that failed to be created never existed.
func (d *Deleted) softDelete(s *arm.Subscription, gone *arm.Record) {
	if gone.State != arm.StateCreating && gone.State != arm.StateFailed {
		d.workspaces = append(d.workspaces, &deletedWorkspace{gone, s.Clock.Now().AddDate(0, 0, recoverableDays)})
	}
}

// Purge forgets a deleted workspace, as deleting it with force would have. It fails if there is none of that name.
func (d *Deleted) Purge(name string) error {
	gone := d.named(name)
	if gone == nil {
		return arm.NotFound("ResourceNotFound", "there is no deleted workspace named %s", name)
	}
	d.workspaces = slices.DeleteFunc(d.workspaces, func(other *deletedWorkspace) bool { return other == gone })
	return nil
}
