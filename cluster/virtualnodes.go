package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/governance"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/internal/component"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
	"aks-regulated-pulumi/stamp"
)

// VirtualNodesArgs configures VirtualNodes.
type VirtualNodesArgs struct {
	stamp.Site
	// RoleName is the display name of the custom role that places container groups.
	RoleName string
	Spoke    *network.ClusterSpoke
	// NetworkGroupID is the Azure resource id of the resource group of the spokes.
	NetworkGroupID pulumi.StringInput
	// Governance decides on the policy of the group.
	Governance config.Governance
	Registry   *Registry
	Cluster    *Cluster
	// PolicyDependency makes what is registered in the stamp's own resource group wait for its policies.
	PolicyDependency pulumi.ResourceOption
}

// VirtualNodes is the Azure part of a cluster's virtual nodes: the resource group of their container groups, the role that places them,
// and the identity that pulls their images. A resource that depends on its Members waits for all of that.
type VirtualNodes struct {
	pulumi.ResourceState
	component.Roster

	// ResourceGroupName is the group of the container groups, SubnetID the Azure resource id of the subnet that they are in.
	ResourceGroupName, SubnetID pulumi.StringOutput
	// PullIdentityID and PullPrincipalID are Azure resource id and Entra object id of the identity that pulls images of container groups.
	PullIdentityID, PullPrincipalID pulumi.StringOutput
}

// NewVirtualNodes registers the group with its policy, the role, the identity and the assignments.
func NewVirtualNodes(
	ctx *pulumi.Context, name string, args *VirtualNodesArgs, opts ...pulumi.ResourceOption,
) (*VirtualNodes, error) {
	nodes := &VirtualNodes{SubnetID: args.Spoke.SubnetID(network.SubnetVirtualNodes)}
	if err := component.Register(ctx, "aksregulated:cluster:VirtualNodes", name, nodes, opts...); err != nil {
		return nil, fmt.Errorf("virtual nodes: %w", err)
	}
	child := pulumi.Parent(nodes)
	// Azure document "Use virtual nodes v2 in AKS": network policy Calico or none.
	if err := ctx.Log.Warn("virtualNodes.enabled is true: Microsoft does not support virtual nodes with network policy by Cilium, which this "+
		"cluster has; no policy of Kubernetes reaches their pods", &pulumi.LogArgs{Resource: nodes}); err != nil {
		return nil, fmt.Errorf("warn about virtual nodes: %w", err)
	}
	group, err := nodes.newGroup(ctx, name, args)
	if err != nil {
		return nil, err
	}
	pull, err := newIdentity(ctx, name, args.Site, args.Names().VirtualNodesIdentity, child, args.PolicyDependency)
	if err != nil {
		return nil, err
	}
	nodes.PullIdentityID, nodes.PullPrincipalID = pull.ID().ToStringOutput(), pull.PrincipalId
	if _, err := assignRoles(ctx, name, containerGroupRoles(args), nodes.PullPrincipalID, child); err != nil {
		return nil, err
	}
	if err := nodes.allow(ctx, name, args, group); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(nodes, pulumi.Map{
		"resourceGroupName": nodes.ResourceGroupName, "subnetId": nodes.SubnetID,
		"pullIdentityId": nodes.PullIdentityID, "pullPrincipalId": nodes.PullPrincipalID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of virtual nodes: %w", err)
	}
	return nodes, nil
}

// newGroup registers the resource group of the container groups. Nothing else may be in it: virtual nodes delete what they did not create.
func (v *VirtualNodes) newGroup(ctx *pulumi.Context, name string, args *VirtualNodesArgs) (*resources.ResourceGroup, error) {
	group, err := resources.NewResourceGroup(ctx, name, &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(args.Stamp.VirtualNodesGroup),
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
	}, pulumi.Parent(v),
		// Deleting the group deletes the container groups left in it; only then can their subnet be deleted.
		pulumi.DependsOn(args.Spoke.Members()))
	if err != nil {
		return nil, fmt.Errorf("resource group %s: %w", args.Stamp.VirtualNodesGroup, err)
	}
	v.ResourceGroupName = group.Name
	if args.Governance.Mode == config.GovernanceNone {
		return group, nil
	}
	err = governance.AllowTypes(ctx, name+"-types", &governance.AllowedTypesArgs{
		SubscriptionID: args.SubscriptionID, Group: args.Stamp.VirtualNodesGroup, GroupName: group.Name,
		Types:       []string{"Microsoft.ContainerInstance/containerGroups"},
		Description: "Denies everything but container groups: virtual nodes own this group.",
	}, pulumi.Parent(v))
	return group, err
}

// allow defines the custom roles, and assigns to the identity of all nodes what virtual nodes need.
func (v *VirtualNodes) allow(ctx *pulumi.Context, name string, args *VirtualNodesArgs, group *resources.ResourceGroup) error {
	described := &rbac.VirtualNodesRoleArgs{DisplayName: args.RoleName, TargetGroupID: group.ID(), NetworkGroupID: args.NetworkGroupID}
	role, err := rbac.NewVirtualNodesRole(ctx, name, described, pulumi.Parent(v))
	if err != nil {
		return err
	}
	subnetRole, err := rbac.NewVirtualNodesSubnetRole(ctx, name+"-subnet", described, pulumi.Parent(v))
	if err != nil {
		return err
	}
	roles := slices.Concat(
		virtualNodesRoles(args, v.PullIdentityID),
		[]roleAssignment{
			{"groups", role.RoleDefinitionID, group.ID(), "Virtual nodes place container groups in this resource group."},
			{"network", subnetRole.RoleDefinitionID, v.SubnetID, "Virtual nodes join container groups to this subnet."},
		},
	)
	// Azure takes minutes to know a new role everywhere, and refuses to assign it until then; the provider does not try again. On a stack that
	// runs nothing else takes long but the import, which begins again because virtual nodes bring images of their own.
	_, err = assignRoles(ctx, name, roles, args.Cluster.KubeletObjectID, pulumi.Parent(v), pulumi.DependsOn([]pulumi.Resource{args.Registry.Imported}))
	return err
}

// CheckNodeResourceGroups returns a problem for each configured resource group that is the node resource group of a stamp. AKS manages
// these, and while they are locked down nothing can be created in them, and no network in them joined (the chart's document
// "SecurityCustomizations").
func CheckNodeResourceGroups(resourceGroups config.ResourceGroups, stamps []config.Stamp, subscriptionID string) []config.Problem {
	type group struct{ key, name, because string }
	groups := []group{
		{"resourceGroups.hub", resourceGroups.Hub, "AKS manages it"},
		{"resourceGroups.spokes", resourceGroups.Spokes, "virtual nodes could not join a network in it under lockdown"},
		{"resourceGroups.workload", resourceGroups.Workload, "AKS manages it"},
	}
	for i, stamp := range stamps {
		if stamp.ResourceGroup != resourceGroups.Workload {
			groups = append(groups, group{fmt.Sprintf("stamps[%d].resourceGroup", i), stamp.ResourceGroup, "AKS manages it"})
		}
		groups = append(groups, group{
			"virtualNodes.resourceGroup", stamp.VirtualNodesGroup, "virtual nodes could not place container groups in it under lockdown",
		})
	}
	var problems []config.Problem
	for _, group := range groups {
		for _, stamp := range stamps {
			if strings.EqualFold(group.name, stamp.Names(subscriptionID).NodeResourceGroup) {
				problems = append(problems, config.Problem{
					Key: group.key, Value: group.name,
					Allowed: fmt.Sprintf("a group other than the node resource group of stamp %s: %s", stamp.Name, group.because),
				})
			}
		}
	}
	return problems
}
