package azuresim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// deletedVault is a key vault that was deleted and can be recovered, secrets included.
type deletedVault struct {
	Vault   *record   `json:"vault"`
	Secrets []*record `json:"secrets,omitempty"`
	// Purged is when Azure gives it up, and its name free.
	Purged time.Time `json:"purged"`
}

// deletedVaults are the key vaults of a subscription that can be recovered.
type deletedVaults struct{ vaults []*deletedVault }

func (d *deletedVaults) section() section {
	return section{
		name: "deleted", save: func() any { return d.vaults }, load: func(raw json.RawMessage) error {
			d.vaults = nil
			return json.Unmarshal(raw, &d.vaults)
		},
		completeDue: func(now time.Time) {
			d.vaults = slices.DeleteFunc(d.vaults, func(gone *deletedVault) bool { return !now.Before(gone.Purged) })
		},
	}
}

func (d *deletedVaults) named(name string) *deletedVault {
	for _, gone := range d.vaults {
		if strings.EqualFold(resourceid.Name(gone.Vault.ID), name) {
			return gone
		}
	}
	return nil
}

// softDelete keeps a deleted vault with its secrets for as long as it says.
func (d *deletedVaults) softDelete(s *subscription, gone *record) {
	kept := &deletedVault{Vault: gone, Purged: s.clock.now().AddDate(0, 0, retentionDays(gone))}
	for _, r := range s.sorted() {
		if !resourceid.Within(r.ID, gone.ID) {
			continue
		}
		s.forget(r)
		if r.Token == secretToken {
			kept.Secrets = append(kept.Secrets, r)
		}
	}
	// A vault that failed to be created never existed.
	if gone.State != stateCreating && gone.State != stateFailed {
		d.vaults = append(d.vaults, kept)
	}
}

// recoverContents brings back what a recovered vault held.
func (d *deletedVaults) recoverContents(op *operation) {
	gone := d.named(resourceid.Name(op.id))
	if gone == nil {
		return
	}
	for _, secret := range gone.Secrets {
		op.sub.put(secret)
	}
	op.record.Contents = gone.Vault.Contents
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		tree.Object(op.record.Outputs, "properties")["enablePurgeProtection"] = true
	}
	d.purge(gone)
}

func (d *deletedVaults) purge(gone *deletedVault) {
	d.vaults = slices.DeleteFunc(d.vaults, func(other *deletedVault) bool { return other == gone })
}

// deletedSecrets are the names of the secrets of a vault that were deleted and can be recovered.
func deletedSecrets(vault *record) []string { return tree.Texts(vault.Contents, "deletedSecrets") }

// softDeleteSecret keeps the name of a deleted secret taken. The vault itself may have gone before.
func softDeleteSecret(s *subscription, gone *record) {
	vault := s.find(resourceid.Parent(gone.ID))
	if vault == nil {
		return
	}
	if vault.Contents == nil {
		vault.Contents = map[string]any{}
	}
	vault.Contents["deletedSecrets"] = append(tree.List(vault.Contents, "deletedSecrets"), resourceid.Name(gone.ID))
	s.touch(vault)
}
