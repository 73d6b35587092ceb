package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	compute "aks-regulated-pulumi/internal/azurenative/compute/v20240701"
	insights "aks-regulated-pulumi/internal/azurenative/insights/v20230311"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/stamp"
)

// jumpBoxesName is the scale set's; Bastion shows instances as vmss-jumpboxes_0 and so on.
const jumpBoxesName = "vmss-jumpboxes"

// JumpBoxesArgs configures JumpBoxes.
type JumpBoxesArgs struct {
	stamp.Site
	JumpBoxes config.JumpBoxes
	// Operators are the users: SSH public keys by user name.
	Operators map[string]string
	Spoke     *network.ClusterSpoke
	// CollectionRuleID is the Azure resource id of the data collection rule that the monitoring agent follows.
	CollectionRuleID pulumi.StringInput
	// ImageID is the Azure resource id of a managed image, or of an image version in a gallery.
	ImageID pulumi.StringInput
	// TrustedLaunch starts the machines with secure boot and a virtual TPM, which only images of a gallery support.
	TrustedLaunch bool
	// After changes the spoke's network, and so must exist before the machines join it: the private endpoints.
	After []pulumi.Resource
}

// JumpBoxes are the machines from which operators reach the API server. Their disks are ephemeral, so they keep no data.
type JumpBoxes struct {
	pulumi.ResourceState

	// ScaleSetID is the Azure resource id of the virtual machine scale set.
	ScaleSetID pulumi.StringOutput
}

// NewJumpBoxes registers the scale set with the identity of its monitoring agent, and associates the agent with its rule.
func NewJumpBoxes(ctx *pulumi.Context, name string, args *JumpBoxesArgs, opts ...pulumi.ResourceOption) (*JumpBoxes, error) {
	boxes := &JumpBoxes{}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:JumpBoxes", name, boxes, opts...); err != nil {
		return nil, fmt.Errorf("jump boxes: %w", err)
	}
	child := pulumi.Parent(boxes)
	identity, err := newIdentity(ctx, name, args.Site, args.Names().JumpBoxIdentity, child)
	if err != nil {
		return nil, err
	}
	scaleSet, err := jumpBoxScaleSet(args, identity.ID().ToStringOutput())
	if err != nil {
		return nil, err
	}
	registered, err := compute.NewVirtualMachineScaleSet(ctx, name, scaleSet, child,
		// The first boot needs the firewall, for its name resolution and its agent.
		pulumi.DependsOn(append(args.Spoke.Members(), args.After...)),
		// Machines read custom data only at their first boot, so a removed operator loses access only by a replacement. Azure does not
		// change the security type of a machine either, nor the zones of a scale set.
		pulumi.ReplaceOnChanges([]string{
			"virtualMachineProfile.osProfile.customData", "virtualMachineProfile.securityProfile.securityType", "zones",
		}))
	if err != nil {
		return nil, fmt.Errorf("jump box scale set: %w", err)
	}
	boxes.ScaleSetID = registered.ID().ToStringOutput()
	if _, err := insights.NewDataCollectionRuleAssociation(ctx, name, &insights.DataCollectionRuleAssociationArgs{
		AssociationName:      pulumi.String("dcra-" + jumpBoxesName),
		ResourceUri:          boxes.ScaleSetID,
		DataCollectionRuleId: args.CollectionRuleID.ToStringOutput().ToStringPtrOutput(),
		Description:          pulumi.String("What the Azure Monitor Agent of the jump boxes collects."),
	}, child); err != nil {
		return nil, fmt.Errorf("data collection of the jump boxes: %w", err)
	}
	if err := ctx.RegisterResourceOutputs(boxes, pulumi.Map{"scaleSetId": boxes.ScaleSetID}); err != nil {
		return nil, fmt.Errorf("outputs of jump boxes: %w", err)
	}
	return boxes, nil
}
