// Package rbac defines custom roles and assigns roles.
package rbac

import (
	"fmt"
	"path"
	"strings"

	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220501preview"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// CustomRoleArgs configures CustomRole.
type CustomRoleArgs struct {
	// DisplayName is unique in the Entra tenant.
	DisplayName string
	// Description says what the role is for.
	Description string
	// Actions are the allowed control plane operations, such as Microsoft.Compute/images/read.
	Actions []string
	// SubscriptionID is the GUID of the subscription at which the role is defined and assignable, unless it has Scopes.
	SubscriptionID string
	// Scopes are the Azure resource ids of all that the role is assignable at; the first is where it is defined.
	Scopes []pulumi.StringInput
}

// CustomRole is a least-privilege role of this platform.
type CustomRole struct {
	pulumi.ResourceState

	// RoleDefinitionID is the Azure resource id of the role definition at the subscription, wherever it is defined.
	RoleDefinitionID pulumi.StringOutput
}

// NewCustomRole registers a custom role under a GUID that does not change during the life of the stack.
func NewCustomRole(
	ctx *pulumi.Context, name string, args *CustomRoleArgs, opts ...pulumi.ResourceOption,
) (*CustomRole, error) {
	role := &CustomRole{}
	if err := ctx.RegisterComponentResource("aksregulated:rbac:CustomRole", name, role, opts...); err != nil {
		return nil, fmt.Errorf("custom role %s: %w", args.DisplayName, err)
	}
	child := pulumi.Parent(role)
	guid, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{}, child)
	if err != nil {
		return nil, fmt.Errorf("id of custom role %s: %w", args.DisplayName, err)
	}
	scopes := pulumi.StringArray(args.Scopes)
	if len(scopes) == 0 {
		scopes = pulumi.StringArray{pulumi.String("/subscriptions/" + args.SubscriptionID)}
	}
	definition, err := authorization.NewRoleDefinition(ctx, name, &authorization.RoleDefinitionArgs{
		RoleDefinitionId: guid.Result,
		RoleName:         pulumi.String(args.DisplayName),
		Description:      pulumi.String(args.Description),
		RoleType:         pulumi.String("CustomRole"),
		Scope:            scopes[0],
		AssignableScopes: scopes,
		Permissions: authorization.PermissionArray{authorization.PermissionArgs{
			Actions:        pulumi.ToStringArray(args.Actions),
			NotActions:     pulumi.StringArray{},
			DataActions:    pulumi.StringArray{},
			NotDataActions: pulumi.StringArray{},
		}},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("custom role %s: %w", args.DisplayName, err)
	}
	role.RoleDefinitionID = definition.ID().ToStringOutput().ApplyT(atSubscription).(pulumi.StringOutput)
	if err := ctx.RegisterResourceOutputs(role, pulumi.Map{"roleDefinitionId": role.RoleDefinitionID}); err != nil {
		return nil, fmt.Errorf("outputs of custom role %s: %w", args.DisplayName, err)
	}
	return role, nil
}

// atSubscription is the id of a role definition without the resource group that it is defined at. Azure returns this form in the role's
// assignments: with the other one, a refresh would show a difference that replaces the assignments.
func atSubscription(id string) string {
	subscription, _, atGroup := strings.Cut(id, "/resourceGroups/")
	if !atGroup {
		return id
	}
	return subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + path.Base(id)
}
