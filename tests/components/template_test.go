package components

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
	"aks-regulated-pulumi/rbac"
)

const (
	workloadGroup = "rg-bu0001a0005"
	templateName  = "jumpbox-template"
	buildName     = "jumpbox-build"
)

var builderIdentityID = armPath(workloadGroup,
	"Microsoft.ManagedIdentity/userAssignedIdentities/mi-aks-jumpbox-imagebuilder-"+config.Unique(subscriptionID, workloadGroup))

// deployImage registers a jump box image with all that it needs: hub, spoke, roles, resource group.
func deployImage(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	m := &recordingMonitor{}
	require.NoError(t, runImage(t, m, s))
	return m
}

func runImage(t *testing.T, m *recordingMonitor, s settings) error {
	t.Helper()
	cfg := loadConfig(t, s)
	return m.run(t, nil, func(ctx *pulumi.Context) error {
		hub, err := newHub(ctx, cfg)
		if err != nil {
			return err
		}
		group, err := newGroup(ctx, cfg.ResourceGroups.Workload)
		if err != nil {
			return err
		}
		roles, err := rbac.NewImageBuilderRoles(ctx, "imagebuilder", &rbac.ImageBuilderRolesArgs{
			SubscriptionID: subscriptionID, UseCustomRoles: cfg.ImageBuilder.UseCustomRoles,
			Gallery: cfg.ImageBuilder.Distribute == config.SharedImage,
		})
		if err != nil {
			return err
		}
		spoke, err := network.NewImageBuilderSpoke(ctx, "imagebuilder", &network.ImageBuilderSpokeArgs{
			Placement: cfg.Placement, AddressSpace: cfg.ImageBuilder.AddressSpace, Subnet: cfg.ImageBuilder.Subnet,
			Hub: hub, ResourceGroupName: pulumi.String(cfg.ResourceGroups.Spokes),
			EgressRules: imagebuilder.EgressRules(cfg.ImageBuilder.ToolVersions),
		})
		if err != nil {
			return err
		}
		image, err := imagebuilder.NewJumpBoxImage(ctx, "jumpbox", &imagebuilder.JumpBoxImageArgs{
			Placement: cfg.Placement, ImageBuilder: cfg.ImageBuilder, Scripts: cfg.Scripts, ResourceGroups: cfg.ResourceGroups,
			Subscription: login, ResourceGroupName: group.Name, ResourceGroupID: group.ID().ToStringOutput(), Spoke: spoke, Roles: roles,
		})
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{
			"imageId": image.ImageID, "imageName": pulumi.String(image.ImageName), "templateId": image.TemplateID,
		})
		return nil
	})
}

func namesOf(t *testing.T, s settings) imagebuilder.Names {
	t.Helper()
	cfg := loadConfig(t, s)
	names, err := imagebuilder.NewNames(&imagebuilder.JumpBoxImageArgs{
		Placement: cfg.Placement, ImageBuilder: cfg.ImageBuilder, ResourceGroups: cfg.ResourceGroups,
	})
	require.NoError(t, err)
	return names
}

// A template is a component with its identity and what that may do.
func TestTemplateFamily(t *testing.T) {
	m := deployImage(t, nil)
	assertFamily(t, m, "aksregulated:imagebuilder:Template", templateName,
		typetoken.Identity+" jumpbox-template", typetoken.ImageTemplate+" jumpbox-template",
		typetoken.UUID+" jumpbox-template-network", typetoken.RoleAssignment+" jumpbox-template-network",
		typetoken.UUID+" jumpbox-template-image", typetoken.RoleAssignment+" jumpbox-template-image")
	assertInputs(t, m.one(t, typetoken.Identity, templateName), object{
		"resourceName":      "mi-aks-jumpbox-imagebuilder-" + config.Unique(subscriptionID, workloadGroup),
		"resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
	})
}

// The builder may join the network, checked at the network and not the subnet, and write images in one resource group.
func TestTemplateAssignments(t *testing.T) {
	m := deployImage(t, nil)
	principal := principalOf(builderIdentityID)
	assertAssignment(t, m, "jumpbox-template-network", assignmentFact{
		Role: m.one(t, typetoken.RoleDefinition, "imagebuilder-network").ID, Principal: principal, Scope: builderVNetID,
	})
	assertAssignment(t, m, "jumpbox-template-image", assignmentFact{
		Role: m.one(t, typetoken.RoleDefinition, "imagebuilder-image").ID, Principal: principal,
		Scope: subscription + "/resourceGroups/" + workloadGroup,
	})
}

// Without custom roles the same identity gets the built-in ones at the same places.
func TestTemplateBuiltInAssignments(t *testing.T) {
	m := deployImage(t, settings{"imageBuilder.useCustomRoles": "false"})
	principal := principalOf(builderIdentityID)
	assertAssignment(t, m, "jumpbox-template-network", assignmentFact{
		Role: rbac.NetworkContributor.ID(subscriptionID), Principal: principal, Scope: builderVNetID,
	})
	assertAssignment(t, m, "jumpbox-template-image", assignmentFact{
		Role: rbac.Contributor.ID(subscriptionID), Principal: principal, Scope: subscription + "/resourceGroups/" + workloadGroup,
	})
}

// builderVNetConfig names the size of the proxy VM, since the service would take one of a family of its own.
func builderVNetConfig(proxy string) object {
	return object{"subnetId": builderSubnetID, "proxyVmSize": proxy}
}

// customizeFact renders the steps as the template must carry them.
func customizeFact(versions map[string]string) list {
	var steps list
	for _, step := range imagebuilder.Customizers(versions) {
		steps = append(steps, object{"type": "Shell", "name": step.Name, "inline": step.Inline})
	}
	return steps
}

// The template starts from a supported Ubuntu LTS, and builds in the closed subnet.
func TestTemplate(t *testing.T) {
	m, names := deployImage(t, nil), namesOf(t, nil)
	template := m.one(t, typetoken.ImageTemplate, templateName)
	template.Inputs = maps.Clone(template.Inputs)
	delete(template.Inputs, "distribute") // TestGallery and TestManagedImage
	assertInputs(t, template, object{
		"imageTemplateName": names.Template, "resourceGroupName": workloadGroup, "location": "eastus2", "tags": testTags,
		"identity":              object{"type": "UserAssigned", "userAssignedIdentities": list{builderIdentityID}},
		"buildTimeoutInMinutes": 150,
		"vmProfile": object{
			"vmSize": "Standard_D2ds_v5", "osDiskSizeGB": 32, "vnetConfig": builderVNetConfig("Standard_D2ds_v5"),
		},
		"source": object{
			"type": "PlatformImage", "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest",
		},
		"customize": customizeFact(nil), "managedResourceTags": testTags,
	})
}

// The template waits for both roles, which Azure checks when the template is made. They are assigned as soon as they can be: the image role
// waits for nothing of the spoke, and the network role for the network only, so that Azure knows them by then.
func TestTemplateOrder(t *testing.T) {
	m := deployImage(t, nil)
	template := m.one(t, typetoken.ImageTemplate, templateName)
	assert.Contains(t, template.Dependencies, m.one(t, typetoken.RoleAssignment, "jumpbox-template-network").URN)
	assert.Contains(t, template.Dependencies, m.one(t, typetoken.RoleAssignment, "jumpbox-template-image").URN)
	assert.False(t, m.WaitsFor(m.one(t, typetoken.RoleAssignment, "jumpbox-template-image"), m.one(t, typetoken.VNet, "imagebuilder")))
	assert.False(t, m.WaitsFor(m.one(t, typetoken.RoleAssignment, "jumpbox-template-network"), m.one(t, typetoken.Peering, "imagebuilder-from-hub")))
	assertWaits(t, m, template, m.one(t, typetoken.VNet, "imagebuilder"))
	assertWaits(t, m, template, m.one(t, typetoken.Peering, "imagebuilder-from-hub"))
	assert.Equal(t, []string{"tags", "managedResourceTags", "distribute[0].artifactTags"}, template.IgnoreChanges, "a template cannot be changed, and a tag is not worth a build")
}

// Configured machine, image and tools reach the template.
func TestTemplateFollowsConfig(t *testing.T) {
	s := settings{
		"imageBuilder.vmSize": "Standard_D4ds_v5", "imageBuilder.osDiskSizeGB": "64", "imageBuilder.buildTimeoutMinutes": "90",
		"imageBuilder.sourceImage": "Canonical:jammy:gen2:1.2.3", "imageBuilder.toolVersions": `{"helm":"none","kubectl":"1.34.0"}`,
	}
	inputs := deployImage(t, s).one(t, typetoken.ImageTemplate, templateName).Inputs
	assert.Equal(t, decoded(t, object{
		"vmSize": "Standard_D4ds_v5", "osDiskSizeGB": 64, "vnetConfig": builderVNetConfig("Standard_D4ds_v5"),
	}), decoded(t, inputs["vmProfile"]))
	assert.Equal(t, 90.0, inputs["buildTimeoutInMinutes"])
	assert.Equal(t, object{
		"type": "PlatformImage", "publisher": "Canonical", "offer": "jammy", "sku": "gen2", "version": "1.2.3",
	}, inputs["source"])
	assert.Equal(t, decoded(t, customizeFact(map[string]string{"helm": "none", "kubectl": "1.34.0"})), decoded(t, inputs["customize"]))
	s["imageBuilder.proxyVmSize"] = "Standard_D2ds_v5"
	other := deployImage(t, s).one(t, typetoken.ImageTemplate, templateName)
	assert.Equal(t, decoded(t, builderVNetConfig("Standard_D2ds_v5")), decoded(t, other.Inputs["vmProfile"].(object)["vnetConfig"]))
}
