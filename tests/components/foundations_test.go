package components

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/monitoring"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// What a stamp's components stand on, by the ids that they would have.
var (
	stampUnique      = config.Unique("aks", subscriptionID, workloadGroup)
	stampVNetID      = armPath(spokeGroup, "Microsoft.Network/virtualNetworks/vnet-spoke-bu0001a0005-01")
	stampPublicIPID  = armPath(spokeGroup, "Microsoft.Network/publicIPAddresses/pip-bu0001a0005-00")
	stampAPIZoneID   = privateZoneID("privatelink.eastus2.azmk8s.io")
	stampVaultID     = armPath(workloadGroup, "Microsoft.KeyVault/vaults/kv-aks-"+stampUnique)
	stampRegistryID  = armPath(workloadGroup, "Microsoft.ContainerRegistry/registries/acraks"+stampUnique)
	stampWorkspaceID = armPath(workloadGroup, "Microsoft.OperationalInsights/workspaces/la-aks-"+stampUnique)
	stampRuleID      = armPath(workloadGroup, "Microsoft.Insights/dataCollectionRules/dcr-jumpboxes")
	stampImageID     = armPath(workloadGroup, "Microsoft.Compute/images/img-aksopsjb-0123456789")
	stampVaultURI    = "https://kv-aks-" + stampUnique + ".vault.azure.net/secrets/"
	stampClusterID   = armPath(workloadGroup, "Microsoft.ContainerService/managedClusters/aks-"+stampUnique)
)

// foundations stand in for the components that those of a stamp are built on, each with one resource inside.
type foundations struct {
	site       stamp.Site
	spoke      *network.ClusterSpoke
	dns        *network.PrivateDNS
	vault      *cluster.Vault
	monitoring *monitoring.Monitoring
}

// layFoundations registers the components, so that others can wait for what is inside, and fills in their outputs.
func layFoundations(ctx *pulumi.Context, cfg *config.Config, number int) (*foundations, error) {
	known := func(value string) pulumi.StringOutput { return pulumi.String(value).ToStringOutput() }
	f := &foundations{
		site:  siteOf(cfg, cfg.Stamps[number]),
		spoke: &network.ClusterSpoke{VNetID: known(stampVNetID), GatewayPublicIPID: known(stampPublicIPID)},
		dns: &network.PrivateDNS{
			APIServerZoneID: known(stampAPIZoneID), RegistryZoneID: known(privateZoneID("privatelink.azurecr.io")),
			VaultZoneID: known(privateZoneID("privatelink.vaultcore.azure.net")),
		},
		vault: &cluster.Vault{
			VaultID:              known(stampVaultID),
			ListenerSecretURI:    known(stampVaultURI + "sslcert"),
			TrustedRootSecretURI: known(stampVaultURI + "agw-ingress-internal-aks-ingress-contoso-com-tls"),
		},
		monitoring: &monitoring.Monitoring{WorkspaceID: known(stampWorkspaceID), JumpBoxRuleID: known(stampRuleID)},
	}
	for _, given := range []struct {
		typ, name string
		component component.Component
	}{
		{"aksregulated:network:ClusterSpoke", "spoke", f.spoke}, {"aksregulated:network:PrivateDNS", "dns", f.dns},
		{"aksregulated:cluster:Vault", "vault", f.vault},
	} {
		if err := component.Register(ctx, given.typ, "given-"+given.name, given.component); err != nil {
			return nil, err
		}
		if _, err := resources.NewResourceGroup(ctx, "inside-"+given.name, &resources.ResourceGroupArgs{
			ResourceGroupName: pulumi.String("inside-" + given.name),
		}, pulumi.Parent(given.component)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// siteOf is where the parts of a configured stamp are registered, in a resource group that the test only names.
func siteOf(cfg *config.Config, configured config.Stamp) stamp.Site {
	return stamp.Site{
		Placement: cfg.Placement, Stamp: configured, SubscriptionID: subscriptionID,
		ResourceGroupName: pulumi.String(configured.ResourceGroup),
	}
}

// privateZoneID is the id of a private DNS zone in the group of the spokes.
func privateZoneID(name string) string {
	return armPath(spokeGroup, "Microsoft.Network/privateDnsZones/"+name)
}
