package cluster

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	keyvault "aks-regulated-pulumi/internal/azurenative/v3/keyvault/v20260201"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// IngressCertificateSecret is the vault secret from which the ingress controller reads its certificate with the key, as PEM.
const IngressCertificateSecret = "ingress-internal-aks-ingress-contoso-com-tls"

// VaultArgs configures Vault.
type VaultArgs struct {
	stamp.Site
	Certificates config.Certificates
	// TenantID is the GUID of the Entra tenant that the vault trusts.
	TenantID string
	Spoke    *network.ClusterSpoke
	DNS      *network.PrivateDNS
	// WorkspaceID is the Azure resource id of the Log Analytics workspace that takes the diagnostics.
	WorkspaceID pulumi.StringInput
}

// Vault is the key vault of a stamp, with the certificates that gateway and ingress controller read. Only its private endpoint and the
// Azure services that it trusts reach it.
type Vault struct {
	pulumi.ResourceState
	component.Roster

	// VaultID is the Azure resource id of the vault.
	VaultID pulumi.StringOutput
	// ListenerSecretURI and TrustedRootSecretURI name the gateway's certificate and the root that it trusts, whatever their
	// version; known once the secrets exist.
	ListenerSecretURI, TrustedRootSecretURI pulumi.StringOutput
	// Name is the name of the vault.
	Name string
}

// NewVault registers the vault with its private endpoint, logs and secrets.
func NewVault(ctx *pulumi.Context, name string, args *VaultArgs, opts ...pulumi.ResourceOption) (*Vault, error) {
	vault := &Vault{Name: args.Names().Vault}
	if err := component.Register(ctx, "aksregulated:cluster:Vault", name, vault, opts...); err != nil {
		return nil, fmt.Errorf("key vault: %w", err)
	}
	child := pulumi.Parent(vault)
	azureVault, err := keyvault.NewVault(ctx, name, vaultSettings(args), child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("key vault %s: %w", vault.Name, err)
	}
	vault.VaultID = azureVault.ID().ToStringOutput()
	err = diagnostics.Send(ctx, name, "default", diagnostics.KeyVault, vault.VaultID, args.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	secrets, err := vault.addSecrets(ctx, name, args, azureVault)
	if err != nil {
		return nil, err
	}
	if _, err := network.NewPrivateEndpoint(ctx, name, &network.PrivateEndpointArgs{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName,
		TargetName: vault.Name, TargetID: vault.VaultID, GroupID: "vault",
		VNetName: args.Stamp.VNetName(), SubnetID: args.Spoke.SubnetID(network.SubnetPrivateLinkEndpoints),
		ZoneID: args.DNS.VaultZoneID, ZoneConfigName: "privatelink-akv-net", DNS: args.DNS, Zone: network.VaultZone, GroupScope: args.GroupScope(),
		After: append(args.Spoke.Members(), secrets),
	}, child); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(vault, pulumi.Map{
		"vaultId": vault.VaultID, "listenerSecretUri": vault.ListenerSecretURI,
		"trustedRootSecretUri": vault.TrustedRootSecretURI,
	}); err != nil {
		return nil, fmt.Errorf("outputs of key vault: %w", err)
	}
	return vault, nil
}

func vaultSettings(args *VaultArgs) *keyvault.VaultArgs {
	return &keyvault.VaultArgs{
		VaultName:         pulumi.String(args.Names().Vault),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Properties: keyvault.VaultPropertiesArgs{
			TenantId: pulumi.String(args.TenantID),
			Sku:      keyvault.SkuArgs{Family: pulumi.String("A"), Name: keyvault.SkuNameStandard},
			// A deleted vault keeps its name for the retention: az keyvault recover restores it, and pulumi import adopts it. Mode
			// recover would fail where no vault has been deleted, and the provider does not look for one.
			CreateMode:                keyvault.CreateModeDefault,
			EnableRbacAuthorization:   pulumi.Bool(true),
			AccessPolicies:            keyvault.AccessPolicyEntryArray{},
			EnableSoftDelete:          pulumi.Bool(true),
			SoftDeleteRetentionInDays: pulumi.Int(90),
			EnablePurgeProtection:     pulumi.Bool(true),
			PublicNetworkAccess:       pulumi.String("Disabled"),
			NetworkAcls: keyvault.NetworkRuleSetArgs{
				// Application Gateway reads certificates as a trusted service.
				Bypass:              pulumi.String("AzureServices"),
				DefaultAction:       pulumi.String("Deny"),
				IpRules:             keyvault.IPRuleArray{},
				VirtualNetworkRules: keyvault.VirtualNetworkRuleArray{},
			},
			EnabledForDeployment:         pulumi.Bool(false),
			EnabledForDiskEncryption:     pulumi.Bool(false),
			EnabledForTemplateDeployment: pulumi.Bool(false),
		},
	}
}

// addSecrets writes the certificates, and returns the last one: a vault refuses a change while another one is under way, that of a secret
// included (Azure/bicep issues 3113 and 4364), so each waits for the one before. They go through Azure Resource Manager, which needs neither
// access to the vault's endpoint nor a role in it. The ingress controller's is a secret too, since certificates can be imported only through
// the endpoint.
func (v *Vault) addSecrets(ctx *pulumi.Context, name string, args *VaultArgs, vault *keyvault.Vault) (pulumi.Resource, error) {
	certificates := args.Certificates
	root, err := certificates.IngressRoot()
	if err != nil {
		return nil, fmt.Errorf("root of the ingress certificate: %w", err)
	}
	var ingressURI pulumi.StringOutput
	var before []pulumi.Resource
	for _, secret := range []struct {
		uri                            *pulumi.StringOutput
		logicalName, name, contentType string
		value                          pulumi.StringInput
	}{
		{&v.ListenerSecretURI, "listener", "sslcert", "application/x-pkcs12", asSecret(certificates.Listener)},
		{&ingressURI, "ingress", IngressCertificateSecret, "application/x-pem-file", asSecret(certificates.Ingress)},
		{&v.TrustedRootSecretURI, "root", "agw-" + IngressCertificateSecret, "", pulumi.String(root)},
	} {
		properties := keyvault.SecretPropertiesArgs{Value: secret.value.ToStringOutput().ToStringPtrOutput()}
		if secret.contentType != "" {
			properties.ContentType = pulumi.String(secret.contentType)
		}
		registered, err := keyvault.NewSecret(ctx, name+"-"+secret.logicalName, &keyvault.SecretArgs{
			SecretName:        pulumi.String(secret.name),
			VaultName:         vault.Name,
			ResourceGroupName: args.ResourceGroupName,
			Tags:              pulumi.ToStringMap(args.Tags),
			Properties:        properties,
		}, pulumi.Parent(v), pulumi.AdditionalSecretOutputs([]string{"properties"}),
			// The provider deletes secrets through the vault's endpoint, which it cannot reach; they are deleted with the vault.
			pulumi.RetainOnDelete(true), pulumi.DependsOn(before))
		if err != nil {
			return nil, fmt.Errorf("secret %s of key vault: %w", secret.name, err)
		}
		before = []pulumi.Resource{registered}
		*secret.uri = secretURI(vault, registered, secret.name)
	}
	return before[0], nil
}

// asSecret hides a value in state and logs.
func asSecret(value config.Secret) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(value.Reveal())).(pulumi.StringOutput)
}

// secretURI is the address of a secret without its version, so that readers get a renewed one.
func secretURI(vault *keyvault.Vault, secret *keyvault.Secret, name string) pulumi.StringOutput {
	return pulumi.All(vault.Properties.VaultUri(), secret.ID()).ApplyT(func(values []any) string {
		return strings.TrimSuffix(values[0].(string), "/") + "/secrets/" + name
	}).(pulumi.StringOutput)
}
