package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/rbac"
)

func deployRoles(t *testing.T, args rbac.ImageBuilderRolesArgs) *recordingMonitor {
	t.Helper()
	args.SubscriptionID = subscriptionID
	return deploy(t, func(ctx *pulumi.Context) error {
		roles, err := rbac.NewImageBuilderRoles(ctx, "imagebuilder", &args)
		if err != nil {
			return err
		}
		resolve(ctx, map[string]pulumi.Input{"network": roles.Network, "image": roles.Image, "run": roles.Run})
		return nil
	})
}

// roleFact is a custom role: what it is called and all that it allows.
type roleFact struct {
	displayName string
	actions     list
}

var (
	networkActions = list{"Microsoft.Network/virtualNetworks/read", "Microsoft.Network/virtualNetworks/subnets/join/action"}
	imageActions   = list{"Microsoft.Compute/images/write", "Microsoft.Compute/images/read", "Microsoft.Compute/images/delete"}
	runActions     = list{
		"Microsoft.VirtualMachineImages/imageTemplates/read", "Microsoft.VirtualMachineImages/imageTemplates/run/action",
	}
	galleryActions = list{
		"Microsoft.Compute/galleries/read", "Microsoft.Compute/galleries/images/read",
		"Microsoft.Compute/galleries/images/versions/read", "Microsoft.Compute/galleries/images/versions/write",
	}
)

func assertRoles(t *testing.T, m *recordingMonitor, want map[string]roleFact) {
	t.Helper()
	require.Len(t, m.OfType(typetoken.RoleDefinition), len(want))
	for key, fact := range want {
		name := "imagebuilder-" + key
		assertFamily(t, m, "aksregulated:rbac:CustomRole", name, typetoken.UUID+" "+name, typetoken.RoleDefinition+" "+name)
		role, guid := m.one(t, typetoken.RoleDefinition, name), m.one(t, typetoken.UUID, name)
		description, _ := role.Inputs["description"].(string)
		assert.NotEmpty(t, description)
		assertInputs(t, role, object{
			"roleDefinitionId": guid.ID, "roleName": fact.displayName, "description": description, "roleType": "CustomRole",
			"scope": subscription, "assignableScopes": list{subscription},
			"permissions": list{object{
				"actions": fact.actions, "notActions": list{}, "dataActions": list{}, "notDataActions": list{},
			}},
		})
		assert.Empty(t, guid.Inputs, "nothing but the stack's end may change the GUID of %s", name)
		assert.Equal(t, role.ID, m.Exports[key])
	}
}

// The custom roles allow exactly what the walkthrough lists, and running a template, at the subscription.
func TestImageBuilderRoles(t *testing.T) {
	m := deployRoles(t, rbac.ImageBuilderRolesArgs{UseCustomRoles: true})
	assertRoles(t, m, map[string]roleFact{
		"network": {"[Custom] Azure Image Builder Service Network Joiner", networkActions},
		"image":   {"[Custom] Image Contributor", imageActions},
		"run":     {"[Custom] Azure Image Builder Template Runner", runActions},
	})
	assertFamily(t, m, "aksregulated:rbac:ImageBuilderRoles", "imagebuilder", "aksregulated:rbac:CustomRole imagebuilder-network",
		"aksregulated:rbac:CustomRole imagebuilder-image", "aksregulated:rbac:CustomRole imagebuilder-run")
	assert.Empty(t, m.Warnings)
}

// A gallery extends the image role by exactly its four actions; the suffix keeps display names apart in a tenant.
func TestGalleryRoles(t *testing.T) {
	m := deployRoles(t, rbac.ImageBuilderRolesArgs{UseCustomRoles: true, Gallery: true, DisplayNameSuffix: " (dev)"})
	assertRoles(t, m, map[string]roleFact{
		"network": {"[Custom] Azure Image Builder Service Network Joiner (dev)", networkActions},
		"image":   {"[Custom] Image Contributor (dev)", append(append(list{}, imageActions...), galleryActions...)},
		"run":     {"[Custom] Azure Image Builder Template Runner (dev)", runActions},
	})
	// One stack's gallery must not widen the role of the next that the same process registers.
	again := deployRoles(t, rbac.ImageBuilderRolesArgs{UseCustomRoles: true})
	permissions := again.one(t, typetoken.RoleDefinition, "imagebuilder-image").Inputs["permissions"].([]any)
	assert.Equal(t, imageActions, permissions[0].(object)["actions"])
}

// Without custom roles nothing is defined, the wider built-in roles are used, and the operator is warned of it.
func TestBuiltInFallback(t *testing.T) {
	m := deployRoles(t, rbac.ImageBuilderRolesArgs{})
	assert.Empty(t, m.OfType(typetoken.RoleDefinition))
	assert.Empty(t, m.OfType(typetoken.UUID))
	const definitions = subscription + "/providers/Microsoft.Authorization/roleDefinitions/"
	assert.Equal(t, map[string]any{
		"network": definitions + "4d97b98b-1d4f-4787-a291-c67834d212e7",
		"image":   definitions + "b24988ac-6180-42a0-ab88-20f7382dd24c",
		"run":     definitions + "b24988ac-6180-42a0-ab88-20f7382dd24c",
	}, m.Exports)
	require.Len(t, m.Warnings, 1)
	assert.Contains(t, m.Warnings[0], "useCustomRoles")
	assert.Contains(t, m.Warnings[0], "Contributor")
}
