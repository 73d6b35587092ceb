package components

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/tests/internal/typetoken"
)

// alertFact is a Prometheus alert: metrics are all that its expression reads, says what it compares.
type alertFact struct {
	name, hold string
	severity   int
	resolve    string
	metrics    []string
	says       []string
}

// ksm are metrics of kube-state-metrics, without their prefix.
func ksm(names ...string) []string {
	metrics := make([]string, 0, len(names))
	for _, name := range names {
		metrics = append(metrics, "kube_"+name)
	}
	return metrics
}

var alertFacts = map[string][]alertFact{
	"Pod-level": {
		{"KubeJobStale", "PT360M", 4, "PT15M", ksm("job_spec_completions", "job_status_succeeded"), []string{"> 0"}},
		{"KubeContainerAverageCPUHigh", "PT5M", 4, "PT15M", []string{
			"container_cpu_usage_seconds_total", "container_spec_cpu_quota", "container_spec_cpu_period",
		}, []string{"[5m]", "> 0.95"}},
		{"KubeContainerAverageMemoryHigh", "PT10M", 4, "PT10M", []string{
			"container_memory_working_set_bytes", "kube_pod_container_resource_limits",
		}, []string{`resource="memory"`, "> 0.95"}},
		{"KubePodFailedState", "PT5M", 4, "PT15M", ksm("pod_status_phase"), []string{`phase="Failed"`, "> 0"}},
		{"KubePVUsageHigh", "PT15M", 3, "PT10M", []string{
			"kubelet_volume_stats_used_bytes", "kubelet_volume_stats_capacity_bytes",
		}, []string{"> 0.8"}},
		{"KubePodReadyStateLow", "PT5M", 4, "PT15M", ksm(
			"deployment_status_replicas_ready", "deployment_spec_replicas",
			"daemonset_status_number_ready", "daemonset_status_desired_number_scheduled",
		), []string{"< 0.8"}},
		{"KubePodContainerRestart", "PT15M", 4, "PT10M", ksm("pod_container_status_restarts_total"), []string{"[1h]", "> 0"}},
		{"KubePodCrashLooping", "PT15M", 4, "PT10M", ksm("pod_container_status_waiting_reason"), []string{
			`reason="CrashLoopBackOff"`, "[5m]", ">= 1",
		}},
		{"KubePodNotReadyByController", "PT15M", 3, "PT10M", ksm("pod_status_phase", "pod_owner"), []string{
			`phase=~"Pending|Unknown"`, "owner_name", "> 0",
		}},
		{"KubeStatefulSetGenerationMismatch", "PT15M", 3, "PT10M", ksm(
			"statefulset_status_observed_generation", "statefulset_metadata_generation",
		), []string{"!="}},
		{"KubeJobFailed", "PT15M", 3, "PT10M", ksm("job_failed"), []string{"> 0"}},
		{"KubeletPodStartUpLatencyHigh", "PT10M", 4, "PT10M", []string{
			"kubelet_pod_worker_duration_seconds_bucket", "kubelet_node_name",
		}, []string{"0.99", "> 60"}},
		{"KubeDeploymentReplicasMismatch", "PT15M", 4, "PT15M", ksm(
			"deployment_spec_replicas", "deployment_status_replicas_available",
		), []string{"[10m]) == 0"}},
		{"KubeStatefulSetReplicasMismatch", "PT15M", 4, "PT10M", ksm(
			"statefulset_status_replicas_ready", "statefulset_status_replicas",
		), []string{"!=", "[10m]) == 0"}},
		{"KubeHpaReplicasMismatch", "PT15M", 4, "PT15M", ksm(
			"horizontalpodautoscaler_status_desired_replicas", "horizontalpodautoscaler_status_current_replicas",
			"horizontalpodautoscaler_spec_min_replicas", "horizontalpodautoscaler_spec_max_replicas",
		), []string{"!=", "[15m]) == 0"}},
		{"KubeHpaMaxedOut", "PT15M", 4, "PT15M", ksm(
			"horizontalpodautoscaler_status_current_replicas", "horizontalpodautoscaler_spec_max_replicas",
		), []string{"=="}},
	},
	"Node-level": {
		{"KubeNodeUnreachable", "PT15M", 3, "PT10M", ksm("node_spec_taint"), []string{
			"node.kubernetes.io/unreachable", "unless", "ToBeDeletedByClusterAutoscaler",
		}},
		{"KubeNodeReadinessFlapping", "PT15M", 3, "PT10M", ksm("node_status_condition"), []string{`condition="Ready"`, "[15m]", "> 2"}},
		{"KubeNodeDiskUsageHigh", "PT15M", 3, "PT10M", []string{
			"node_filesystem_avail_bytes", "node_filesystem_size_bytes",
		}, []string{`mountpoint="/"`, "> 80"}},
		{"KubeNodeNotReady", "PT5M", 3, "PT10M", ksm("node_status_condition"), []string{`condition="Ready", status!="true"`, "> 0"}},
	},
	"Cluster-level": {
		{"KubeContainerOOMKilledCount", "PT5M", 4, "PT10M", ksm(
			"pod_container_status_last_terminated_reason", "pod_owner",
		), []string{`reason="OOMKilled"`, "> 0"}},
		{"KubeCPUQuotaOvercommit", "PT5M", 3, "PT10M", ksm("resourcequota", "node_status_allocatable"), []string{`resource="cpu"`, "> 1.5"}},
		{"KubeMemoryQuotaOvercommit", "PT5M", 3, "PT10M", ksm("resourcequota", "node_status_allocatable"), []string{
			`resource="memory"`, "> 1.5",
		}},
		{"KubeClientErrors", "PT15M", 3, "PT10M", []string{"rest_client_requests_total"}, []string{`code=~"5.."`, "> 0.01"}},
		{"KubePersistentVolumeFillingUp", "PT60M", 4, "PT15M", []string{
			"kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes", "kubelet_volume_stats_used_bytes",
		}, []string{"< 0.15", "predict_linear", "4 * 24 * 3600"}},
		{"KubePersistentVolumeInodesFillingUp", "PT15M", 4, "PT10M", []string{
			"kubelet_volume_stats_inodes_free", "kubelet_volume_stats_inodes",
		}, []string{"< 0.03"}},
		{"KubePersistentVolumeErrors", "PT5M", 4, "PT10M", ksm("persistentvolume_status_phase"), []string{`phase=~"Failed|Pending"`, "> 0"}},
		{"KubeContainerWaiting", "PT60M", 3, "PT10M", ksm("pod_container_status_waiting_reason"), []string{"> 0"}},
		{"KubeDaemonSetNotScheduled", "PT15M", 3, "PT10M", ksm(
			"daemonset_status_desired_number_scheduled", "daemonset_status_current_number_scheduled",
		), []string{"> 0"}},
		{"KubeDaemonSetMisScheduled", "PT15M", 3, "PT10M", ksm("daemonset_status_number_misscheduled"), []string{"> 0"}},
		{"KubeQuotaAlmostFull", "PT15M", 3, "PT10M", ksm("resourcequota"), []string{"> 0.9", "< 1"}},
	},
}

// promGroup checks what all rule groups have in common, and returns the rules.
func promGroup(t *testing.T, m *recordingMonitor, logicalName, name string) []any {
	t.Helper()
	group := m.one(t, typetoken.PromRuleGroup, logicalName)
	rules, _ := group.Inputs["rules"].([]any)
	assert.NotEmpty(t, group.Inputs["description"])
	assertInputs(t, group, object{
		"ruleGroupName": name, "resourceGroupName": monitoredGroup, "location": "eastus2", "tags": testTags,
		"description": group.Inputs["description"], "clusterName": monitoredCluster, "enabled": true, "interval": "PT1M",
		"scopes": list{monitoredMetricsID, monitoredClusterID}, "rules": rules,
	})
	assert.LessOrEqual(t, len(rules), 20, "Azure takes 20 rules in one group")
	for _, rule := range rules {
		assertPromQL(t, rule.(object)["expression"].(string))
	}
	return rules
}

// Every recommended alert is there, and one for nodes that are not ready, with the documented thresholds, durations and
// severities; each resolves by itself and tells the action group.
func TestPrometheusAlerts(t *testing.T) {
	m := deployAlerts(t, withPager)
	for level, facts := range alertFacts {
		logicalName := map[string]string{
			"Pod-level": "alerts-pod-level", "Node-level": "alerts-node-level", "Cluster-level": "alerts-cluster-level",
		}[level]
		rules := promGroup(t, m, logicalName, "KubernetesAlert-RecommendedMetricAlerts"+monitoredCluster+"-"+level)
		if !assert.Len(t, rules, len(facts), level) {
			continue
		}
		for i, fact := range facts {
			rule := rules[i].(object)
			expression := rule["expression"].(string)
			why, _ := rule["annotations"].(object)["description"].(string)
			assert.Regexp(t, `^[A-Z].*\.$`, why, fact.name)
			assert.Equal(t, decoded(t, object{
				"alert": fact.name, "expression": expression, "for": fact.hold, "severity": fact.severity, "enabled": true,
				"labels": object{"severity": "warning"}, "annotations": object{"description": why},
				"resolveConfiguration": object{"autoResolved": true, "timeToResolve": fact.resolve},
				"actions":              list{object{"actionGroupId": monitoredPagerID}},
			}), decoded(t, rule))
			for _, said := range fact.says {
				assert.Contains(t, expression, said, fact.name)
			}
			assert.ElementsMatch(t, fact.metrics, metricsIn(expression), fact.name)
		}
	}
}

// Dashboards find the series that they read, under their names.
func TestPrometheusRecordings(t *testing.T) {
	m := deployAlerts(t, nil)
	for logicalName, fact := range map[string]struct {
		name    string
		records []string
	}{
		"alerts-node-recordings": {"NodeRecordingRulesRuleGroup-" + monitoredCluster, []string{
			"instance:node_num_cpu:sum", "instance:node_cpu_utilisation:rate5m", "instance:node_load1_per_cpu:ratio",
			"instance:node_memory_utilisation:ratio", "instance:node_vmstat_pgmajfault:rate5m",
			"instance_device:node_disk_io_time_seconds:rate5m", "instance_device:node_disk_io_time_weighted_seconds:rate5m",
			"instance:node_network_receive_bytes_excluding_lo:rate5m", "instance:node_network_transmit_bytes_excluding_lo:rate5m",
			"instance:node_network_receive_drop_excluding_lo:rate5m", "instance:node_network_transmit_drop_excluding_lo:rate5m",
		}},
		"alerts-kubernetes-recordings": {"KubernetesRecordingRulesRuleGroup-" + monitoredCluster, []string{
			"node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate",
			"node_namespace_pod_container:container_memory_working_set_bytes", "node_namespace_pod_container:container_memory_rss",
			"node_namespace_pod_container:container_memory_cache", "node_namespace_pod_container:container_memory_swap",
			"cluster:namespace:pod_memory:active:kube_pod_container_resource_requests",
			"namespace_memory:kube_pod_container_resource_requests:sum",
			"cluster:namespace:pod_cpu:active:kube_pod_container_resource_requests",
			"namespace_cpu:kube_pod_container_resource_requests:sum",
			"cluster:namespace:pod_memory:active:kube_pod_container_resource_limits",
			"namespace_memory:kube_pod_container_resource_limits:sum",
			"cluster:namespace:pod_cpu:active:kube_pod_container_resource_limits",
			"namespace_cpu:kube_pod_container_resource_limits:sum",
			"namespace_workload_pod:kube_pod_owner:relabel deployment", "namespace_workload_pod:kube_pod_owner:relabel daemonset",
			"namespace_workload_pod:kube_pod_owner:relabel statefulset", "namespace_workload_pod:kube_pod_owner:relabel job",
			":node_memory_MemAvailable_bytes:sum", "cluster:node_cpu:ratio_rate5m",
		}},
	} {
		var records []string
		for _, element := range promGroup(t, m, logicalName, fact.name) {
			rule := element.(object)
			record := rule["record"].(string)
			if labels, ok := rule["labels"].(object); ok {
				record = fmt.Sprintf("%s %s", record, labels["workload_type"])
			}
			records = append(records, record)
			assert.NotEmpty(t, metricsIn(rule["expression"].(string)), record)
			assert.NotContains(t, rule, "alert")
		}
		assert.Equal(t, fact.records, records)
	}
}

var (
	grouping  = regexp.MustCompile(`\b(by|without|on|ignoring|group_left) \([a-z_, ]*\)`)
	selectors = regexp.MustCompile(`\{[^{}]*\}`)
	words     = regexp.MustCompile(`[A-Za-z_:][A-Za-z0-9_:]*`)
	durations = regexp.MustCompile(`\[[0-9]+[smhd]\]`)
	promWords = []string{
		"and", "or", "unless", "sum", "min", "max", "count", "topk", "rate", "irate", "increase", "changes",
		"max_over_time", "predict_linear", "histogram_quantile", "label_replace",
	}
)

// metricsIn are the metrics that a PromQL expression reads: what is left of its words without functions and labels.
func metricsIn(expression string) []string {
	bare := quoted.ReplaceAllString(expression, "")
	for _, pattern := range []*regexp.Regexp{grouping, selectors, durations} {
		bare = pattern.ReplaceAllString(bare, " ")
	}
	metrics := slices.DeleteFunc(words.FindAllString(bare, -1), func(word string) bool { return slices.Contains(promWords, word) })
	slices.Sort(metrics)
	return slices.Compact(metrics)
}

// assertPromQL checks that brackets and quotes of an expression close, that a range stands wherever a function wants one, and
// that every word is a function, a label or a metric of the agents.
func assertPromQL(t *testing.T, expression string) {
	t.Helper()
	bare := quoted.ReplaceAllString(expression, "")
	assert.NotContains(t, bare, `"`, "a string stays open in %s", expression)
	assertBalanced(t, bare)
	ranged := regexp.MustCompile(`\b(rate|irate|increase|changes|max_over_time|predict_linear)\(`).FindAllString(bare, -1)
	assert.Len(t, durations.FindAllString(bare, -1), len(ranged), "ranges of %s", expression)
	for _, metric := range metricsIn(expression) {
		assert.Regexp(t, `^(kube|kubelet|container|node|rest_client)_[a-zA-Z0-9_]+$`, metric, "in %s", expression)
	}
}
