package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/handover"
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
	roles, err := assignRoles(ctx, name, controlPlaneRoles(args), identity.PrincipalId, child)
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	left, err := awaitNetworkRoles(ctx, name, args, identity.PrincipalId, child)
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	roles = append(roles, left...)
	if zone := args.DNS.APIServerZoneLeft(); zone != "" {
		granted, err := args.DNS.AwaitRole(ctx, name+"-zone-role", handover.Role{
			Principal: args.Names().ControlPlaneIdentity, Role: "Private DNS Zone Contributor", RoleID: string(rbac.PrivateDNSZoneContributor),
			Scope: zone, Reason: recordOfAPIServer,
		}, identity.PrincipalId, child)
		if err != nil {
			return pulumi.StringOutput{}, nil, err
		}
		roles = append(roles, granted)
	}
	return identity.ID().ToStringOutput(), roles, nil
}
