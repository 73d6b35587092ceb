package azuresim

import (
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

func (s *subscription) deletedVaultNamed(name string) *deletedVault {
	for _, gone := range s.deleted {
		if strings.EqualFold(resourceid.Name(gone.Vault.ID), name) {
			return gone
		}
	}
	return nil
}

// softDeleteVault keeps a deleted vault with its secrets for as long as it says.
func softDeleteVault(s *subscription, gone *record) {
	kept := &deletedVault{Vault: gone, Purged: s.clock.now().AddDate(0, 0, retentionDays(gone))}
	for _, r := range s.sorted() {
		if !resourceid.Within(r.ID, gone.ID) {
			continue
		}
		delete(s.records, resourceid.Key(r.ID))
		if r.Token == secretToken {
			kept.Secrets = append(kept.Secrets, r)
		}
	}
	// A vault whose making failed never was.
	if gone.State != stateCreating && gone.State != stateFailed {
		s.deleted = append(s.deleted, kept)
	}
}

// recoverVault brings back what a recovered vault held.
func recoverVault(op *operation) {
	gone := op.sub.deletedVaultNamed(resourceid.Name(op.id))
	if gone == nil {
		return
	}
	for _, secret := range gone.Secrets {
		op.sub.records[resourceid.Key(secret.ID)] = secret
	}
	op.record.Contents = gone.Vault.Contents
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		tree.Object(op.record.Outputs, "properties")["enablePurgeProtection"] = true
	}
	op.sub.forgetVault(gone)
}

func (s *subscription) forgetVault(gone *deletedVault) {
	s.deleted = slices.DeleteFunc(s.deleted, func(d *deletedVault) bool { return d == gone })
}

// purgeExpired gives up the deleted vaults whose time is over.
func (s *subscription) purgeExpired(now time.Time) {
	s.deleted = slices.DeleteFunc(s.deleted, func(gone *deletedVault) bool { return !now.Before(gone.Purged) })
}

// deletedSecrets are the names of the secrets of a vault that were deleted and can be recovered.
func (r *record) deletedSecrets() []string { return tree.Texts(r.Contents, "deletedSecrets") }

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
}

// PurgeVault gives up a deleted key vault before its time, as an operator would do to use its name again. It fails if there is
// none of that name, and for one with purge protection.
func (s *Server) PurgeVault(name string) error {
	sub := s.subscription
	sub.mu.Lock()
	defer sub.mu.Unlock()
	sub.settle()
	gone := sub.deletedVaultNamed(name)
	if gone == nil {
		return missing("DeletedVaultNotFound", "there is no deleted vault named %s", name)
	}
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		return conflict("MethodNotAllowed", "operation DeletedVaultPurge is not allowed: vault %s has purge protection", name)
	}
	sub.forgetVault(gone)
	return sub.save()
}
