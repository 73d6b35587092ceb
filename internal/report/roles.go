package report

import (
	"cmp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// permissions are what a role allows.
type permissions struct {
	Name                  string
	Actions, Except, Data []string
}

// roleRow is one role assignment.
type roleRow struct {
	Principal string
	Role      string
	Kind      string // built-in or custom
	Scope     Link
	Reason    string
	Anchor    string
	scope     string // its id
	granted   permissions
}

// grant is all that one identity may do at one scope.
type grant struct {
	Principal             string
	Scope                 Link
	Actions, Except, Data []string
}

// principals names the identities of the state by the ids that role assignments use.
func (m *model) principals() map[string]string {
	found := map[string]string{}
	for _, r := range m.byID {
		for id, name := range identitiesOf(r) {
			found[id] = name
		}
	}
	return found
}

// identitiesOf are the identities that a resource is or has, by principal id.
func identitiesOf(r *Resource) map[string]string {
	found := map[string]string{}
	put := func(id, name string) {
		if id != "" {
			found[id] = name
		}
	}
	if strings.EqualFold(resourceid.Type(r.ID), typeIdentity) {
		put(text(r.Outputs, "principalId"), r.AzureName())
	}
	whose := r.AzureName()
	if title := text(r.Outputs, "displayName"); title != "" {
		whose = title
	}
	put(text(r.Outputs, "identity", "principalId"), "own identity of "+armWord(r.ID)+" "+whose)
	put(text(r.Outputs, "aksAssignedIdentity", "principalId"), "own identity of extension "+r.AzureName())
	for _, name := range tree.Names(r.Outputs, "identityProfile") {
		profile := tree.At(r.Outputs, "identityProfile", name)
		put(text(profile, "objectId"), strings.TrimSuffix(name, "identity")+" of "+r.AzureName()+" ("+resourceid.Name(text(profile, "resourceId"))+")")
	}
	for _, name := range tree.Names(r.Outputs, "addonProfiles") {
		put(text(r.Outputs, "addonProfiles", name, "identity", "objectId"), "add-on "+name+" of "+r.AzureName())
	}
	return found
}

// armWord says what kind of thing an id is of, in words.
func armWord(id string) string {
	switch resourceid.Type(id) {
	case typePolicy:
		return "policy assignment"
	case typeCluster:
		return "cluster"
	}
	return resourceid.Name(resourceid.Type(id))
}

func (m *model) roles() []roleRow {
	principals := m.principals()
	var rows []roleRow
	for _, r := range m.of(typeAssignment) {
		row := roleRow{Scope: m.link(resourceid.Parent(r.ID)), scope: resourceid.Parent(r.ID),
			Reason: text(r.Outputs, "description"), Anchor: r.Anchor()}
		id := text(r.Outputs, "principalId")
		if row.Principal = principals[id]; row.Principal == "" {
			row.Principal = id + ", which is not in this state"
		}
		row.granted, row.Kind = m.roleOf(text(r.Outputs, "roleDefinitionId"))
		row.Role = row.granted.Name
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b roleRow) int {
		return cmp.Or(cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Scope.Text, b.Scope.Text), cmp.Compare(a.Role, b.Role))
	})
	return rows
}

// roleOf finds a role by its id: one of the state, or a built-in one. Others are named by their id, and what they allow is unknown.
func (m *model) roleOf(id string) (permissions, string) {
	if r := m.definition(id); r != nil {
		role := permissions{Name: text(r.Outputs, "roleName")}
		for _, p := range tree.List(r.Outputs, "permissions") {
			role.Actions = append(role.Actions, texts(p, "actions")...)
			role.Except = append(role.Except, append(texts(p, "notActions"), texts(p, "notDataActions")...)...)
			role.Data = append(role.Data, texts(p, "dataActions")...)
		}
		return role, "custom"
	}
	if role, known := azurefacts.BuiltInRole(resourceid.Name(id)); known {
		p := role.Permissions
		except := slices.Concat(p.NotActions, p.NotDataActions)
		return permissions{Name: role.Name, Actions: p.Actions, Except: except, Data: p.DataActions}, "built-in"
	}
	return permissions{Name: "role " + resourceid.Name(id), Actions: []string{"unknown: the role is neither in this state nor among the built-in ones that are known"}}, "unknown"
}

// definition finds a custom role. One that is defined at a resource group goes by its id at the subscription in assignments.
func (m *model) definition(id string) *Resource {
	for _, r := range m.of("Microsoft.Authorization/roleDefinitions") {
		subscription, _, _ := strings.Cut(resourceid.Parent(resourceid.Key(r.ID)), "/resourcegroups/")
		if resourceid.Name(resourceid.Key(r.ID)) == resourceid.Name(resourceid.Key(id)) && resourceid.Parent(resourceid.Key(id)) == subscription {
			return r
		}
	}
	return m.find(id)
}

// grants sums the rows up. An exception of one role does not take away what another one gives, so exceptions count for roles alone.
func grants(rows []roleRow) []grant {
	var sums []grant
	for _, row := range rows {
		n := len(sums) - 1
		if n < 0 || sums[n].Principal != row.Principal || sums[n].Scope != row.Scope {
			sums = append(sums, grant{Principal: row.Principal, Scope: row.Scope})
			n++
		}
		sums[n].Actions = union(sums[n].Actions, row.granted.Actions)
		sums[n].Data = union(sums[n].Data, row.granted.Data)
		for _, except := range row.granted.Except {
			sums[n].Except = union(sums[n].Except, []string{except + " (of " + row.Role + ")"})
		}
	}
	return sums
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
