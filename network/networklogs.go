package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/diagnostics"
	"aks-regulated-pulumi/internal/subscription"
	"aks-regulated-pulumi/internal/workspace"
)

// LogWorkspace is the Log Analytics workspace that takes the logs of networks.
type LogWorkspace struct {
	// ID is its Azure resource id.
	ID pulumi.StringOutput
	// CustomerID is the GUID by which agents know the workspace, Region its region. Both are nil for a workspace of others that the login may
	// not read: traffic analytics needs no more than the id.
	CustomerID, Region pulumi.StringPtrInput
}

// FoundWorkspace is what is known of the workspace of others in config.Hub. Azure refuses another region for it (InvalidTAWorkspaceRegion).
type FoundWorkspace struct {
	// CustomerID is a GUID, Location a region.
	CustomerID, Location string
}

type networkLogsArgs struct {
	config.Placement
	Hub               config.Hub
	Found             *FoundWorkspace
	WorkspaceName     string
	ResourceGroupName pulumi.StringInput
}

// networkLogs is the configured workspace, or a new one.
func networkLogs(ctx *pulumi.Context, name string, args *networkLogsArgs, opts ...pulumi.ResourceOption) (*LogWorkspace, error) {
	if id := args.Hub.WorkspaceID; id != "" {
		workspace := &LogWorkspace{ID: pulumi.String(id).ToStringOutput()}
		if args.Found != nil {
			workspace.CustomerID, workspace.Region = pulumi.String(args.Found.CustomerID), pulumi.String(args.Found.Location)
		}
		return workspace, nil
	}
	logs, err := workspace.New(ctx, name, &workspace.Args{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName,
		Name: args.WorkspaceName, RetentionDays: args.Hub.LogRetentionDays,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &LogWorkspace{
		ID: logs.ID().ToStringOutput(), CustomerID: logs.CustomerId.ToStringPtrOutput(), Region: pulumi.String(args.Location),
	}, nil
}

// sendActivityLogs sends the activity logs of subscriptions to the workspace, if that is configured. The name says whose setting it is: a
// subscription has at most five of them.
func sendActivityLogs(
	ctx *pulumi.Context, name string, hub config.Hub, of []subscription.Subscription, workspaceName string, workspaceID pulumi.StringInput,
	opts ...pulumi.ResourceOption,
) error {
	if !hub.ActivityLog {
		return nil
	}
	for _, in := range of {
		err := diagnostics.Send(ctx, in.Name(name+"-activity"), "activity-to-"+workspaceName, diagnostics.Subscription,
			pulumi.String(in.Scope()), workspaceID, opts...)
		if err != nil {
			return err
		}
	}
	return nil
}
