package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
)

// Names of the cluster spoke's subnets.
const (
	SubnetManagementOps        = "snet-management-ops"
	SubnetManagementAgents     = "snet-management-agents"
	SubnetIngressServices      = "snet-cluster-ingressservices"
	SubnetApplicationGateway   = "snet-applicationgateway"
	SubnetSystemNodePool       = "snet-cluster-systemnodepool"
	SubnetInScopeNodePools     = "snet-cluster-inscopenodepools"
	SubnetOutOfScopeNodePools  = "snet-cluster-outofscopenodepools"
	SubnetPrivateLinkEndpoints = "snet-privatelinkendpoints"
	SubnetManagementACRAgents  = "snet-management-acragents"
)

// ClusterSpokeArgs configures ClusterSpoke.
type ClusterSpokeArgs struct {
	Config            *config.Config
	Hub               *Hub
	DNS               *PrivateDNS
	Stamp             config.Stamp
	ResourceGroupName pulumi.StringInput
}

// ClusterSpoke is the spoke of one stamp.
type ClusterSpoke struct {
	pulumi.ResourceState

	VNetID, GatewayPublicIPID, GatewayAddress pulumi.StringOutput
}

// SubnetID is the Azure resource id of a subnet of the spoke.
func (s *ClusterSpoke) SubnetID(name string) pulumi.StringOutput { return subnetID(s.VNetID, name) }
