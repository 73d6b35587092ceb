package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	alertsmanagement "aks-regulated-pulumi/internal/azurenative/alertsmanagement/v20230301"
)

// prometheusAlert is an alert on the metrics in the Azure Monitor workspace. They are those that Azure recommends for AKS (Azure
// document "Recommended alert rules for Kubernetes clusters"), with expressions of this project.
type prometheusAlert struct {
	Alert string
	// Expression is PromQL; each of its results is an alert.
	Expression string
	// For is how long the expression must hold, Resolve how long it must not before the alert is resolved; ISO 8601 durations.
	For string
	// Severity is from 0, critical, to 4, verbose.
	Severity int
	Resolve  string
	// Why is the description of the alert.
	Why string
}

// prometheusRecording is a series that is computed in advance, for dashboards.
type prometheusRecording struct {
	// Record is the name of the recorded metric.
	Record string
	// Expression is PromQL.
	Expression string
	// Labels are put on the recorded series.
	Labels map[string]string
}

// prometheusRuleGroup is alerts or recordings that are evaluated together. Azure takes 20 in one group (Azure document "Azure
// Monitor managed service for Prometheus rule groups").
type prometheusRuleGroup struct {
	logicalName string
	// name is the group's name in Azure, with the cluster's name for %s.
	name, description string
	alerts            []prometheusAlert
	recordings        []prometheusRecording
}

const recommendedAlerts = "Kubernetes Alert RuleGroup-RecommendedMetricAlerts"

// prometheusRuleGroups are all groups of a cluster. They replace alerts on Insights.Container metrics, retired on 2026-03-14.
var prometheusRuleGroups = []prometheusRuleGroup{
	{
		logicalName: "-pod-level", name: "KubernetesAlert-RecommendedMetricAlerts%s-Pod-level",
		description: recommendedAlerts, alerts: podAlerts,
	},
	{
		logicalName: "-node-level", name: "KubernetesAlert-RecommendedMetricAlerts%s-Node-level",
		description: recommendedAlerts, alerts: nodeAlerts,
	},
	{
		logicalName: "-cluster-level", name: "KubernetesAlert-RecommendedMetricAlerts%s-Cluster-level",
		description: recommendedAlerts, alerts: clusterAlerts,
	},
	{
		logicalName: "-node-recordings", name: "NodeRecordingRulesRuleGroup-%s",
		description: "Use of nodes, for dashboards", recordings: nodeRecordings,
	},
	{
		logicalName: "-kubernetes-recordings", name: "KubernetesRecordingRulesRuleGroup-%s",
		description: "Use of pods and namespaces, for dashboards", recordings: kubernetesRecordings,
	},
	{
		logicalName: "-portal-recordings", name: "UXRecordingRulesRuleGroup - %s",
		description: "Pods, controllers and nodes in the portal's views of the cluster", recordings: portalRecordings,
	},
}

func newPrometheusRuleGroups(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	cluster := args.Names().Cluster
	for _, group := range prometheusRuleGroups {
		var rules alertsmanagement.PrometheusRuleArray
		for _, alert := range group.alerts {
			rules = append(rules, alert.rule(args.Monitoring.ActionGroupIDs))
		}
		for _, recording := range group.recordings {
			rules = append(rules, recording.rule())
		}
		groupName := fmt.Sprintf(group.name, cluster)
		_, err := alertsmanagement.NewPrometheusRuleGroup(ctx, name+group.logicalName, &alertsmanagement.PrometheusRuleGroupArgs{
			RuleGroupName:     pulumi.String(groupName),
			ResourceGroupName: args.ResourceGroupName,
			Location:          pulumi.String(args.Monitoring.metricsLocation),
			Tags:              pulumi.ToStringMap(args.Tags),
			Description:       pulumi.String(group.description),
			ClusterName:       pulumi.String(cluster),
			Scopes:            pulumi.StringArray{args.Monitoring.MonitorWorkspaceID, args.ClusterID},
			Enabled:           pulumi.Bool(true),
			Interval:          pulumi.String("PT1M"),
			Rules:             rules,
		}, opts...)
		if err != nil {
			return fmt.Errorf("prometheus rule group %s: %w", groupName, err)
		}
	}
	return nil
}

func (a prometheusAlert) rule(actionGroups pulumi.StringArray) alertsmanagement.PrometheusRuleArgs {
	actions := alertsmanagement.PrometheusRuleGroupActionArray{}
	for _, id := range actionGroups {
		actions = append(actions, alertsmanagement.PrometheusRuleGroupActionArgs{
			ActionGroupId: id.ToStringOutput().ToStringPtrOutput(),
		})
	}
	return alertsmanagement.PrometheusRuleArgs{
		Alert:       pulumi.String(a.Alert),
		Expression:  pulumi.String(a.Expression),
		For:         pulumi.String(a.For),
		Severity:    pulumi.Int(a.Severity),
		Enabled:     pulumi.Bool(true),
		Labels:      pulumi.StringMap{"severity": pulumi.String("warning")},
		Annotations: pulumi.StringMap{"description": pulumi.String(a.Why)},
		ResolveConfiguration: alertsmanagement.PrometheusRuleResolveConfigurationArgs{
			AutoResolved: pulumi.Bool(true), TimeToResolve: pulumi.String(a.Resolve),
		},
		Actions: actions,
	}
}

func (r prometheusRecording) rule() alertsmanagement.PrometheusRuleArgs {
	rule := alertsmanagement.PrometheusRuleArgs{
		Record: pulumi.String(r.Record), Expression: pulumi.String(r.Expression), Enabled: pulumi.Bool(true),
	}
	if len(r.Labels) > 0 {
		rule.Labels = pulumi.ToStringMap(r.Labels)
	}
	return rule
}
