package report

import (
	"fmt"
	"slices"
	"strings"
)

// grantingActions are what lets an identity give rights to itself or to others.
var grantingActions = []string{
	"Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleDefinitions/write", "Microsoft.Authorization/elevateAccess/action",
}

// narrowRoles holds if each assignment says why, and is of a role that this report knows and that does not allow everything.
func narrowRoles(m *model) evidence {
	var wide, silent []Link
	rows := m.roles()
	for _, row := range rows {
		link := Link{row.Principal + ": " + row.Role, row.Anchor}
		if row.tooWide() {
			wide = append(wide, link)
		}
		if row.Reason == "" {
			silent = append(silent, link)
		}
	}
	switch {
	case len(wide) > 0 || len(rows) == 0:
		return missing("Assignments of roles that allow everything or to give roles, or whose actions are unknown.", wide)
	case len(silent) > 0:
		return missing("Assignments without a reason.", silent)
	}
	return found(fmt.Sprintf("Each of %d assignments says what it is for, and none is of a role that allows everything.", len(rows)), []Link{{"roles", "roles"}})
}

// tooWide is stricter with custom roles, which this project writes: they may have no star over all providers, nor give roles.
func (r roleRow) tooWide() bool {
	actions := slices.Concat(r.granted.Actions, r.granted.Data)
	if r.Kind != "custom" {
		return r.Kind == "unknown" || slices.Contains(actions, "*")
	}
	return slices.ContainsFunc(actions, func(action string) bool {
		return action == "*" || strings.HasPrefix(action, "*/") ||
			slices.ContainsFunc(grantingActions, func(granting string) bool { return covers(action, granting) })
	})
}
