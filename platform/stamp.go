package platform

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/monitoring"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// StampArgs configures Stamp.
type StampArgs struct {
	stamp.Site
	hub *network.Hub
	dns *network.PrivateDNS
	// judged makes what is registered in the stamp's resource group wait for its policies.
	judged pulumi.ResourceOption
	// spokesGroup is the resource group of the spokes.
	spokesGroup *resources.ResourceGroup
	// importRoleID is the role that imports images into the registry.
	importRoleID pulumi.StringInput
	// jumpBoxImageID is the image of the jump boxes, which nothing else waits for.
	jumpBoxImageID pulumi.StringInput
}

// Stamp is one cluster with its spoke, monitoring, vault, registry, gateway, jump boxes and what Flux sets up in it. Its policies stand
// beside it, since they come first.
type Stamp struct {
	pulumi.ResourceState

	// outputs are what operators and the next stages want to know of the stamp.
	outputs pulumi.Map
}

// NewStamp registers the parts of a stamp.
func NewStamp(ctx *pulumi.Context, name string, args *StampArgs, opts ...pulumi.ResourceOption) (*Stamp, error) {
	s := &Stamp{}
	if err := ctx.RegisterComponentResource("aksregulated:platform:Stamp", name, s, opts...); err != nil {
		return nil, fmt.Errorf("stamp %s: %w", args.Stamp.Name, err)
	}
	child := pulumi.Parent(s)
	spoke, err := network.NewClusterSpoke(ctx, name+"-spoke", &network.ClusterSpokeArgs{
		Config: args.Config, Hub: args.hub, DNS: args.dns, Stamp: args.Stamp, ResourceGroupName: args.spokesGroup.Name,
	}, child)
	if err != nil {
		return nil, err
	}
	inGroup := pulumi.Composite(child, args.judged)
	monitor, err := monitoring.NewMonitoring(ctx, name+"-monitoring", &monitoring.MonitoringArgs{Site: args.Site}, inGroup)
	if err != nil {
		return nil, err
	}
	vault, err := cluster.NewVault(ctx, name+"-vault", &cluster.VaultArgs{
		Site: args.Site, Spoke: spoke, DNS: args.dns, Monitoring: monitor,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	registry, err := cluster.NewRegistry(ctx, name+"-registry", &cluster.RegistryArgs{
		Site: args.Site, Spoke: spoke, DNS: args.dns, Monitoring: monitor, Vault: vault,
		ImportRoleID: args.importRoleID,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	ingress, err := cluster.NewIngressIdentity(ctx, name+"-ingress", &cluster.IngressIdentityArgs{
		Site: args.Site, VaultID: vault.VaultID,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	gateway, err := cluster.NewGateway(ctx, name+"-gateway", &cluster.GatewayArgs{
		Site: args.Site, Spoke: spoke, Vault: vault, Monitoring: monitor, After: registry.Endpoint.Members(),
	}, inGroup)
	if err != nil {
		return nil, err
	}
	kubernetes, err := cluster.NewCluster(ctx, name+"-cluster", &cluster.ClusterArgs{
		Site: args.Site, Spoke: spoke, DNS: args.dns, Monitoring: monitor, RegistryID: registry.RegistryID,
		After: registry.Endpoint.Members(),
	}, inGroup)
	if err != nil {
		return nil, err
	}
	if err := ingress.Federate(ctx, name+"-ingress", kubernetes.OIDCIssuerURL); err != nil {
		return nil, err
	}
	if _, err := monitoring.NewAlerts(ctx, name+"-alerts", &monitoring.AlertsArgs{
		Site: args.Site, Monitoring: monitor, ClusterID: kubernetes.ClusterID,
	}, inGroup); err != nil {
		return nil, err
	}
	if _, err := cluster.NewJumpBoxes(ctx, name+"-jumpboxes", &cluster.JumpBoxesArgs{
		Site: args.Site, Spoke: spoke, Monitoring: monitor, ImageID: args.jumpBoxImageID,
		TrustedLaunch: args.Config.ImageBuilder.Mode == config.ModeBuild && args.Config.ImageBuilder.Distribute == config.SharedImage,
	}, inGroup); err != nil {
		return nil, err
	}
	virtualNodes, err := newVirtualNodes(ctx, name+"-virtualnodes", &cluster.VirtualNodesArgs{
		Site: args.Site, Spoke: spoke, NetworkGroupID: args.spokesGroup.ID(), Registry: registry, Cluster: kubernetes,
		Judged: args.judged,
	}, child)
	if err != nil {
		return nil, err
	}
	bootstrapped, err := newBootstrap(ctx, name+"-bootstrap", &bootstrap.StampArgs{
		Site: args.Site, Spoke: spoke, DNS: args.dns, Registry: registry, Vault: vault, Ingress: ingress, Cluster: kubernetes,
		VirtualNodes: virtualNodes,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	s.outputs = pulumi.Map{
		"resourceGroupName": args.ResourceGroupName,
		"vnetId":            spoke.VNetID,
		"addressSpace":      pulumi.String(args.Stamp.AddressSpace.String()),
		"clusterName":       kubernetes.ClusterName,
		"clusterId":         kubernetes.ClusterID,
		"kubernetesVersion": pulumi.String(args.Stamp.KubernetesVersion),
		"nodePools":         nodePools(args.Config),
		"oidcIssuerUrl":     kubernetes.OIDCIssuerURL,
		"registryName":      pulumi.String(registry.Name),
		"registryId":        registry.RegistryID,
		"vaultName":         pulumi.String(vault.Name),
		"ingressClientId":   ingress.ClientID,
		"ingressAddress":    pulumi.String(args.Stamp.IngressAddress().String()),
		"ingressHost":       pulumi.String(args.Config.BackendHostName()),
		"gatewayName":       pulumi.String(args.Names().Gateway),
		"gatewayId":         gateway.GatewayID,
		"gatewayAddress":    spoke.GatewayAddress,
	}
	maps.Copy(s.outputs, bootstrapped)
	if err := ctx.RegisterResourceOutputs(s, s.outputs); err != nil {
		return nil, fmt.Errorf("outputs of stamp %s: %w", args.Stamp.Name, err)
	}
	return s, nil
}

// newVirtualNodes registers what Azure has for virtual nodes; nil if they are not enabled.
func newVirtualNodes(
	ctx *pulumi.Context, name string, args *cluster.VirtualNodesArgs, opts ...pulumi.ResourceOption,
) (*cluster.VirtualNodes, error) {
	if !args.Config.VirtualNodes.Enabled {
		return nil, nil
	}
	return cluster.NewVirtualNodes(ctx, name, args, opts...)
}
