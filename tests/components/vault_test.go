package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/typetoken"
)

var (
	stampVaultName = "kv-aks-" + stampUnique
	ingressName    = "mi-aks-" + stampUnique + "-ingresscontroller"
	ingressID      = armPath(workloadGroup, "Microsoft.ManagedIdentity/userAssignedIdentities/"+ingressName)
)

const issuerURL = "https://eastus2.oic.prod-aks.azure.com/tenant/cluster/"

// newVault registers a vault, and around it what it needs.
func newVault(ctx *pulumi.Context, cfg *config.Config) (*foundations, *cluster.Vault, error) {
	around, err := layFoundations(ctx, cfg, 0)
	if err != nil {
		return nil, nil, err
	}
	vault, err := cluster.NewVault(ctx, "vault", &cluster.VaultArgs{
		Site: around.site, Certificates: cfg.Certificates, TenantID: testTenantID, Spoke: around.spoke, DNS: around.dns,
		WorkspaceID: around.monitoring.WorkspaceID,
	})
	return around, vault, err
}

// deployVault registers a vault, and the ingress identity that reads it.
func deployVault(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		around, vault, err := newVault(ctx, cfg)
		if err != nil {
			return err
		}
		identity, err := cluster.NewIngressIdentity(ctx, "ingress", &cluster.IngressIdentityArgs{
			Site: around.site, VaultID: vault.VaultID,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"vaultId": vault.VaultID, "name": pulumi.String(vault.Name),
			"listener": vault.ListenerSecretURI, "root": vault.TrustedRootSecretURI,
			"identityId": identity.IdentityID, "clientId": identity.ClientID, "principalId": identity.PrincipalID,
		})
		return identity.Federate(ctx, "ingress", pulumi.String(issuerURL), pulumi.DependsOn(around.spoke.Members()))
	})
}

// A vault is a tree: private endpoint, log and secrets hang below it.
func TestVaultFamily(t *testing.T) {
	assertFamily(t, deployVault(t, nil), "aksregulated:cluster:Vault", "vault",
		typetoken.Vault+" vault", "aksregulated:network:PrivateEndpoint vault", typetoken.Diagnostic+" vault",
		typetoken.VaultSecret+" vault-listener", typetoken.VaultSecret+" vault-ingress", typetoken.VaultSecret+" vault-root")
}

// The vault is closed to the public, uses only role assignments, and keeps deleted content for 90 days, without exception.
func TestVault(t *testing.T) {
	assertInputs(t, deployVault(t, nil).one(t, typetoken.Vault, "vault"), object{
		"vaultName": stampVaultName, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"properties": object{
			"tenantId": testTenantID, "sku": object{"family": "A", "name": "standard"}, "createMode": "default",
			"enableRbacAuthorization": true, "accessPolicies": list{},
			"enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enablePurgeProtection": true,
			"publicNetworkAccess": "Disabled",
			"networkAcls": object{
				"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": list{}, "virtualNetworkRules": list{},
			},
			"enabledForDeployment": false, "enabledForDiskEncryption": false, "enabledForTemplateDeployment": false,
		},
	})
}

// Vault and identity are protected from deletion if the operator wants it.
func TestVaultProtection(t *testing.T) {
	for protect, want := range map[string]bool{"true": true, "false": false} {
		m := deployVault(t, settings{"protect": protect})
		assert.Equal(t, want, m.one(t, typetoken.Vault, "vault").Protect)
		assert.Equal(t, want, m.one(t, typetoken.Identity, "ingress").Protect)
	}
}

// The endpoint is in the spoke's subnet for endpoints, and its name is in the zone of vaults.
func TestVaultPrivateEndpoint(t *testing.T) {
	m := deployVault(t, nil)
	assertPrivateEndpoint(t, m, "vault", stampVaultID, "privatelink-akv-net", "privatelink.vaultcore.azure.net")
}

// Every use of a secret is logged in the stamp's workspace.
func TestVaultDiagnostics(t *testing.T) {
	m := deployVault(t, nil)
	found := diagnosticsUnder(t, m, m.one(t, "aksregulated:cluster:Vault", "vault"), stampWorkspaceID)
	require.Len(t, found, 1)
	assert.Equal(t, "default", found[0].Setting)
	assert.Equal(t, stampVaultID, found[0].Resource)
	assert.Contains(t, found[0].Logs, "AuditEvent")
	assert.Equal(t, []string{"AllMetrics"}, found[0].Metrics)
	assert.True(t, found[0].Dedicated)
}

// The three secrets hold the certificates as configured. What has a key in it is registered as a secret, and is nowhere else;
// the root is public.
func TestVaultSecrets(t *testing.T) {
	certificates := loadConfig(t, nil).Certificates
	root, err := certificates.IngressRoot()
	require.NoError(t, err)
	m := deployVault(t, nil)
	secret := func(name string, properties object) object {
		return object{
			"secretName": name, "vaultName": stampVaultName, "resourceGroupName": workloadGroup, "tags": testTags,
			"properties": properties,
		}
	}
	tests := map[string]struct {
		inputs  object
		secrets []any
	}{
		"vault-listener": {
			secret("sslcert", object{"contentType": "application/x-pkcs12", "value": "[secret]"}),
			[]any{certificates.Listener.Reveal()},
		},
		"vault-ingress": {
			secret("ingress-internal-aks-ingress-contoso-com-tls", object{
				"contentType": "application/x-pem-file", "value": "[secret]",
			}),
			[]any{certificates.Ingress.Reveal()},
		},
		"vault-root": {secret("agw-ingress-internal-aks-ingress-contoso-com-tls", object{"value": root}), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			registered := m.one(t, typetoken.VaultSecret, name)
			shown, secrets := concealed(registered.Inputs)
			assert.Equal(t, decoded(t, test.inputs), decoded(t, shown))
			assert.Equal(t, test.secrets, secrets)
			assert.Equal(t, []string{"properties"}, registered.SecretOutputs)
			assert.True(t, registered.RetainOnDelete, "the provider cannot reach the endpoint through which secrets are deleted")
			assertWaits(t, m, registered, m.one(t, typetoken.Vault, "vault"))
		})
	}
	key := strings.Split(certificates.Ingress.Reveal(), "\n")[1] // the first line of the key itself
	assertNowhere(t, m, certificates.Listener.Reveal(), certificates.Ingress.Reveal(), key, "PRIVATE KEY")
}

// The gateway gets addresses without a version, so that it finds renewed certificates.
func TestVaultOutputs(t *testing.T) {
	m := deployVault(t, nil)
	uri := "https://" + stampVaultName + ".vault.azure.net/secrets/"
	assert.Equal(t, map[string]any{
		"vaultId": stampVaultID, "name": stampVaultName,
		"listener": uri + "sslcert", "root": uri + "agw-ingress-internal-aks-ingress-contoso-com-tls",
		"identityId": ingressID, "clientId": stableGUID("client", ingressID), "principalId": principalOf(ingressID),
	}, m.Exports)
}

// Who is given the address of a secret waits until the secret exists.
func TestVaultOutputsWait(t *testing.T) {
	cfg := loadConfig(t, nil)
	m := deploy(t, func(ctx *pulumi.Context) error {
		_, vault, err := newVault(ctx, cfg)
		if err != nil {
			return err
		}
		// A group whose name is the address stands for a gateway.
		for name, uri := range map[string]pulumi.StringOutput{
			"listener": vault.ListenerSecretURI, "root": vault.TrustedRootSecretURI,
		} {
			_, err := resources.NewResourceGroup(ctx, name, &resources.ResourceGroupArgs{ResourceGroupName: uri})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, name := range []string{"listener", "root"} {
		assertWaits(t, m, m.one(t, typetoken.ResourceGroup, name), m.one(t, typetoken.VaultSecret, "vault-"+name))
	}
}

// The ingress controller may read secrets of the vault, and nothing else anywhere.
func TestIngressIdentity(t *testing.T) {
	m := deployVault(t, nil)
	assertFamily(t, m, "aksregulated:cluster:IngressIdentity", "ingress",
		typetoken.Identity+" ingress", typetoken.Federation+" ingress",
		typetoken.UUID+" ingress-secrets", typetoken.RoleAssignment+" ingress-secrets", typetoken.UUID+" ingress-reader", typetoken.RoleAssignment+" ingress-reader")
	assertInputs(t, m.one(t, typetoken.Identity, "ingress"), object{
		"resourceName": ingressName, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
	})
	require.Len(t, m.OfType(typetoken.RoleAssignment), 2)
	const definitions = subscription + "/providers/Microsoft.Authorization/roleDefinitions/"
	for name, role := range map[string]string{
		"ingress-secrets": "4633458b-17de-408a-b874-0445c86b69e6", "ingress-reader": "21090545-7ca7-4776-b22c-e363652d74d2",
	} {
		assertAssignment(t, m, name, assignmentFact{
			Role: definitions + role, Principal: principalOf(ingressID), Scope: stampVaultID,
		})
	}
}

// Only the ingress controller's service account, of this cluster, can act as the identity.
func TestIngressFederation(t *testing.T) {
	m := deployVault(t, nil)
	credential := m.one(t, typetoken.Federation, "ingress")
	assertInputs(t, credential, object{
		"federatedIdentityCredentialResourceName": "ingress-controller", "resourceGroupName": workloadGroup,
		"resourceName": ingressName, "issuer": issuerURL,
		"subject":   "system:serviceaccount:ingress:traefik-ingress-controller",
		"audiences": list{"api://AzureADTokenExchange"},
	})
	assertWaits(t, m, credential, m.one(t, typetoken.Identity, "ingress"))
	assertWaits(t, m, credential, m.one(t, typetoken.ResourceGroup, "inside-spoke")) // the caller's options count
}
