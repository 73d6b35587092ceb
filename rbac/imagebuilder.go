package rbac

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The actions that Azure Image Builder needs (README of mspnp/aks-jumpbox-imagebuilder, and the Azure document
// "Configure Azure VM Image Builder permissions").
var (
	imageBuilderNetworkActions = []string{
		"Microsoft.Network/virtualNetworks/read",
		"Microsoft.Network/virtualNetworks/subnets/join/action",
	}
	imageBuilderImageActions = []string{
		"Microsoft.Compute/images/write",
		"Microsoft.Compute/images/read",
		"Microsoft.Compute/images/delete",
	}
	// Only a build that distributes to an Azure Compute Gallery needs these.
	imageBuilderGalleryActions = []string{
		"Microsoft.Compute/galleries/read",
		"Microsoft.Compute/galleries/images/read",
		"Microsoft.Compute/galleries/images/versions/read",
		"Microsoft.Compute/galleries/images/versions/write",
	}
	imageBuildRunActions = []string{
		"Microsoft.VirtualMachineImages/imageTemplates/read",
		"Microsoft.VirtualMachineImages/imageTemplates/run/action",
	}
)

// ImageBuilderRolesArgs configures ImageBuilderRoles.
type ImageBuilderRolesArgs struct {
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID string
	// UseCustomRoles chooses custom roles; without it the wider built-in roles take their place.
	UseCustomRoles bool
	// DisplayNameSuffix is appended to the custom roles' display names.
	DisplayNameSuffix string
	// Gallery adds to the image role what an Azure Compute Gallery needs.
	Gallery bool
}

// ImageBuilderRoles are the roles of the image build, as Azure resource ids of role definitions.
type ImageBuilderRoles struct {
	pulumi.ResourceState

	// Network lets Azure Image Builder join the build subnet; assign it at the virtual network, where it is checked.
	Network pulumi.StringOutput
	// Image lets it write the image; assign it at the resource group that receives the image.
	Image pulumi.StringOutput
	// Run lets the deployment script read and run one image template.
	Run pulumi.StringOutput
}

// NewImageBuilderRoles registers the custom roles, or resolves the built-in ones with a warning.
func NewImageBuilderRoles(
	ctx *pulumi.Context, name string, args *ImageBuilderRolesArgs, opts ...pulumi.ResourceOption,
) (*ImageBuilderRoles, error) {
	roles := &ImageBuilderRoles{}
	if err := ctx.RegisterComponentResource("aksregulated:rbac:ImageBuilderRoles", name, roles, opts...); err != nil {
		return nil, fmt.Errorf("image builder roles: %w", err)
	}
	define := roles.define
	if !args.UseCustomRoles {
		define = roles.fallBack
	}
	if err := define(ctx, name, args); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(roles, pulumi.Map{
		"network": roles.Network, "image": roles.Image, "run": roles.Run,
	}); err != nil {
		return nil, fmt.Errorf("outputs of image builder roles: %w", err)
	}
	return roles, nil
}

func (r *ImageBuilderRoles) define(ctx *pulumi.Context, name string, args *ImageBuilderRolesArgs) error {
	imageActions := imageBuilderImageActions
	if args.Gallery {
		imageActions = append(append([]string{}, imageActions...), imageBuilderGalleryActions...)
	}
	for _, role := range []struct {
		id          *pulumi.StringOutput
		logicalName string
		displayName string
		description string
		roleActions []string
	}{
		{&r.Network, "network", "[Custom] Azure Image Builder Service Network Joiner",
			"Lets Azure Image Builder join the subnet in which it builds.", imageBuilderNetworkActions},
		{&r.Image, "image", "[Custom] Image Contributor",
			"Lets Azure Image Builder write the images that it builds.", imageActions},
		{&r.Run, "run", "[Custom] Azure Image Builder Template Runner",
			"Lets the deployment script run an image template and wait for it.", imageBuildRunActions},
	} {
		custom, err := NewCustomRole(ctx, name+"-"+role.logicalName, &CustomRoleArgs{
			DisplayName:    role.displayName + args.DisplayNameSuffix,
			Description:    role.description,
			Actions:        role.roleActions,
			SubscriptionID: args.SubscriptionID,
		}, pulumi.Parent(r))
		if err != nil {
			return err
		}
		*role.id = custom.RoleDefinitionID
	}
	return nil
}

func (r *ImageBuilderRoles) fallBack(ctx *pulumi.Context, _ string, args *ImageBuilderRolesArgs) error {
	r.Network = pulumi.String(NetworkContributor.ID(args.SubscriptionID)).ToStringOutput()
	r.Image = pulumi.String(Contributor.ID(args.SubscriptionID)).ToStringOutput()
	r.Run = pulumi.String(Contributor.ID(args.SubscriptionID)).ToStringOutput()
	err := ctx.Log.Warn("imageBuilder.useCustomRoles is false: the image build runs with Network Contributor and "+
		"Contributor, which allow more than it needs", &pulumi.LogArgs{Resource: r})
	if err != nil {
		return fmt.Errorf("warn about built-in roles: %w", err)
	}
	return nil
}
