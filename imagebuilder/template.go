package imagebuilder

import (
	"fmt"

	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	virtualmachineimages "aks-regulated-pulumi/internal/azurenative/virtualmachineimages/v20240201"
	"aks-regulated-pulumi/rbac"
)

// Template is an Azure Image Builder template with the identity that it runs as.
type Template struct {
	pulumi.ResourceState

	// TemplateID is the Azure resource id of the image template; empty once it has been dropped.
	TemplateID pulumi.StringOutput
	// IdentityID is the Azure resource id of the builder's identity.
	IdentityID pulumi.StringOutput
	resource   *virtualmachineimages.VirtualMachineImageTemplate
}

// TemplateArgs configures Template.
type TemplateArgs struct {
	*JumpBoxImageArgs
	Names Names
	// ImageDefinitionID is the Azure resource id of the gallery's image definition, for SharedImage only.
	ImageDefinitionID pulumi.StringOutput
	// Dropped leaves out the template. Identity and assignments stay, since a new assignment takes Azure minutes to know.
	Dropped bool
}

// NewTemplate registers identity, role assignments and template.
func NewTemplate(ctx *pulumi.Context, name string, args *TemplateArgs, opts ...pulumi.ResourceOption) (*Template, error) {
	template := &Template{}
	if err := ctx.RegisterComponentResource("aksregulated:imagebuilder:Template", name, template, opts...); err != nil {
		return nil, fmt.Errorf("image template: %w", err)
	}
	child := pulumi.Parent(template)
	identity, err := managedidentity.NewUserAssignedIdentity(ctx, name, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String(args.ResourceGroups.ImageBuilderIdentityName(args.Subscription.ID)),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("image builder identity: %w", err)
	}
	template.IdentityID = identity.ID().ToStringOutput()
	joinNetwork, err := rbac.Assign(ctx, name+"-network", &rbac.AssignmentArgs{
		RoleDefinitionID: args.Roles.Network,
		PrincipalID:      identity.PrincipalId,
		Scope:            args.Spoke.VNetID,
		Description:      "Azure Image Builder joins the build subnet.",
	}, child)
	if err != nil {
		return nil, err
	}
	writeImage, err := rbac.Assign(ctx, name+"-image", &rbac.AssignmentArgs{
		RoleDefinitionID: args.Roles.Image,
		PrincipalID:      identity.PrincipalId,
		Scope:            args.ResourceGroupID,
		Description:      "Azure Image Builder writes the image.",
	}, child)
	if err != nil {
		return nil, err
	}
	template.TemplateID = pulumi.String("").ToStringOutput()
	if !args.Dropped {
		if err := template.submit(ctx, name, args, []*authorization.RoleAssignment{joinNetwork, writeImage}); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(template, pulumi.Map{
		"templateId": template.TemplateID, "identityId": template.IdentityID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of image template: %w", err)
	}
	return template, nil
}

// submit registers the template itself. Azure checks the network role and, for a gallery, the image role while it takes the template, and
// a template that it refused stays as failed and cannot be changed.
func (t *Template) submit(ctx *pulumi.Context, name string, args *TemplateArgs, roles []*authorization.RoleAssignment) error {
	known, err := rbac.AwaitKnown(ctx, name+"-"+args.Names.Hash, roles)
	if err != nil {
		return fmt.Errorf("image template: %w", err)
	}
	after := args.Spoke.Members()
	for _, role := range roles {
		after = append(after, role)
	}
	image := args.ImageBuilder.SourceImage
	registered, err := virtualmachineimages.NewVirtualMachineImageTemplate(ctx, name+"-"+args.Names.Hash,
		&virtualmachineimages.VirtualMachineImageTemplateArgs{
			ImageTemplateName: pulumi.String(args.Names.Template),
			ResourceGroupName: args.ResourceGroupName,
			Location:          pulumi.String(args.Location),
			Tags:              pulumi.ToStringMap(args.Tags),
			Identity: virtualmachineimages.ImageTemplateIdentityArgs{
				Type:                   virtualmachineimages.ResourceIdentityTypeUserAssigned,
				UserAssignedIdentities: pulumi.StringArray{t.IdentityID},
			},
			BuildTimeoutInMinutes: pulumi.Int(args.ImageBuilder.BuildTimeoutMinutes),
			VmProfile: virtualmachineimages.ImageTemplateVmProfileArgs{
				VmSize:       pulumi.String(args.ImageBuilder.VMSize),
				OsDiskSizeGB: pulumi.Int(args.ImageBuilder.OSDiskSizeGB),
				VnetConfig: virtualmachineimages.VirtualNetworkConfigArgs{
					SubnetId: args.Spoke.SubnetID,
					// Without it Azure takes Standard_A1_v2, a family for which many subscriptions have no quota.
					ProxyVmSize: pulumi.String(args.ImageBuilder.ProxyVMSize),
				},
			},
			Source: virtualmachineimages.ImageTemplatePlatformImageSourceArgs{
				Type:      pulumi.String("PlatformImage"),
				Publisher: pulumi.String(image.Publisher),
				Offer:     pulumi.String(image.Offer),
				Sku:       pulumi.String(image.SKU),
				Version:   pulumi.String(image.Version),
			},
			Customize:           renderCustomizers(Customizers(args.ImageBuilder.ToolVersions)),
			Distribute:          pulumi.Array{distributor(args)},
			ManagedResourceTags: pulumi.ToStringMap(args.Tags),
		}, pulumi.Parent(t), pulumi.DependsOn(after), known,
		// A template cannot be updated, and new tags are not worth a new build.
		pulumi.IgnoreChanges([]string{"tags", "managedResourceTags", "distribute[0].artifactTags"}))
	if err != nil {
		return fmt.Errorf("image template: %w", err)
	}
	t.resource, t.TemplateID = registered, registered.ID().ToStringOutput()
	return nil
}

// distributor renders where the image goes.
func distributor(args *TemplateArgs) pulumi.Input {
	if args.ImageBuilder.Distribute == config.ManagedImage {
		return virtualmachineimages.ImageTemplateManagedImageDistributorArgs{
			Type:          pulumi.String("ManagedImage"),
			RunOutputName: pulumi.String("managedImageTarget"),
			ImageId:       pulumi.String(imageID(args.JumpBoxImageArgs, args.Names)),
			Location:      pulumi.String(args.Location),
			ArtifactTags:  pulumi.ToStringMap(args.Tags),
		}
	}
	return virtualmachineimages.ImageTemplateSharedImageDistributorArgs{
		Type:           pulumi.String("SharedImage"),
		RunOutputName:  pulumi.String("sharedImageTarget"),
		GalleryImageId: pulumi.Sprintf("%s/versions/%s", args.ImageDefinitionID, args.Names.GalleryVersion),
		ArtifactTags:   pulumi.ToStringMap(args.Tags),
		// Version numbers depend on the content, not on age, so none of them is the latest.
		ExcludeFromLatest: pulumi.Bool(true),
		TargetRegions: virtualmachineimages.TargetRegionArray{virtualmachineimages.TargetRegionArgs{
			Name: pulumi.String(args.Location), ReplicaCount: pulumi.Int(1), StorageAccountType: pulumi.String(replication(args.JumpBoxImageArgs)),
		}},
	}
}
