package monitoring

// nodeAlerts watch nodes. Their CPU and memory are platform metrics: see metricAlerts.
var nodeAlerts = []prometheusAlert{
	{
		Alert: "KubeNodeUnreachable", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `max by (cluster, node) (
  kube_node_spec_taint{job="kube-state-metrics", key="node.kubernetes.io/unreachable", effect="NoSchedule"}
) == 1
  unless on (cluster, node) kube_node_spec_taint{job="kube-state-metrics", key="ToBeDeletedByClusterAutoscaler"}`,
		Why: "A node cannot be reached, and the autoscaler is not removing it.",
	},
	{
		Alert: "KubeNodeReadinessFlapping", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster, node) (
  changes(kube_node_status_condition{job="kube-state-metrics", condition="Ready", status="true"}[15m])
) > 2`,
		Why: "A node has changed between ready and not ready more than twice in 15 minutes.",
	},
	{
		Alert: "KubeNodeDiskUsageHigh", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `100 * (1 - max by (cluster, instance) (
  node_filesystem_avail_bytes{job="node", mountpoint="/"} / node_filesystem_size_bytes{job="node", mountpoint="/"}
)) > 80`,
		Why: "The root filesystem of a node is more than 80 percent full.",
	},
	// In place of CI-3, and not among the recommended: those tell of unreachable and flapping nodes only.
	{
		Alert: "KubeNodeNotReady", For: "PT5M", Severity: 3, Resolve: "PT10M",
		Expression: `max by (cluster, node) (
  kube_node_status_condition{job="kube-state-metrics", condition="Ready", status!="true"}
) > 0`,
		Why: "A node has not been ready for five minutes.",
	},
}

// clusterAlerts watch what belongs to no single pod or node.
var clusterAlerts = []prometheusAlert{
	{
		Alert: "KubeContainerOOMKilledCount", For: "PT5M", Severity: 4, Resolve: "PT10M",
		Expression: `sum by (cluster, namespace, owner_kind, owner_name, container) (
  max by (cluster, namespace, pod, container) (
    kube_pod_container_status_last_terminated_reason{job="kube-state-metrics", reason="OOMKilled"}
  ) * on (cluster, namespace, pod) group_left (owner_kind, owner_name) ` + podOwner + `
) > 0`,
		Why: "Containers of a controller were killed for using too much memory.",
	},
	{
		Alert: "KubeCPUQuotaOvercommit", For: "PT5M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster) (min by (cluster, namespace, resourcequota) (
  kube_resourcequota{job="kube-state-metrics", type="hard", resource=~"cpu|requests[.]cpu"}
)) / sum by (cluster) (kube_node_status_allocatable{job="kube-state-metrics", resource="cpu"}) > 1.5`,
		Why: "The quotas of all namespaces allow more than one and a half times the CPU of the nodes.",
	},
	{
		Alert: "KubeMemoryQuotaOvercommit", For: "PT5M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster) (min by (cluster, namespace, resourcequota) (
  kube_resourcequota{job="kube-state-metrics", type="hard", resource=~"memory|requests[.]memory"}
)) / sum by (cluster) (kube_node_status_allocatable{job="kube-state-metrics", resource="memory"}) > 1.5`,
		Why: "The quotas of all namespaces allow more than one and a half times the memory of the nodes.",
	},
	{
		Alert: "KubeClientErrors", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster, namespace, job, instance) (rate(rest_client_requests_total{code=~"5.."}[5m]))
  / sum by (cluster, namespace, job, instance) (rate(rest_client_requests_total[5m])) > 0.01`,
		Why: "More than one in a hundred requests of a client to the Kubernetes API fails.",
	},
	{
		Alert: "KubePersistentVolumeFillingUp", For: "PT60M", Severity: 4, Resolve: "PT15M",
		Expression: `kubelet_volume_stats_available_bytes{job="kubelet"} / kubelet_volume_stats_capacity_bytes{job="kubelet"} < 0.15
  and kubelet_volume_stats_used_bytes{job="kubelet"} > 0
  and predict_linear(kubelet_volume_stats_available_bytes{job="kubelet"}[6h], 4 * 24 * 3600) < 0`,
		Why: "A persistent volume has less than 15 percent left and will be full within four days.",
	},
	{
		Alert: "KubePersistentVolumeInodesFillingUp", For: "PT15M", Severity: 4, Resolve: "PT10M",
		Expression: `kubelet_volume_stats_inodes_free{job="kubelet"} / kubelet_volume_stats_inodes{job="kubelet"} < 0.03`,
		Why:        "A persistent volume has less than three percent of its inodes left.",
	},
	{
		Alert: "KubePersistentVolumeErrors", For: "PT5M", Severity: 4, Resolve: "PT10M",
		Expression: `sum by (cluster, persistentvolume, phase) (
  kube_persistentvolume_status_phase{job="kube-state-metrics", phase=~"Failed|Pending"}
) > 0`,
		Why: "A persistent volume could not be provisioned or reclaimed.",
	},
	{
		Alert: "KubeContainerWaiting", For: "PT60M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster, namespace, pod, container) (
  kube_pod_container_status_waiting_reason{job="kube-state-metrics"}
) > 0`,
		Why: "A container has been waiting for an hour.",
	},
	{
		Alert: "KubeDaemonSetNotScheduled", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics"}
  - on (cluster, namespace, daemonset) kube_daemonset_status_current_number_scheduled{job="kube-state-metrics"} > 0`,
		Why: "A daemon set does not run on every node where it should.",
	},
	{
		Alert: "KubeDaemonSetMisScheduled", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `kube_daemonset_status_number_misscheduled{job="kube-state-metrics"} > 0`,
		Why:        "A daemon set runs on nodes where it should not.",
	},
	{
		Alert: "KubeQuotaAlmostFull", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `(
  kube_resourcequota{job="kube-state-metrics", type="used"}
  / ignoring (type) (kube_resourcequota{job="kube-state-metrics", type="hard"} > 0) > 0.9
) < 1`,
		Why: "A namespace uses more than 90 percent of a quota.",
	},
}
