package cluster

import (
	"fmt"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20230101"
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2/v20230901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	monitor "aks-regulated-pulumi/internal/azurenative/monitor/v20230403"
	securityinsights "aks-regulated-pulumi/internal/azurenative/securityinsights/v20240301"
	"aks-regulated-pulumi/internal/diagnostics"
)

// MonitoringArgs configures Monitoring.
type MonitoringArgs struct {
	*StampArgs
}

// Monitoring is where a stamp's logs and metrics go, and who hears of alerts. It exists before the cluster.
type Monitoring struct {
	pulumi.ResourceState

	// WorkspaceID is the Azure resource id of the Log Analytics workspace.
	WorkspaceID pulumi.StringOutput
	// MonitorWorkspaceID is the Azure resource id of the Azure Monitor workspace, which holds the Prometheus metrics.
	MonitorWorkspaceID pulumi.StringOutput
	// PrometheusRuleID, ContainerInsightsRuleID and JumpBoxRuleID are the Azure resource ids of data collection rules.
	PrometheusRuleID, ContainerInsightsRuleID, JumpBoxRuleID pulumi.StringOutput
	// DataCollectionEndpointID is the Azure resource id of the endpoint that takes the Prometheus metrics.
	DataCollectionEndpointID pulumi.StringOutput
	// ActionGroupIDs are the Azure resource ids of whom alerts go to: none without configured e-mail addresses, else one.
	ActionGroupIDs pulumi.StringArray
}

// NewMonitoring registers the workspaces, what is collected into them, and the action group.
func NewMonitoring(ctx *pulumi.Context, name string, args *MonitoringArgs, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	monitoring := &Monitoring{}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Monitoring", name, monitoring, opts...); err != nil {
		return nil, fmt.Errorf("monitoring: %w", err)
	}
	child := pulumi.Parent(monitoring)
	workspace, err := monitoring.newWorkspace(ctx, name, args)
	if err != nil {
		return nil, err
	}
	if err := newSavedSearches(ctx, name, args, workspace.Name, child); err != nil {
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

// newWorkspace registers the Log Analytics workspace, its own diagnostics, and Microsoft Sentinel on it. Agents with a managed
// identity need no solutions any more (ContainerInsights, VMInsights, KeyVaultAnalytics), so there are none.
func (m *Monitoring) newWorkspace(
	ctx *pulumi.Context, name string, args *MonitoringArgs,
) (*operationalinsights.Workspace, error) {
	child := pulumi.Parent(m)
	cfg := args.Config
	workspace, err := operationalinsights.NewWorkspace(ctx, name, &operationalinsights.WorkspaceArgs{
		WorkspaceName:                   pulumi.String(args.Names().Workspace),
		ResourceGroupName:               args.ResourceGroupName,
		Location:                        pulumi.String(cfg.Location),
		Tags:                            pulumi.ToStringMap(cfg.Tags),
		Sku:                             operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:                 pulumi.Int(cfg.Monitoring.LogRetentionDays),
		PublicNetworkAccessForIngestion: pulumi.String("Enabled"),
		PublicNetworkAccessForQuery:     pulumi.String("Enabled"),
	}, child, pulumi.Protect(cfg.Protect))
	if err != nil {
		return nil, fmt.Errorf("workspace of stamp %s: %w", args.Stamp.Name, err)
	}
	m.WorkspaceID = workspace.ID().ToStringOutput()
	err = diagnostics.Send(ctx, name+"-workspace", "default", diagnostics.Workspace, m.WorkspaceID, m.WorkspaceID, child)
	if err != nil {
		return nil, err
	}
	// The onboarding state replaces the SecurityInsights solution; Azure wants it named default.
	_, err = securityinsights.NewSentinelOnboardingState(ctx, name, &securityinsights.SentinelOnboardingStateArgs{
		ResourceGroupName:           args.ResourceGroupName,
		WorkspaceName:               workspace.Name,
		SentinelOnboardingStateName: pulumi.String("default"),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("onboarding of workspace of stamp %s to Microsoft Sentinel: %w", args.Stamp.Name, err)
	}
	return workspace, nil
}

func (m *Monitoring) newMonitorWorkspace(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	cfg := args.Config
	workspace, err := monitor.NewAzureMonitorWorkspace(ctx, name, &monitor.AzureMonitorWorkspaceArgs{
		AzureMonitorWorkspaceName: pulumi.String(args.Names().MonitorWorkspace),
		ResourceGroupName:         args.ResourceGroupName,
		Location:                  pulumi.String(cfg.Location),
		Tags:                      pulumi.ToStringMap(cfg.Tags),
		PublicNetworkAccess:       pulumi.String("Enabled"),
	}, pulumi.Parent(m), pulumi.Protect(cfg.Protect))
	if err != nil {
		return fmt.Errorf("azure monitor workspace of stamp %s: %w", args.Stamp.Name, err)
	}
	m.MonitorWorkspaceID = workspace.ID().ToStringOutput()
	return nil
}

// newActionGroup registers who is told of alerts, if anybody is. Without addresses alerts show in the portal only.
func (m *Monitoring) newActionGroup(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	cfg := args.Config
	if len(cfg.Monitoring.AlertEmails) == 0 {
		return nil
	}
	var receivers insights.EmailReceiverArray
	for i, address := range cfg.Monitoring.AlertEmails {
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
		Tags:              pulumi.ToStringMap(cfg.Tags),
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
