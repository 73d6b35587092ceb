// Package workspace registers Log Analytics workspaces.
package workspace

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	operationalinsights "aks-regulated-pulumi/internal/azurenative/operationalinsights/v20230901"
	securityinsights "aks-regulated-pulumi/internal/azurenative/securityinsights/v20240301"
	"aks-regulated-pulumi/internal/diagnostics"
)

// Args configures a workspace.
type Args struct {
	config.Placement
	ResourceGroupName pulumi.StringInput
	// Name is the workspace's name in Azure.
	Name string
	// RetentionDays is how long logs are kept.
	RetentionDays int
}

// New registers the workspace, its own diagnostics, and Microsoft Sentinel on it. There are no solutions such as ContainerInsights,
// VMInsights and KeyVaultAnalytics: agents with a managed identity no longer need them.
func New(
	ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption,
) (*operationalinsights.Workspace, error) {
	workspace, err := operationalinsights.NewWorkspace(ctx, name, &operationalinsights.WorkspaceArgs{
		WorkspaceName:                   pulumi.String(args.Name),
		ResourceGroupName:               args.ResourceGroupName,
		Location:                        pulumi.String(args.Location),
		Tags:                            pulumi.ToStringMap(args.Tags),
		Sku:                             operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:                 pulumi.Int(args.RetentionDays),
		PublicNetworkAccessForIngestion: pulumi.String("Enabled"),
		PublicNetworkAccessForQuery:     pulumi.String("Enabled"),
	}, append(slices.Clip(opts), pulumi.Protect(args.Protect))...)
	if err != nil {
		return nil, fmt.Errorf("log analytics workspace %s: %w", args.Name, err)
	}
	id := workspace.ID().ToStringOutput()
	if err := diagnostics.Send(ctx, name+"-workspace", "default", diagnostics.Workspace, id, id, opts...); err != nil {
		return nil, err
	}
	// The onboarding state replaces the SecurityInsights solution; Azure wants it named default.
	_, err = securityinsights.NewSentinelOnboardingState(ctx, name, &securityinsights.SentinelOnboardingStateArgs{
		ResourceGroupName:           args.ResourceGroupName,
		WorkspaceName:               workspace.Name,
		SentinelOnboardingStateName: pulumi.String("default"),
		// Azure refuses an empty request (Azure/azure-rest-api-specs, issue 22729).
		CustomerManagedKey: pulumi.Bool(false),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("onboarding of workspace %s to Microsoft Sentinel: %w", args.Name, err)
	}
	return workspace, nil
}
