package cluster

import (
	"fmt"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
