package vault

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// deletedVault is a key vault that was deleted and can be recovered, secrets included.
type deletedVault struct {
	Vault   *arm.Record   `json:"vault"`
	Secrets []*arm.Record `json:"secrets,omitempty"`
	// Purged is when Azure gives it up, and its name free.
	Purged time.Time `json:"purged"`
}

// Deleted are the key vaults of a subscription that can be recovered.
type Deleted struct{ vaults []*deletedVault }

// Section is what the state file keeps of them.
func (d *Deleted) Section() arm.Section {
	return arm.Section{
		Name: "deleted", Save: func() any { return d.vaults }, Load: func(raw json.RawMessage) error {
			d.vaults = nil
			return json.Unmarshal(raw, &d.vaults)
		},
		CompleteDue: func(now time.Time) {
			d.vaults = slices.DeleteFunc(d.vaults, func(gone *deletedVault) bool { return !now.Before(gone.Purged) })
		},
	}
}

func (d *Deleted) named(name string) *deletedVault {
	for _, gone := range d.vaults {
		if strings.EqualFold(resourceid.Name(gone.Vault.ID), name) {
			return gone
		}
	}
	return nil
}

// checkName refuses a name that a deleted vault still has.
func (d *Deleted) checkName(op *arm.Operation) error {
	if op.Old != nil {
		return nil
	}
	gone, recovers := d.named(resourceid.Name(op.ID)), tree.Text(op.Inputs, "properties", "createMode") == "recover"
	switch {
	case gone == nil && recovers:
		return arm.BadRequest("SoftDeletedVaultDoesNotExist", "a soft deleted vault with the name %s does not exist", resourceid.Name(op.ID))
	case gone != nil && !recovers:
		return arm.Conflict("ConflictError", "a vault with the same name %s already exists in deleted state; recover it, or purge it",
			resourceid.Name(op.ID))
	case gone != nil &&
		(!resourceid.Equal(gone.Vault.ID, op.ID) || !arm.SameLocation(tree.Text(gone.Vault.Inputs, "location"), tree.Text(op.Inputs,
			"location"))):
		return arm.Conflict("ConflictError", "the deleted vault %s can be recovered only where it was", gone.Vault.ID)
	}
	return nil
}

// softDelete keeps a deleted vault with its secrets for as long as it says.
func (d *Deleted) softDelete(s *arm.Subscription, gone *arm.Record) {
	kept := &deletedVault{Vault: gone, Purged: s.Clock.Now().AddDate(0, 0, retentionDays(gone))}
	for _, r := range s.Sorted() {
		if !resourceid.Within(r.ID, gone.ID) {
			continue
		}
		s.Forget(r)
		if r.Token == vaultdata.SecretToken {
			kept.Secrets = append(kept.Secrets, r)
		}
	}
	// A vault that failed to be created never existed.
	if gone.State != arm.StateCreating && gone.State != arm.StateFailed {
		d.vaults = append(d.vaults, kept)
	}
}

// recoverContents brings back what a recovered vault held.
func (d *Deleted) recoverContents(op *arm.Operation) {
	gone := d.named(resourceid.Name(op.ID))
	if gone == nil {
		return
	}
	for _, secret := range gone.Secrets {
		op.Sub.Put(secret)
	}
	op.Record.Contents = gone.Vault.Contents
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		tree.Object(op.Record.Outputs, "properties")["enablePurgeProtection"] = true
	}
	d.forget(gone)
}

func (d *Deleted) forget(gone *deletedVault) {
	d.vaults = slices.DeleteFunc(d.vaults, func(other *deletedVault) bool { return other == gone })
}

// Purge gives up a deleted vault before its time. It fails if there is none of that name, and for one with purge protection.
func (d *Deleted) Purge(name string) error {
	gone := d.named(name)
	if gone == nil {
		return arm.NotFound("DeletedVaultNotFound", "there is no deleted vault named %s", name)
	}
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		return arm.Conflict("MethodNotAllowed", "operation DeletedVaultPurge is not allowed: vault %s has purge protection", name)
	}
	d.forget(gone)
	return nil
}
