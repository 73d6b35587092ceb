package network

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/handover"
	"aks-regulated-pulumi/internal/patience"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/rbac"
)

// LeftRoles are role assignments that the owners of their scopes make.
type LeftRoles struct {
	// Handover gets them, Wait is how long an update waits for each to be made.
	Handover *Handover
	Wait     time.Duration
}

// Await leaves a role to the owner of its scope, and registers what exists once it has been assigned, and long enough ago for Azure to know it
// everywhere. Where the login may not read the assignments, only the service that needs the role can tell.
func (l *LeftRoles) Await(
	ctx *pulumi.Context, name string, role handover.Role, principalID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) (pulumi.Resource, error) {
	l.Handover.Grant(role, principalID)
	return patience.Await(ctx, name, &patience.Awaited{
		Of: principalID, Limit: l.Wait + rbac.SpreadTime,
		What: fmt.Sprintf("role %s of %s on %s, which its owner assigns as the output handover says", role.Role, role.Principal, role.Scope),
		There: func(ctx context.Context, client *armclient.Client, principal string) (bool, *armclient.Answer, error) {
			assigned, answer, err := client.List(ctx, role.Scope+"/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01")
			if armclient.Forbidden(err) {
				return true, answer, nil
			}
			for _, assignment := range assigned {
				if tree.Text(assignment, "properties", "principalId") == principal &&
					resourceid.Name(tree.Text(assignment, "properties", "roleDefinitionId")) == role.RoleID {
					return err == nil && !answer.Now.Before(rbac.KnownFrom(assignment)), answer, err
				}
			}
			return false, answer, err
		},
	}, opts...)
}
