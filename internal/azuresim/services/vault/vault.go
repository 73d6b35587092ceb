// Package vault has key vaults, their secrets, and those that were deleted and can be recovered.
package vault

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const vaultPath = arm.GroupPath + "/providers/Microsoft.KeyVault/vaults/{vaultName}"

// Kinds are the key vault and its secrets.
func (d *Deleted) Kinds() []*arm.Kind {
	return []*arm.Kind{
		{
			Token: vaultdata.VaultToken, Path: vaultPath, Located: true, Name: regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`),
			Create: 40 * time.Second, Update: 10 * time.Second, Remove: 10 * time.Second,
			Rules: []func(*arm.Operation) error{checkVault, arm.CheckGlobalName, d.checkName}, Busy: vaultBusy,
			Compute: vaultOutputs, UnknownInPreview: []string{"properties"}, CascadesDelete: true,
			PrivateLink: &arm.PrivateLink{
				Group: "vault", PublicSuffix: ".vault.azure.net", Zone: "privatelink.vaultcore.azure.net",
				Members: func(_ *arm.Subscription, vault *arm.Record) []arm.LinkMember {
					return []arm.LinkMember{{Name: "default", Host: strings.ToLower(vaultdata.VaultHost(vault.ID))}}
				},
				Firewall: func(vault *arm.Record) (settings, rules map[string]any) {
					return tree.Object(vault.Inputs, "properties"), tree.Object(vault.Inputs, "properties", "networkAcls")
				},
			},
			CreateImplicit: d.recoverContents, CleanUp: d.softDelete,
		},
		secretKind,
	}
}

// vaultBusy is how an operation ends that meets another one on its vault, that on a secret included; the client does not ask again (Azure/bicep
// issues 3113, 2021-06, and 4364, 2021-09).
func vaultBusy(op *arm.Operation, locked, holder string) error {
	return arm.Conflict("ConflictError", "the operation on %s failed because the key vault %s changed from the point the operation began, by "+
		"that on %s; serialize the operations on a vault", op.ID, resourceid.Name(locked), holder)
}

const defaultRetentionDays = 90

// retentionDays is for how long a vault can be recovered after it was deleted.
func retentionDays(vault *arm.Record) int {
	if vault != nil {
		if days, set := tree.Number(vault.Outputs, "properties", "softDeleteRetentionInDays"); set {
			return int(days)
		}
	}
	return defaultRetentionDays
}

// checkVault checks a vault by the Azure document "Azure Key Vault soft-delete overview" and the limits of its API.
func checkVault(op *arm.Operation) error {
	properties := tree.At(op.Inputs, "properties")
	if strings.Contains(resourceid.Name(op.ID), "--") {
		return arm.BadRequest("VaultNameNotValid", "%s: the name of a vault has no two hyphens in a row", op.ID)
	}
	if tenant := tree.Text(properties, "tenantId"); !strings.EqualFold(tenant, arm.TenantID) {
		return arm.BadRequest("BadRequest", "%s: tenant %q is not that of the subscription", op.ID, tenant)
	}
	if family, tier := tree.Text(properties, "sku", "family"), tree.Text(properties, "sku", "name"); family != "A" ||
		tier != "standard" && tier != "premium" {
		return arm.BadRequest("BadRequest", "%s: SKU %s %s is neither A standard nor A premium", op.ID, family, tier)
	}
	if soft, set := tree.At(properties, "enableSoftDelete").(bool); set && !soft {
		return arm.BadRequest("BadRequest", `%s: the property "enableSoftDelete" cannot be set to false`, op.ID)
	}
	// Azure refuses the value false even where it is what holds.
	if purge, set := tree.At(properties, "enablePurgeProtection").(bool); set && !purge {
		return arm.BadRequest("BadRequest", `%s: the property "enablePurgeProtection" cannot be set to false`, op.ID)
	}
	if days, set := tree.Number(properties, "softDeleteRetentionInDays"); set {
		if days < 7 || days > 90 {
			return arm.BadRequest("BadRequest", "%s: softDeleteRetentionInDays must be 7 to 90", op.ID)
		}
		if op.Old != nil && int(days) != retentionDays(op.Old) {
			return arm.BadRequest("BadRequest", `%s: the property "softDeleteRetentionInDays" has been set already and it can't be modified`, op.ID)
		}
	}
	if !tree.Truth(properties, "enableRbacAuthorization") && tree.At(properties, "accessPolicies") == nil {
		return arm.BadRequest("BadRequest", "%s: a vault without enableRbacAuthorization needs accessPolicies", op.ID)
	}
	return networking.CheckAddressRules(op.ID, tree.List(properties, "networkAcls", "ipRules"))
}

// vaultOutputs add the address, and what stays on once it was switched on.
func vaultOutputs(op *arm.Operation) map[string]any {
	properties := tree.CloneObject(tree.Object(op.Inputs, "properties"))
	properties["vaultUri"] = "https://" + vaultdata.VaultHost(op.ID) + "/"
	properties["enableSoftDelete"] = true
	properties["provisioningState"] = arm.StateSucceeded
	if _, set := properties["softDeleteRetentionInDays"]; !set {
		properties["softDeleteRetentionInDays"] = float64(retentionDays(op.Old))
	}
	if op.Old != nil && tree.Truth(op.Old.Outputs, "properties", "enablePurgeProtection") {
		properties["enablePurgeProtection"] = true
	}
	return map[string]any{"properties": properties}
}
