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
		newCollections, newPrometheusRuleGroups, newMetricAlerts, newFailedPodsAlert, newAdvisorAlert,
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

// newAdvisorAlert registers the alert on new recommendations of Azure Advisor for anything in the stamp's resource group.
func newAdvisorAlert(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	actions := activitylog.ActionGroupArray{}
	for _, id := range args.Monitoring.ActionGroupIDs {
		actions = append(actions, activitylog.ActionGroupArgs{ActionGroupId: id})
	}
	equals := func(field, value string) activitylog.AlertRuleAnyOfOrLeafConditionArgs {
		return activitylog.AlertRuleAnyOfOrLeafConditionArgs{Field: pulumi.String(field), Equals: pulumi.String(value)}
	}
	_, err := activitylog.NewActivityLogAlert(ctx, name+"-advisor", &activitylog.ActivityLogAlertArgs{
		ActivityLogAlertName: pulumi.String("AllAzureAdvisorAlert"),
		ResourceGroupName:    args.ResourceGroupName,
		Location:             pulumi.String("global"),
		Tags:                 pulumi.ToStringMap(args.Tags),
		Description:          pulumi.String("Azure Advisor has a new recommendation."),
		Enabled:              pulumi.Bool(true),
		Scopes: pulumi.StringArray{
			pulumi.Sprintf("/subscriptions/%s/resourceGroups/%s", args.SubscriptionID, args.ResourceGroupName),
		},
		Condition: activitylog.AlertRuleAllOfConditionArgs{AllOf: activitylog.AlertRuleAnyOfOrLeafConditionArray{
			equals("category", "Recommendation"),
			equals("operationName", "Microsoft.Advisor/recommendations/available/action"),
		}},
		Actions: activitylog.ActionListArgs{ActionGroups: actions},
	}, opts...)
	if err != nil {
		return fmt.Errorf("alert on recommendations of Azure Advisor: %w", err)
	}
	return nil
}
