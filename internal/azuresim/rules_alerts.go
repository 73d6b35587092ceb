package azuresim

import (
	"encoding/json"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

func checkActionGroup(op *operation) error {
	if name := tree.Text(op.inputs, "groupShortName"); name == "" || len(name) > 12 {
		return badRequest("InvalidActionGroup", "%s: the short name has 1 to 12 characters", op.id)
	}
	count := 0
	names := map[string]bool{}
	for property, raw := range op.inputs {
		receivers, ok := raw.([]any)
		if !ok || !strings.HasSuffix(property, "Receivers") {
			continue
		}
		for _, receiver := range receivers {
			count++
			name := strings.ToLower(tree.Text(receiver, "name"))
			if name == "" || names[name] {
				return badRequest("InvalidActionGroup", "%s: the receivers need names, each its own; %q is not", op.id, name)
			}
			names[name] = true
		}
	}
	if count == 0 {
		return badRequest("InvalidActionGroup", "%s has no receivers", op.id)
	}
	for _, receiver := range tree.List(op.inputs, "emailReceivers") {
		address := tree.Text(receiver, "emailAddress")
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			return badRequest("InvalidEmailAddress", "%s: %q is not an email address", op.id, address)
		}
	}
	return nil
}

// Frequencies and windows that Azure takes (Azure documents "Create or edit a log search alert rule" and "Metric alerts - Create or
// update").
var (
	queryFrequencies  = []string{"PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"}
	queryWindows      = append([]string{"P2D"}, queryFrequencies...)
	metricFrequencies = []string{"PT1M", "PT5M", "PT15M", "PT30M", "PT1H"}
	metricWindows     = []string{"PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"}
)

const maxQueryRange = 48 * time.Hour

func checkSeverity(op *operation) error {
	if severity, set := tree.Number(op.inputs, "severity"); !set || severity != float64(int(severity)) || severity < 0 || severity > 4 {
		return badRequest("InvalidSeverity", "%s: the severity must be 0 to 4", op.id)
	}
	return nil
}

// checkSchedule demands a known frequency and a window that is not shorter.
func checkSchedule(op *operation, frequencies, windows []string) (window time.Duration, err error) {
	every, over := tree.Text(op.inputs, "evaluationFrequency"), tree.Text(op.inputs, "windowSize")
	if !slices.Contains(frequencies, every) || !slices.Contains(windows, over) {
		return 0, badRequest("InvalidSchedule", "%s: frequency %q must be one of %v, and window %q one of %v", op.id, every, frequencies, over, windows)
	}
	frequency, err := parseDuration(every)
	if err != nil {
		return 0, err
	}
	if window, err = parseDuration(over); err != nil {
		return 0, err
	}
	if window < frequency {
		return 0, badRequest("InvalidSchedule", "%s: window %s is shorter than frequency %s", op.id, over, every)
	}
	return window, nil
}

func checkQueryAlert(op *operation) error {
	if err := checkSeverity(op); err != nil {
		return err
	}
	window, err := checkSchedule(op, queryFrequencies, queryWindows)
	if err != nil {
		return err
	}
	if scopes := tree.Texts(op.inputs, "scopes"); len(scopes) != 1 {
		return badRequest("InvalidScope", "%s: exactly one scope is needed, not %d", op.id, len(scopes))
	}
	if tree.Truth(op.inputs, "autoMitigate") && tree.Text(op.inputs, "muteActionsDuration") != "" {
		return badRequest("InvalidMuteActionsDuration", "%s: alerts that resolve themselves cannot be muted", op.id)
	}
	criteria := tree.List(op.inputs, "criteria", "allOf")
	if len(criteria) != 1 {
		return badRequest("InvalidCriteria", "%s: exactly one criterion is needed, not %d", op.id, len(criteria))
	}
	return checkQueryCriterion(op, criteria[0], window)
}

func checkQueryCriterion(op *operation, criterion any, window time.Duration) error {
	if strings.TrimSpace(tree.Text(criterion, "query")) == "" {
		return badRequest("InvalidQuery", "%s has no query", op.id)
	}
	aggregation := tree.Text(criterion, "timeAggregation")
	if !slices.Contains([]string{"Count", "Average", "Minimum", "Maximum", "Total"}, aggregation) {
		return badRequest("InvalidCriteria", "%s: unknown aggregation %q", op.id, aggregation)
	}
	if (aggregation == "Count") != (tree.Text(criterion, "metricMeasureColumn") == "") {
		return badRequest("InvalidCriteria", "%s: metricMeasureColumn goes with every aggregation but Count", op.id)
	}
	if !slices.Contains([]string{"Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"},
		tree.Text(criterion, "operator")) {
		return badRequest("InvalidCriteria", "%s: unknown operator %q", op.id, tree.Text(criterion, "operator"))
	}
	if _, set := tree.Number(criterion, "threshold"); !set {
		return badRequest("InvalidCriteria", "%s has no threshold", op.id)
	}
	periods, set := tree.Number(criterion, "failingPeriods", "numberOfEvaluationPeriods")
	if !set {
		periods = 1
	}
	failing, set := tree.Number(criterion, "failingPeriods", "minFailingPeriodsToAlert")
	if !set {
		failing = 1
	}
	if periods < 1 || periods > 6 || failing < 1 || failing > periods {
		return badRequest("InvalidCriteria", "%s: %v of %v failing periods; at most 6, and no more failing ones than periods", op.id, failing, periods)
	}
	total := window * time.Duration(periods)
	if total > maxQueryRange {
		return badRequest("InvalidQueryRange", "%s: %v windows of %s are longer than 2 days", op.id, periods, window)
	}
	if override := tree.Text(op.inputs, "overrideQueryTimeRange"); override != "" {
		if span, err := parseDuration(override); err != nil || span < total || span > maxQueryRange {
			return badRequest("InvalidQueryRange", "%s: overrideQueryTimeRange %q must cover the windows, and be at most 2 days", op.id, override)
		}
	}
	return nil
}

// checkActivityAlert: a condition needs a category, or it would match the whole log.
func checkActivityAlert(op *operation) error {
	if len(tree.Texts(op.inputs, "scopes")) == 0 {
		return badRequest("InvalidScope", "%s has no scopes", op.id)
	}
	conditions := tree.List(op.inputs, "condition", "allOf")
	if !slices.ContainsFunc(conditions, func(c any) bool { return tree.Text(c, "field") == "category" && tree.Text(c, "equals") != "" }) {
		return badRequest("InvalidCondition", "%s: one of the conditions must be on category", op.id)
	}
	return nil
}

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

func checkMetricAlert(op *operation) error {
	if err := checkSeverity(op); err != nil {
		return err
	}
	if _, err := checkSchedule(op, metricFrequencies, metricWindows); err != nil {
		return err
	}
	scopes := tree.Texts(op.inputs, "scopes")
	if len(scopes) == 0 {
		return badRequest("InvalidScope", "%s has no scopes", op.id)
	}
	criteria := tree.List(op.inputs, "criteria", "allOf")
	if len(criteria) == 0 {
		return badRequest("InvalidCriteria", "%s has no criteria", op.id)
	}
	for _, criterion := range criteria {
		if namespace := tree.Text(criterion, "metricNamespace"); strings.HasPrefix(strings.ToLower(namespace), "insights.container/") {
			return badRequest("MetricNamespaceNotSupported", "%s: the metrics of %s were retired on 2026-03-14", op.id, namespace)
		}
		target := op.sub.find(scopes[0])
		metric := tree.Text(criterion, "metricName")
		if target != nil && strings.EqualFold(target.ARMType, managedClusters) && !tree.Truth(criterion, "skipMetricValidation") &&
			!slices.Contains(clusterMetrics, metric) {
			return badRequest("MetricNotFound", "%s: %s has no metric %q", op.id, target.ID, metric)
		}
	}
	return nil
}

const maxRulesInGroup = 20

// recordedName is what Prometheus takes for the name of a series.
var recordedName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// checkRuleGroup holds a group against the Azure documents "Azure Monitor managed service for Prometheus rule groups" and "Azure
// Monitor service limits".
func checkRuleGroup(op *operation) error {
	workspaces := 0
	for _, scope := range tree.Texts(op.inputs, "scopes") {
		target := op.sub.find(scope)
		switch {
		case target == nil:
			return badRequest("InvalidScope", "%s: scope %q is not a resource", op.id, scope)
		case strings.EqualFold(target.ARMType, monitorAccount):
			workspaces++
			if !sameLocation(tree.Text(target.Outputs, "location"), tree.Text(op.inputs, "location")) {
				return badRequest("InvalidLocation", "%s must be in the region of %s", op.id, target.ID)
			}
		case !strings.EqualFold(target.ARMType, managedClusters):
			return badRequest("InvalidScope", "%s: scope %s is neither an Azure Monitor workspace nor a cluster", op.id, scope)
		}
	}
	if workspaces != 1 {
		return badRequest("InvalidScope", "%s: the scopes must hold one Azure Monitor workspace, not %d", op.id, workspaces)
	}
	if interval := tree.Text(op.inputs, "interval"); interval != "" {
		if every, err := parseDuration(interval); err != nil || every < time.Minute || every > 15*time.Minute {
			return badRequest("InvalidInterval", "%s: interval %q must be PT1M to PT15M", op.id, interval)
		}
	}
	rules := tree.List(op.inputs, "rules")
	if len(rules) == 0 || len(rules) > maxRulesInGroup {
		return badRequest("InvalidRules", "%s has %d rules; a group has 1 to %d", op.id, len(rules), maxRulesInGroup)
	}
	for _, rule := range rules {
		if err := checkPrometheusRule(op, rule); err != nil {
			return err
		}
	}
	return nil
}

func checkPrometheusRule(op *operation, rule any) error {
	alert, record := tree.Text(rule, "alert"), tree.Text(rule, "record")
	if (alert == "") == (record == "") {
		return badRequest("InvalidRules", "%s: a rule either alerts or records; %q, %q", op.id, alert, record)
	}
	if strings.TrimSpace(tree.Text(rule, "expression")) == "" {
		return badRequest("InvalidRules", "%s: rule %s has no expression", op.id, alert+record)
	}
	if record != "" {
		if !recordedName.MatchString(record) {
			return badRequest("InvalidRules", "%s: %q is not the name of a series", op.id, record)
		}
		return nil
	}
	if severity, set := tree.Number(rule, "severity"); set && (severity < 0 || severity > 4 || severity != float64(int(severity))) {
		return badRequest("InvalidSeverity", "%s: the severity of %s must be 0 to 4", op.id, alert)
	}
	for _, span := range []string{tree.Text(rule, "for"), tree.Text(rule, "resolveConfiguration", "timeToResolve")} {
		if span == "" {
			continue
		}
		if _, err := parseDuration(span); err != nil {
			return badRequest("InvalidRules", "%s: rule %s: %v", op.id, alert, err)
		}
	}
	return nil
}

func checkWorkbook(op *operation) error {
	for _, needed := range []string{"displayName", "category", "serializedData"} {
		if tree.Text(op.inputs, needed) == "" {
			return badRequest("BadRequest", "%s: a workbook needs %s", op.id, needed)
		}
	}
	if !json.Valid([]byte(tree.Text(op.inputs, "serializedData"))) {
		return badRequest("InvalidWorkbook", "%s: serializedData is not JSON", op.id)
	}
	return nil
}
