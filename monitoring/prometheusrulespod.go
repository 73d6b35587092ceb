package monitoring

// podOwner is the controller of each pod, one series a pod.
const podOwner = `topk by (cluster, namespace, pod) (1, ` +
	`max by (cluster, namespace, pod, owner_kind, owner_name) (kube_pod_owner{job="kube-state-metrics"}))`

// podAlerts watch pods and their controllers.
var podAlerts = []prometheusAlert{
	{
		Alert: "KubeJobStale", For: "PT360M", Severity: 4, Resolve: "PT15M",
		Expression: `kube_job_spec_completions{job="kube-state-metrics"}
  - on (cluster, namespace, job_name) kube_job_status_succeeded{job="kube-state-metrics"} > 0`,
		Why: "A job has not completed for six hours.",
	},
	{
		Alert: "KubeContainerAverageCPUHigh", For: "PT5M", Severity: 4, Resolve: "PT15M",
		Expression: `sum by (cluster, namespace, pod, container) (
  rate(container_cpu_usage_seconds_total{job="cadvisor", container!=""}[5m])
)
  / sum by (cluster, namespace, pod, container) (
    container_spec_cpu_quota{job="cadvisor", container!=""} / container_spec_cpu_period{job="cadvisor", container!=""}
  ) > 0.95`,
		Why: "A container uses more than 95 percent of its CPU limit.",
	},
	{
		Alert: "KubeContainerAverageMemoryHigh", For: "PT10M", Severity: 4, Resolve: "PT10M",
		Expression: `max by (cluster, namespace, pod, container) (container_memory_working_set_bytes{job="cadvisor", container!=""})
  / max by (cluster, namespace, pod, container) (
    kube_pod_container_resource_limits{job="kube-state-metrics", resource="memory"}
  ) > 0.95`,
		Why: "A container uses more than 95 percent of its memory limit.",
	},
	{
		Alert: "KubePodFailedState", For: "PT5M", Severity: 4, Resolve: "PT15M",
		Expression: `sum by (cluster, namespace) (kube_pod_status_phase{job="kube-state-metrics", phase="Failed"}) > 0`,
		Why:        "A namespace has failed pods.",
	},
	{
		Alert: "KubePVUsageHigh", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `max by (cluster, namespace, persistentvolumeclaim) (
  kubelet_volume_stats_used_bytes{job="kubelet"} / kubelet_volume_stats_capacity_bytes{job="kubelet"}
) > 0.8`,
		Why: "A persistent volume is more than 80 percent full.",
	},
	{
		Alert: "KubePodReadyStateLow", For: "PT5M", Severity: 4, Resolve: "PT15M",
		Expression: `sum by (cluster, namespace, deployment) (kube_deployment_status_replicas_ready{job="kube-state-metrics"})
  / sum by (cluster, namespace, deployment) (kube_deployment_spec_replicas{job="kube-state-metrics"} > 0) < 0.8
or
sum by (cluster, namespace, daemonset) (kube_daemonset_status_number_ready{job="kube-state-metrics"})
  / sum by (cluster, namespace, daemonset) (
    kube_daemonset_status_desired_number_scheduled{job="kube-state-metrics"} > 0
  ) < 0.8`,
		Why: "Fewer than 80 percent of the pods of a deployment or daemon set are ready.",
	},
	{
		Alert: "KubePodContainerRestart", For: "PT15M", Severity: 4, Resolve: "PT10M",
		Expression: `sum by (cluster, namespace, pod, container) (
  increase(kube_pod_container_status_restarts_total{job="kube-state-metrics"}[1h])
) > 0`,
		Why: "A container has restarted within the last hour.",
	},
	{
		Alert: "KubePodCrashLooping", For: "PT15M", Severity: 4, Resolve: "PT10M",
		Expression: `max by (cluster, namespace, pod, container) (
  max_over_time(kube_pod_container_status_waiting_reason{job="kube-state-metrics", reason="CrashLoopBackOff"}[5m])
) >= 1`,
		Why: "A container crashes each time it is started.",
	},
	{
		Alert: "KubePodNotReadyByController", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `sum by (cluster, namespace, owner_kind, owner_name) (
  max by (cluster, namespace, pod) (kube_pod_status_phase{job="kube-state-metrics", phase=~"Pending|Unknown"})
  * on (cluster, namespace, pod) group_left (owner_kind, owner_name) ` + podOwner + `
) > 0`,
		Why: "Pods of a controller have been pending or unknown for 15 minutes.",
	},
	{
		Alert: "KubeStatefulSetGenerationMismatch", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `kube_statefulset_status_observed_generation{job="kube-state-metrics"}
  != on (cluster, namespace, statefulset) kube_statefulset_metadata_generation{job="kube-state-metrics"}`,
		Why: "A change of a stateful set has failed, and has not been rolled back.",
	},
	{
		Alert: "KubeJobFailed", For: "PT15M", Severity: 3, Resolve: "PT10M",
		Expression: `max by (cluster, namespace, job_name) (kube_job_failed{job="kube-state-metrics", condition="true"}) > 0`,
		Why:        "A job has failed.",
	},
	{
		Alert: "KubeletPodStartUpLatencyHigh", For: "PT10M", Severity: 4, Resolve: "PT10M",
		Expression: `histogram_quantile(0.99,
  sum by (cluster, instance, le) (rate(kubelet_pod_worker_duration_seconds_bucket{job="kubelet"}[5m]))
) * on (cluster, instance) group_left (node) kubelet_node_name{job="kubelet"} > 60`,
		Why: "One pod in a hundred takes longer than a minute to start on a node.",
	},
	{
		Alert: "KubeDeploymentReplicasMismatch", For: "PT15M", Severity: 4, Resolve: "PT15M",
		Expression: `(
  kube_deployment_spec_replicas{job="kube-state-metrics"}
  > on (cluster, namespace, deployment) kube_deployment_status_replicas_available{job="kube-state-metrics"}
) and on (cluster, namespace, deployment) (
  changes(kube_deployment_status_replicas_available{job="kube-state-metrics"}[10m]) == 0
)`,
		Why: "A deployment lacks replicas and makes no progress.",
	},
	{
		Alert: "KubeStatefulSetReplicasMismatch", For: "PT15M", Severity: 4, Resolve: "PT10M",
		Expression: `(
  kube_statefulset_status_replicas_ready{job="kube-state-metrics"}
  != on (cluster, namespace, statefulset) kube_statefulset_status_replicas{job="kube-state-metrics"}
) and on (cluster, namespace, statefulset) (
  changes(kube_statefulset_status_replicas_ready{job="kube-state-metrics"}[10m]) == 0
)`,
		Why: "A stateful set lacks ready replicas and makes no progress.",
	},
	{
		Alert: "KubeHpaReplicasMismatch", For: "PT15M", Severity: 4, Resolve: "PT15M",
		Expression: `(
  kube_horizontalpodautoscaler_status_desired_replicas{job="kube-state-metrics"}
  != on (cluster, namespace, horizontalpodautoscaler)
  kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"}
) and on (cluster, namespace, horizontalpodautoscaler) (
  kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"}
  > on (cluster, namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_min_replicas{job="kube-state-metrics"}
) and on (cluster, namespace, horizontalpodautoscaler) (
  kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"}
  < on (cluster, namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics"}
) and on (cluster, namespace, horizontalpodautoscaler) (
  changes(kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"}[15m]) == 0
)`,
		Why: "A pod autoscaler does not reach the replicas that it wants, and makes no progress.",
	},
	{
		Alert: "KubeHpaMaxedOut", For: "PT15M", Severity: 4, Resolve: "PT15M",
		Expression: `kube_horizontalpodautoscaler_status_current_replicas{job="kube-state-metrics"}
  == on (cluster, namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas{job="kube-state-metrics"}`,
		Why: "A pod autoscaler has reached its maximum and cannot follow more load.",
	},
}
