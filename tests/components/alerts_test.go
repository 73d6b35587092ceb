package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/monitoring"
)

// Type tokens of what Alerts registers.
const (
	typeAlerts = "aksregulated:cluster:Alerts"
)

var monitoredClusterID = armPath(monitoredGroup, "Microsoft.ContainerService/managedClusters/"+monitoredCluster)

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
		typetoken.MetricAlert+" alerts-cpu", typetoken.MetricAlert+" alerts-memory",
		typetoken.QueryAlert+" alerts-failed-pods", typetoken.ActivityLogAlert+" alerts-advisor")
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

// Without an address nobody is told, and every alert still shows in the portal.
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

// CPU and memory of nodes are platform metrics, since the agent's custom metrics are retired: above 80 percent for five minutes.
func TestMetricAlerts(t *testing.T) {
	m := deployAlerts(t, withPager)
	for logicalName, fact := range map[string]struct{ name, metric string }{
		"alerts-cpu":    {"Node CPU utilization high for " + monitoredCluster + " CI-1", "node_cpu_usage_percentage"},
		"alerts-memory": {"Node working set memory utilization high for " + monitoredCluster + " CI-2", "node_memory_working_set_percentage"},
	} {
		alert := m.one(t, typetoken.MetricAlert, logicalName)
		assert.Contains(t, alert.Inputs["description"], "80 percent")
		assertInputs(t, alert, object{
			"ruleName": fact.name, "resourceGroupName": monitoredGroup, "location": "global", "tags": testTags,
			"description": alert.Inputs["description"], "enabled": true, "severity": 3, "autoMitigate": true,
			"evaluationFrequency": "PT1M", "windowSize": "PT5M", "scopes": list{monitoredClusterID},
			"targetResourceType": "Microsoft.ContainerService/managedClusters",
			"criteria": object{
				"odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
				"allOf": list{object{
					"criterionType": "StaticThresholdCriterion", "name": "Metric1", "metricName": fact.metric,
					"metricNamespace": "Microsoft.ContainerService/managedClusters", "timeAggregation": "Average",
					"operator": "GreaterThan", "threshold": 80, "skipMetricValidation": true,
					"dimensions": list{object{"name": "node", "operator": "Include", "values": list{"*"}}},
				}},
			},
			"actions": list{object{"actionGroupId": monitoredPagerID}},
		})
	}
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
