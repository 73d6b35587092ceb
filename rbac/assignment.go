package rbac

import (
	"fmt"

	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AssignmentArgs configures Assign.
type AssignmentArgs struct {
	// RoleDefinitionID is the Azure resource id of the role definition.
	RoleDefinitionID pulumi.StringInput
	// PrincipalID is the Entra object id of a managed identity or another service principal.
	PrincipalID pulumi.StringInput
	// Scope is the Azure resource id at which the role holds.
	Scope pulumi.StringInput
	// Description says why the assignment exists.
	Description string
}

// Assign assigns a role to a service principal. Azure requires a GUID as the assignment's name. It is generated once, and again only
// when role, principal or scope changes, since Azure refuses to change these under the same name.
func Assign(
	ctx *pulumi.Context, name string, args *AssignmentArgs, opts ...pulumi.ResourceOption,
) (*authorization.RoleAssignment, error) {
	guid, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{
		Keepers: pulumi.StringMap{
			"roleDefinitionId": args.RoleDefinitionID,
			"principalId":      args.PrincipalID,
			"scope":            args.Scope,
		},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("name of role assignment %s: %w", name, err)
	}
	retry, err := retryWhileNew(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("role assignment %s: %w", name, err)
	}
	assignment, err := authorization.NewRoleAssignment(ctx, name, &authorization.RoleAssignmentArgs{
		RoleAssignmentName: guid.Result,
		RoleDefinitionId:   args.RoleDefinitionID,
		PrincipalId:        args.PrincipalID,
		// Without the type Azure looks the principal up, which fails while a new identity still replicates.
		PrincipalType: pulumi.String("ServicePrincipal"),
		Scope:         args.Scope,
		Description:   pulumi.String(args.Description),
	}, append(opts, retry)...)
	if err != nil {
		return nil, fmt.Errorf("role assignment %s: %w", name, err)
	}
	return assignment, nil
}
