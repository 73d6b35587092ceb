package rbac

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// virtualNodesActions are all that virtual nodes need to run pods as container groups (the chart's document
// "SecurityCustomizations"). Volumes on storage accounts would need more.
var virtualNodesActions = []string{
	"Microsoft.ContainerInstance/containerGroups/read",
	"Microsoft.ContainerInstance/containerGroups/write",
	"Microsoft.ContainerInstance/containerGroups/delete",
	"Microsoft.ContainerInstance/containerGroups/containers/exec/action",
	"Microsoft.Network/virtualNetworks/subnets/join/action",
}

// VirtualNodesRoleArgs configures NewVirtualNodesRole.
type VirtualNodesRoleArgs struct {
	// DisplayName is unique in the Entra tenant; virtual nodes do not look at it.
	DisplayName string
	// TargetGroupID and NetworkGroupID are the Azure resource ids of the resource groups of the container groups and of the cluster's
	// virtual network, where the role is to be assigned.
	TargetGroupID, NetworkGroupID pulumi.StringInput
}

// NewVirtualNodesRole registers the role of one cluster's virtual nodes, assignable at its two resource groups and nowhere else. It is
// always a custom role: the only built-in role that would do is Contributor.
func NewVirtualNodesRole(
	ctx *pulumi.Context, name string, args *VirtualNodesRoleArgs, opts ...pulumi.ResourceOption,
) (*CustomRole, error) {
	return NewCustomRole(ctx, name, &CustomRoleArgs{
		DisplayName: args.DisplayName,
		Description: "Lets virtual nodes run pods as container groups in one resource group, in a subnet of the cluster's network.",
		Actions:     virtualNodesActions,
		Scopes:      []pulumi.StringInput{args.TargetGroupID, args.NetworkGroupID},
	}, opts...)
}
