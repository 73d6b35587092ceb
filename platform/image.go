package platform

import (
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// jumpBoxImage is the image of the jump boxes.
type jumpBoxImage struct {
	id pulumi.StringInput
	// trustedLaunch is whether machines start from it with Trusted Launch.
	trustedLaunch bool
}

// newJumpBoxImage builds the jump box image in a spoke of its own, or uses one that exists.
func (p *platform) newJumpBoxImage() error {
	if p.cfg.ImageBuilder.Mode == config.ModeExisting {
		// Nothing is built, so there is no spoke to build in.
		p.useImage(pulumi.String(p.cfg.ImageBuilder.ExistingImageID), path.Base(p.cfg.ImageBuilder.ExistingImageID), false)
		return nil
	}
	if !p.cfg.Parts.Image {
		// A stack without stamps needs no image.
		if found := p.parts.image; p.cfg.Parts.Stamps {
			p.useImage(pulumi.String(found.id), found.name, found.trustedLaunch)
		}
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
	p.ctx.Export("imageBuilderSubnetId", spoke.SubnetID)
	p.ctx.Export("imageTemplateId", image.TemplateID)
	p.useImage(image.ImageID, image.ImageName, p.cfg.ImageBuilder.TrustedLaunch())
	return nil
}

func (p *platform) useImage(id pulumi.StringInput, name string, trustedLaunch bool) {
	p.image = jumpBoxImage{id, trustedLaunch}
	p.ctx.Export(outputImageID, id)
	p.ctx.Export(outputImageName, pulumi.String(name))
	p.ctx.Export(outputTrustedLaunch, pulumi.Bool(trustedLaunch))
}
