package cluster

import (
	"maps"
	"net/netip"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// classification tags cluster and nodes for whoever audits data, cost and scope.
var classification = map[string]string{
	"Data classification": "Confidential", "Business unit": "BU0001", "Business criticality": "Business unit-critical",
}

// classified puts configured tags, and then own ones, over the classification.
func classified(cfg *config.Config, own map[string]string) pulumi.StringMap {
	tags := maps.Clone(classification)
	maps.Copy(tags, cfg.Tags)
	maps.Copy(tags, own)
	return pulumi.ToStringMap(tags)
}

// managedCluster is the whole cluster. What AKS retired is left out: pod security policies, pod identity, the Docker bridge, the
// HTTP application routing add-on, and Open Service Mesh, whose project ended.
func managedCluster(args *ClusterArgs, identityID pulumi.StringOutput) *containerservice.ManagedClusterArgs {
	cfg, names := args.Config, args.Names()
	tier := supportTiers[cfg.Cluster.SKUTier]
	return &containerservice.ManagedClusterArgs{
		ResourceName:      pulumi.String(names.Cluster),
		ResourceGroupName: args.ResourceGroupName,
		NodeResourceGroup: pulumi.String(names.NodeResourceGroup),
		NodeResourceGroupProfile: containerservice.ManagedClusterNodeResourceGroupProfileArgs{
			RestrictionLevel: pulumi.String(restrictionLevels[cfg.Cluster.NodeResourceGroupLockdown]),
		},
		Location: pulumi.String(cfg.Location),
		Tags:     classified(cfg, nil),
		Sku: containerservice.ManagedClusterSKUArgs{
			Name: pulumi.String("Base"), Tier: pulumi.String(cfg.Cluster.SKUTier),
		},
		SupportPlan: pulumi.String(tier.supportPlan),
		// A version without patch, such as 1.35, stays valid while AKS patches the cluster. Once the channel has raised the
		// minor version, config must follow: AKS refuses an older one, and ignoring the difference would hide it.
		KubernetesVersion: pulumi.String(args.Stamp.KubernetesVersion),
		// AKS appends a hash of its own, so that clusters can share the zone of their API servers.
		DnsPrefix: pulumi.String(names.DNSPrefix),
		Identity: containerservice.ManagedClusterIdentityArgs{
			Type:                   containerservice.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{identityID},
		},
		EnableRBAC:             pulumi.Bool(true),
		DisableLocalAccounts:   pulumi.Bool(true),
		AadProfile:             aadProfile(args),
		ApiServerAccessProfile: apiServerAccess(args),
		OidcIssuerProfile:      containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)},
		SecurityProfile:        securityProfile(args),
		NetworkProfile:         networkProfile(),
		AgentPoolProfiles:      agentPools(args),
		AutoScalerProfile:      autoScaler(),
		AutoUpgradeProfile: containerservice.ManagedClusterAutoUpgradeProfileArgs{
			UpgradeChannel: pulumi.String(tier.upgradeChannel),
			// AKS patches nodes in the maintenance window by itself, where kured rebooted them.
			NodeOSUpgradeChannel: pulumi.String("SecurityPatch"),
		},
		AddonProfiles: addons(args),
		AzureMonitorProfile: containerservice.ManagedClusterAzureMonitorProfileArgs{
			Metrics: containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{
				Enabled: pulumi.Bool(true),
				KubeStateMetrics: containerservice.ManagedClusterAzureMonitorProfileKubeStateMetricsArgs{
					MetricAnnotationsAllowList: pulumi.String(""), MetricLabelsAllowlist: pulumi.String(""),
				},
			},
		},
	}
}

// restrictionLevels are who may change what is in the node resource group: with lockdown, AKS alone (Azure document "Node resource
// group lockdown").
var restrictionLevels = map[bool]string{true: "ReadOnly", false: "Unrestricted"}

// supportTiers are what goes with a tier. Long-term support is to stay on a minor version, so its channel brings patches only.
var supportTiers = map[string]struct{ supportPlan, upgradeChannel string }{
	"Standard": {"KubernetesOfficial", "stable"},
	"Premium":  {"AKSLongTermSupport", "patch"},
}

// aadProfile lets only Entra users in; who may do what is decided by Kubernetes roles, not by Azure's.
func aadProfile(args *ClusterArgs) containerservice.ManagedClusterAADProfileArgs {
	tenant := args.Config.Cluster.AdminTenantID
	if tenant == "" {
		tenant = args.TenantID
	}
	return containerservice.ManagedClusterAADProfileArgs{
		Managed:             pulumi.Bool(true),
		EnableAzureRBAC:     pulumi.Bool(false),
		AdminGroupObjectIDs: pulumi.StringArray{pulumi.String(args.Config.Cluster.AdminGroupObjectID)},
		TenantID:            pulumi.String(tenant),
	}
}

// apiServerAccess closes every way to the API server but its private endpoint; the run command would be a second one.
func apiServerAccess(args *ClusterArgs) containerservice.ManagedClusterAPIServerAccessProfileArgs {
	return containerservice.ManagedClusterAPIServerAccessProfileArgs{
		EnablePrivateCluster:           pulumi.Bool(true),
		EnablePrivateClusterPublicFQDN: pulumi.Bool(false),
		PrivateDNSZone:                 args.DNS.APIServerZoneID.ToStringPtrOutput(),
		DisableRunCommand:              pulumi.Bool(true),
	}
}

func securityProfile(args *ClusterArgs) containerservice.ManagedClusterSecurityProfileArgs {
	return containerservice.ManagedClusterSecurityProfileArgs{
		WorkloadIdentity: containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)},
		ImageCleaner: containerservice.ManagedClusterSecurityProfileImageCleanerArgs{
			Enabled: pulumi.Bool(true), IntervalHours: pulumi.Int(48),
		},
		Defender: containerservice.ManagedClusterSecurityProfileDefenderArgs{
			LogAnalyticsWorkspaceResourceId: args.Monitoring.WorkspaceID.ToStringPtrOutput(),
			SecurityMonitoring: containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{
				Enabled: pulumi.Bool(true),
			},
		},
	}
}

// networkProfile gives pods addresses of their node's subnet, as the seeds' subnets are cut for. Cilium replaces Azure's network
// policy manager, which loses support in 2028.
func networkProfile() containerservice.ContainerServiceNetworkProfileArgs {
	return containerservice.ContainerServiceNetworkProfileArgs{
		NetworkPlugin:    pulumi.String("azure"),
		NetworkDataplane: pulumi.String("cilium"),
		NetworkPolicy:    pulumi.String("cilium"),
		OutboundType:     pulumi.String("userDefinedRouting"),
		LoadBalancerSku:  pulumi.String("standard"),
		ServiceCidr:      pulumi.String(config.ServiceRange.String()),
		DnsServiceIP:     pulumi.String(dnsServiceIP().String()),
	}
}

// dnsServiceIP is where the cluster's DNS service listens: the tenth address of the services' range. AKS keeps the first for the
// API server.
func dnsServiceIP() netip.Addr {
	address := config.ServiceRange.Addr()
	for range 10 {
		address = address.Next()
	}
	return address
}

// withoutPodCIDR takes back the pod range that the SDK fills in: pods have addresses of their node's subnet, so there is none,
// and the SDK's 10.244.0.0/16 might be that of a stamp.
func withoutPodCIDR(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	managed, ok := args.Props.(*containerservice.ManagedClusterArgs)
	if !ok {
		return nil
	}
	managed.NetworkProfile = networkProfile()
	return &pulumi.ResourceTransformationResult{Props: managed, Opts: args.Opts}
}

func addons(args *ClusterArgs) containerservice.ManagedClusterAddonProfileMap {
	enabled := func(settings pulumi.StringMap) containerservice.ManagedClusterAddonProfileArgs {
		return containerservice.ManagedClusterAddonProfileArgs{Enabled: pulumi.Bool(true), Config: settings}
	}
	return containerservice.ManagedClusterAddonProfileMap{
		"azurepolicy": enabled(pulumi.StringMap{"version": pulumi.String("v2")}),
		"omsagent": enabled(pulumi.StringMap{
			"logAnalyticsWorkspaceResourceId": args.Monitoring.WorkspaceID,
			// The agent signs in with a managed identity instead of the workspace's key.
			"useAADAuth": pulumi.String("true"),
		}),
		// Pods get a renewed certificate without a restart. It is renewed weeks ahead, so an hour is soon enough.
		"azureKeyvaultSecretsProvider": enabled(pulumi.StringMap{
			"enableSecretRotation": pulumi.String("true"), "rotationPollInterval": pulumi.String("1h"),
		}),
	}
}
