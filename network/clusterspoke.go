package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/internal/subscription"
)

// Names of the cluster spoke's subnets, as the program gives them; a given network may have others.
const (
	SubnetManagementOps        = config.SubnetManagementOps
	SubnetManagementAgents     = config.SubnetManagementAgents
	SubnetIngressServices      = config.SubnetIngressServices
	SubnetApplicationGateway   = config.SubnetApplicationGateway
	SubnetSystemNodePool       = config.SubnetSystemNodePool
	SubnetInScopeNodePools     = config.SubnetInScopeNodePools
	SubnetOutOfScopeNodePools  = config.SubnetOutOfScopeNodePools
	SubnetPrivateLinkEndpoints = config.SubnetPrivateLinkEndpoints
	SubnetManagementACRAgents  = config.SubnetManagementACRAgents
)

// applicationGateways is the service that the subnet of an application gateway is delegated to.
const applicationGateways = "Microsoft.Network/applicationGateways"

// clusterSubnets are the subnets of a stamp. The load balancers answer within the network, and the gateway uses its own public IP address:
// Azure supports a default route to an appliance only for gateways that it isolates, which it does not in every subscription. It does not make
// isolated ones in a subnet that is not delegated to them (Azure document "Private Application Gateway deployment"). AKS puts the private
// endpoint of its API server into a node subnet, and manages it without our rules and routes.
func clusterSubnets(at config.StampSubnets) []SpokeSubnet {
	return []SpokeSubnet{
		{Name: SubnetManagementOps, Prefix: at.ManagementOps, SecurityGroup: groupManagementOps},
		{Name: SubnetManagementAgents, Prefix: at.ManagementAgents, SecurityGroup: groupManagementOps},
		{Name: SubnetIngressServices, Prefix: at.IngressServices, SecurityGroup: groupAKSLoadBalancers, Unrouted: true},
		{
			Name: SubnetApplicationGateway, Prefix: at.ApplicationGateway, SecurityGroup: groupApplicationGateway, Unrouted: true,
			Delegation: applicationGateways,
		},
		{Name: SubnetSystemNodePool, Prefix: at.SystemNodePool, SecurityGroup: groupSystemNodePools, EndpointPoliciesOff: true},
		{Name: SubnetInScopeNodePools, Prefix: at.InScopeNodePools, SecurityGroup: groupInScopeNodePools, EndpointPoliciesOff: true},
		{Name: SubnetOutOfScopeNodePools, Prefix: at.OutOfScopeNodePools, SecurityGroup: groupOutOfScopeNodePools, EndpointPoliciesOff: true},
		{Name: SubnetPrivateLinkEndpoints, Prefix: at.PrivateLinkEndpoints, SecurityGroup: groupPrivateLinkEndpoints},
		{Name: SubnetManagementACRAgents, Prefix: at.ManagementACRAgents, SecurityGroup: groupACRAgents},
	}
}

// ClusterSpokeArgs configures ClusterSpoke.
type ClusterSpokeArgs struct {
	config.Placement
	// Bootstrap, BuildAgents and VirtualNodes decide on the spoke's egress, VirtualNodes also on a subnet.
	Bootstrap    config.Bootstrap
	BuildAgents  config.BuildAgents
	VirtualNodes config.VirtualNodes
	// NodeHosts and JumpBoxHosts are further hosts that nodes and jump boxes reach over HTTPS.
	NodeHosts, JumpBoxHosts []string
	Stamp                   config.Stamp
	// Subscription is where the spoke is, with the cluster.
	Subscription subscription.Subscription
	Hub          *Hub
	DNS          *PrivateDNS
	// Group is the name of the group that all spokes share, ResourceGroupName the same once the group exists.
	Group             string
	ResourceGroupName pulumi.StringInput
}

// ClusterSpoke is the spoke of one stamp: its network, what may leave it, the names that resolve in it, and the public IP
// address of its gateway. A resource that depends on its Members waits for all of that.
type ClusterSpoke struct {
	pulumi.ResourceState
	component.Roster

	// VNetID is the Azure resource id of the virtual network.
	VNetID pulumi.StringOutput
	// GatewayPublicIPID is the Azure resource id of the gateway's public IP address, GatewayAddress the IPv4 address itself.
	GatewayPublicIPID, GatewayAddress pulumi.StringOutput

	spoke *Spoke
}

// SubnetID is the Azure resource id of a subnet of the spoke, by the name that the program gives it.
func (s *ClusterSpoke) SubnetID(name string) pulumi.StringOutput {
	if s.spoke == nil { // a network alone has the subnets by those names
		return subnetID(s.VNetID, name)
	}
	return s.spoke.SubnetID(name)
}

// clusterNetwork are the security groups and subnets of a stamp; bastion is the range of AzureBastionSubnet.
func clusterNetwork(stamp config.Stamp, bastion netip.Prefix, virtualNodes bool) ([]SecurityGroup, []SpokeSubnet) {
	groups, subnets := ClusterSecurityGroups(bastion), clusterSubnets(stamp.Subnets)
	if virtualNodes {
		groups = append(groups, VirtualNodesSecurityGroup(stamp.Subnets))
		subnets = append(subnets, virtualNodesSubnet(stamp.Subnets))
	}
	return groups, subnets
}

func newClusterNetwork(ctx *pulumi.Context, name string, args *ClusterSpokeArgs, child pulumi.ResourceOption) (*Spoke, error) {
	groups, subnets := clusterNetwork(args.Stamp, args.Hub.BastionSubnet, args.VirtualNodes.Enabled)
	return NewSpoke(ctx, name, &SpokeArgs{
		Placement: args.Placement, Hub: args.Hub, Subscription: args.Subscription, Group: args.Group, ResourceGroupName: args.ResourceGroupName,
		Name: args.Stamp.VNetName(), AddressSpace: args.Stamp.AddressSpace, SecurityGroups: groups, Subnets: subnets,
	}, child)
}

// NewClusterSpoke registers the spoke with its egress, DNS links and public IP address. Of a network that the stamp is given nothing is
// registered.
func NewClusterSpoke(
	ctx *pulumi.Context, name string, args *ClusterSpokeArgs, opts ...pulumi.ResourceOption,
) (_ *ClusterSpoke, err error) {
	cluster := &ClusterSpoke{}
	if err := component.Register(ctx, "aksregulated:network:ClusterSpoke", name, cluster, opts...); err != nil {
		return nil, fmt.Errorf("cluster spoke: %w", err)
	}
	child := pulumi.Parent(cluster)
	stamp := args.Stamp
	if err := cluster.warnOfSmallGatewaySubnet(ctx, stamp); err != nil {
		return nil, err
	}
	if stamp.NetworkID != "" {
		cluster.spoke = FindSpoke(stamp.NetworkID, stamp.SubnetName)
	} else if cluster.spoke, err = newClusterNetwork(ctx, name, args, child); err != nil {
		return nil, err
	}
	cluster.VNetID = cluster.spoke.VNetID
	egress, err := clusterEgress(args)
	if err != nil {
		return nil, err
	}
	if _, err := NewEgress(ctx, name+"-egress", egress, child); err != nil {
		return nil, err
	}
	// Machines resolve names through the firewall, which uses the hub's links. The gateway finds the vault through the zone linked to
	// its own network (Azure document "TLS termination with Key Vault certificates"). AKS links the API server's zone itself. Zones of others get
	// no link but the one that is needed.
	zones := []PrivateZone{RegistryZone, VaultZone}
	if args.DNS.found {
		zones = zones[1:]
	}
	network := LinkedNetwork{stamp.VNetName(), stamp.NetworkID, cluster.VNetID}
	if network.PlannedID == "" {
		network.PlannedID = networkID(args.Subscription, args.Group, stamp.VNetName())
	}
	for _, zone := range zones {
		err := args.DNS.Link(ctx, name, zone, network, "Application Gateway finds the vault with its certificate in the zones of its own network.", child)
		if err != nil {
			return nil, err
		}
	}
	address, err := newPublicIPAddress(ctx, name+"-gateway", &publicIPAddressArgs{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName, WorkspaceID: args.Hub.WorkspaceID,
		Name: stamp.GatewayPublicIPName(),
	}, child)
	if err != nil {
		return nil, err
	}
	cluster.GatewayPublicIPID = address.ID().ToStringOutput()
	cluster.GatewayAddress = address.IpAddress.Elem()
	if err := ctx.RegisterResourceOutputs(cluster, pulumi.Map{
		"vnetId": cluster.VNetID, "gatewayPublicIpId": cluster.GatewayPublicIPID, "gatewayAddress": cluster.GatewayAddress,
	}); err != nil {
		return nil, fmt.Errorf("outputs of cluster spoke: %w", err)
	}
	return cluster, nil
}

// advisedGatewaySubnet is the prefix length that Azure advises for the subnet of an application gateway, which grows there and is replaced
// there instance by instance (Azure document "Application Gateway infrastructure configuration").
const advisedGatewaySubnet = 24

func (s *ClusterSpoke) warnOfSmallGatewaySubnet(ctx *pulumi.Context, stamp config.Stamp) error {
	at := stamp.Subnets.ApplicationGateway
	if at.Bits() <= advisedGatewaySubnet {
		return nil
	}
	err := ctx.Log.Warn(fmt.Sprintf("stamp %s: applicationGatewaySubnet %s is smaller than a /%d, which Azure advises: the gateway may lack addresses "+
		"when Azure maintains it at full size.", stamp.Name, at, advisedGatewaySubnet), &pulumi.LogArgs{Resource: s})
	if err != nil {
		return fmt.Errorf("warn about the gateway's subnet: %w", err)
	}
	return nil
}
