package cluster

import (
	"maps"
	"net/netip"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// classification tags cluster and nodes for audits of data, cost and scope.
var classification = map[string]string{
	"Data classification": "Confidential", "Business unit": "BU0001", "Business criticality": "Business unit-critical",
}

// classified is the classification, overridden by configured tags and then by own ones.
func classified(configured, own map[string]string) pulumi.StringMap {
	tags := maps.Clone(classification)
	maps.Copy(tags, configured)
	maps.Copy(tags, own)
	return pulumi.ToStringMap(tags)
}

// managedCluster is the whole cluster, without what AKS has retired: pod security policies, pod identity, the Docker bridge, the HTTP
// application routing add-on, and Open Service Mesh, whose project ended.
func managedCluster(args *ClusterArgs, identityID pulumi.StringOutput) *containerservice.ManagedClusterArgs {
	names := args.Names()
	return &containerservice.ManagedClusterArgs{
		ResourceName:      pulumi.String(names.Cluster),
		ResourceGroupName: args.ResourceGroupName,
		NodeResourceGroup: pulumi.String(names.NodeResourceGroup),
		NodeResourceGroupProfile: containerservice.ManagedClusterNodeResourceGroupProfileArgs{
			RestrictionLevel: pulumi.String(restrictionLevel(args.Cluster.NodeResourceGroupLockdown)),
		},
		Location: pulumi.String(args.Location),
		Tags:     classified(args.Tags, nil),
		Sku: containerservice.ManagedClusterSKUArgs{
			Name: pulumi.String("Base"), Tier: pulumi.String(args.Cluster.SKUTier),
		},
		SupportPlan: pulumi.String(supportPlans[args.Cluster.SKUTier]),
		// A version without patch, such as 1.35, stays valid while AKS patches the cluster. AKS then returns the patch too, so that a
		// refresh shows a difference, and the next update sends 1.35 again, which changes nothing.
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
			// Patches only. A minor version has one owner, the configuration: the channel stable would raise it unreviewed, and AKS refuses
			// the older one of every update after that.
			UpgradeChannel: pulumi.String("patch"),
			// AKS patches nodes in the maintenance window by itself; in the walkthrough, kured reboots them.
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

// restrictionLevel restricts changes in the node resource group: with lockdown, only AKS makes them (Azure document "Node resource
// group lockdown").
func restrictionLevel(lockdown bool) string {
	if lockdown {
		return "ReadOnly"
	}
	return "Unrestricted"
}

// supportPlans are the support plans of the tiers.
var supportPlans = map[string]string{"Standard": "KubernetesOfficial", "Premium": "AKSLongTermSupport"}

// aadProfile lets only Entra users in; who may do what is decided by Kubernetes roles, not by Azure's.
func aadProfile(args *ClusterArgs) containerservice.ManagedClusterAADProfileArgs {
	tenant := args.Cluster.AdminTenantID
	if tenant == "" {
		tenant = args.TenantID
	}
	return containerservice.ManagedClusterAADProfileArgs{
		Managed:             pulumi.Bool(true),
		EnableAzureRBAC:     pulumi.Bool(false),
		AdminGroupObjectIDs: pulumi.StringArray{pulumi.String(args.Cluster.AdminGroupObjectID)},
		TenantID:            pulumi.String(tenant),
	}
}

// apiServerAccess leaves the private endpoint as the only way to the API server; the run command would be another.
func apiServerAccess(args *ClusterArgs) containerservice.ManagedClusterAPIServerAccessProfileArgs {
	access := containerservice.ManagedClusterAPIServerAccessProfileArgs{
		EnablePrivateCluster:           pulumi.Bool(true),
		EnablePrivateClusterPublicFQDN: pulumi.Bool(false),
		DisableRunCommand:              pulumi.Bool(true),
	}
	if zone := args.DNS.APIServerZoneID; zone != nil {
		access.PrivateDNSZone = zone.ToStringOutput().ToStringPtrOutput()
		return access
	}
	// A zone that AKS makes, the other way without one of ours, resolves in the spoke's own network only, whose machines ask a server elsewhere. A
	// public name of the private address resolves everywhere, and tells no more than the address (Azure document "Create a private AKS cluster").
	access.PrivateDNSZone, access.EnablePrivateClusterPublicFQDN = pulumi.String("none"), pulumi.Bool(true)
	return access
}

func securityProfile(args *ClusterArgs) containerservice.ManagedClusterSecurityProfileArgs {
	return containerservice.ManagedClusterSecurityProfileArgs{
		WorkloadIdentity: containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)},
		ImageCleaner: containerservice.ManagedClusterSecurityProfileImageCleanerArgs{
			Enabled: pulumi.Bool(true), IntervalHours: pulumi.Int(48),
		},
		Defender: containerservice.ManagedClusterSecurityProfileDefenderArgs{
			LogAnalyticsWorkspaceResourceId: args.WorkspaceID.ToStringOutput().ToStringPtrOutput(),
			SecurityMonitoring: containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{
				Enabled: pulumi.Bool(true),
			},
		},
	}
}

// networkProfile gives pods addresses of their node's subnet, for which the walkthrough's subnets are sized. Cilium replaces Azure's
// network policy manager, whose support ends in 2028.
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

// withoutPodCIDR removes the pod range that the SDK fills in: pods have addresses of their node's subnet, so there is none, and the
// SDK's 10.244.0.0/16 might be the range of a stamp.
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
			"logAnalyticsWorkspaceResourceId": args.WorkspaceID,
			// The agent signs in with a managed identity instead of the workspace's key.
			"useAADAuth": pulumi.String("true"),
		}),
		// Pods get a renewed certificate without a restart. Renewal is weeks before expiry, so polling once an hour is enough.
		"azureKeyvaultSecretsProvider": enabled(pulumi.StringMap{
			"enableSecretRotation": pulumi.String("true"), "rotationPollInterval": pulumi.String("1h"),
		}),
	}
}
