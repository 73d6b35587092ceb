package monitoring

import (
	"fmt"

	activitylog "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20201001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	insights "aks-regulated-pulumi/internal/azurenative/insights/v20230311"
	"aks-regulated-pulumi/stamp"
)

// AlertsArgs configures Alerts.
type AlertsArgs struct {
	stamp.Site
	Monitoring *Monitoring
	// ClusterID is the Azure resource id of the cluster.
	ClusterID pulumi.StringInput
	// FirewallID is the Azure resource id of the hub's firewall, FirewallLogsID that of the Log Analytics workspace with its logs. There are no
	// alerts on what is nil.
	FirewallID, FirewallLogsID pulumi.StringInput
	// FirewallLogged exists once the firewall logs to that workspace.
	FirewallLogged []pulumi.Resource
}

// Alerts is the collection of a cluster's logs and metrics, and the alert rules on them. It is registered after the cluster.
type Alerts struct {
	pulumi.ResourceState
}

// NewAlerts registers the associations with data collection rules, the Prometheus rule groups and the other alerts.
func NewAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) (*Alerts, error) {
	alerts := &Alerts{}
	if err := ctx.RegisterComponentResource("aksregulated:cluster:Alerts", name, alerts, opts...); err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	child := pulumi.Parent(alerts)
	for _, register := range []func(*pulumi.Context, string, *AlertsArgs, ...pulumi.ResourceOption) error{
		newCollections, newPrometheusRuleGroups, newMetricAlerts, newFailedPodsAlert, newActivityAlerts, newDeniedNodesAlert,
	} {
		if err := register(ctx, name, args, child); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(alerts, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("outputs of alerts: %w", err)
	}
	return alerts, nil
}

// newCollections associates the cluster, and so its agents, with data collection rules.
func newCollections(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	for _, association := range []struct {
		logicalName, name, what string
		ruleID                  pulumi.StringOutput
	}{
		{"-prometheus", prometheusCollectionName(args.Site), "Prometheus metrics", args.Monitoring.PrometheusRuleID},
		{"-containers", "dataCollectionRuleAssociation", "container logs", args.Monitoring.ContainerInsightsRuleID},
	} {
		follow := &insights.DataCollectionRuleAssociationArgs{
			AssociationName:      pulumi.String(association.name),
			ResourceUri:          args.ClusterID,
			DataCollectionRuleId: association.ruleID.ToStringPtrOutput(),
			Description:          pulumi.String("Without this association the cluster's " + association.what + " are not collected."),
		}
		if _, err := insights.NewDataCollectionRuleAssociation(ctx, name+association.logicalName, follow, opts...); err != nil {
			return fmt.Errorf("collection of %s: %w", association.what, err)
		}
	}
	return nil
}

// newFailedPodsAlert registers the alert on pods that fail. Minutes without a failed pod count as zero, since every snapshot
// of the inventory holds pods in other phases.
func newFailedPodsAlert(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	return newQueryAlert(ctx, name+"-failed-pods", &queryAlertArgs{
		Site: args.Site, Monitoring: args.Monitoring, Name: "PodFailedScheduledQuery",
		Description: "More than three pods of the cluster have failed.",
		Query: fmt.Sprintf(`KubePodInventory
| where ClusterName =~ %q
| summarize AggregatedValue = dcountif(PodUid, PodStatus == "Failed") by bin(TimeGenerated, 1m)`, args.Names().Cluster),
		Severity: 3, Frequency: "PT5M", Window: "PT10M", Override: "P2D", Scope: args.Monitoring.WorkspaceID,
		Measure: "AggregatedValue", Aggregation: "Average", Operator: "GreaterThan", Threshold: 3,
		FailingPeriods: 2, OutOf: 2, AutoMitigate: true,
	}, opts...)
}

// activityAlert is an alert on entries of Azure's activity log about the stamp's resource group.
type activityAlert struct {
	logicalName, name, why string
	// all are fields of an entry with the values that they must have, some those of which one must.
	all, some [][2]string
}

var activityAlerts = []activityAlert{
	{
		"-advisor", "AllAzureAdvisorAlert", "Azure Advisor has a new recommendation.",
		[][2]string{{"category", "Recommendation"}, {"operationName", "Microsoft.Advisor/recommendations/available/action"}}, nil,
	},
	// Azure disables a log search alert whose query keeps failing (Azure document "Troubleshoot log search alerts").
	{
		"-rule-health", "LogSearchAlertRuleHealth", "A log search alert of the stamp does not evaluate its query, and so cannot fire.",
		[][2]string{{"category", "ResourceHealth"}, {"resourceType", "Microsoft.Insights/scheduledQueryRules"}},
		[][2]string{{"properties.currentHealthStatus", "Degraded"}, {"properties.currentHealthStatus", "Unavailable"}},
	},
}

func newActivityAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	actions := activitylog.ActionGroupArray{}
	for _, id := range args.Monitoring.ActionGroupIDs {
		actions = append(actions, activitylog.ActionGroupArgs{ActionGroupId: id})
	}
	for _, alert := range activityAlerts {
		_, err := activitylog.NewActivityLogAlert(ctx, name+alert.logicalName, &activitylog.ActivityLogAlertArgs{
			ActivityLogAlertName: pulumi.String(alert.name),
			ResourceGroupName:    args.ResourceGroupName,
			Location:             pulumi.String("global"),
			Tags:                 pulumi.ToStringMap(args.Tags),
			Description:          pulumi.String(alert.why),
			Enabled:              pulumi.Bool(true),
			Scopes: pulumi.StringArray{
				pulumi.Sprintf("/subscriptions/%s/resourceGroups/%s", args.SubscriptionID, args.ResourceGroupName),
			},
			Condition: activitylog.AlertRuleAllOfConditionArgs{AllOf: alert.conditions()},
			Actions:   activitylog.ActionListArgs{ActionGroups: actions},
		}, opts...)
		if err != nil {
			return fmt.Errorf("activity log alert %s: %w", alert.name, err)
		}
	}
	return nil
}

func (a activityAlert) conditions() activitylog.AlertRuleAnyOfOrLeafConditionArray {
	var all activitylog.AlertRuleAnyOfOrLeafConditionArray
	for _, is := range a.all {
		all = append(all, activitylog.AlertRuleAnyOfOrLeafConditionArgs{Field: pulumi.String(is[0]), Equals: pulumi.String(is[1])})
	}
	var leaves activitylog.AlertRuleLeafConditionArray
	for _, is := range a.some {
		leaves = append(leaves, activitylog.AlertRuleLeafConditionArgs{Field: pulumi.String(is[0]), Equals: pulumi.String(is[1])})
	}
	if len(leaves) > 0 {
		all = append(all, activitylog.AlertRuleAnyOfOrLeafConditionArgs{AnyOf: leaves})
	}
	return all
}
