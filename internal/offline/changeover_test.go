package offline

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azurenative/authorization"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	keyvault "aks-regulated-pulumi/internal/azurenative/v3/keyvault/v20260201"
	"aks-regulated-pulumi/internal/azuresim"
)

// tenantWithGroup registers the resource group of the vault.
func tenantWithGroup(ctx *pulumi.Context) (tenant pulumi.String, within pulumi.ResourceOption, err error) {
	client, err := authorization.GetClientConfig(ctx)
	if err != nil {
		return "", nil, err
	}
	group, err := resources.NewResourceGroup(ctx, "rg", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String("rg"), Location: pulumi.String("eastus2"),
	})
	return pulumi.String(client.TenantId), pulumi.DependsOn([]pulumi.Resource{group}), err
}

// vaultBefore has a vault with a secret as the program registered them by API version 2023-07-01.
func vaultBefore(ctx *pulumi.Context) error {
	tenant, within, err := tenantWithGroup(ctx)
	if err != nil {
		return err
	}
	var vault, secret pulumi.CustomResourceState
	if err := ctx.RegisterResource("azure-native:keyvault/v20230701:Vault", "vault", pulumi.Map{
		"resourceGroupName": pulumi.String("rg"), "vaultName": pulumi.String("kv-aks"), "location": pulumi.String("eastus2"),
		"properties": pulumi.Map{
			"tenantId": tenant, "enableRbacAuthorization": pulumi.Bool(true),
			"sku": pulumi.StringMap{"family": pulumi.String("A"), "name": pulumi.String("standard")},
		},
	}, &vault, pulumi.Version("2.90.0"), pulumi.Protect(true), within); err != nil {
		return err
	}
	return ctx.RegisterResource("azure-native:keyvault/v20230701:Secret", "secret", pulumi.Map{
		"resourceGroupName": pulumi.String("rg"), "vaultName": pulumi.String("kv-aks"), "secretName": pulumi.String("listener"),
		"properties": pulumi.Map{"value": pulumi.ToSecret(pulumi.String("hush-hush"))},
	}, &secret, pulumi.Version("2.90.0"), pulumi.RetainOnDelete(true), pulumi.AdditionalSecretOutputs([]string{"properties"}),
		pulumi.DependsOn([]pulumi.Resource{&vault}))
}

// vaultNow has the same with the types that the program uses now.
func vaultNow(ctx *pulumi.Context) error {
	tenant, within, err := tenantWithGroup(ctx)
	if err != nil {
		return err
	}
	vault, err := keyvault.NewVault(ctx, "vault", &keyvault.VaultArgs{
		ResourceGroupName: pulumi.String("rg"), VaultName: pulumi.String("kv-aks"), Location: pulumi.String("eastus2"),
		Properties: keyvault.VaultPropertiesArgs{
			TenantId: tenant, EnableRbacAuthorization: pulumi.Bool(true),
			Sku: keyvault.SkuArgs{Family: pulumi.String("A"), Name: keyvault.SkuNameStandard},
		},
	}, pulumi.Protect(true), within)
	if err != nil {
		return err
	}
	_, err = keyvault.NewSecret(ctx, "secret", &keyvault.SecretArgs{
		ResourceGroupName: pulumi.String("rg"), VaultName: vault.Name, SecretName: pulumi.String("listener"),
		Properties: keyvault.SecretPropertiesArgs{
			Value: pulumi.ToSecret(pulumi.String("hush-hush")).(pulumi.StringOutput).ToStringPtrOutput(),
		},
	}, pulumi.RetainOnDelete(true), pulumi.AdditionalSecretOutputs([]string{"properties"}))
	return err
}

// keptResource is what a state has of a resource.
type keptResource struct {
	Type, ID, Provider string
	Protect            bool
	Outputs            map[string]any
}

func keptResources(t *testing.T, r *Runner) (byType map[string]keptResource, text string) {
	t.Helper()
	exported, err := r.Export(t.Context())
	require.NoError(t, err)
	var state struct {
		Deployment struct{ Resources []keptResource }
	}
	require.NoError(t, json.Unmarshal(exported, &state))
	byType = map[string]keptResource{}
	for _, kept := range state.Deployment.Resources {
		byType[kept.Type] = kept
	}
	return byType, string(exported)
}

// A vault that was made by an API version which Azure has switched off meanwhile goes on under the next one with a plain update: vault and
// secrets stay, and so does the protection. The two releases of azure-native that this takes are in one stack.
func TestVaultChangesAPIVersionInPlace(t *testing.T) {
	var azure *azuresim.Server
	opts := testOptions(t, vaultBefore)
	opts.Simulate = func(stateFile string) (Simulator, error) {
		started, err := azuresim.Start(azuresim.Options{StateFile: stateFile})
		azure = started
		return started, err
	}
	r := open(t, opts)
	_, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	before, _ := keptResources(t, r)
	azure.Advance(365 * 24 * time.Hour)
	_, err = r.Refresh(t.Context(), RunOptions{})
	require.ErrorContains(t, err, "NoRegisteredProviderFound")
	require.NoError(t, r.Close())

	opts.Program = vaultNow
	r = open(t, opts)
	result, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	var changed []string
	for _, step := range result.Steps {
		if step.Op != "same" {
			changed = append(changed, fmt.Sprint(step.Op, " ", step.Type, step.Diffs))
		}
	}
	slices.Sort(changed)
	assert.Equal(t, []string{
		"create pulumi:providers:azure-native[]",
		"update azure-native:keyvault/v20260201:Secret[azureApiVersion]", "update azure-native:keyvault/v20260201:Vault[azureApiVersion]",
	}, changed)
	after, text := keptResources(t, r)
	for _, kind := range []string{"Vault", "Secret"} {
		old, kept := before["azure-native:keyvault/v20230701:"+kind], after["azure-native:keyvault/v20260201:"+kind]
		assert.Equal(t, old.ID, kept.ID)
		assert.Contains(t, old.Provider, "azure-native::default_2_90_0::")
		assert.Contains(t, kept.Provider, "azure-native::default_3_28_0::")
		assert.Equal(t, "2026-02-01", kept.Outputs["azureApiVersion"])
		assert.Equal(t, kind == "Vault", kept.Protect)
		assert.NotContains(t, after, old.Type)
	}
	assert.NotContains(t, text, "hush-hush")

	_, err = r.Refresh(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	_, err = r.Up(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
}
