package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	insights "aks-regulated-pulumi/internal/azurenative/insights/v20180301"
)

// metricAlert is an alert on a platform metric in percent, by one of its dimensions.
type metricAlert struct {
	logicalName string
	// name is the rule's name in Azure, with the cluster's name for %s.
	name, metric, dimension, why string
	// threshold in percent.
	threshold float64
	// window is an ISO 8601 duration; severity is from 0, critical, to 4, verbose.
	window   string
	severity int
	// of is the type of the resource that has the metric.
	of string
}

const (
	managedClusters = "Microsoft.ContainerService/managedClusters"
	firewalls       = "Microsoft.Network/azureFirewalls"
)

// metricAlerts are CI-1 and CI-2 of the alerts on Insights.Container metrics, which were retired on 2026-03-14. Both are platform
// metrics, so that the alerts fire even if the agent in the cluster does not report. The third is of the hub's firewall: every stamp is told,
// since connections of all of them fail when it runs out of ports (Azure document "Azure Firewall metrics and alerts", which asks for more
// public IP addresses at 95 percent).
var metricAlerts = []metricAlert{
	{
		"-cpu", "Node CPU utilization high for %s CI-1", "node_cpu_usage_percentage", "node",
		"A node has used more than 80 percent of its CPU for five minutes.", 80, "PT5M", 3, managedClusters,
	},
	{
		"-memory", "Node working set memory utilization high for %s CI-2", "node_memory_working_set_percentage", "node",
		"The working set of a node has been above 80 percent of its memory for five minutes.", 80, "PT5M", 3, managedClusters,
	},
	{
		"-snat", "Firewall SNAT port utilization high for %s", "SNATPortUtilization", "Protocol",
		"The firewall has used more than 80 percent of its ports for outbound connections for a quarter of an hour.", 80, "PT15M", 2, firewalls,
	},
}

func newMetricAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	actions := insights.MetricAlertActionArray{}
	for _, id := range args.Monitoring.ActionGroupIDs {
		actions = append(actions, insights.MetricAlertActionArgs{ActionGroupId: id.ToStringOutput().ToStringPtrOutput()})
	}
	for _, alert := range metricAlerts {
		target := map[string]pulumi.StringInput{managedClusters: args.ClusterID, firewalls: args.FirewallID}[alert.of]
		if target == nil {
			continue
		}
		_, err := insights.NewMetricAlert(ctx, name+alert.logicalName, &insights.MetricAlertArgs{
			RuleName:            pulumi.Sprintf(alert.name, args.Names().Cluster),
			ResourceGroupName:   args.ResourceGroupName,
			Location:            pulumi.String("global"),
			Tags:                pulumi.ToStringMap(args.Tags),
			Description:         pulumi.String(alert.why),
			Enabled:             pulumi.Bool(true),
			Severity:            pulumi.Int(alert.severity),
			AutoMitigate:        pulumi.Bool(true),
			EvaluationFrequency: pulumi.String("PT1M"),
			WindowSize:          pulumi.String(alert.window),
			Scopes:              pulumi.StringArray{target},
			TargetResourceType:  pulumi.String(alert.of),
			Criteria: insights.MetricAlertSingleResourceMultipleMetricCriteriaArgs{
				OdataType: pulumi.String("Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"),
				AllOf: insights.MetricCriteriaArray{insights.MetricCriteriaArgs{
					CriterionType:   pulumi.String("StaticThresholdCriterion"),
					Name:            pulumi.String("Metric1"),
					MetricNamespace: pulumi.String(alert.of),
					MetricName:      pulumi.String(alert.metric),
					TimeAggregation: pulumi.String("Average"),
					Operator:        pulumi.String("GreaterThan"),
					Threshold:       pulumi.Float64(alert.threshold),
					Dimensions: insights.MetricDimensionArray{insights.MetricDimensionArgs{
						Name: pulumi.String(alert.dimension), Operator: pulumi.String("Include"), Values: pulumi.StringArray{pulumi.String("*")},
					}},
					// The metric has no values before the first node reports.
					SkipMetricValidation: pulumi.Bool(true),
				}},
			},
			Actions: actions,
		}, opts...)
		if err != nil {
			return fmt.Errorf("metric alert on %s: %w", alert.metric, err)
		}
	}
	return nil
}
