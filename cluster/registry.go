package cluster

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	containerregistryagents "aks-regulated-pulumi/internal/azurenative/containerregistry/v20190601preview"
	containerregistry "aks-regulated-pulumi/internal/azurenative/containerregistry/v20230701"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/monitoring"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// RegistryArgs configures Registry.
type RegistryArgs struct {
	stamp.Site
	Registry config.Registry
	// Scripts say who imports the images.
	Scripts config.Scripts
	// Images are imported, see Images.
	Images     []Image
	Spoke      *network.ClusterSpoke
	DNS        *network.PrivateDNS
	Monitoring *monitoring.Monitoring
	// Vault has the private endpoint that is created before the registry's.
	Vault *Vault
	// ImportRoleID is the Azure resource id of the role definition that lets images be imported, an rbac.ImageImportRole.
	ImportRoleID pulumi.StringInput
}

// Registry is the container registry of a stamp, reached only through a private endpoint. Images are imported into quarantine/, and from
// there into live/, the only place from which the cluster may pull.
type Registry struct {
	pulumi.ResourceState

	// RegistryID is the Azure resource id of the registry.
	RegistryID pulumi.StringOutput
	// LoginServer is the host name in front of the names of images.
	LoginServer pulumi.StringOutput
	// Name is the name of the registry.
	Name string
	// Endpoint is the registry's private endpoint, the last one created in the spoke.
	Endpoint *network.PrivateEndpoint
	// Imported exists once all images are in live/. What pulls them depends on it.
	Imported pulumi.Resource
}

// NewRegistry registers the registry with its replica, agents, private endpoint, logs and alert, and imports the images.
func NewRegistry(ctx *pulumi.Context, name string, args *RegistryArgs, opts ...pulumi.ResourceOption) (*Registry, error) {
	registry := &Registry{Name: args.Names().Registry}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Registry", name, registry, opts...); err != nil {
		return nil, fmt.Errorf("container registry: %w", err)
	}
	child := pulumi.Parent(registry)
	azureRegistry, err := containerregistry.NewRegistry(ctx, name, registrySettings(args),
		child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("container registry %s: %w", registry.Name, err)
	}
	registry.RegistryID = azureRegistry.ID().ToStringOutput()
	registry.LoginServer = azureRegistry.LoginServer
	replicas, err := registry.replicate(ctx, name, args, azureRegistry)
	if err != nil {
		return nil, err
	}
	registry.Endpoint, err = network.NewPrivateEndpoint(ctx, name, &network.PrivateEndpointArgs{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName,
		TargetName: registry.Name, TargetID: registry.RegistryID, GroupID: "registry",
		VNetName: args.Stamp.VNetName(), SubnetID: args.Spoke.SubnetID(network.SubnetPrivateLinkEndpoints),
		ZoneID: args.DNS.RegistryZoneID, ZoneConfigName: "privatelink-azurecr-io", DNS: args.DNS, Zone: network.RegistryZone, GroupScope: args.GroupScope(),
		// A registry takes an endpoint only when no replica is being made. One that it gets later gets its address in the endpoint from
		// Azure.
		After: slices.Concat(args.Spoke.Members(), args.Vault.Members(), replicas),
	}, child)
	if err != nil {
		return nil, err
	}
	if err := registry.addAgents(ctx, name, args, azureRegistry); err != nil {
		return nil, err
	}
	logged, err := diagnostics.New(ctx, name, "default", diagnostics.ContainerRegistry,
		registry.RegistryID, args.Monitoring.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	if err := monitoring.NewImageImportAlert(ctx, name+"-import", &monitoring.ImageImportAlertArgs{
		Site: args.Site, Monitoring: args.Monitoring, RegistryName: registry.Name, RegistryID: registry.RegistryID,
		// The query finds its table only once the registry's logs go to the workspace.
	}, child, pulumi.DependsOn([]pulumi.Resource{logged})); err != nil {
		return nil, err
	}
	importImages := registry.importImages
	if args.Scripts.RunBy == config.RunByCaller {
		importImages = registry.importByCaller
	}
	if err := importImages(ctx, name, args, azureRegistry, logged); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(registry, pulumi.Map{
		"registryId": registry.RegistryID, "loginServer": registry.LoginServer,
	}); err != nil {
		return nil, fmt.Errorf("outputs of container registry: %w", err)
	}
	return registry, nil
}

func registrySettings(args *RegistryArgs) *containerregistry.RegistryArgs {
	zones := "Disabled"
	if len(args.Zones) > 0 {
		zones = "Enabled"
	}
	return &containerregistry.RegistryArgs{
		RegistryName:        pulumi.String(args.Names().Registry),
		ResourceGroupName:   args.ResourceGroupName,
		Location:            pulumi.String(args.Location),
		Tags:                pulumi.ToStringMap(args.Tags),
		Sku:                 containerregistry.SkuArgs{Name: pulumi.String("Premium")},
		AdminUserEnabled:    pulumi.Bool(false),
		PublicNetworkAccess: pulumi.String("Disabled"),
		NetworkRuleSet: containerregistry.NetworkRuleSetArgs{
			DefaultAction: pulumi.String("Deny"), IpRules: containerregistry.IPRuleArray{},
		},
		NetworkRuleBypassOptions: pulumi.String("AzureServices"),
		DataEndpointEnabled:      pulumi.Bool(true),
		ZoneRedundancy:           pulumi.String(zones),
		// Azure encrypts with its own keys.
		Encryption: containerregistry.EncryptionPropertyArgs{Status: pulumi.String("disabled")},
		Policies: containerregistry.PoliciesArgs{
			// The preview feature that hides images until a scanner releases them, not the quarantine/ of this platform.
			QuarantinePolicy: containerregistry.QuarantinePolicyArgs{Status: pulumi.String("disabled")},
			// Retired: no new registry can have Notary content trust since May 2026; images are signed with Notation instead.
			TrustPolicy: containerregistry.TrustPolicyArgs{Type: pulumi.String("Notary"), Status: pulumi.String("disabled")},
			// The policy deletes untagged manifests, and an import of a tag that has moved leaves one that nodes still pull by its
			// digest. Azure's document "Set a retention policy for untagged manifests" asks not to set it then.
			RetentionPolicy: containerregistry.RetentionPolicyArgs{Days: pulumi.Int(15), Status: pulumi.String("disabled")},
			// Disabled, it refuses imports that have this registry as their source, and promotion from quarantine/ is one.
			ExportPolicy: containerregistry.ExportPolicyArgs{Status: pulumi.String("enabled")},
		},
	}
}

// replicate registers and returns the replica, if one is configured.
func (r *Registry) replicate(
	ctx *pulumi.Context, name string, args *RegistryArgs, registry *containerregistry.Registry,
) ([]pulumi.Resource, error) {
	region := args.Registry.GeoReplication
	if region == "" {
		return nil, nil
	}
	replica, err := containerregistry.NewReplication(ctx, name, &containerregistry.ReplicationArgs{
		RegistryName:          registry.Name,
		ReplicationName:       pulumi.String(region), // Azure wants the region as the name
		ResourceGroupName:     args.ResourceGroupName,
		Location:              pulumi.String(region),
		Tags:                  pulumi.ToStringMap(args.Tags),
		RegionEndpointEnabled: pulumi.Bool(true),
		// The replica is for the loss of a whole region, and the paired ones do not all have zones.
		ZoneRedundancy: pulumi.String("Disabled"),
	}, pulumi.Parent(r))
	if err != nil {
		return nil, fmt.Errorf("replica of container registry: %w", err)
	}
	return []pulumi.Resource{replica}, nil
}

// addAgents registers the agents inside the spoke on which the registry builds images, if configured.
func (r *Registry) addAgents(
	ctx *pulumi.Context, name string, args *RegistryArgs, registry *containerregistry.Registry,
) error {
	if !args.Registry.AgentPool {
		return nil
	}
	_, err := containerregistryagents.NewAgentPool(ctx, name, &containerregistryagents.AgentPoolArgs{
		AgentPoolName:                  pulumi.String("acragent"),
		RegistryName:                   registry.Name,
		ResourceGroupName:              args.ResourceGroupName,
		Location:                       pulumi.String(args.Location),
		Tags:                           pulumi.ToStringMap(args.Tags),
		Count:                          pulumi.Int(1),
		Os:                             pulumi.String("Linux"),
		Tier:                           pulumi.String("S1"),
		VirtualNetworkSubnetResourceId: args.Spoke.SubnetID(network.SubnetManagementACRAgents).ToStringPtrOutput(),
	}, pulumi.Parent(r),
		// Agents start up through the spoke's route and egress, and join its network once the last endpoint has changed it.
		pulumi.DependsOn(append(args.Spoke.Members(), r.Endpoint.Members()...)))
	if err != nil {
		return fmt.Errorf("agent pool of container registry: %w", err)
	}
	return nil
}
