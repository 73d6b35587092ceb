package platform

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/bootstrap"
	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/monitoring"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// stampArgs configures deployedStamp.
type stampArgs struct {
	stamp.Site
	config *config.Config
	// tenantID is the GUID of the Entra tenant of the Azure login.
	tenantID string
	// subscription is that of the login, where stamps are.
	subscription subscription.Subscription
	found        foundLogs
	hub          *network.Hub
	dns          *network.PrivateDNS
	// policyDependency makes what is registered in the stamp's resource group wait for its policies.
	policyDependency pulumi.ResourceOption
	// spokesGroup is the resource group of the spokes.
	spokesGroup *resourceGroup
	// images are imported into the registry by the role importRoleID.
	images       []cluster.Image
	importRoleID pulumi.StringInput
	// leftRoles are those on a given network, if its owner assigns them; otherwise nil.
	leftRoles *network.LeftRoles
	// jumpBoxImage is the image of the jump boxes; nothing else waits for it.
	jumpBoxImage jumpBoxImage
}

// networkGroupID is the Azure resource id of the resource group with the stamp's network.
func (a *stampArgs) networkGroupID() pulumi.StringInput {
	if id := a.Stamp.NetworkID; id != "" {
		return pulumi.String(resourceid.InGroup(resourceid.Subscription(id), resourceid.Group(id)))
	}
	return a.spokesGroup.ID
}

// deployedStamp is one cluster with its spoke, monitoring, vault, registry, gateway, jump boxes and what Flux sets up in it. Its policies
// are registered beside it, since they come first.
type deployedStamp struct {
	pulumi.ResourceState

	// outputs are what operators and later deployments need to know of the stamp.
	outputs pulumi.Map
}

func newStamp(ctx *pulumi.Context, name string, args *stampArgs, opts ...pulumi.ResourceOption) (*deployedStamp, error) {
	s := &deployedStamp{}
	if err := ctx.RegisterComponentResource("aksregulated:platform:Stamp", name, s, opts...); err != nil {
		return nil, fmt.Errorf("stamp %s: %w", args.Stamp.Name, err)
	}
	child := pulumi.Parent(s)
	cfg := args.config
	spoke, err := network.NewClusterSpoke(ctx, name+"-spoke", &network.ClusterSpokeArgs{
		Placement: args.Placement, Bootstrap: cfg.Bootstrap, BuildAgents: cfg.BuildAgents, VirtualNodes: cfg.VirtualNodes,
		NodeHosts: cfg.Firewall.NodeHosts, JumpBoxHosts: cfg.JumpBoxes.AllowedHosts,
		Hub: args.hub, DNS: args.dns, Stamp: args.Stamp, Subscription: args.subscription,
		Group: args.spokesGroup.planned, ResourceGroupName: args.spokesGroup.Name,
	}, child)
	if err != nil {
		return nil, err
	}
	inGroup := pulumi.Composite(child, args.policyDependency)
	monitor, err := monitoring.NewMonitoring(ctx, name+"-monitoring", &monitoring.MonitoringArgs{
		Site: args.Site, Monitoring: cfg.Monitoring, Logs: args.found.logs, Metrics: args.found.metrics,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	vault, err := cluster.NewVault(ctx, name+"-vault", &cluster.VaultArgs{
		Site: args.Site, Certificates: cfg.Certificates, TenantID: args.tenantID, Spoke: spoke, DNS: args.dns,
		WorkspaceID: monitor.WorkspaceID,
	}, inGroup)
	if err != nil {
		return nil, err
	}
	registry, err := cluster.NewRegistry(ctx, name+"-registry", &cluster.RegistryArgs{
		Site: args.Site, Registry: cfg.Registry, Scripts: cfg.Scripts, Images: args.images, Spoke: spoke, DNS: args.dns, Monitoring: monitor, Vault: vault,
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
		Site: args.Site, Gateway: cfg.Gateway, Ingress: cfg.Ingress, Spoke: spoke, Vault: vault, WorkspaceID: monitor.WorkspaceID,
		After: registry.Endpoint.Members(),
	}, inGroup)
	if err != nil {
		return nil, err
	}
	kubernetes, err := cluster.NewCluster(ctx, name+"-cluster", &cluster.ClusterArgs{
		Site: args.Site, Cluster: cfg.Cluster, NodePools: cfg.NodePools, TenantID: args.tenantID, Spoke: spoke, DNS: args.dns,
		LeftNetworkRoles: args.leftRoles,
		WorkspaceID:      monitor.WorkspaceID, RegistryID: registry.RegistryID, After: registry.Endpoint.Members(),
	}, inGroup)
	if err != nil {
		return nil, err
	}
	if err := ingress.Federate(ctx, name+"-ingress", kubernetes.OIDCIssuerURL); err != nil {
		return nil, err
	}
	if _, err := monitoring.NewAlerts(ctx, name+"-alerts", &monitoring.AlertsArgs{
		Site: args.Site, Monitoring: monitor, ClusterID: kubernetes.ClusterID,
		FirewallID: args.hub.FirewallID, FirewallLogsID: args.hub.FirewallLogsID, FirewallLogged: args.hub.FirewallReady,
	}, inGroup); err != nil {
		return nil, err
	}
	if _, err := cluster.NewJumpBoxes(ctx, name+"-jumpboxes", &cluster.JumpBoxesArgs{
		Site: args.Site, JumpBoxes: cfg.JumpBoxes, Operators: cfg.Operators, Spoke: spoke, CollectionRuleID: monitor.JumpBoxRuleID,
		ImageID:       args.jumpBoxImage.id,
		TrustedLaunch: args.jumpBoxImage.trustedLaunch,
		After:         registry.Endpoint.Members(),
	}, inGroup); err != nil {
		return nil, err
	}
	var virtualNodes *cluster.VirtualNodes
	if cfg.VirtualNodes.Enabled {
		if virtualNodes, err = cluster.NewVirtualNodes(ctx, name+"-virtualnodes", &cluster.VirtualNodesArgs{
			Site: args.Site, RoleName: args.Stamp.Shared(cfg.VirtualNodes.RoleName) + cfg.ImageBuilder.CustomRoleSuffix, Spoke: spoke,
			Governance: cfg.Governance, NetworkGroupID: args.networkGroupID(), Registry: registry, Cluster: kubernetes, PolicyDependency: args.policyDependency,
		}, child); err != nil {
			return nil, err
		}
	}
	bootstrapped, err := newBootstrap(ctx, name+"-bootstrap", &bootstrap.StampArgs{
		Site: args.Site, Settings: bootstrapSettings(cfg), TenantID: args.tenantID, Spoke: spoke, DNS: args.dns, Registry: registry,
		Vault: vault, Ingress: ingress, Cluster: kubernetes, VirtualNodes: virtualNodes,
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
		"nodePools":         nodePools(cfg.NodePools, cfg.Zones),
		"oidcIssuerUrl":     kubernetes.OIDCIssuerURL,
		"registryName":      pulumi.String(registry.Name),
		"registryId":        registry.RegistryID,
		"vaultName":         pulumi.String(vault.Name),
		"ingressClientId":   ingress.ClientID,
		"ingressAddress":    pulumi.String(args.Stamp.IngressAddress().String()),
		"ingressHost":       pulumi.String(cfg.Ingress.BackendHostName()),
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
