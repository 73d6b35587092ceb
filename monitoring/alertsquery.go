package monitoring

import (
	"fmt"
	"slices"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20231201"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/stamp"
)

// queryAlertArgs describe an alert on the result of a log query.
type queryAlertArgs struct {
	stamp.Site
	Monitoring *Monitoring
	// Name is the rule's name in Azure; Query is KQL.
	Name, Description, Query string
	// Severity is from 0, critical, to 4, verbose.
	Severity int
	// Frequency of the evaluation, Window of rows that are aggregated, and Override, the time range that the query itself sees
	// (empty: the windows of all periods), are ISO 8601 durations.
	Frequency, Window, Override string
	// Scope is the Azure resource id of a workspace, or of a resource that logs to one.
	Scope pulumi.StringInput
	// Measure is the column to aggregate, empty if Aggregation is Count. Operator is for example GreaterThan.
	Measure, Aggregation, Operator string
	Threshold                      float64
	// FailingPeriods OutOf the latest periods must be over the threshold.
	FailingPeriods, OutOf int
	// AutoMitigate resolves the alert once the condition is over; not for alerts that must be investigated in any case.
	AutoMitigate bool
}

// newQueryAlert registers the alert, which goes to the stamp's action groups.
func newQueryAlert(ctx *pulumi.Context, name string, args *queryAlertArgs, opts ...pulumi.ResourceOption) error {
	condition := insights.ConditionArgs{
		Query:           pulumi.String(args.Query),
		TimeAggregation: pulumi.String(args.Aggregation),
		Operator:        pulumi.String(args.Operator),
		Threshold:       pulumi.Float64(args.Threshold),
		FailingPeriods: insights.ConditionFailingPeriodsArgs{
			MinFailingPeriodsToAlert:  pulumi.Float64(args.FailingPeriods),
			NumberOfEvaluationPeriods: pulumi.Float64(args.OutOf),
		},
	}
	if args.Measure != "" {
		condition.MetricMeasureColumn = pulumi.String(args.Measure)
	}
	rule := &insights.ScheduledQueryRuleArgs{
		RuleName:            pulumi.String(args.Name),
		DisplayName:         pulumi.String(args.Name),
		Description:         pulumi.String(args.Description),
		ResourceGroupName:   args.ResourceGroupName,
		Location:            pulumi.String(args.Location),
		Tags:                pulumi.ToStringMap(args.Tags),
		Enabled:             pulumi.Bool(true),
		Severity:            pulumi.Float64(args.Severity),
		EvaluationFrequency: pulumi.String(args.Frequency),
		WindowSize:          pulumi.String(args.Window),
		Scopes:              pulumi.StringArray{args.Scope},
		Criteria:            insights.ScheduledQueryRuleCriteriaArgs{AllOf: insights.ConditionArray{condition}},
		Actions:             insights.ActionsArgs{ActionGroups: args.Monitoring.ActionGroupIDs},
		AutoMitigate:        pulumi.Bool(args.AutoMitigate),
		// A workspace knows some tables only once their first rows have arrived.
		SkipQueryValidation: pulumi.Bool(true),
	}
	if args.Override != "" {
		rule.OverrideQueryTimeRange = pulumi.String(args.Override)
	}
	// Azure refuses other scopes for a rule that exists, and the provider would only update it.
	if _, err := insights.NewScheduledQueryRule(ctx, name, rule, append(slices.Clone(opts), pulumi.ReplaceOnChanges([]string{"scopes"}))...); err != nil {
		return fmt.Errorf("log query alert %s: %w", args.Name, err)
	}
	return nil
}
