package rbac

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// imageImportActions are what az acr import needs at a registry that is both source and target (Azure document "Azure
// Container Registry roles and permissions"). Following the operation needs nothing beyond reading the registry.
var imageImportActions = []string{
	"Microsoft.ContainerRegistry/registries/read",
	"Microsoft.ContainerRegistry/registries/importImage/action",
	"Microsoft.ContainerRegistry/registries/pull/read",
	"Microsoft.ContainerRegistry/registries/push/write",
}

// ImageImportRoleArgs configures ImageImportRole.
type ImageImportRoleArgs struct {
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID string
	// UseCustomRoles chooses a custom role over the built-in one.
	UseCustomRoles bool
	// DisplayNameSuffix is appended to the custom role's display name.
	DisplayNameSuffix string
}

// ImageImportRole lets the deployment script import images into a registry; assign it at the registry. One serves all
// stamps, since custom roles belong to the subscription and their display names to the Entra tenant.
type ImageImportRole struct {
	pulumi.ResourceState

	// RoleDefinitionID is the Azure resource id of the role definition.
	RoleDefinitionID pulumi.StringOutput
}

// NewImageImportRole registers the custom role, or resolves the built-in one. The built-in role had the same actions when it was
// published, but Microsoft may widen it.
func NewImageImportRole(
	ctx *pulumi.Context, name string, args *ImageImportRoleArgs, opts ...pulumi.ResourceOption,
) (*ImageImportRole, error) {
	role := &ImageImportRole{}
	if err := ctx.RegisterComponentResource("aksregulated:rbac:ImageImportRole", name, role, opts...); err != nil {
		return nil, fmt.Errorf("image import role: %w", err)
	}
	role.RoleDefinitionID = pulumi.String(ContainerRegistryDataImporter.ID(args.SubscriptionID)).ToStringOutput()
	if args.UseCustomRoles {
		custom, err := NewCustomRole(ctx, name, &CustomRoleArgs{
			DisplayName:    "[Custom] Container Registry Image Importer" + args.DisplayNameSuffix,
			Description:    "Lets the deployment script import images into a registry, and promote them within it.",
			Actions:        imageImportActions,
			SubscriptionID: args.SubscriptionID,
		}, pulumi.Parent(role))
		if err != nil {
			return nil, err
		}
		role.RoleDefinitionID = custom.RoleDefinitionID
	}
	if err := ctx.RegisterResourceOutputs(role, pulumi.Map{"roleDefinitionId": role.RoleDefinitionID}); err != nil {
		return nil, fmt.Errorf("outputs of image import role: %w", err)
	}
	return role, nil
}
