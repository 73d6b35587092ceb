package azuresim

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const defaultRetentionDays = 90

// retentionDays is for how long a vault can be recovered after it was deleted.
func retentionDays(vault *record) int {
	if vault != nil {
		if days, set := tree.Number(vault.Outputs, "properties", "softDeleteRetentionInDays"); set {
			return int(days)
		}
	}
	return defaultRetentionDays
}

// checkVault holds a vault against the Azure document "Azure Key Vault soft-delete overview" and the limits of its API.
func checkVault(op *operation) error {
	properties := tree.At(op.inputs, "properties")
	if strings.Contains(resourceid.Name(op.id), "--") {
		return badRequest("VaultNameNotValid", "%s: the name of a vault has no two hyphens in a row", op.id)
	}
	if tenant := tree.Text(properties, "tenantId"); !strings.EqualFold(tenant, TenantID) {
		return badRequest("BadRequest", "%s: tenant %q is not that of the subscription", op.id, tenant)
	}
	if family, tier := tree.Text(properties, "sku", "family"), tree.Text(properties, "sku", "name"); family != "A" ||
		tier != "standard" && tier != "premium" {
		return badRequest("BadRequest", "%s: SKU %s %s is neither A standard nor A premium", op.id, family, tier)
	}
	if soft, set := tree.At(properties, "enableSoftDelete").(bool); set && !soft {
		return badRequest("BadRequest", `%s: the property "enableSoftDelete" cannot be set to false`, op.id)
	}
	// Azure refuses the value false even where it is what holds.
	if purge, set := tree.At(properties, "enablePurgeProtection").(bool); set && !purge {
		return badRequest("BadRequest", `%s: the property "enablePurgeProtection" cannot be set to false`, op.id)
	}
	if days, set := tree.Number(properties, "softDeleteRetentionInDays"); set {
		if days < 7 || days > 90 {
			return badRequest("BadRequest", "%s: softDeleteRetentionInDays must be 7 to 90", op.id)
		}
		if op.old != nil && int(days) != retentionDays(op.old) {
			return badRequest("BadRequest", `%s: the property "softDeleteRetentionInDays" has been set already and it can't be modified`, op.id)
		}
	}
	if !tree.Truth(properties, "enableRbacAuthorization") && tree.At(properties, "accessPolicies") == nil {
		return badRequest("BadRequest", "%s: a vault without enableRbacAuthorization needs accessPolicies", op.id)
	}
	return checkAddressRules(op.id, tree.List(properties, "networkAcls", "ipRules"))
}

// checkName refuses a name that a deleted vault still has.
func (d *deletedVaults) checkName(op *operation) error {
	if op.old != nil {
		return nil
	}
	gone, recovers := d.named(resourceid.Name(op.id)), tree.Text(op.inputs, "properties", "createMode") == "recover"
	switch {
	case gone == nil && recovers:
		return badRequest("SoftDeletedVaultDoesNotExist", "a soft deleted vault with the name %s does not exist", resourceid.Name(op.id))
	case gone != nil && !recovers:
		return conflict("ConflictError", "a vault with the same name %s already exists in deleted state; recover it, or purge it", resourceid.Name(op.id))
	case gone != nil &&
		(!resourceid.Equal(gone.Vault.ID, op.id) || !sameLocation(tree.Text(gone.Vault.Inputs, "location"), tree.Text(op.inputs, "location"))):
		return conflict("ConflictError", "the deleted vault %s can be recovered only where it was", gone.Vault.ID)
	}
	return nil
}

func checkSecret(op *operation) error {
	if tree.Text(op.inputs, "properties", "value") == "" {
		return badRequest("BadRequest", "%s: a secret needs a value", op.id)
	}
	if len(tree.Text(op.inputs, "properties", "value")) > 25*1024 {
		return badRequest("BadRequest", "%s: a secret holds at most 25 KB", op.id)
	}
	if op.old != nil {
		return nil
	}
	for _, gone := range deletedSecrets(op.sub.find(resourceid.Parent(op.id))) {
		if strings.EqualFold(gone, resourceid.Name(op.id)) {
			return conflict("Conflict", "secret %s is currently in a deleted but recoverable state, and its name cannot be reused", gone)
		}
	}
	return nil
}

// deployerAddress is the public address from which the deployment reaches data planes.
const deployerAddress = "203.0.113.77"

const deleteSecret = "Microsoft.KeyVault/vaults/secrets/delete"

// checkSecretRemoval: ARM cannot delete secrets, so azure-native does it through the vault's own API, which knows the
// vault's firewall and its data roles. A secret that is to go with its vault needs the option DeletedWith.
func checkSecretRemoval(op *operation) error {
	vault := op.sub.find(resourceid.Parent(op.id))
	if vault == nil {
		return nil
	}
	if refusal := publicAccessDenial(vault, deployerAddress); refusal != "" {
		return forbidden("Forbidden", "deleting secret %s through %s: %s", resourceid.Name(op.id), vaultHost(vault.ID), refusal)
	}
	if !op.sub.mayUseVault(deployerObjectID, deleteSecret, vault) {
		return forbidden("Forbidden", "deleting secret %s: the caller is not authorized to perform %s on %s",
			resourceid.Name(op.id), deleteSecret, vault.ID)
	}
	return nil
}

// mayUseVault reports whether a principal has a permission on the data of a vault, by role or by access policy.
func (s *subscription) mayUseVault(principal, action string, vault *record) bool {
	if tree.Truth(vault.Inputs, "properties", "enableRbacAuthorization") {
		return s.allowsData(principal, action, vault.ID)
	}
	// The last part of an action such as .../secrets/getSecret/action says which permission of a policy it is.
	permission := map[string]string{deleteSecret: "delete", getSecret: "get"}[action]
	return slices.ContainsFunc(tree.List(vault.Inputs, "properties", "accessPolicies"), func(policy any) bool {
		granted := tree.Texts(policy, "permissions", "secrets")
		return tree.Text(policy, "objectId") == principal && (slices.Contains(granted, permission) || slices.Contains(granted, "all"))
	})
}
