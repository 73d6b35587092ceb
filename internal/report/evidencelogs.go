package report

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// yearDays is how long PCI DSS wants audit logs to be kept.
const yearDays = 365

// settingsFor holds if there are resources of each type, and all of them send logs to a workspace.
func settingsFor(armTypes ...string) func(*model) evidence {
	return func(m *model) evidence {
		sends := m.logSenders()
		var parts []func(*model) evidence
		var speaking []Link
		for _, armType := range armTypes {
			speaks := every(armType, func(r *Resource) bool { return sends[resourceid.Key(r.ID)] }, "",
				"No logs are sent to a workspace by some of type "+armType+".")
			if armType == typeWorkspace {
				speaks = byOwners(armType, ownersOfWorkspaces, speaks)
			}
			parts = append(parts, speaks)
			speaking = append(speaking, m.to(armType)...)
		}
		if e := all(parts...)(m); e.State != stateFound {
			return e
		}
		return found("Logs are sent to a workspace.", append(speaking, Link{"logging", "logging"}))
	}
}

// logSenders are what has a diagnostic setting with a category that is on, and a workspace, by idKey.
func (m *model) logSenders() map[string]bool {
	sends := map[string]bool{}
	for _, r := range m.of(typeDiagnostics) {
		to := text(r.Outputs, "workspaceId")
		on := slices.ContainsFunc(tree.List(r.Outputs, "logs"), func(log any) bool { return tree.Truth(log, "enabled") })
		if on && strings.EqualFold(resourceid.Type(to), typeWorkspace) {
			sends[resourceid.Key(resourceid.Parent(r.ID))] = true
		}
	}
	return sends
}

// keptLongEnough holds if every workspace keeps logs for a year, and one of them has the activity log.
var keptLongEnough = byOwners(typeWorkspace, ownersOfWorkspaces, keptHere)

func keptHere(m *model) evidence {
	var short []Link
	for _, r := range m.of(typeWorkspace) {
		if days := number(r.Outputs, "retentionInDays"); days < yearDays {
			short = append(short, Link{fmt.Sprintf("%s keeps %.0f days", r.AzureName(), days), r.Anchor()})
		}
	}
	if len(short) > 0 || len(m.of(typeWorkspace)) == 0 {
		return missing(fmt.Sprintf("Workspaces keep logs for less than %d days, all of them ready for queries.", yearDays), short)
	}
	for _, id := range m.head().Subscriptions {
		if !m.logSenders()[resourceid.Key("/subscriptions/"+id)] {
			return missing("Azure keeps the activity log, which says who changed firewall, policies and roles, for 90 days, and no workspace "+
				"of this state gets it.", nil)
		}
	}
	return found("Workspaces keep logs for a year, the activity log included, all of them ready for queries.", m.to(typeWorkspace))
}

// loggedFlows holds if the flows of every network are logged.
func loggedFlows(m *model) evidence {
	logged := map[string]bool{}
	for _, r := range m.of(typeFlowLog) {
		if tree.Truth(r.Outputs, "enabled") {
			logged[resourceid.Key(text(r.Outputs, "targetResourceId"))] = true
		}
	}
	return every(typeVNet, func(r *Resource) bool { return logged[resourceid.Key(r.ID)] },
		"The flows of every network are logged.", "Networks whose flows are not logged.")(m)
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
