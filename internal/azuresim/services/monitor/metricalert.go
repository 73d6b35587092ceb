package monitor

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var metricAlertKind = &arm.Kind{
	Token: "insights:MetricAlert", Path: insightsProvider + "/metricAlerts/{ruleName}", Name: alertName, Located: true,
	Create: 10 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules:    []func(*arm.Operation) error{arm.CheckGlobal, checkMetricAlert},
	Releases: watched,
}

// watched is what an alert names and does not keep: it stays when that is deleted (Azure documents "Troubleshoot Azure Monitor metric alerts",
// section on deleted target resources, and "Troubleshoot log alerts in Azure Monitor").
var watched = []string{"scopes"}

// clusterMetrics are the platform metrics of a cluster (Azure document "Supported metrics for
// Microsoft.ContainerService/managedClusters").
var clusterMetrics = []string{
	"apiserver_cpu_usage_percentage", "apiserver_memory_usage_percentage", "apiserver_current_inflight_requests",
	"cluster_autoscaler_cluster_safe_to_autoscale", "cluster_autoscaler_scale_down_in_cooldown", "cluster_autoscaler_unneeded_nodes_count",
	"cluster_autoscaler_unschedulable_pods_count", "etcd_cpu_usage_percentage", "etcd_database_usage_percentage",
	"etcd_memory_usage_percentage", "kube_node_status_allocatable_cpu_cores", "kube_node_status_allocatable_memory_bytes",
	"kube_node_status_condition", "kube_pod_status_phase", "kube_pod_status_ready", "node_cpu_usage_millicores", "node_cpu_usage_percentage",
	"node_disk_usage_bytes", "node_disk_usage_percentage", "node_memory_rss_bytes", "node_memory_rss_percentage",
	"node_memory_working_set_bytes", "node_memory_working_set_percentage", "node_network_in_bytes", "node_network_out_bytes",
}

// firewallMetrics are those of a firewall (Azure document "Supported metrics for Microsoft.Network/azureFirewalls", 2024-03-26).
var firewallMetrics = []string{
	"ApplicationRuleHit", "DataProcessed", "FirewallHealth", "FirewallLatencyPng", "NetworkRuleHit", "SNATPortUtilization", "Throughput",
	"ObservedCapacity",
}

// knownMetrics are the metrics that a type of resource has, by the type.
var knownMetrics = map[string][]string{arm.ManagedClusters: clusterMetrics, "Microsoft.Network/azureFirewalls": firewallMetrics}

func checkMetricAlert(op *arm.Operation) error {
	if err := checkSeverity(op); err != nil {
		return err
	}
	if _, err := checkSchedule(op, metricFrequencies, metricWindows); err != nil {
		return err
	}
	scopes := tree.Texts(op.Inputs, "scopes")
	if len(scopes) == 0 {
		return arm.BadRequest("InvalidScope", "%s has no scopes", op.ID)
	}
	criteria := tree.List(op.Inputs, "criteria", "allOf")
	if len(criteria) == 0 {
		return arm.BadRequest("InvalidCriteria", "%s has no criteria", op.ID)
	}
	for _, criterion := range criteria {
		if namespace := tree.Text(criterion, "metricNamespace"); strings.HasPrefix(strings.ToLower(namespace), "insights.container/") {
			return arm.BadRequest("MetricNamespaceNotSupported", "%s: the metrics of %s were retired on 2026-03-14", op.ID, namespace)
		}
		target := op.Sub.Find(scopes[0])
		metric := tree.Text(criterion, "metricName")
		if target == nil || tree.Truth(criterion, "skipMetricValidation") {
			continue
		}
		if known, ok := knownMetrics[target.ARMType]; ok && !slices.Contains(known, metric) {
			return arm.BadRequest("MetricNotFound", "%s: %s has no metric %q", op.ID, target.ID, metric)
		}
	}
	return nil
}
