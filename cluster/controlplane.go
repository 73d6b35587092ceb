package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	roles, err := assignRoles(ctx, name, controlPlaneRoles(args), identity.PrincipalId, child)
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	return identity.ID().ToStringOutput(), roles, nil
}
