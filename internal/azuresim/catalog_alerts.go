package azuresim

import (
	"regexp"
	"time"
)

var alertName = regexp.MustCompile(`^[^*#&+:<>?@%{}\\/|]{0,259}[^*#&+:<>?@%{}\\/| .]$`)

var alertKinds = []*kind{
	{
		token: "insights:ActionGroup", path: insightsProvider + "/actionGroups/{actionGroupName}", name: alertName, located: true,
		create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkGlobal, checkActionGroup},
	},
	{
		token: "insights:ScheduledQueryRule", path: insightsProvider + "/scheduledQueryRules/{ruleName}", name: alertName, located: true,
		create: 10 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		replaceOn: []string{"kind"},
		rules:     []func(*operation) error{checkQueryAlert},
	},
	{
		token: "insights:ActivityLogAlert", path: insightsProvider + "/activityLogAlerts/{activityLogAlertName}", name: alertName, located: true,
		create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkGlobal, checkActivityAlert},
	},
	{
		token: "insights:MetricAlert", path: insightsProvider + "/metricAlerts/{ruleName}", name: alertName, located: true,
		create: 10 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkGlobal, checkMetricAlert},
	},
	{
		token: "alertsmanagement:PrometheusRuleGroup", path: groupPath + "/providers/Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}",
		name: alertName, located: true, create: 10 * time.Second, update: 10 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkRuleGroup},
	},
	{
		token: "insights:Workbook", path: insightsProvider + "/workbooks/{resourceName}", name: guidName, located: true,
		create: 5 * time.Second, update: 5 * time.Second, remove: 5 * time.Second,
		rules: []func(*operation) error{checkWorkbook},
	},
}
