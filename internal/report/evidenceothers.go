package report

import (
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// What the owners of workspaces and storage accounts have to show, since no state of this program has it.
const (
	ownersOfWorkspaces = "Logs go to a workspace of others, whose owners have to show how long it keeps them, who audits it and what watches it."
	ownersOfStorage    = "Flow logs go to a storage account of others, whose owners have to show that it takes no keys and is closed to the network."
)

// byOwners is evidence about all resources of a type, as far as they are of this state. Where logs also go to one that is not, its owners have the rest.
func byOwners(armType, owners string, check func(*model) evidence) func(*model) evidence {
	return func(m *model) evidence {
		if !m.logsElsewhere(armType) {
			return check(m)
		}
		if e := check(m); len(m.of(armType)) > 0 && e.State == stateMissing {
			return e
		}
		return evidence{State: stateOutside, Why: owners}
	}
}

// logsElsewhere reports whether logs go to something of a type that is not of this state.
func (m *model) logsElsewhere(armType string) bool {
	var targets []string
	for _, r := range m.of(typeDiagnostics) {
		targets = append(targets, text(r.Outputs, "workspaceId"))
	}
	for _, r := range m.of(typeFlowLog) {
		targets = append(targets, text(r.Outputs, "storageId"))
	}
	for _, id := range targets {
		if id != "" && strings.EqualFold(resourceid.Type(id), armType) && m.find(id) == nil {
			return true
		}
	}
	return false
}
