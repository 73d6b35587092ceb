package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	insights "aks-regulated-pulumi/internal/azurenative/insights/v20180301"
)

// metricAlert is an alert on a platform metric of the cluster, by node.
type metricAlert struct {
	logicalName string
	// name is the rule's name in Azure, with the cluster's name for %s.
	name, metric, why string
	// threshold in percent.
	threshold float64
}

// metricAlerts are CI-1 and CI-2 of the alerts on Insights.Container metrics, which were retired on 2026-03-14. Both are platform
// metrics, so that the alerts fire even if the agent in the cluster does not report.
var metricAlerts = []metricAlert{
	{
		"-cpu", "Node CPU utilization high for %s CI-1", "node_cpu_usage_percentage",
		"A node has used more than 80 percent of its CPU for five minutes.", 80,
	},
	{
		"-memory", "Node working set memory utilization high for %s CI-2", "node_memory_working_set_percentage",
		"The working set of a node has been above 80 percent of its memory for five minutes.", 80,
	},
}

func newMetricAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) error {
	actions := insights.MetricAlertActionArray{}
	for _, id := range args.Monitoring.ActionGroupIDs {
		actions = append(actions, insights.MetricAlertActionArgs{ActionGroupId: id.ToStringOutput().ToStringPtrOutput()})
	}
	for _, alert := range metricAlerts {
		_, err := insights.NewMetricAlert(ctx, name+alert.logicalName, &insights.MetricAlertArgs{
			RuleName:            pulumi.Sprintf(alert.name, args.Names().Cluster),
			ResourceGroupName:   args.ResourceGroupName,
			Location:            pulumi.String("global"),
			Tags:                pulumi.ToStringMap(args.Tags),
			Description:         pulumi.String(alert.why),
			Enabled:             pulumi.Bool(true),
			Severity:            pulumi.Int(3),
			AutoMitigate:        pulumi.Bool(true),
			EvaluationFrequency: pulumi.String("PT1M"),
			WindowSize:          pulumi.String("PT5M"),
			Scopes:              pulumi.StringArray{args.ClusterID},
			TargetResourceType:  pulumi.String("Microsoft.ContainerService/managedClusters"),
			Criteria: insights.MetricAlertSingleResourceMultipleMetricCriteriaArgs{
				OdataType: pulumi.String("Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"),
				AllOf: insights.MetricCriteriaArray{insights.MetricCriteriaArgs{
					CriterionType:   pulumi.String("StaticThresholdCriterion"),
					Name:            pulumi.String("Metric1"),
					MetricNamespace: pulumi.String("Microsoft.ContainerService/managedClusters"),
					MetricName:      pulumi.String(alert.metric),
					TimeAggregation: pulumi.String("Average"),
					Operator:        pulumi.String("GreaterThan"),
					Threshold:       pulumi.Float64(alert.threshold),
					Dimensions: insights.MetricDimensionArray{insights.MetricDimensionArgs{
						Name: pulumi.String("node"), Operator: pulumi.String("Include"), Values: pulumi.StringArray{pulumi.String("*")},
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
