// Package imagebuilder builds the operators' jump box image with Azure Image Builder.
package imagebuilder

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// JumpBoxImageArgs configures JumpBoxImage.
type JumpBoxImageArgs struct {
	config.Placement
	ImageBuilder config.ImageBuilder
	// ResourceGroups are the names of the workload's group, which receives the image, and of the spokes' group.
	ResourceGroups config.ResourceGroups
	// SubscriptionID is the GUID of the subscription.
	SubscriptionID string
	// ResourceGroup is the workload's group, with template, identities and image.
	ResourceGroup *resources.ResourceGroup
	Spoke         *network.ImageBuilderSpoke
	Roles         *rbac.ImageBuilderRoles
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

// NewJumpBoxImage builds the image. Once it is built and nothing of the build is to be retained, it only refers to the image.
func NewJumpBoxImage(
	ctx *pulumi.Context, name string, args *JumpBoxImageArgs, opts ...pulumi.ResourceOption,
) (*JumpBoxImage, error) {
	names, err := NewNames(args)
	if err != nil {
		return nil, err
	}
	image := &JumpBoxImage{ImageName: names.Image, TemplateID: pulumi.String("").ToStringOutput()}
	if err := ctx.RegisterComponentResource("aksregulated:imagebuilder:JumpBoxImage", name, image, opts...); err != nil {
		return nil, fmt.Errorf("jump box image: %w", err)
	}
	child := pulumi.Parent(image)
	templateArgs := &TemplateArgs{JumpBoxImageArgs: args, Names: names}
	if args.ImageBuilder.Distribute == config.SharedImage {
		image.ImageName = names.GalleryVersion
		definition, err := newGallery(ctx, name, args, child)
		if err != nil {
			return nil, err
		}
		templateArgs.ImageDefinitionID = definition.ID().ToStringOutput()
	}
	built, err := image.builtAndDropped(ctx, args, names)
	if err != nil {
		return nil, err
	}
	if built {
		image.ImageID = pulumi.String(imageID(args, names)).ToStringOutput()
	} else if err := image.build(ctx, name, templateArgs); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(image, pulumi.Map{
		"imageId": image.ImageID, "templateId": image.TemplateID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of jump box image: %w", err)
	}
	return image, nil
}

// builtAndDropped reports whether template and build can be deleted: the image exists, and nothing is to be retained.
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
		JumpBoxImageArgs: args.JumpBoxImageArgs, Names: args.Names, Template: template,
	}, child)
	if err != nil {
		return err
	}
	i.ImageID, i.TemplateID = build.ImageID, template.TemplateID
	return nil
}
