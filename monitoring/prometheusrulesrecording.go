package monitoring

// nodeCPUs counts the CPUs of each node.
const nodeCPUs = `count without (cpu, mode) (node_cpu_seconds_total{job="node", mode="idle"})`

// busyCPU is the seconds that each CPU works in each second, by mode.
const busyCPU = `rate(node_cpu_seconds_total{job="node", mode!~"idle|iowait|steal"}[5m])`

// nodeRecordings are the series of nodes that Azure's dashboards read.
var nodeRecordings = []prometheusRecording{
	{Record: "instance:node_num_cpu:sum", Expression: nodeCPUs},
	{
		Record:     "instance:node_cpu_utilisation:rate5m",
		Expression: `sum without (cpu, mode) (` + busyCPU + `) / ` + nodeCPUs,
	},
	{Record: "instance:node_load1_per_cpu:ratio", Expression: `node_load1{job="node"} / ` + nodeCPUs},
	{
		Record:     "instance:node_memory_utilisation:ratio",
		Expression: `1 - node_memory_MemAvailable_bytes{job="node"} / node_memory_MemTotal_bytes{job="node"}`,
	},
	{Record: "instance:node_vmstat_pgmajfault:rate5m", Expression: `rate(node_vmstat_pgmajfault{job="node"}[5m])`},
	{
		Record:     "instance_device:node_disk_io_time_seconds:rate5m",
		Expression: diskRate("node_disk_io_time_seconds_total"),
	},
	{
		Record:     "instance_device:node_disk_io_time_weighted_seconds:rate5m",
		Expression: diskRate("node_disk_io_time_weighted_seconds_total"),
	},
	{
		Record:     "instance:node_network_receive_bytes_excluding_lo:rate5m",
		Expression: networkRate("node_network_receive_bytes_total"),
	},
	{
		Record:     "instance:node_network_transmit_bytes_excluding_lo:rate5m",
		Expression: networkRate("node_network_transmit_bytes_total"),
	},
	{
		Record:     "instance:node_network_receive_drop_excluding_lo:rate5m",
		Expression: networkRate("node_network_receive_drop_total"),
	},
	{
		Record:     "instance:node_network_transmit_drop_excluding_lo:rate5m",
		Expression: networkRate("node_network_transmit_drop_total"),
	},
}

// diskRate is the rate of a counter of each disk that Azure attaches.
func diskRate(metric string) string {
	return `rate(` + metric + `{job="node", device=~"sd.+|nvme.+|dm-.+"}[5m])`
}

// networkRate is the rate of a counter over all interfaces but loopback.
func networkRate(metric string) string {
	return `sum without (device) (rate(` + metric + `{job="node", device!="lo"}[5m]))`
}

// podNode is the node of each pod, one series a pod.
const podNode = `topk by (cluster, namespace, pod) (1, max by (cluster, namespace, pod, node) (kube_pod_info{node!=""}))`

// activePods are the pods that hold what they request.
const activePods = `max by (cluster, namespace, pod) (` +
	`kube_pod_status_phase{job="kube-state-metrics", phase=~"Pending|Running"} == 1)`

// kubernetesRecordings are the series of pods, namespaces and the cluster that Azure's dashboards read.
var kubernetesRecordings = []prometheusRecording{
	{
		Record: "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate",
		Expression: onNode(`sum by (cluster, namespace, pod, container) (` +
			`irate(container_cpu_usage_seconds_total{job="cadvisor", image!=""}[5m]))`),
	},
	containerMemory("working_set_bytes"), containerMemory("rss"), containerMemory("cache"), containerMemory("swap"),
	reserved("memory", "requests"), reservedSum("memory", "requests"), reserved("cpu", "requests"), reservedSum("cpu", "requests"),
	reserved("memory", "limits"), reservedSum("memory", "limits"), reserved("cpu", "limits"), reservedSum("cpu", "limits"),
	{
		Record: "namespace_workload_pod:kube_pod_owner:relabel", Labels: map[string]string{"workload_type": "deployment"},
		// Pods of a deployment belong to its replica set, whose owner is the deployment.
		Expression: `max by (cluster, namespace, workload, pod) (label_replace(
  label_replace(kube_pod_owner{job="kube-state-metrics", owner_kind="ReplicaSet"}, "replicaset", "$1", "owner_name", "(.*)")
  * on (cluster, namespace, replicaset) group_left (owner_name) topk by (cluster, namespace, replicaset) (1,
    max by (cluster, namespace, replicaset, owner_name) (kube_replicaset_owner{job="kube-state-metrics"})
  ), "workload", "$1", "owner_name", "(.*)"
))`,
	},
	workload("DaemonSet", "daemonset"), workload("StatefulSet", "statefulset"), workload("Job", "job"),
	{
		Record:     ":node_memory_MemAvailable_bytes:sum",
		Expression: `sum by (cluster) (node_memory_MemAvailable_bytes{job="node"})`,
	},
	{
		Record: "cluster:node_cpu:ratio_rate5m",
		Expression: `sum by (cluster) (` + busyCPU + `)
  / count by (cluster) (node_cpu_seconds_total{job="node", mode="idle"})`,
	},
}

// onNode adds the label of the pod's node.
func onNode(expression string) string {
	return expression + ` * on (cluster, namespace, pod) group_left (node) ` + podNode
}

func containerMemory(kind string) prometheusRecording {
	return prometheusRecording{
		Record:     "node_namespace_pod_container:container_memory_" + kind,
		Expression: onNode(`container_memory_` + kind + `{job="cadvisor", image!=""}`),
	}
}

// reserved is what each container requests, or its limit, of memory or cpu.
func reserved(resource, what string) prometheusRecording {
	return prometheusRecording{
		Record: "cluster:namespace:pod_" + resource + ":active:kube_pod_container_resource_" + what,
		Expression: `kube_pod_container_resource_` + what + `{job="kube-state-metrics", resource="` + resource + `"}
  * on (cluster, namespace, pod) group_left () ` + activePods,
	}
}

// reservedSum is the sum of reserved by namespace.
func reservedSum(resource, what string) prometheusRecording {
	return prometheusRecording{
		Record: "namespace_" + resource + ":kube_pod_container_resource_" + what + ":sum",
		Expression: `sum by (cluster, namespace) (max by (cluster, namespace, pod, container) (
  kube_pod_container_resource_` + what + `{job="kube-state-metrics", resource="` + resource + `"}
) * on (cluster, namespace, pod) group_left () ` + activePods + `)`,
	}
}

// workload is the pods of controllers of one kind, by the controller's name.
func workload(ownerKind, workloadType string) prometheusRecording {
	return prometheusRecording{
		Record: "namespace_workload_pod:kube_pod_owner:relabel", Labels: map[string]string{"workload_type": workloadType},
		Expression: `max by (cluster, namespace, workload, pod) (label_replace(
  kube_pod_owner{job="kube-state-metrics", owner_kind="` + ownerKind + `"}, "workload", "$1", "owner_name", "(.*)"
))`,
	}
}
