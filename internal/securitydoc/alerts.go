package securitydoc

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// writeAlerts writes all alerts with their conditions: those over metrics of Prometheus, of the platform, over logs and activity.
func writeAlerts(tables map[string]string, m *recording.Monitor) error {
	t := newTable("Alert", "Severity", "When", "Resolved after")
	for _, r := range m.OfType(typetoken.MetricAlert) {
		for _, criterion := range tree.List(r.Inputs, "criteria", "allOf") {
			t.add(code(readable(tree.Text(r.Inputs, "ruleName"))), number(r.Inputs, "severity"),
				fmt.Sprintf("%s %s %s %s over %s", strings.ToLower(tree.Text(criterion, "timeAggregation")), code(tree.Text(criterion, "metricName")),
					tree.Text(criterion, "operator"), number(criterion, "threshold"), tree.Text(r.Inputs, "windowSize")), mitigated(r))
		}
	}
	for _, r := range m.OfType(typetoken.QueryAlert) {
		for _, criterion := range tree.List(r.Inputs, "criteria", "allOf") {
			t.add(code(readable(tree.Text(r.Inputs, "ruleName"))), number(r.Inputs, "severity"),
				fmt.Sprintf("%s %s %s %s, in %s of %s windows of %s", tree.Text(r.Inputs, "description"),
					tree.Text(criterion, "timeAggregation"), tree.Text(criterion, "operator"), number(criterion, "threshold"),
					number(criterion, "failingPeriods", "minFailingPeriodsToAlert"), number(criterion, "failingPeriods", "numberOfEvaluationPeriods"),
					tree.Text(r.Inputs, "windowSize")), mitigated(r))
		}
	}
	for _, r := range m.OfType(typetoken.ActivityLogAlert) {
		t.add(code(tree.Text(r.Inputs, "activityLogAlertName")), "", tree.Text(r.Inputs, "description"), "")
	}
	for _, r := range m.OfType(typetoken.PromRuleGroup) {
		for _, rule := range tree.List(r.Inputs, "rules") {
			if name := tree.Text(rule, "alert"); name != "" {
				t.add(code(name), number(rule, "severity"), tree.Text(rule, "annotations", "description")+" For "+tree.Text(rule, "for"),
					tree.Text(rule, "resolveConfiguration", "timeToResolve"))
			}
		}
	}
	tables["alerts"] = t.String()
	return nil
}

// mitigated is when Azure Monitor resolves an alert over a metric or a query.
func mitigated(alert recording.Registration) string {
	if tree.Truth(alert.Inputs, "autoMitigate") {
		return "once the condition is over"
	}
	return "by hand"
}
