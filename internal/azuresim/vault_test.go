package azuresim

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/services/vault"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/tree"
)

const (
	vaultID         = groupID + "/providers/Microsoft.KeyVault/vaults/kv-aks"
	secretsUser     = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"
	secretsOfficer  = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
	keyVaultReader  = subscriptionScope + "/providers/Microsoft.Authorization/roleDefinitions/21090545-7ca7-4776-b22c-e363652d74d2"
	listenerAddress = "https://kv-aks.vault.azure.net/secrets/listener"
)

// vaultInputs are the inputs of a closed vault, with changes to its properties.
func vaultInputs(name string, change object) object {
	properties := object{
		"tenantId": arm.TenantID, "sku": object{"family": "A", "name": "standard"}, "enableRbacAuthorization": true, "publicNetworkAccess": "Disabled",
		"softDeleteRetentionInDays": 7.0, "networkAcls": object{"bypass": "AzureServices", "defaultAction": "Deny"},
	}
	for property, value := range change {
		properties[property] = value
		if value == nil {
			delete(properties, property)
		}
	}
	return in(object{"vaultName": name, "properties": properties})
}

func secret(name, value string) object {
	return in(object{"vaultName": "kv-aks", "secretName": name, "properties": object{"value": value, "contentType": "text/plain"}})
}

// A vault obeys Azure's limits.
func TestVaultRules(t *testing.T) {
	taken := func(l *lab) { l.must("keyvault:Vault", vaultInputs("kv-aks", nil)) }
	try(t, taken, []attempt{
		{"a vault", "keyvault:Vault", vaultInputs("kv-other", nil), ""},
		{"a name of 25", "keyvault:Vault", vaultInputs("kv-"+strings.Repeat("x", 22), nil), "InvalidResourceName"},
		{"two hyphens", "keyvault:Vault", vaultInputs("kv--x", nil), "VaultNameNotValid"},
		{"a name in use", "keyvault:Vault", vaultInputs("KV-AKS", nil), "ResourceExists"},
		{"another tenant", "keyvault:Vault", vaultInputs("kv-other", object{"tenantId": arm.GUID("other")}), "BadRequest"},
		{"an unknown tier", "keyvault:Vault", vaultInputs("kv-other", object{"sku": object{"family": "A", "name": "basic"}}), "BadRequest"},
		{"no soft delete", "keyvault:Vault", vaultInputs("kv-other", object{"enableSoftDelete": false}), "BadRequest"},
		{"purge protection said to be off", "keyvault:Vault", vaultInputs("kv-other", object{"enablePurgeProtection": false}), "BadRequest"},
		{"6 days", "keyvault:Vault", vaultInputs("kv-other", object{"softDeleteRetentionInDays": 6.0}), "BadRequest"},
		{"91 days", "keyvault:Vault", vaultInputs("kv-other", object{"softDeleteRetentionInDays": 91.0}), "BadRequest"},
		{"nobody with access", "keyvault:Vault", vaultInputs("kv-other", object{"enableRbacAuthorization": false}), "BadRequest"},
		{"to recover nothing", "keyvault:Vault", vaultInputs("kv-other", object{"createMode": "recover"}), "SoftDeletedVaultDoesNotExist"},
		{"a secret", "keyvault:Secret", secret("listener", "hush"), ""},
		{"a secret without value", "keyvault:Secret", secret("listener", ""), "BadRequest"},
		{"a secret with a dot", "keyvault:Secret", secret("a.b", "hush"), "InvalidResourceName"},
		{"a long secret", "keyvault:Secret", secret("listener", strings.Repeat("x", 26000)), "BadRequest"},
		{"a secret of no vault", "keyvault:Secret", with(secret("listener", "hush"), "vaultName", "gone"), "ParentResourceNotFound"},
	})
	elsewhere := func(l *lab) {
		l.must("resources:ResourceGroup", object{"resourceGroupName": "rg2", "location": "eastus2"})
		l.must("keyvault:Vault", with(vaultInputs("kv-aks", nil), "resourceGroupName", "rg2"))
	}
	try(t, elsewhere, []attempt{{"a name in use in another group", "keyvault:Vault", vaultInputs("KV-aks", nil), "AlreadyInUse"}})
}

// Purge protection stays on, and the days of retention stay as they are.
func TestVaultUpdates(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("keyvault:Vault", vaultInputs("kv-aks", object{"enablePurgeProtection": true}))
	assert.Equal(t, "https://kv-aks.vault.azure.net/", tree.Text(l.read(id).Outputs, "properties", "vaultUri"))
	assert.ErrorContains(t, l.update("keyvault:Vault", id, vaultInputs("kv-aks", object{"enablePurgeProtection": false})), "enablePurgeProtection")
	assert.ErrorContains(t, l.update("keyvault:Vault", id, vaultInputs("kv-aks", object{"softDeleteRetentionInDays": 8.0})), "can't be modified")
	require.NoError(t, l.update("keyvault:Vault", id, vaultInputs("kv-aks", nil)))
	assert.True(t, tree.Truth(l.read(id).Outputs, "properties", "enablePurgeProtection"), "leaving it out switches nothing off")
}

// A deleted vault blocks its name until its retention is over, over restarts too, and nothing else of it is left.
func TestVaultSoftDelete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file})
	group := l.group()
	inputs := vaultInputs("kv-aks", object{"enablePurgeProtection": true})
	id := l.must("keyvault:Vault", inputs)
	l.must("keyvault:Secret", secret("listener", "hush"))
	require.NoError(t, l.delete("keyvault:Vault", id), "secrets go with their vault")
	require.NoError(t, l.delete("resources:ResourceGroup", group))
	assert.Empty(t, l.server.Left())
	require.NoError(t, l.server.Close())

	l = start(t, Options{StateFile: file})
	l.group()
	_, _, err := l.create("keyvault:Vault", inputs)
	assert.ErrorContains(t, err, `Code="ConflictError"`)
	assert.ErrorContains(t, l.server.PurgeVault("kv-aks"), "purge protection")
	l.server.Advance(6 * 24 * time.Hour)
	_, _, err = l.create("keyvault:Vault", inputs)
	assert.ErrorContains(t, err, "already exists in deleted state")
	l.server.Advance(24 * time.Hour)
	l.must("keyvault:Vault", inputs)
	assert.Nil(t, l.read(id+"/secrets/listener"))
}

// A vault that is recovered has its secrets and its purge protection again; one without it can be purged.
func TestVaultRecovery(t *testing.T) {
	l := start(t, Options{})
	l.group()
	id := l.must("keyvault:Vault", vaultInputs("kv-aks", object{"enablePurgeProtection": true}))
	l.must("keyvault:Secret", secret("listener", "hush"))
	require.NoError(t, l.delete("keyvault:Vault", id))
	_, _, err := l.create("keyvault:Vault", with(vaultInputs("kv-aks", object{"createMode": "recover"}), "location", "westus"))
	assert.ErrorContains(t, err, "only where it was")
	l.must("keyvault:Vault", vaultInputs("kv-aks", object{"createMode": "recover"}))
	assert.NotNil(t, l.read(id+"/secrets/listener"))
	assert.True(t, tree.Truth(l.read(id).Outputs, "properties", "enablePurgeProtection"))

	other := l.must("keyvault:Vault", vaultInputs("kv-other", nil))
	require.NoError(t, l.delete("keyvault:Vault", other))
	require.NoError(t, l.server.PurgeVault("KV-other"))
	assert.ErrorContains(t, l.server.PurgeVault("kv-other"), "no deleted vault")
	l.must("keyvault:Vault", vaultInputs("kv-other", nil))
}

// Azure-native deletes secrets through the vault's own address, so a closed vault, or a deployer without a data role, keeps them.
func TestSecretRemoval(t *testing.T) {
	l := start(t, Options{})
	l.group()
	l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	id := l.must("keyvault:Secret", secret("listener", "hush"))
	remove := func() error { return l.delete("keyvault:Secret", id) }
	assert.ErrorContains(t, remove(), "public network access is disabled")
	open := object{"publicNetworkAccess": "Enabled"}
	require.NoError(t, l.update("keyvault:Vault", vaultID, vaultInputs("kv-aks", open)))
	assert.ErrorContains(t, remove(), "the client address is not authorized")
	open["networkAcls"] = object{"defaultAction": "Deny", "ipRules": array{object{"value": vault.DeployerAddress}}}
	require.NoError(t, l.update("keyvault:Vault", vaultID, vaultInputs("kv-aks", open)))
	assert.ErrorContains(t, remove(), vaultdata.DeleteSecret)
	l.must("authorization:RoleAssignment", assignment(arm.DeployerObjectID, secretsOfficer, vaultID))
	require.NoError(t, remove())
	_, _, err := l.create("keyvault:Secret", secret("listener", "hush"))
	assert.ErrorContains(t, err, "deleted but recoverable state")

	open["enableRbacAuthorization"], open["accessPolicies"] = false, array{
		object{"objectId": arm.DeployerObjectID, "tenantId": arm.TenantID, "permissions": object{"secrets": array{"get"}}},
	}
	require.NoError(t, l.update("keyvault:Vault", vaultID, vaultInputs("kv-aks", open)))
	id = l.must("keyvault:Secret", secret("other", "hush"))
	assert.ErrorContains(t, remove(), vaultdata.DeleteSecret, "an access policy grants what it lists")
	l.sim(func(s *arm.Subscription) { assert.True(t, vaultdata.MayReadSecret(s, arm.DeployerObjectID, vaultID)) })
}

// A secret's value is in no state file and in nothing that is read back; what others need to know of it is kept.
func TestSecretFacts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azure.json")
	l := start(t, Options{StateFile: file})
	l.group()
	l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	leaf, root := certificate(t, "bicycle.contoso.com", false), certificate(t, "root", true)
	rootPEM := root.pem[strings.Index(root.pem, "-----BEGIN CERTIFICATE"):]
	facts := func(uri string) (found vaultdata.SecretFacts, ok bool) {
		l.sim(func(s *arm.Subscription) { found, ok = vaultdata.SecretFactsOf(s, uri) })
		return found, ok
	}
	for name, c := range map[string]struct {
		value, form string
		key         bool
		names       []string
		ca          bool
	}{
		"listener": {leaf.pfx, vaultdata.FormPFX, true, []string{"bicycle.contoso.com"}, false},
		"ingress":  {leaf.pem + rootPEM, vaultdata.FormPEM, true, []string{"bicycle.contoso.com"}, false},
		"root":     {root.public, vaultdata.FormCertificate, false, nil, true},
		"rootpem":  {encodeBase64(rootPEM), vaultdata.FormCertificate, false, nil, true},
		"password": {"hush-hush", vaultdata.FormOpaque, false, nil, false},
	} {
		_, outputs, err := l.create("keyvault:Secret", secret(name, c.value))
		require.NoError(t, err)
		uri := tree.Text(outputs, "properties", "secretUri")
		assert.Equal(t, "https://kv-aks.vault.azure.net/secrets/"+name, uri)
		assert.NotContains(t, allText(outputs), c.value)
		for _, address := range []string{uri, tree.Text(outputs, "properties", "secretUriWithVersion"), strings.ToUpper(uri[:8]) + uri[8:]} {
			found, ok := facts(address)
			require.True(t, ok, address)
			assert.Equal(t, c.form, found.Form, name)
			assert.Equal(t, c.key, found.Key, name)
			assert.Equal(t, vaultID, found.VaultID)
			if c.form != vaultdata.FormOpaque {
				assert.Equal(t, c.names, found.Certificates[0].Names, name)
				assert.Equal(t, c.ca, found.Certificates[0].CA, name)
				assert.Equal(t, arm.Epoch.Add(365*24*time.Hour), found.Certificates[0].NotAfter)
			}
		}
		assert.NotContains(t, savedText(t, file), strings.Split(c.value, "\n")[0])
	}
	ingress, _ := facts("https://kv-aks.vault.azure.net/secrets/ingress")
	assert.Len(t, ingress.Certificates, 2)
	assert.Equal(t, "CN=root", ingress.Certificates[1].Subject)

	// A new value is a new version.
	id := vaultID + "/secrets/listener"
	old := tree.Text(l.read(id).Outputs, "properties", "secretUriWithVersion")
	sent := secret("listener", root.public)
	require.NoError(t, l.update("keyvault:Secret", id, sent))
	_, ok := facts(old)
	assert.False(t, ok, "the simulator keeps the newest version only")
	found, ok := facts(listenerAddress)
	assert.True(t, ok)
	assert.Equal(t, vaultdata.FormCertificate, found.Form)
	inputs, _, err := l.readBack("keyvault:Secret", id, sent)
	require.NoError(t, err)
	assert.Empty(t, diff.Compare(sent, inputs), "a refresh leaves the value alone")

	for _, attributes := range []object{{"enabled": false}, {"exp": float64(arm.Epoch.Unix() - 1)}} {
		changed := secret("listener", "hush")
		changed["properties"].(object)["attributes"] = attributes
		require.NoError(t, l.update("keyvault:Secret", id, changed))
		_, ok := facts(listenerAddress)
		assert.False(t, ok, attributes)
	}
	for _, address := range []string{"https://kv-aks.vault.azure.net/keys/listener", "https://kv-other.vault.azure.net/secrets/listener", "::", "https://kv-aks.vault.azure.net/secrets/gone"} {
		_, ok := facts(address)
		assert.False(t, ok, address)
	}
}

// Reading secrets takes the role for it; reading the vault's properties does not include it.
func TestSecretRoles(t *testing.T) {
	l := start(t, Options{})
	l.group()
	l.must("keyvault:Vault", vaultInputs("kv-aks", nil))
	_, user := l.identity("mi-user")
	_, reader := l.identity("mi-reader")
	_, owner := l.identity("mi-owner")
	l.must("authorization:RoleAssignment", assignment(user, secretsUser, vaultID))
	l.must("authorization:RoleAssignment", assignment(reader, keyVaultReader, vaultID))
	l.must("authorization:RoleAssignment", assignment(owner, contributor, vaultID))
	l.sim(func(s *arm.Subscription) {
		assert.True(t, vaultdata.MayReadSecret(s, user, vaultID))
		assert.False(t, vaultdata.MayReadSecret(s, reader, vaultID))
		assert.False(t, vaultdata.MayReadSecret(s, owner, vaultID))
		assert.False(t, vaultdata.MayReadSecret(s, user, groupID))
	})
}
