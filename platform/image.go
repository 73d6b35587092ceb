package platform

import (
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// newJumpBoxImage builds the jump box image in a spoke of its own, or uses the configured one.
func (p *platform) newJumpBoxImage() error {
	if p.cfg.ImageBuilder.Mode == config.ModeExisting {
		// Nothing is built, so there is no spoke to build in.
		p.imageID = pulumi.String(p.cfg.ImageBuilder.ExistingImageID)
		p.ctx.Export("jumpBoxImageId", p.imageID)
		p.ctx.Export("jumpBoxImageName", pulumi.String(path.Base(p.cfg.ImageBuilder.ExistingImageID)))
		return nil
	}
	roles, err := rbac.NewImageBuilderRoles(p.ctx, "imagebuilder", &rbac.ImageBuilderRolesArgs{
		SubscriptionID:    p.in.images.ID,
		UseCustomRoles:    p.cfg.ImageBuilder.UseCustomRoles,
		DisplayNameSuffix: p.cfg.ImageBuilder.CustomRoleSuffix,
		Gallery:           p.cfg.ImageBuilder.Distribute == config.SharedImage,
	})
	if err != nil {
		return err
	}
	spokeGroup := p.groups.spokes
	if p.in.images.Foreign() {
		spokeGroup = p.groups.image
	}
	spoke, err := network.NewImageBuilderSpoke(p.ctx, "imagebuilder", &network.ImageBuilderSpokeArgs{
		Placement: p.cfg.Placement, AddressSpace: p.cfg.ImageBuilder.AddressSpace, Subnet: p.cfg.ImageBuilder.Subnet,
		SubnetID: p.cfg.ImageBuilder.SubnetID,
		Hub:      p.hub, Subscription: p.in.images, Group: spokeGroup.planned, ResourceGroupName: spokeGroup.Name,
		EgressRules: imagebuilder.EgressRules(p.cfg.ImageBuilder.ToolVersions),
	})
	if err != nil {
		return err
	}
	image, err := imagebuilder.NewJumpBoxImage(p.ctx, "jumpbox", &imagebuilder.JumpBoxImageArgs{
		Placement: p.cfg.Placement, ImageBuilder: p.cfg.ImageBuilder, Scripts: p.cfg.Scripts, ResourceGroups: p.cfg.ResourceGroups,
		Subscription: p.in.images, ResourceGroupName: p.groups.image.Name, ResourceGroupID: p.groups.image.ID, Spoke: spoke, Roles: roles,
	}, p.withPolicyDependency(p.cfg.ResourceGroups.Image))
	if err != nil {
		return err
	}
	p.imageID = image.ImageID
	p.ctx.Export("imageBuilderSubnetId", spoke.SubnetID)
	p.ctx.Export("imageTemplateId", image.TemplateID)
	p.ctx.Export("jumpBoxImageId", image.ImageID)
	p.ctx.Export("jumpBoxImageName", pulumi.String(image.ImageName))
	return nil
}
