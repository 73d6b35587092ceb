package report

import (
	"fmt"
	"slices"
	"strings"
)

// yearDays is how long PCI DSS wants audit logs to be kept.
const yearDays = 365

// settingsFor holds if every resource of the types has a diagnostic setting with logs.
func settingsFor(armTypes ...string) func(*model) evidence {
	return func(m *model) evidence {
		sends := map[string]bool{}
		for _, r := range m.of(typeDiagnostics) {
			if len(list(r.Outputs, "logs")) > 0 {
				sends[idKey(scopeOf(r.ID))] = true
			}
		}
		var silent, speaking []Link
		for _, armType := range armTypes {
			for _, r := range m.of(armType) {
				if sends[idKey(r.ID)] {
					speaking = append(speaking, m.link(r.ID))
				} else {
					silent = append(silent, m.link(r.ID))
				}
			}
		}
		if len(silent) > 0 || len(speaking) == 0 {
			return missing("No logs are sent by some of what should.", silent)
		}
		return found("Logs are sent to a workspace.", append(speaking, Link{"logging", "logging"}))
	}
}

// keptLongEnough holds if every workspace keeps logs for a year.
func keptLongEnough(m *model) evidence {
	var short []Link
	for _, r := range m.of(typeWorkspace) {
		if days := number(r.Outputs, "retentionInDays"); days < yearDays {
			short = append(short, Link{fmt.Sprintf("%s keeps %.0f days", r.AzureName(), days), r.Anchor()})
		}
	}
	if len(short) > 0 || len(m.of(typeWorkspace)) == 0 {
		return missing(fmt.Sprintf("Workspaces keep logs for less than %d days, all of them ready for queries.", yearDays), short)
	}
	return found("Workspaces keep logs for a year, all of them ready for queries.", m.to(typeWorkspace))
}

// loggedFlows holds if the flows of every network are logged.
func loggedFlows(m *model) evidence {
	logged := map[string]bool{}
	for _, r := range m.of(typeFlowLog) {
		if truth(r.Outputs, "enabled") {
			logged[idKey(text(r.Outputs, "targetResourceId"))] = true
		}
	}
	return every(typeVNet, func(r *Resource) bool { return logged[idKey(r.ID)] },
		"The flows of every network are logged.", "Networks whose flows are not logged.")(m)
}

// alertsReachSomeone holds if there are alerts, and an action group that tells somebody.
func alertsReachSomeone(m *model) evidence {
	alerts := append(m.to("Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/activityLogAlerts"),
		m.prometheusAlerts()...)
	groups := m.to("Microsoft.Insights/actionGroups")
	switch {
	case len(alerts) == 0:
		return missing("There are no alerts in this state.", nil)
	case len(groups) == 0:
		return missing("Alerts are there but tell nobody: no action group is configured.", alerts)
	}
	return found("Alerts tell an action group.", append(groups, alerts...))
}

// protectedLogs holds if Pulumi refuses to delete what keeps logs.
func protectedLogs(m *model) evidence {
	protected := func(r *Resource) bool { return r.Protected }
	const yes, no = "Pulumi refuses to delete it: ", "Pulumi would delete it, since protect is off: "
	return all(every(typeWorkspace, protected, yes+"workspaces.", no+"workspaces."), every(typeStorage, protected, yes+"flow logs.", no+"flow logs."))(m)
}

// vaultSecrets lists the secrets that the stack puts into vaults.
func vaultSecrets(m *model) evidence {
	secrets := m.to(typeVault + "/secrets")
	if len(secrets) == 0 {
		return missing("The stack puts no certificate into a vault.", nil)
	}
	return found("Certificates with their keys are secrets of the vault; this page has their names alone.", secrets)
}

// ownIdentities holds if no assignment is to a principal that is not in the state.
func ownIdentities(m *model) evidence {
	var strangers []Link
	for _, row := range m.roles() {
		if strings.Contains(row.Principal, "not in this state") {
			strangers = append(strangers, Link{row.Principal, row.Anchor})
		}
	}
	if len(strangers) > 0 {
		return missing("Roles of principals that this state does not know.", strangers)
	}
	return found("Every principal with a role is a managed identity of this stack, which has no password.", m.to(typeIdentity))
}

// noReaders holds if the stack assigns no role at a workspace; what roles further up allow is in the list of permissions.
func noReaders(m *model) evidence {
	var readers []Link
	for _, r := range m.of(typeAssignment) {
		if strings.EqualFold(armType(scopeOf(r.ID)), typeWorkspace) {
			readers = append(readers, m.link(r.ID))
		}
	}
	if len(readers) > 0 {
		return missing("Roles are assigned at workspaces.", readers)
	}
	return found("The stack assigns no role at a workspace.", append(m.to(typeWorkspace), Link{"roles", "roles"}))
}

// prometheusAlerts leaves out groups that only record.
func (m *model) prometheusAlerts() []Link {
	var groups []Link
	for _, r := range m.of("Microsoft.AlertsManagement/prometheusRuleGroups") {
		if slices.ContainsFunc(list(r.Outputs, "rules"), func(rule any) bool { return text(rule, "alert") != "" }) {
			groups = append(groups, m.link(r.ID))
		}
	}
	return groups
}
