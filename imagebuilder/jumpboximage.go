// Package imagebuilder builds the operators' jump box image with Azure Image Builder.
package imagebuilder

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// JumpBoxImageArgs configures JumpBoxImage.
type JumpBoxImageArgs struct {
	config.Placement
	ImageBuilder config.ImageBuilder
	// Scripts say who runs the template.
	Scripts config.Scripts
	// ResourceGroups are the names of the group that receives the image, and of the spokes' group.
	ResourceGroups config.ResourceGroups
	// Subscription is where all of it is.
	Subscription subscription.Subscription
	// ResourceGroupName and ResourceGroupID are name and Azure resource id of the group with template, identities and image.
	ResourceGroupName, ResourceGroupID pulumi.StringInput
	Spoke                              *network.ImageBuilderSpoke
	Roles                              *rbac.ImageBuilderRoles
}

// JumpBoxImage is the golden image of the operators' jump boxes.
type JumpBoxImage struct {
	pulumi.ResourceState

	// ImageID is the Azure resource id of the image, known once it exists.
	ImageID pulumi.StringOutput
	// ImageName is the name of the managed image, or the gallery image version.
	ImageName string
	// TemplateID is the Azure resource id of the template; empty once it has been deleted.
	TemplateID pulumi.StringOutput
}

// NewJumpBoxImage builds the image. Once it is built and the template is not to be retained, only the identities of the build stay.
func NewJumpBoxImage(
	ctx *pulumi.Context, name string, args *JumpBoxImageArgs, opts ...pulumi.ResourceOption,
) (*JumpBoxImage, error) {
	names, err := NewNames(args)
	if err != nil {
		return nil, err
	}
	image := &JumpBoxImage{ImageName: names.Image, TemplateID: pulumi.String("").ToStringOutput()}
	name, opts = args.Subscription.Name(name), args.Subscription.Options(opts...)
	if err := ctx.RegisterComponentResource("aksregulated:imagebuilder:JumpBoxImage", name, image, opts...); err != nil {
		return nil, fmt.Errorf("jump box image: %w", err)
	}
	child := pulumi.Parent(image)
	templateArgs := &TemplateArgs{JumpBoxImageArgs: args, Names: names}
	if args.ImageBuilder.Distribute == config.ManagedImage {
		if err := image.warnOfManagedImage(ctx); err != nil {
			return nil, err
		}
	} else {
		image.ImageName = names.GalleryVersion
		definition, err := newGallery(ctx, name, args, child)
		if err != nil {
			return nil, err
		}
		templateArgs.ImageDefinitionID = definition.ID().ToStringOutput()
	}
	if templateArgs.Dropped, err = image.builtAndDropped(ctx, args, names); err != nil {
		return nil, err
	}
	if err := image.build(ctx, name, templateArgs); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(image, pulumi.Map{
		"imageId": image.ImageID, "templateId": image.TemplateID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of jump box image: %w", err)
	}
	return image, nil
}

// warnOfManagedImage says that Azure Image Builder wants source and target of one kind (Azure document "Azure VM Image Builder overview",
// 2026-05-19), and that no machine with Trusted Launch becomes a managed image.
func (i *JumpBoxImage) warnOfManagedImage(ctx *pulumi.Context) error {
	err := ctx.Log.Warn("imageBuilder.distribute is ManagedImage: Azure does not support a managed image of a source that supports Trusted "+
		"Launch, as Ubuntu 24.04 does, and may refuse it at the end of the build. SharedImage is supported.", &pulumi.LogArgs{Resource: i})
	if err != nil {
		return fmt.Errorf("warn about the managed image: %w", err)
	}
	return nil
}

// builtAndDropped reports whether template and script can be deleted: the image exists, and they are not to be retained.
func (i *JumpBoxImage) builtAndDropped(ctx *pulumi.Context, args *JumpBoxImageArgs, names Names) (bool, error) {
	if args.ImageBuilder.Retain {
		return false, nil
	}
	return imageExists(ctx, args, names, pulumi.Parent(i))
}

func (i *JumpBoxImage) build(ctx *pulumi.Context, name string, args *TemplateArgs) error {
	child := pulumi.Parent(i)
	template, err := NewTemplate(ctx, name+"-template", args, child)
	if err != nil {
		return err
	}
	build, err := NewBuild(ctx, name+"-build", &BuildArgs{
		JumpBoxImageArgs: args.JumpBoxImageArgs, Names: args.Names, Template: template, Dropped: args.Dropped,
	}, child)
	if err != nil {
		return err
	}
	i.ImageID, i.TemplateID = build.ImageID, template.TemplateID
	return nil
}
