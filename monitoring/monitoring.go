// Package monitoring is where the logs and metrics of a stamp go, what is collected, and the alerts on them.
package monitoring

import (
	"fmt"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20230101"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	monitor "aks-regulated-pulumi/internal/azurenative/monitor/v20230403"
	"aks-regulated-pulumi/internal/workspace"
	"aks-regulated-pulumi/stamp"
)

// MonitoringArgs configures Monitoring.
type MonitoringArgs struct {
	stamp.Site
	Monitoring config.Monitoring
	// Logs is a Log Analytics workspace, Metrics an Azure Monitor workspace to use; nil for new ones.
	Logs, Metrics *Destination
}

// Destination is a workspace of others, where logs or metrics go.
type Destination struct {
	// ID is the Azure resource id. Location is the region, where what collects for the workspace has to be (Azure documents "Structure of a data
	// collection rule", "Prometheus rule groups").
	ID, Location string
}

// Monitoring is where a stamp's logs and metrics go, and who is notified of alerts. It exists before the cluster.
type Monitoring struct {
	pulumi.ResourceState

	// WorkspaceID is the Azure resource id of the Log Analytics workspace.
	WorkspaceID pulumi.StringOutput
	// MonitorWorkspaceID is the Azure resource id of the Azure Monitor workspace, which holds the Prometheus metrics.
	MonitorWorkspaceID pulumi.StringOutput
	// logsLocation and metricsLocation are the regions of the two.
	logsLocation, metricsLocation string
	// PrometheusRuleID, ContainerInsightsRuleID and JumpBoxRuleID are the Azure resource ids of data collection rules.
	PrometheusRuleID, ContainerInsightsRuleID, JumpBoxRuleID pulumi.StringOutput
	// DataCollectionEndpointID is the Azure resource id of the endpoint that takes the Prometheus metrics.
	DataCollectionEndpointID pulumi.StringOutput
	// ActionGroupIDs are the Azure resource ids of the action groups of alerts: none without configured e-mail addresses, else one.
	ActionGroupIDs pulumi.StringArray
}

// NewMonitoring registers the workspaces, what is collected into them, and the action group.
func NewMonitoring(ctx *pulumi.Context, name string, args *MonitoringArgs, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	monitoring := &Monitoring{}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Monitoring", name, monitoring, opts...); err != nil {
		return nil, fmt.Errorf("monitoring: %w", err)
	}
	child := pulumi.Parent(monitoring)
	if err := monitoring.newLogWorkspace(ctx, name, args); err != nil {
		return nil, err
	}
	if err := newWorkbook(ctx, name+"-workbook", args, monitoring.WorkspaceID, child); err != nil {
		return nil, err
	}
	if err := monitoring.newMonitorWorkspace(ctx, name, args); err != nil {
		return nil, err
	}
	if err := monitoring.newCollectionRules(ctx, name, args); err != nil {
		return nil, err
	}
	if err := monitoring.newActionGroup(ctx, name, args); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(monitoring, pulumi.Map{
		"workspaceId": monitoring.WorkspaceID, "monitorWorkspaceId": monitoring.MonitorWorkspaceID,
	}); err != nil {
		return nil, fmt.Errorf("outputs of monitoring: %w", err)
	}
	return monitoring, nil
}

// newLogWorkspace registers the workspace with its searches. One of others stays as its owner has set it up: retention, Microsoft Sentinel, its
// own diagnostics, and what is saved in it.
func (m *Monitoring) newLogWorkspace(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	if found := args.Logs; found != nil {
		m.WorkspaceID, m.logsLocation = pulumi.String(found.ID).ToStringOutput(), found.Location
		return nil
	}
	child := pulumi.Parent(m)
	logs, err := workspace.New(ctx, name, &workspace.Args{
		Placement: args.Placement, ResourceGroupName: args.ResourceGroupName,
		Name: args.Names().Workspace, RetentionDays: args.Monitoring.LogRetentionDays,
	}, child)
	if err != nil {
		return err
	}
	m.WorkspaceID, m.logsLocation = logs.ID().ToStringOutput(), args.Location
	return newSavedSearches(ctx, name, args, logs.Name, child)
}

func (m *Monitoring) newMonitorWorkspace(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	if found := args.Metrics; found != nil {
		m.MonitorWorkspaceID, m.metricsLocation = pulumi.String(found.ID).ToStringOutput(), found.Location
		return nil
	}
	metrics, err := monitor.NewAzureMonitorWorkspace(ctx, name, &monitor.AzureMonitorWorkspaceArgs{
		AzureMonitorWorkspaceName: pulumi.String(args.Names().MonitorWorkspace),
		ResourceGroupName:         args.ResourceGroupName,
		Location:                  pulumi.String(args.Location),
		Tags:                      pulumi.ToStringMap(args.Tags),
		PublicNetworkAccess:       pulumi.String("Enabled"),
	}, pulumi.Parent(m), pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("azure monitor workspace of stamp %s: %w", args.Stamp.Name, err)
	}
	m.MonitorWorkspaceID, m.metricsLocation = metrics.ID().ToStringOutput(), args.Location
	return nil
}

// newActionGroup registers the recipients of alerts. Without addresses there is none, and alerts show in the portal only.
func (m *Monitoring) newActionGroup(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	if len(args.Monitoring.AlertEmails) == 0 {
		return nil
	}
	var receivers insights.EmailReceiverArray
	for i, address := range args.Monitoring.AlertEmails {
		receivers = append(receivers, insights.EmailReceiverArgs{
			Name:                 pulumi.Sprintf("email-%02d", i+1),
			EmailAddress:         pulumi.String(address),
			UseCommonAlertSchema: pulumi.Bool(true),
		})
	}
	group, err := insights.NewActionGroup(ctx, name, &insights.ActionGroupArgs{
		ActionGroupName:   pulumi.String("ag-" + args.Names().Cluster),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String("global"),
		Tags:              pulumi.ToStringMap(args.Tags),
		GroupShortName:    pulumi.String("aks-" + args.Stamp.Name),
		Enabled:           pulumi.Bool(true),
		EmailReceivers:    receivers,
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("action group of stamp %s: %w", args.Stamp.Name, err)
	}
	m.ActionGroupIDs = pulumi.StringArray{group.ID().ToStringOutput()}
	return nil
}
