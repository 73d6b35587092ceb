package monitoring

// portalPod is the node of each pod and the controller that made it, by the labels that the portal groups by.
const portalPod = `max by (cluster, microsoft_resourceid, namespace, pod, node, created_by_kind, created_by_name) (` +
	`kube_pod_info{job="kube-state-metrics", pod!=""})`

// Labels of a pod and of a container, which are the same in every metric of theirs.
const (
	podLabels       = `cluster, microsoft_resourceid, namespace, pod`
	containerLabels = podLabels + `, container`
)

// portalRecordings are the series that the portal reads when it shows a cluster with managed Prometheus, by the names and labels that it
// expects: those of the group UXRecordingRulesRuleGroup, which the portal itself registers when it enables monitoring (reported missing in
// templates in Azure/prometheus-collector, issue 984). The expressions are this project's.
var portalRecordings = []prometheusRecording{
	{"ux:pod_cpu_usage:sum_irate", owned(ofContainers("sum", podLabels, `irate(container_cpu_usage_seconds_total`, `cadvisor`, `[5m])`)), nil},
	ofController("sum", "ux:controller_cpu_usage:sum_irate", "ux:pod_cpu_usage:sum_irate"),
	{"ux:pod_workingset_memory:sum", owned(ofContainers("sum", podLabels, `container_memory_working_set_bytes`, `cadvisor`, ``)), nil},
	ofController("sum", "ux:controller_workingset_memory:sum", "ux:pod_workingset_memory:sum"),
	{"ux:pod_rss_memory:sum", owned(ofContainers("sum", podLabels, `container_memory_rss`, `cadvisor`, ``)), nil},
	ofController("sum", "ux:controller_rss_memory:sum", "ux:pod_rss_memory:sum"),
	{"ux:pod_container_count:sum", owned(`sum by (` + podLabels + `) (
  sum by (` + containerLabels + `) (kube_pod_container_info{job="kube-state-metrics", container!="", container_id!="", pod!=""})
  or sum by (` + containerLabels + `) (kube_pod_init_container_info{job="kube-state-metrics", container!="", container_id!="", pod!=""})
)`), nil},
	ofController("sum", "ux:controller_container_count:sum", "ux:pod_container_count:sum"),
	{"ux:pod_container_restarts:max", owned(`max by (` + podLabels + `) (
  ` + ofState("kube_pod_container_status_restarts_total") + `
  or ` + ofState("kube_pod_init_container_status_restarts_total") + `
)`), nil},
	ofController("max", "ux:controller_container_restarts:max", "ux:pod_container_restarts:max"),
	// A pod has a limit only if each of its containers has one.
	{"ux:pod_resource_limit:sum", owned(`(
  sum by (` + podLabels + `, resource) (max by (` + containerLabels + `, resource) (` + limits + `))
  unless count by (` + podLabels + `, resource) (` + limits + `)
    != on (` + podLabels + `) group_left () sum by (` + podLabels + `) (` + ofState("kube_pod_container_info") + `)
)`), nil},
	{"ux:controller_resource_limit:sum", `sum by (cluster, microsoft_resourceid, namespace, node, created_by_kind, created_by_name, resource) (
  ux:pod_resource_limit:sum
)`, nil},
	// A pod that is being deleted on a node that still answers counts as terminating as well.
	{"ux:controller_pod_phase_count:sum", `sum by (cluster, microsoft_resourceid, namespace, node, created_by_kind, created_by_name, phase) (
  ` + owned(`(
    kube_pod_status_phase{job="kube-state-metrics", pod!=""}
    or label_replace(
      count by (`+podLabels+`) (kube_pod_deletion_timestamp{job="kube-state-metrics", pod!=""})
      * count by (`+podLabels+`) (kube_pod_status_reason{job="kube-state-metrics", reason="NodeLost"} == 0),
      "phase", "terminating", "", ""
    )
  )`) + `
)`, nil},
	{"ux:cluster_pod_phase_count:sum", `sum by (cluster, microsoft_resourceid, namespace, node, phase) (ux:controller_pod_phase_count:sum)`, nil},
	ofNode("ux:node_cpu_usage:sum_irate", `1 - irate(node_cpu_seconds_total{job="node", mode="idle"}[5m])`),
	ofNode("ux:node_memory_usage:sum", `node_memory_MemTotal_bytes{job="node"} - node_memory_MemFree_bytes{job="node"}
  - node_memory_Cached_bytes{job="node"} - node_memory_Buffers_bytes{job="node"}`),
	ofNode("ux:node_network_receive_drop_total:sum_irate", `irate(node_network_receive_drop_total{job="node", device!="lo"}[5m])`),
	ofNode("ux:node_network_transmit_drop_total:sum_irate", `irate(node_network_transmit_drop_total{job="node", device!="lo"}[5m])`),
}

var limits = ofState("kube_pod_container_resource_limits")

// owned gives a series of a pod its node and its controller.
func owned(expression string) string {
	return expression + ` * on (` + podLabels + `) group_left (node, created_by_kind, created_by_name) ` + portalPod
}

// ofContainers adds up a metric of containers, which begins with a function and ends with its range, if it has one.
func ofContainers(function, by, metric, job, end string) string {
	return function + ` by (` + by + `) (` + metric + `{job="` + job + `", container!="", pod!=""}` + end + `)`
}

// ofState selects a metric of kube-state-metrics on containers.
func ofState(metric string) string {
	return metric + `{job="kube-state-metrics", container!="", pod!=""}`
}

// ofController is a series of pods by the controllers that made them.
func ofController(function, record, pods string) prometheusRecording {
	return prometheusRecording{
		Record:     record,
		Expression: function + ` by (cluster, microsoft_resourceid, namespace, node, created_by_kind, created_by_name) (` + pods + `)`,
	}
}

// ofNode is a sum over each node.
func ofNode(record, expression string) prometheusRecording {
	return prometheusRecording{Record: record, Expression: `sum by (cluster, microsoft_resourceid, instance) (` + expression + `)`}
}
