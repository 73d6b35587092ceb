package report

import (
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const typeActionGroup = "Microsoft.Insights/actionGroups"

// alertTypes are the kinds of alerts that the platform makes.
var alertTypes = []string{
	"Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/activityLogAlerts",
	"Microsoft.AlertsManagement/prometheusRuleGroups",
}

// isOn is for what Azure takes as enabled unless it says otherwise.
func isOn(value any) bool { return tree.At(value, "enabled") != false }

// alertsReachSomeone holds if there are alerts that are on, and each of them names an action group with a receiver.
func alertsReachSomeone(m *model) evidence {
	groups, working := m.workingGroups()
	var alerts, quiet []Link
	for _, kind := range alertTypes {
		for _, r := range m.of(kind) {
			rules := alertRulesOf(r)
			if len(rules) == 0 {
				continue
			}
			alerts = append(alerts, m.link(r.ID))
			if slices.ContainsFunc(rules, func(rule any) bool { return !namesGroup(rule, working) }) {
				quiet = append(quiet, m.link(r.ID))
			}
		}
	}
	switch {
	case len(alerts) == 0:
		return missing("There are no alerts in this state that are on.", nil)
	case len(groups) == 0:
		return missing("There are alerts, but nobody receives them: no action group with receivers is configured.", alerts)
	case len(quiet) > 0:
		return missing("Alerts without a receiver: they name no action group with receivers of this state.", quiet)
	}
	return found("Alerts tell an action group.", append(groups, alerts...))
}

// workingGroups are the action groups that are on and have a receiver, and their ids by idKey.
func (m *model) workingGroups() (links []Link, ids map[string]bool) {
	ids = map[string]bool{}
	for _, r := range m.of(typeActionGroup) {
		if isOn(r.Outputs) && hasReceivers(r) {
			links = append(links, m.link(r.ID))
			ids[resourceid.Key(r.ID)] = true
		}
	}
	return links, ids
}

// hasReceivers looks at the lists of all kinds of receivers. Who has unsubscribed is disabled there.
func hasReceivers(group *Resource) bool {
	for _, name := range tree.Names(group.Outputs) {
		if strings.HasSuffix(name, "Receivers") &&
			slices.ContainsFunc(tree.List(group.Outputs, name), func(receiver any) bool { return text(receiver, "status") != "Disabled" }) {
			return true
		}
	}
	return false
}

// alertRulesOf are the rules of a resource that are on. Groups of Prometheus hold several, and some that only record.
func alertRulesOf(r *Resource) []any {
	if !isOn(r.Outputs) {
		return nil
	}
	if tree.At(r.Outputs, "rules") == nil {
		return []any{r.Outputs}
	}
	var rules []any
	for _, rule := range tree.List(r.Outputs, "rules") {
		if text(rule, "alert") != "" && isOn(rule) {
			rules = append(rules, rule)
		}
	}
	return rules
}

// namesGroup looks where each kind of alert keeps the ids of its groups.
func namesGroup(rule any, working map[string]bool) bool {
	ids := texts(rule, "actions", "actionGroups")
	for _, action := range slices.Concat(tree.List(rule, "actions"), tree.List(rule, "actions", "actionGroups")) {
		ids = append(ids, text(action, "actionGroupId"))
	}
	return slices.ContainsFunc(ids, func(id string) bool { return working[resourceid.Key(id)] })
}
