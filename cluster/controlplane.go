package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// newControlPlaneIdentity registers the identity that AKS uses in the spoke, with its roles. It needs no role for the ingress identity:
// only pod identity did, which workload identity has replaced.
func newControlPlaneIdentity(
	ctx *pulumi.Context, name string, args *ClusterArgs, child pulumi.ResourceOption,
) (pulumi.StringOutput, []pulumi.Resource, error) {
	identity, err := newIdentity(ctx, name, args.Site, args.Names().ControlPlaneIdentity,
		child, pulumi.Protect(args.Protect))
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	roles, err := assignRoles(ctx, name, args.Site, controlPlaneRoles(args), identity.PrincipalId, child)
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	return identity.ID().ToStringOutput(), roles, nil
}

// controlPlaneRoles is all that the control plane may do outside its own resource group: subnets one by one, not the network.
func controlPlaneRoles(args *ClusterArgs) []roleAssignment {
	subnet := args.Spoke.SubnetID
	return []roleAssignment{
		{"link", rbac.PrivateDNSZoneContributor, args.Spoke.VNetID,
			"AKS links the private DNS zone of its API server to this virtual network."},
		{"dns", rbac.PrivateDNSZoneContributor, args.DNS.APIServerZoneID,
			"AKS writes the record of its private API server into this zone."},
		{"system", rbac.NetworkContributor, subnet(network.SubnetSystemNodePool),
			"AKS joins the nodes of the system pool to this subnet."},
		{"inscope", rbac.NetworkContributor, subnet(network.SubnetInScopeNodePools),
			"AKS joins the nodes of the in-scope pools to this subnet."},
		{"outofscope", rbac.NetworkContributor, subnet(network.SubnetOutOfScopeNodePools),
			"AKS joins the nodes of the out-of-scope pools to this subnet."},
		{"ingress", rbac.NetworkContributor, subnet(network.SubnetIngressServices),
			"AKS joins the internal load balancer of the ingress controller to this subnet."},
	}
}
