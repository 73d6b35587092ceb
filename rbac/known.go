package rbac

import (
	"context"
	"fmt"
	"time"

	authorization "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/armclient"
	"aks-regulated-pulumi/internal/hooks"
	"aks-regulated-pulumi/internal/patience"
	"aks-regulated-pulumi/internal/tree"
)

// SpreadTime is how long it takes at most until every service of Azure knows a role or an assignment that was made or changed (Azure
// document "Troubleshoot Azure RBAC", 2025: up to ten minutes).
const SpreadTime = 10 * time.Minute

// AwaitKnown is the option by which a resource is made only once Azure knows assignments everywhere, and their roles as they are now. It is
// for what does not survive a refusal; the resource has to depend on the assignments.
func AwaitKnown(ctx *pulumi.Context, name string, assignments []*authorization.RoleAssignment) (pulumi.ResourceOption, error) {
	var ids []any
	for _, assignment := range assignments {
		ids = append(ids, assignment.ID(), assignment.RoleDefinitionId)
	}
	resolved := hooks.Later(pulumi.All(ids...))
	client := armclient.New(ctx)
	return hooks.BeforeCreate(ctx, name+"-await-roles", func(hookCtx context.Context) error {
		ids, err := resolved(hookCtx)
		if err != nil {
			return err
		}
		return awaitKnown(hookCtx, client, ids.([]any), func(message string) error { return ctx.Log.Info(message, nil) })
	})
}

func awaitKnown(ctx context.Context, client *armclient.Client, ids []any, say func(string) error) error {
	for _, id := range ids {
		told := false
		for {
			answer, err := client.Get(ctx, fmt.Sprintf("%v?api-version=2022-04-01", id))
			if err != nil {
				return fmt.Errorf("read %v: %w", id, err)
			}
			left := KnownFrom(answer.Body).Sub(answer.Now)
			if left <= 0 {
				break
			}
			if !told {
				told = true
				if err := say(fmt.Sprintf("Waiting %s until Azure knows a new role everywhere.", left.Round(time.Second))); err != nil {
					return fmt.Errorf("report progress: %w", err)
				}
			}
			if err := client.Wait(ctx, answer, min(left, 15*time.Second)); err != nil {
				return err
			}
		}
	}
	return nil
}

// KnownFrom is when every service of Azure knows a role or an assignment, given as Resource Manager answers with it; long ago for a built-in
// role, which has no date.
func KnownFrom(answer any) time.Time {
	for _, property := range []string{"updatedOn", "createdOn"} {
		if at, err := time.Parse(time.RFC3339, tree.Text(answer, "properties", property)); err == nil {
			return at.Add(SpreadTime)
		}
	}
	return time.Time{}
}

// notYet are the codes by which Azure refuses an assignment whose role or principal is too new; the second is not expected for one with a type.
var notYet = []string{"RoleDefinitionDoesNotExist", "PrincipalNotFound"}

// retryWhileNew has an assignment tried again for ten minutes while Azure does not know its role or its principal yet.
func retryWhileNew(ctx *pulumi.Context, name string) (pulumi.ResourceOption, error) {
	return patience.WhileRefused(ctx, name+"-await", SpreadTime, notYet...)
}
