// Package platform composes the whole platform. It is called by main.go, by the offline runner and by tests.
package platform

import (
	"fmt"
	"path"

	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

// Deploy is the Pulumi program. It fails with one error that names every configuration mistake before it registers anything.
func Deploy(ctx *pulumi.Context) error {
	cfg, err := config.Load(ctx, imagebuilder.ToolNames())
	if err != nil {
		return err
	}
	// Whoever is signed in decides on tenant and subscription; they are never configured by hand.
	account, err := authorization.GetClientConfig(ctx)
	if err != nil {
		return fmt.Errorf("read subscription of the Azure provider: %w", err)
	}
	groups, err := newResourceGroups(ctx, cfg)
	if err != nil {
		return err
	}
	hub, err := network.NewHub(ctx, "hub", &network.HubArgs{
		Config: cfg, SubscriptionID: account.SubscriptionId, ResourceGroupName: groups.hub.Name,
	})
	if err != nil {
		return err
	}
	ctx.Export("hubVnetId", hub.VNetID)
	ctx.Export("hubWorkspaceId", hub.WorkspaceID)
	ctx.Export("firewallPrivateIp", hub.Firewall.PrivateIP)
	if cfg.ImageBuilder.Mode == config.ModeExisting {
		// Nothing is built, so there is no spoke to build in.
		ctx.Export("jumpBoxImageId", pulumi.String(cfg.ImageBuilder.ExistingImageID))
		ctx.Export("jumpBoxImageName", pulumi.String(path.Base(cfg.ImageBuilder.ExistingImageID)))
		return nil
	}
	return deployImage(ctx, cfg, account.SubscriptionId, groups, hub)
}

// CheckConfig validates a stack's configuration, by namespaced key as Pulumi stores it, without running the program. The
// Pulumi CLI names only the first value of a wrong type; this names every mistake.
func CheckConfig(project string, values map[string]string) error {
	return config.Check(project, values, imagebuilder.ToolNames())
}

type resourceGroups struct {
	hub, spokes, workload *resources.ResourceGroup
}

func newResourceGroups(ctx *pulumi.Context, cfg *config.Config) (*resourceGroups, error) {
	groups := &resourceGroups{}
	for _, group := range []struct {
		target            **resources.ResourceGroup
		logicalName, name string
	}{
		{&groups.hub, "hub", cfg.ResourceGroups.Hub},
		{&groups.spokes, "spokes", cfg.ResourceGroups.Spokes},
		{&groups.workload, "workload", cfg.ResourceGroups.Workload},
	} {
		registered, err := resources.NewResourceGroup(ctx, group.logicalName, &resources.ResourceGroupArgs{
			ResourceGroupName: pulumi.String(group.name),
			Location:          pulumi.String(cfg.Location),
			Tags:              pulumi.ToStringMap(cfg.Tags),
		}, pulumi.Protect(cfg.Protect))
		if err != nil {
			return nil, fmt.Errorf("resource group %s: %w", group.name, err)
		}
		*group.target = registered
	}
	return groups, nil
}

// deployImage builds the jump box image in a spoke of its own.
func deployImage(
	ctx *pulumi.Context, cfg *config.Config, subscriptionID string, groups *resourceGroups, hub *network.Hub,
) error {
	roles, err := rbac.NewImageBuilderRoles(ctx, "imagebuilder", &rbac.ImageBuilderRolesArgs{
		SubscriptionID:    subscriptionID,
		UseCustomRoles:    cfg.ImageBuilder.UseCustomRoles,
		DisplayNameSuffix: cfg.ImageBuilder.CustomRoleSuffix,
		Gallery:           cfg.ImageBuilder.Distribute == config.SharedImage,
	})
	if err != nil {
		return err
	}
	spoke, err := network.NewImageBuilderSpoke(ctx, "imagebuilder", &network.ImageBuilderSpokeArgs{
		Config: cfg, Hub: hub, ResourceGroupName: groups.spokes.Name,
		EgressRules: imagebuilder.EgressRules(cfg.ImageBuilder.ToolVersions),
	})
	if err != nil {
		return err
	}
	image, err := imagebuilder.NewJumpBoxImage(ctx, "jumpbox", &imagebuilder.JumpBoxImageArgs{
		Config: cfg, SubscriptionID: subscriptionID, ResourceGroup: groups.workload, Spoke: spoke, Roles: roles,
	})
	if err != nil {
		return err
	}
	ctx.Export("imageBuilderSubnetId", spoke.SubnetID)
	ctx.Export("imageTemplateId", image.TemplateID)
	ctx.Export("jumpBoxImageId", image.ImageID)
	ctx.Export("jumpBoxImageName", pulumi.String(image.ImageName))
	return nil
}
