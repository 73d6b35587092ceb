package securitydoc

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// writeRoles writes the custom roles, and the assignments: those of every deployment, and those that only virtual nodes bring.
func writeRoles(tables map[string]string, standard, everything *recording.Monitor) error {
	managed, err := register(map[string]map[string]any{"imageBuilder": {"distribute": "ManagedImage"}})
	if err != nil {
		return err
	}
	roles := newTable("Role", "Actions", "Assignable at")
	for _, r := range everything.OfType(typetoken.RoleDefinition) {
		name := tree.Text(r.Inputs, "roleName")
		actions := actionsOf(r)
		at := []string{}
		for _, scope := range tree.Texts(r.Inputs, "assignableScopes") {
			at = append(at, place(scope))
		}
		roles.add(code(name), lines(actions), strings.Join(at, ", "))
		for _, other := range managed.OfType(typetoken.RoleDefinition) {
			if other.Name != r.Name {
				continue
			}
			less := actionsOf(other)
			without := slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return slices.Contains(less, action) })
			if len(without) > 0 {
				roles.add("the same, with `distribute: ManagedImage`", "without "+lines(without), strings.Join(at, ", "))
			}
		}
	}
	tables["custom roles"] = roles.String()
	always, err := assignments(standard, nil)
	if err != nil {
		return err
	}
	tables["role assignments"] = always.String()
	virtual, err := assignments(everything, standard)
	if err != nil {
		return err
	}
	tables["role assignments of virtual nodes"] = virtual.String()
	return nil
}

// actionsOf are all operations that a role allows, those it takes away with a minus before them.
func actionsOf(role recording.Registration) []string {
	var actions []string
	for _, permission := range tree.List(role.Inputs, "permissions") {
		actions = append(actions, tree.Texts(permission, "actions")...)
		for _, action := range tree.Texts(permission, "dataActions") {
			actions = append(actions, action+" (data)")
		}
		for _, action := range slices.Concat(tree.Texts(permission, "notActions"), tree.Texts(permission, "notDataActions")) {
			actions = append(actions, "-"+action)
		}
	}
	return actions
}

func lines(values []string) string { return "`" + strings.Join(values, "`<br>`") + "`" }

// assignments are those of one deployment that another one lacks.
func assignments(m, without *recording.Monitor) (*table, error) {
	custom := map[string]string{}
	for _, r := range m.OfType(typetoken.RoleDefinition) {
		custom[tree.Text(r.Inputs, "roleDefinitionId")] = tree.Text(r.Inputs, "roleName")
	}
	who := principals(m)
	t := newTable("Who", "Role", "At", "Why")
	for _, r := range m.OfType(typetoken.RoleAssignment) {
		if without != nil {
			if _, there := without.Registered[r.URN]; there {
				continue
			}
		}
		guid := resourceid.Name(tree.Text(r.Inputs, "roleDefinitionId"))
		name := custom[guid]
		if role, known := azurefacts.BuiltInRole(guid); known {
			name = role.Name
		}
		principal := who[tree.Text(r.Inputs, "principalId")]
		if name == "" || principal == "" {
			return nil, fmt.Errorf("write role assignments: %s assigns role %q to %q, which are not known", r, guid, tree.Text(r.Inputs, "principalId"))
		}
		t.add(principal, code(name), place(tree.Text(r.Inputs, "scope")), tree.Text(r.Inputs, "description"))
	}
	slices.SortStableFunc(t.rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return t, nil
}
