// Package vaultdata is the data plane of key vaults: who may read a secret, and what the simulator keeps of its value.
package vaultdata

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Tokens of the kinds of Key Vault.
const (
	VaultToken  = "keyvault:Vault"
	SecretToken = "keyvault:Secret"
)

// VaultHost is the host name of a vault.
func VaultHost(vaultID string) string { return resourceid.Name(vaultID) + ".vault.azure.net" }

// VaultNamed finds a usable vault by its name, which no other one has.
func VaultNamed(s *arm.Subscription, name string) *arm.Record {
	for _, r := range s.Sorted() {
		if r.Token == VaultToken && strings.EqualFold(resourceid.Name(r.ID), name) && r.Usable() {
			return r
		}
	}
	return nil
}

const getSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action"

// DeleteSecret is the action on the data of a vault that deletes a secret.
const DeleteSecret = "Microsoft.KeyVault/vaults/secrets/delete"

// MayReadSecret reports whether a principal may read a secret of a vault.
func MayReadSecret(s *arm.Subscription, principal, vaultID string) bool {
	vault := s.Find(vaultID)
	return vault != nil && MayUseVault(s, principal, getSecret, vault)
}

// MayUseVault reports whether a principal has a permission on the data of a vault, by role or by access policy.
func MayUseVault(s *arm.Subscription, principal, action string, vault *arm.Record) bool {
	if tree.Truth(vault.Inputs, "properties", "enableRbacAuthorization") {
		return authz.AllowsData(s, principal, action, vault.ID)
	}
	// The last part of an action such as .../secrets/getSecret/action says which permission of a policy it is.
	permission := map[string]string{DeleteSecret: "delete", getSecret: "get"}[action]
	return slices.ContainsFunc(tree.List(vault.Inputs, "properties", "accessPolicies"), func(policy any) bool {
		granted := tree.Texts(policy, "permissions", "secrets")
		return tree.Text(policy, "objectId") == principal && (slices.Contains(granted, permission) || slices.Contains(granted, "all"))
	})
}

// MissingPermission names the first permission that a principal lacks to read secrets of a vault, as Azure checks them
// for Application Gateway; empty if it has both.
func MissingPermission(s *arm.Subscription, principal string, vault *arm.Record) string {
	const read = "Microsoft.KeyVault/vaults/read"
	byRole := tree.Truth(vault.Inputs, "properties", "enableRbacAuthorization")
	switch mayGet := MayReadSecret(s, principal, vault.ID); {
	case !mayGet && !byRole:
		return "get on secrets (access policy)"
	case !mayGet:
		return getSecret + " (Key Vault Secrets User)"
	case byRole && !authz.Allows(s, principal, read, vault.ID):
		return read + " (Key Vault Reader)"
	}
	return ""
}
