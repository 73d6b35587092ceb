package cluster

import (
	"fmt"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/rbac"
	"aks-regulated-pulumi/stamp"
)

// newIdentity registers a user-assigned identity in the stamp's resource group; azureName is its name there.
func newIdentity(
	ctx *pulumi.Context, name string, site stamp.Site, azureName string, opts ...pulumi.ResourceOption,
) (*managedidentity.UserAssignedIdentity, error) {
	identity, err := managedidentity.NewUserAssignedIdentity(ctx, name, &managedidentity.UserAssignedIdentityArgs{
		ResourceName:      pulumi.String(azureName),
		ResourceGroupName: site.ResourceGroupName,
		Location:          pulumi.String(site.Location),
		Tags:              pulumi.ToStringMap(site.Tags),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("user-assigned identity %s: %w", azureName, err)
	}
	return identity, nil
}

// roleAssignment is one role of an identity, with the reason for it.
type roleAssignment struct {
	logicalName string
	role        rbac.BuiltInRole
	// scope is the Azure resource id at which the role holds.
	scope pulumi.StringInput
	why   string
}

// assignRoles assigns every role of a table to a principal, an Entra object id. It returns the assignments, for resources that have to
// wait for them.
func assignRoles(
	ctx *pulumi.Context, name string, site stamp.Site, table []roleAssignment, principal pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	var assigned []pulumi.Resource
	for _, row := range table {
		assignment, err := rbac.Assign(ctx, name+"-"+row.logicalName, &rbac.AssignmentArgs{
			RoleDefinitionID: pulumi.String(row.role.ID(site.SubscriptionID)),
			PrincipalID:      principal,
			Scope:            row.scope,
			Description:      row.why,
		}, opts...)
		if err != nil {
			return nil, err
		}
		assigned = append(assigned, assignment)
	}
	return assigned, nil
}
