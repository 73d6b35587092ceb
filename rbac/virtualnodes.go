package rbac

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// virtualNodesActions are all that virtual nodes need in the group of their container groups to run pods (the chart's document
// "SecurityCustomizations"). Volumes on storage accounts would need more.
var virtualNodesActions = []string{
	"Microsoft.ContainerInstance/containerGroups/read",
	"Microsoft.ContainerInstance/containerGroups/write",
	"Microsoft.ContainerInstance/containerGroups/delete",
	"Microsoft.ContainerInstance/containerGroups/containers/exec/action",
}

// virtualNodesSubnetActions place container groups in a subnet.
var virtualNodesSubnetActions = []string{"Microsoft.Network/virtualNetworks/subnets/join/action"}

// VirtualNodesRoleArgs configures NewVirtualNodesRole.
type VirtualNodesRoleArgs struct {
	// DisplayName is unique in the Entra tenant; virtual nodes do not look at it.
	DisplayName string
	// TargetGroupID and NetworkGroupID are the Azure resource ids of the resource groups of the container groups and of the cluster's
	// virtual network, where the role is to be assigned.
	TargetGroupID, NetworkGroupID pulumi.StringInput
}

// NewVirtualNodesRole registers the role by which one cluster's virtual nodes run container groups. It is always a custom role: the only
// built-in role that would do is Contributor. It stays assignable at the network's group, where stacks of earlier versions have an
// assignment of it: Azure takes no scope from a role that is still assigned there.
func NewVirtualNodesRole(
	ctx *pulumi.Context, name string, args *VirtualNodesRoleArgs, opts ...pulumi.ResourceOption,
) (*CustomRole, error) {
	return NewCustomRole(ctx, name, &CustomRoleArgs{
		DisplayName: args.DisplayName,
		Description: "Lets virtual nodes run pods as container groups in one resource group.",
		Actions:     virtualNodesActions,
		Scopes:      []pulumi.StringInput{args.TargetGroupID, args.NetworkGroupID},
	}, opts...)
}

// NewVirtualNodesSubnetRole registers the role by which they join a subnet. Azure defines roles at resource groups and above, so that it is
// assignable in the network's group; it is to be assigned at the one subnet.
func NewVirtualNodesSubnetRole(
	ctx *pulumi.Context, name string, args *VirtualNodesRoleArgs, opts ...pulumi.ResourceOption,
) (*CustomRole, error) {
	return NewCustomRole(ctx, name, &CustomRoleArgs{
		DisplayName: args.DisplayName + " for the subnet",
		Description: "Lets virtual nodes place container groups in a subnet.",
		Actions:     virtualNodesSubnetActions,
		Scopes:      []pulumi.StringInput{args.NetworkGroupID},
	}, opts...)
}
