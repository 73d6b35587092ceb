package monitor

import (
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var prometheusRulesKind = &arm.Kind{
	Token: "alertsmanagement:PrometheusRuleGroup",
	Path:  arm.GroupPath + "/providers/Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}",
	Name:  alertName, Located: true, Create: 10 * time.Second, Update: 10 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkRuleGroup},
}

// MaxRulesInGroup is how many rules Azure takes in a group.
const MaxRulesInGroup = 20

// recordedName is what Prometheus takes for the name of a series.
var recordedName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// checkRuleGroup checks a group by the Azure documents "Azure Monitor managed service for Prometheus rule groups" and "Azure
// Monitor service limits".
func checkRuleGroup(op *arm.Operation) error {
	workspaces := 0
	for _, scope := range tree.Texts(op.Inputs, "scopes") {
		target := op.Sub.Find(scope)
		switch {
		case target == nil:
			return arm.BadRequest("InvalidScope", "%s: scope %q is not a resource", op.ID, scope)
		case strings.EqualFold(target.ARMType, monitorAccount):
			workspaces++
			if !arm.SameLocation(tree.Text(target.Outputs, "location"), tree.Text(op.Inputs, "location")) {
				return arm.BadRequest("InvalidLocation", "%s must be in the region of %s", op.ID, target.ID)
			}
		case !strings.EqualFold(target.ARMType, arm.ManagedClusters):
			return arm.BadRequest("InvalidScope", "%s: scope %s is neither an Azure Monitor workspace nor a cluster", op.ID, scope)
		}
	}
	if workspaces != 1 {
		return arm.BadRequest("InvalidScope", "%s: the scopes must hold one Azure Monitor workspace, not %d", op.ID, workspaces)
	}
	if interval := tree.Text(op.Inputs, "interval"); interval != "" {
		if every, err := arm.ParseDuration(interval); err != nil || every < time.Minute || every > 15*time.Minute {
			return arm.BadRequest("InvalidInterval", "%s: interval %q must be PT1M to PT15M", op.ID, interval)
		}
	}
	rules := tree.List(op.Inputs, "rules")
	if len(rules) == 0 || len(rules) > MaxRulesInGroup {
		return arm.BadRequest("InvalidRules", "%s has %d rules; a group has 1 to %d", op.ID, len(rules), MaxRulesInGroup)
	}
	for _, rule := range rules {
		if err := checkPrometheusRule(op, rule); err != nil {
			return err
		}
	}
	return nil
}

func checkPrometheusRule(op *arm.Operation, rule any) error {
	alert, record := tree.Text(rule, "alert"), tree.Text(rule, "record")
	if (alert == "") == (record == "") {
		return arm.BadRequest("InvalidRules", "%s: a rule either alerts or records; %q, %q", op.ID, alert, record)
	}
	if strings.TrimSpace(tree.Text(rule, "expression")) == "" {
		return arm.BadRequest("InvalidRules", "%s: rule %s has no expression", op.ID, alert+record)
	}
	if record != "" {
		if !recordedName.MatchString(record) {
			return arm.BadRequest("InvalidRules", "%s: %q is not the name of a series", op.ID, record)
		}
		return nil
	}
	if severity, set := tree.Number(rule, "severity"); set && (severity < 0 || severity > 4 || severity != float64(int(severity))) {
		return arm.BadRequest("InvalidSeverity", "%s: the severity of %s must be 0 to 4", op.ID, alert)
	}
	for _, span := range []string{tree.Text(rule, "for"), tree.Text(rule, "resolveConfiguration", "timeToResolve")} {
		if span == "" {
			continue
		}
		if _, err := arm.ParseDuration(span); err != nil {
			return arm.BadRequest("InvalidRules", "%s: rule %s: %v", op.ID, alert, err)
		}
	}
	return nil
}
