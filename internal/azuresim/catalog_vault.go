package azuresim

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const vaultPath = groupPath + "/providers/Microsoft.KeyVault/vaults/{vaultName}"

const (
	vaultToken  = "keyvault:Vault"
	secretToken = "keyvault:Secret"
)

// kinds are the key vault and its secrets.
func (d *deletedVaults) kinds() []*kind {
	return []*kind{
		{
			token: vaultToken, path: vaultPath, located: true, name: regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`),
			create: 40 * time.Second, update: 10 * time.Second, remove: 10 * time.Second,
			rules:   []func(*operation) error{checkVault, checkGlobalName, d.checkName},
			compute: vaultOutputs, unknownInPreview: []string{"properties"}, cascadesDelete: true,
			privateLink: &privateLink{
				group: "vault", publicSuffix: ".vault.azure.net", zone: "privatelink.vaultcore.azure.net",
				members: func(_ *subscription, vault *record) []linkMember {
					return []linkMember{{"default", strings.ToLower(vaultHost(vault.ID))}}
				},
				firewall: func(vault *record) (settings, rules map[string]any) {
					return tree.Object(vault.Inputs, "properties"), tree.Object(vault.Inputs, "properties", "networkAcls")
				},
			},
			createImplicit: d.recoverContents, cleanUp: d.softDelete,
		},
		{
			token: secretToken, path: vaultPath + "/secrets/{secretName}", name: regexp.MustCompile(`^[a-zA-Z0-9-]{1,127}$`),
			create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
			rules: []func(*operation) error{checkSecret},
			// Besides "value", which Azure never gives back, nothing of a secret has that name.
			writeOnly: []string{"value"}, contents: secretContents,
			compute: secretOutputs, unknownInPreview: []string{"properties"},
			checkRemoval: checkSecretRemoval, cleanUp: softDeleteSecret,
		},
	}
}

func vaultHost(vaultID string) string { return resourceid.Name(vaultID) + ".vault.azure.net" }

// vaultOutputs add the address, and what stays on once it was switched on.
func vaultOutputs(op *operation) map[string]any {
	properties := tree.CloneObject(tree.Object(op.inputs, "properties"))
	properties["vaultUri"] = "https://" + vaultHost(op.id) + "/"
	properties["enableSoftDelete"] = true
	properties["provisioningState"] = stateSucceeded
	if _, set := properties["softDeleteRetentionInDays"]; !set {
		properties["softDeleteRetentionInDays"] = float64(retentionDays(op.old))
	}
	if op.old != nil && tree.Truth(op.old.Outputs, "properties", "enablePurgeProtection") {
		properties["enablePurgeProtection"] = true
	}
	return map[string]any{"properties": properties}
}

// secretOutputs name the secret, with and without its version.
func secretOutputs(op *operation) map[string]any {
	properties := tree.CloneObject(tree.Object(op.record.Inputs, "properties"))
	uri := "https://" + vaultHost(resourceid.Parent(op.id)) + "/secrets/" + resourceid.Name(op.id)
	properties["secretUri"] = uri
	properties["secretUriWithVersion"] = uri + "/" + tree.Text(op.record.Contents, "version")
	return map[string]any{"properties": properties}
}
