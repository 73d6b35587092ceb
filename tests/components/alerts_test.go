package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/monitoring"
)

// Type tokens of what Alerts registers.
const (
	typeAlerts = "aksregulated:cluster:Alerts"
)

var monitoredClusterID = armPath(monitoredGroup, "Microsoft.ContainerService/managedClusters/"+monitoredCluster)

var (
	monitoredFirewallID = armPath("rg-hub", "Microsoft.Network/azureFirewalls/fw-eastus2")
	monitoredHubLogsID  = armPath("rg-hub", "Microsoft.OperationalInsights/workspaces/la-hub")
)

func deployAlerts(t *testing.T, s settings) *recordingMonitor {
	t.Helper()
	cfg := loadConfig(t, s)
	return deploy(t, func(ctx *pulumi.Context) error {
		monitored, err := monitoring.NewMonitoring(ctx, "monitoring", &monitoring.MonitoringArgs{
			Site: siteOf(cfg, cfg.Stamps[0]), Monitoring: cfg.Monitoring,
		})
		if err != nil {
			return err
		}
		_, err = monitoring.NewAlerts(ctx, "alerts", &monitoring.AlertsArgs{
			Site: siteOf(cfg, cfg.Stamps[0]), Monitoring: monitored, ClusterID: pulumi.String(monitoredClusterID),
			FirewallID: pulumi.String(monitoredFirewallID), FirewallLogsID: pulumi.String(monitoredHubLogsID),
		})
		return err
	})
}

// Alerts is one component with everything that watches the cluster.
func TestAlertsFamily(t *testing.T) {
	assertFamily(t, deployAlerts(t, nil), typeAlerts, "alerts",
		typetoken.Association+" alerts-prometheus", typetoken.Association+" alerts-containers",
		typetoken.PromRuleGroup+" alerts-pod-level", typetoken.PromRuleGroup+" alerts-node-level", typetoken.PromRuleGroup+" alerts-cluster-level",
		typetoken.PromRuleGroup+" alerts-node-recordings", typetoken.PromRuleGroup+" alerts-kubernetes-recordings",
		typetoken.MetricAlert+" alerts-cpu", typetoken.MetricAlert+" alerts-memory", typetoken.MetricAlert+" alerts-snat",
		typetoken.PromRuleGroup+" alerts-portal-recordings",
		typetoken.QueryAlert+" alerts-failed-pods", typetoken.QueryAlert+" alerts-denied-nodes",
		typetoken.ActivityLogAlert+" alerts-advisor", typetoken.ActivityLogAlert+" alerts-rule-health")
}

// The cluster's agents follow both collection rules, under the names of the walkthrough.
func TestAlertsCollections(t *testing.T) {
	m := deployAlerts(t, nil)
	for name, fact := range map[string]struct{ association, rule string }{
		"alerts-prometheus": {"MSProm-eastus2-" + monitoredCluster, "MSProm-eastus2-" + monitoredCluster},
		"alerts-containers": {"dataCollectionRuleAssociation", "MSCI-eastus2-" + monitoredCluster},
	} {
		association := m.one(t, typetoken.Association, name)
		description, _ := association.Inputs["description"].(string)
		assert.Regexp(t, "^Without this association", description)
		assertInputs(t, association, object{
			"associationName": fact.association, "resourceUri": monitoredClusterID, "description": description,
			"dataCollectionRuleId": collectionRuleID(fact.rule),
		})
	}
}

// Without an address no one is notified, and every alert still shows in the portal.
func TestAlertsWithoutActionGroup(t *testing.T) {
	m := deployAlerts(t, nil)
	for _, group := range m.OfType(typetoken.PromRuleGroup) {
		for _, rule := range group.Inputs["rules"].([]any) {
			assert.Empty(t, rule.(object)["actions"])
		}
	}
	assert.Empty(t, m.one(t, typetoken.MetricAlert, "alerts-cpu").Inputs["actions"])
	assert.Empty(t, m.one(t, typetoken.QueryAlert, "alerts-failed-pods").Inputs["actions"].(object)["actionGroups"])
	assert.Empty(t, m.one(t, typetoken.ActivityLogAlert, "alerts-advisor").Inputs["actions"].(object)["actionGroups"])
}

// A node that uses 81 percent of its CPU or memory is an alert, as is a firewall that uses 81 percent of its ports, and one that uses 79
// percent is not. Platform metrics watch them, since the agent's custom metrics are retired.
func TestMetricAlerts(t *testing.T) {
	over := map[any]func(value, threshold float64) bool{
		"GreaterThan":        func(value, threshold float64) bool { return value > threshold },
		"GreaterThanOrEqual": func(value, threshold float64) bool { return value >= threshold },
		"LessThan":           func(value, threshold float64) bool { return value < threshold },
		"LessThanOrEqual":    func(value, threshold float64) bool { return value <= threshold },
	}
	var metrics list
	for _, alert := range deployAlerts(t, withPager).OfType(typetoken.MetricAlert) {
		scope, dimension := monitoredClusterID, "node"
		if alert.Name == "alerts-snat" {
			scope, dimension = monitoredFirewallID, "Protocol"
		}
		assert.Equal(t, list{scope}, alert.Inputs["scopes"], "%s", alert)
		assert.Equal(t, list{object{"actionGroupId": monitoredPagerID}}, alert.Inputs["actions"], "%s", alert)
		assert.Equal(t, true, alert.Inputs["enabled"], "%s", alert)
		conditions := alert.Inputs["criteria"].(object)["allOf"].(list)
		require.Len(t, conditions, 1)
		condition := conditions[0].(object)
		metrics = append(metrics, condition["metricName"])
		assert.Equal(t, "Average", condition["timeAggregation"], "%s", alert)
		assert.Equal(t, list{object{"name": dimension, "operator": "Include", "values": list{"*"}}}, condition["dimensions"], "%s", alert)
		assert.Equal(t, true, condition["skipMetricValidation"], "the metric has no values before the first node")
		compare, known := over[condition["operator"]]
		require.True(t, known, "operator of %s", alert)
		threshold := condition["threshold"].(float64)
		assert.True(t, compare(81, threshold), "81 percent: %s", alert)
		assert.False(t, compare(79, threshold), "79 percent: %s", alert)
	}
	assert.ElementsMatch(t, list{"node_cpu_usage_percentage", "node_memory_working_set_percentage", "SNATPortUtilization"}, metrics)
}

// More than three failed pods of the cluster, minute by minute in two periods in a row, is an alert that ends with its cause.
func TestFailedPodsAlert(t *testing.T) {
	alert := deployAlerts(t, withPager).one(t, typetoken.QueryAlert, "alerts-failed-pods")
	condition := alert.Inputs["criteria"].(object)["allOf"].([]any)[0].(object)
	query := condition["query"].(string)
	smokeTestKQL(t, query, "KubePodInventory", `ClusterName =~ "`+monitoredCluster+`"`, `PodStatus == "Failed"`,
		"AggregatedValue", "bin(TimeGenerated, 1m)")
	assertInputs(t, alert, object{
		"ruleName": "PodFailedScheduledQuery", "displayName": "PodFailedScheduledQuery", "resourceGroupName": monitoredGroup,
		"description": "More than three pods of the cluster have failed.", "location": "eastus2", "tags": testTags,
		"enabled": true, "severity": 3, "evaluationFrequency": "PT5M", "windowSize": "PT10M", "overrideQueryTimeRange": "P2D",
		"scopes": list{monitoredLogsID}, "autoMitigate": true, "skipQueryValidation": true,
		"criteria": object{"allOf": list{object{
			"query": query, "timeAggregation": "Average", "metricMeasureColumn": "AggregatedValue", "operator": "GreaterThan",
			"threshold": 3, "failingPeriods": object{"minFailingPeriodsToAlert": 2, "numberOfEvaluationPeriods": 2},
		}}},
		"actions": object{"actionGroups": list{monitoredPagerID}},
	})
}

// A host that the firewall begins to deny to nodes is an alert, once the firewall's logs are there, and one that it denies all the time is not.
func TestDeniedNodesAlert(t *testing.T) {
	m := deployPlatform(t, nil)
	alert := m.one(t, typetoken.QueryAlert, "stamp01-alerts-denied-nodes")
	assert.Equal(t, list{m.one(t, typetoken.Workspace, "hub").ID}, alert.Inputs["scopes"])
	assert.Equal(t, "P1D", alert.Inputs["overrideQueryTimeRange"], "the day before is in sight")
	condition := alert.Inputs["criteria"].(object)["allOf"].([]any)[0].(object)
	smokeTestKQL(t, condition["query"].(string), "AZFWApplicationRule", `Action =~ "Deny"`,
		`dynamic(["10.240.8.0/22", "10.240.12.0/22", "10.240.16.0/22"])`, "by Fqdn", "Denials > 3 * Before / 95.0")
	assertWaits(t, m, alert, m.one(t, typetoken.Diagnostic, firewallName))
	assert.False(t, m.WaitsFor(alert, m.one(t, typetoken.ManagedCluster, "stamp01-cluster")), "nodes that cannot join are denied, too")
}

// New recommendations of Azure Advisor for the stamp are an alert.
func TestAdvisorAlert(t *testing.T) {
	assertInputs(t, deployAlerts(t, withPager).one(t, typetoken.ActivityLogAlert, "alerts-advisor"), object{
		"activityLogAlertName": "AllAzureAdvisorAlert", "resourceGroupName": monitoredGroup, "location": "global", "tags": testTags,
		"description": "Azure Advisor has a new recommendation.", "enabled": true,
		"scopes": list{subscription + "/resourceGroups/" + monitoredGroup},
		"condition": object{"allOf": list{
			object{"field": "category", "equals": "Recommendation"},
			object{"field": "operationName", "equals": "Microsoft.Advisor/recommendations/available/action"},
		}},
		"actions": object{"actionGroups": list{object{"actionGroupId": monitoredPagerID}}},
	})
}

// Azure disables a log search alert whose query keeps failing, and says so in the activity log alone: that is an alert as well.
func TestAlertRuleHealth(t *testing.T) {
	alert := deployAlerts(t, withPager).one(t, typetoken.ActivityLogAlert, "alerts-rule-health")
	assert.Equal(t, object{"allOf": list{
		object{"field": "category", "equals": "ResourceHealth"},
		object{"field": "resourceType", "equals": "Microsoft.Insights/scheduledQueryRules"},
		object{"anyOf": list{
			object{"field": "properties.currentHealthStatus", "equals": "Degraded"},
			object{"field": "properties.currentHealthStatus", "equals": "Unavailable"},
		}},
	}}, alert.Inputs["condition"])
	assert.Equal(t, object{"actionGroups": list{object{"actionGroupId": monitoredPagerID}}}, alert.Inputs["actions"])
}
