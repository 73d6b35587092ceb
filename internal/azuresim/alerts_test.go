package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/monitor"
)

func actionGroup(change object) object {
	made := in(object{
		"actionGroupName": "ag-aks", "location": "Global", "groupShortName": "aks", "enabled": true,
		"emailReceivers": array{object{"name": "ops", "emailAddress": "ops@contoso.com"}},
	})
	for property, value := range change {
		made[property] = value
	}
	return made
}

// An action group is global and reaches somebody.
func TestActionGroups(t *testing.T) {
	const token = "insights:ActionGroup"
	mail := func(name, address string) object { return object{"name": name, "emailAddress": address} }
	try(t, nil, []attempt{
		{"a group", token, actionGroup(nil), ""},
		{"in a region", token, actionGroup(object{"location": "eastus2"}), "LocationNotAvailableForResourceType"},
		{"nobody", token, actionGroup(object{"emailReceivers": array{}}), "InvalidActionGroup"},
		{"a long short name", token, actionGroup(object{"groupShortName": "thirteen-long"}), "InvalidActionGroup"},
		{"no short name", token, actionGroup(object{"groupShortName": ""}), "InvalidActionGroup"},
		{"one name twice", token, actionGroup(object{"emailReceivers": array{mail("a", "a@b.c"), mail("A", "d@e.f")}}), "InvalidActionGroup"},
		{"no address", token, actionGroup(object{"emailReceivers": array{mail("a", "ops")}}), "InvalidEmailAddress"},
		{"a name besides the address", token, actionGroup(object{"emailReceivers": array{mail("a", "Ops <a@b.c>")}}), "InvalidEmailAddress"},
	})
}

func queryRule(change, criterion object) object {
	of := object{
		"query": "KubePodInventory", "timeAggregation": "Average", "metricMeasureColumn": "FailedCount", "operator": "GreaterThan", "threshold": 3.0,
		"failingPeriods": object{"numberOfEvaluationPeriods": 2.0, "minFailingPeriodsToAlert": 2.0},
	}
	for property, value := range criterion {
		of[property] = value
	}
	made := in(object{
		"ruleName": "PodFailedScheduledQuery", "severity": 3.0, "enabled": true, "scopes": array{clusterID}, "evaluationFrequency": "PT5M",
		"windowSize": "PT10M", "criteria": object{"allOf": array{of}}, "actions": object{"actionGroups": array{actionGroupID}},
	})
	for property, value := range change {
		made[property] = value
	}
	return made
}

// A log alert has one scope, one criterion and a schedule that fits.
func TestQueryAlerts(t *testing.T) {
	const token = "insights:ScheduledQueryRule"
	periods := func(of, failing float64) object {
		return object{"failingPeriods": object{"numberOfEvaluationPeriods": of, "minFailingPeriodsToAlert": failing}}
	}
	try(t, func(l *lab) { monitored(l); l.must("insights:ActionGroup", actionGroup(nil)) }, []attempt{
		{"an alert", token, queryRule(nil, nil), ""},
		{"one that counts", token, queryRule(nil, object{"timeAggregation": "Count", "metricMeasureColumn": nil, "failingPeriods": nil}), ""},
		{"over two days", token, queryRule(object{"overrideQueryTimeRange": "P2D"}, nil), ""},
		{"a range below the windows", token, queryRule(object{"overrideQueryTimeRange": "PT5M"}, nil), "InvalidQueryRange"},
		{"a range of a week", token, queryRule(object{"overrideQueryTimeRange": "P7D"}, nil), "InvalidQueryRange"},
		{"windows of three days", token, queryRule(object{"windowSize": "P1D"}, periods(3, 1)), "InvalidQueryRange"},
		{"severity 5", token, queryRule(object{"severity": 5.0}, nil), "InvalidSeverity"},
		{"no severity", token, queryRule(object{"severity": nil}, nil), "InvalidSeverity"},
		{"every seven minutes", token, queryRule(object{"evaluationFrequency": "PT7M"}, nil), "InvalidSchedule"},
		{"a window below the frequency", token, queryRule(object{"evaluationFrequency": "PT15M"}, nil), "InvalidSchedule"},
		{"two scopes", token, queryRule(object{"scopes": array{clusterID, workspaceID}}, nil), "InvalidScope"},
		{"a scope that does not exist", token, queryRule(object{"scopes": array{clusterID + "x"}}, nil), "InvalidResourceReference"},
		{"an action group that does not exist", token, queryRule(object{"actions": object{"actionGroups": array{actionGroupID + "x"}}}, nil), "InvalidResourceReference"},
		{"muted and resolved", token, queryRule(object{"autoMitigate": true, "muteActionsDuration": "PT1H"}, nil), "InvalidMuteActionsDuration"},
		{"no criteria", token, queryRule(object{"criteria": object{"allOf": array{}}}, nil), "InvalidCriteria"},
		{"no query", token, queryRule(nil, object{"query": " "}), "InvalidQuery"},
		{"an unknown aggregation", token, queryRule(nil, object{"timeAggregation": "Median"}), "InvalidCriteria"},
		{"an average of nothing", token, queryRule(nil, object{"metricMeasureColumn": ""}), "InvalidCriteria"},
		{"a count of a column", token, queryRule(nil, object{"timeAggregation": "Count"}), "InvalidCriteria"},
		{"an unknown operator", token, queryRule(nil, object{"operator": ">"}), "InvalidCriteria"},
		{"no threshold", token, queryRule(nil, object{"threshold": nil}), "InvalidCriteria"},
		{"seven periods", token, queryRule(nil, periods(7, 1)), "InvalidCriteria"},
		{"more failing than there are", token, queryRule(nil, periods(1, 2)), "InvalidCriteria"},
	})
}

// An alert names what it watches, and does not keep that from being deleted.
func TestAlertsDoNotKeepWhatTheyWatch(t *testing.T) {
	l := start(t, Options{})
	l.group()
	monitored(l)
	l.must("insights:ActionGroup", actionGroup(nil))
	alert := l.must("insights:ScheduledQueryRule", queryRule(object{"scopes": array{workspaceID}}, nil))
	other := l.must("insights:ScheduledQueryRule", queryRule(object{"ruleName": "other"}, nil))
	assert.ErrorContains(t, l.delete("insights:ActionGroup", actionGroupID), "InUse", "an alert needs whom it tells")
	require.NoError(t, l.delete("containerservice:ManagedCluster", clusterID))
	require.NoError(t, l.delete("operationalinsights:Workspace", workspaceID))
	assert.NotNil(t, l.read(alert))
	assert.NotNil(t, l.read(other))
}

// An alert on the activity log is global and on a category, one on metrics is on metrics that there are.
func TestActivityAndMetricAlerts(t *testing.T) {
	activity := in(object{
		"activityLogAlertName": "AllAzureAdvisorAlert", "location": "global", "scopes": array{groupID}, "actions": object{},
		"condition": object{"allOf": array{object{"field": "category", "equals": "Recommendation"}}},
	})
	metric := func(change, criterion object) object {
		of := object{"name": "m", "metricName": "node_cpu_usage_percentage", "operator": "GreaterThan", "threshold": 80.0, "timeAggregation": "Average"}
		for property, value := range criterion {
			of[property] = value
		}
		made := in(object{
			"ruleName": "cpu", "location": "global", "severity": 3.0, "scopes": array{clusterID}, "evaluationFrequency": "PT1M", "windowSize": "PT5M",
			"criteria": object{"odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", "allOf": array{of}},
		})
		for property, value := range change {
			made[property] = value
		}
		return made
	}
	const activityToken, metricToken = "insights:ActivityLogAlert", "insights:MetricAlert"
	try(t, monitored, []attempt{
		{"activity", activityToken, activity, ""},
		{"activity in a region", activityToken, with(activity, "location", "eastus2"), "LocationNotAvailableForResourceType"},
		{"activity without scopes", activityToken, with(activity, "scopes", array{}), "InvalidScope"},
		{"any activity", activityToken, with(activity, "condition", object{"allOf": array{object{"field": "operationName", "equals": "x"}}}), "InvalidCondition"},
		{"a metric", metricToken, metric(nil, nil), ""},
		{"a metric in a region", metricToken, metric(object{"location": "eastus2"}, nil), "LocationNotAvailableForResourceType"},
		{"a retired metric", metricToken, metric(nil, object{"metricNamespace": "Insights.Container/nodes", "skipMetricValidation": true}), "MetricNamespaceNotSupported"},
		{"an unknown metric", metricToken, metric(nil, object{"metricName": "cpuUsagePercentage"}), "MetricNotFound"},
		{"an unknown metric on trust", metricToken, metric(nil, object{"metricName": "cpuUsagePercentage", "skipMetricValidation": true}), ""},
		{"no criteria", metricToken, metric(object{"criteria": object{}}, nil), "InvalidCriteria"},
		{"no scopes", metricToken, metric(object{"scopes": array{}}, nil), "InvalidScope"},
		{"every ten minutes", metricToken, metric(object{"evaluationFrequency": "PT10M"}, nil), "InvalidSchedule"},
		{"severity 9", metricToken, metric(object{"severity": 9.0}, nil), "InvalidSeverity"},
	})
}

// A group of Prometheus rules is on one monitor workspace of its region, runs every 1 to 15 minutes, and has 1 to 20 rules.
func TestRuleGroups(t *testing.T) {
	alert := func(change object) object {
		made := object{"alert": "KubePodFailedState", "expression": "sum(kube_pod_status_phase) > 0", "for": "PT5M", "severity": 4.0,
			"resolveConfiguration": object{"autoResolved": true, "timeToResolve": "PT15M"}}
		for property, value := range change {
			made[property] = value
		}
		return made
	}
	group := func(change object, rules ...any) object {
		made := in(object{"ruleGroupName": "pods", "scopes": array{accountID, clusterID}, "clusterName": "aks", "interval": "PT1M", "rules": array(rules)})
		for property, value := range change {
			made[property] = value
		}
		return made
	}
	var many array
	for range monitor.MaxRulesInGroup + 1 {
		many = append(many, alert(nil))
	}
	const token = "alertsmanagement:PrometheusRuleGroup"
	try(t, monitored, []attempt{
		{"alerts", token, group(nil, alert(nil), alert(object{"alert": "Other", "for": "PT360M"})), ""},
		{"a series", token, group(nil, object{"record": "node:cpu:sum", "expression": "sum(cpu)"}), ""},
		{"20 rules", token, group(nil, many[1:]...), ""},
		{"21 rules", token, group(nil, many...), "InvalidRules"},
		{"no rules", token, group(nil), "InvalidRules"},
		{"every 20 minutes", token, group(object{"interval": "PT20M"}, alert(nil)), "InvalidInterval"},
		{"every 30 seconds", token, group(object{"interval": "PT30S"}, alert(nil)), "InvalidInterval"},
		{"no workspace", token, group(object{"scopes": array{clusterID}}, alert(nil)), "InvalidScope"},
		{"a workspace for logs", token, group(object{"scopes": array{accountID, workspaceID}}, alert(nil)), "InvalidScope"},
		{"no scope that exists", token, group(object{"scopes": array{"cluster"}}, alert(nil)), "InvalidScope"},
		{"in another region", token, group(object{"location": "westus"}, alert(nil)), "InvalidLocation"},
		{"an alert and a series", token, group(nil, alert(object{"record": "a"})), "InvalidRules"},
		{"neither", token, group(nil, alert(object{"alert": ""})), "InvalidRules"},
		{"no expression", token, group(nil, alert(object{"expression": ""})), "InvalidRules"},
		{"a series of no name", token, group(nil, object{"record": "node cpu", "expression": "1"}), "InvalidRules"},
		{"severity 5", token, group(nil, alert(object{"severity": 5.0})), "InvalidSeverity"},
		{"for 5 minutes, as Prometheus says it", token, group(nil, alert(object{"for": "5m"})), "InvalidRules"},
		{"resolved at some time", token, group(nil, alert(object{"resolveConfiguration": object{"timeToResolve": "soon"}})), "InvalidRules"},
	})
	l := start(t, Options{})
	l.group()
	monitored(l)
	id := l.must(token, group(nil, alert(nil)))
	assert.ErrorContains(t, l.delete("monitor:AzureMonitorWorkspace", accountID), "InUse")
	require.NoError(t, l.delete(token, id))
}

// A workbook is named by a GUID and holds JSON.
func TestWorkbooks(t *testing.T) {
	book := in(object{
		"resourceName": arm.GUID("book"), "displayName": "AKS Security", "category": "sentinel", "kind": "shared", "serializedData": "{}", "sourceId": workspaceID,
	})
	const token = "insights:Workbook"
	try(t, monitored, []attempt{
		{"a workbook", token, book, ""},
		{"a name that is no GUID", token, with(book, "resourceName", "aks"), "InvalidResourceName"},
		{"no title", token, with(book, "displayName", nil), "BadRequest"},
		{"no JSON", token, with(book, "serializedData", "{"), "InvalidWorkbook"},
		{"about what does not exist", token, with(book, "sourceId", workspaceID+"x"), "InvalidResourceReference"},
	})
}
