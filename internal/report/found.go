package report

import (
	"cmp"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// foundRow is something that resources of the stack use or lie in, and that the stack did not make.
type foundRow struct {
	What, Name, ID string
	Users          []Link
}

// foundTypes are the types of what a landing zone may have for a stack, and what to call them.
var foundTypes = map[string]string{
	typeVNet: "virtual network", typeVNet + "/subnets": "subnet", typeFirewall: "firewall", typeFWPolicy: "firewall policy", typeZone: "private DNS zone",
	typeWorkspace: "workspace", "Microsoft.Monitor/accounts": "Prometheus workspace", typeStorage: "storage account", typeGroup: "resource group",
	"Microsoft.Network/ddosProtectionPlans": "DDoS protection plan", "Microsoft.Network/routeTables": "route table", typeNSG: "security group",
	"Microsoft.Compute/images": "image", "Microsoft.Compute/galleries/images/versions": "image",
}

// found lists what the stack found, by kind and id.
func (m *model) found() []foundRow {
	rows := map[string]*foundRow{}
	built := m.builtImages()
	for i := range m.export.Resources {
		r := &m.export.Resources[i]
		if m.find(r.ID) != r {
			continue
		}
		for _, id := range references(r) {
			what := foundWord(id)
			if what == "" || m.find(id) != nil || m.isPart(id) || built[resourceid.Key(id)] {
				continue
			}
			row := rows[resourceid.Key(id)]
			if row == nil {
				row = &foundRow{What: what, Name: resourceid.Name(id), ID: id}
				rows[resourceid.Key(id)] = row
			}
			if user := m.link(r.ID); !slices.Contains(row.Users, user) {
				row.Users = append(row.Users, user)
			}
		}
	}
	var sorted []foundRow
	for _, row := range rows {
		sorted = append(sorted, *row)
	}
	slices.SortFunc(sorted, func(a, b foundRow) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(resourceid.Key(a.ID), resourceid.Key(b.ID)))
	})
	return sorted
}

// isPart reports whether an id is of a part of a resource in the state, such as a subnet.
func (m *model) isPart(id string) bool {
	whole := m.find(resourceid.Parent(id))
	return whole != nil && resourceid.Type(whole.ID) != typeGroup
}

func foundWord(id string) string {
	for armType, word := range foundTypes {
		if strings.EqualFold(armType, resourceid.Type(id)) {
			return word
		}
	}
	return ""
}

// references are the ids in what Azure says of a resource, and what it lies in. The group that a policy or role is for is not in it.
func references(r *Resource) []string {
	var ids []string
	parent := resourceid.Parent(r.ID)
	if resourceid.Type(parent) != resourceid.TypeResourceGroup || !strings.HasPrefix(resourceid.Type(r.ID), "Microsoft.Authorization/") {
		ids = append(ids, parent)
	}
	for _, id := range idsIn(r.Outputs) {
		if resourceid.Type(id) != resourceid.TypeResourceGroup {
			ids = append(ids, id)
		}
	}
	return ids
}

// idsIn are the texts in a tree that are ids of resources, in the order of names.
func idsIn(value any) []string {
	var ids []string
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(strings.ToLower(v), "/subscriptions/") {
			ids = append(ids, v)
		}
	case map[string]any:
		for _, name := range tree.Names(v) {
			ids = append(ids, idsIn(v[name])...)
		}
	case []any:
		for _, item := range v {
			ids = append(ids, idsIn(item)...)
		}
	}
	return ids
}

// builtImages are the keys of the images that templates of the stack write: Azure makes them, so the state does not have them.
func (m *model) builtImages() map[string]bool {
	built := map[string]bool{}
	for _, template := range m.of(typeTemplate) {
		for _, id := range idsIn(template.Outputs["distribute"]) {
			built[resourceid.Key(id)] = true
		}
	}
	return built
}
