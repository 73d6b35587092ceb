package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// boxes are networks, what is in them, names, and resource groups. The hub stands above, everything else below.
func (m *model) boxes() (hubs, below []*box) {
	for _, net := range m.netsHubFirst() {
		if net.hub {
			hubs = append(hubs, m.networkBox(net))
		} else {
			below = append(below, m.networkBox(net))
		}
	}
	below = append(below, m.zonesBox())
	below = append(below, m.groupBoxes()...)
	return hubs, slices.DeleteFunc(below, func(b *box) bool { return b == nil })
}

// topology draws the boxes, the hub's over all columns.
func (m *model) topology() template.HTML {
	hubs, below := m.boxes()
	columns := 2
	if len(m.of(typeCluster)) > 1 {
		columns = 3
	}
	return picture(hubs, below, columns)
}

// picture lays the boxes out: each takes the column that is shortest so far.
func picture(hubs, below []*box, columns int) template.HTML {
	d := &drawing{}
	width := 2*margin + columns*(boxWidth+gutter) - gutter + gutter
	y := margin
	for _, hub := range hubs {
		height := d.wideBox(hub, margin, y, width-2*margin)
		y += height + margin
	}
	hubBottom := y - margin
	heights := make([]int, columns)
	lines := make([]int, columns)
	for i := range heights {
		heights[i] = hubBottom + gutter/2
	}
	for _, b := range below {
		c := shortest(heights)
		x := margin + gutter + c*(boxWidth+gutter)
		d.box(b, x, heights[c], boxWidth)
		if b.link != "" && len(hubs) > 0 {
			d.elbow(b.link, x-10-7*lines[c], hubBottom, x, heights[c]+15)
			lines[c]++
		}
		heights[c] += b.height(boxWidth) + gutter/2
	}
	total := slices.Max(heights)
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %d" style="--natural:%dpx" role="img" aria-labelledby="topo-title topo-desc">`+
		`<title id="topo-title">Networks of the stack</title><desc id="topo-desc">The list below the picture says the same in words.</desc>%s</svg>`,
		width, total, width, d.String()))
}

func shortest(heights []int) int {
	least := 0
	for i, h := range heights {
		if h < heights[least] {
			least = i
		}
	}
	return least
}

// wideBox draws a box over the whole width with its parts side by side, and returns its height.
func (d *drawing) wideBox(b *box, x, y, width int) int {
	n := max(len(b.parts), 1)
	each := (width - padding*(n+1)) / n
	tallest := 0
	for i := range b.parts {
		tallest = max(tallest, b.parts[i].height(each))
	}
	height := headHeight + padding + len(b.wrappedLines(width))*lineHeight + tallest + padding
	d.group("net", b.title)
	d.rect(b.class, x, y, width, height)
	at := d.heading(b, x, y, width)
	for i := range b.parts {
		d.part(&b.parts[i], x+padding+i*(each+padding), at, each, tallest)
	}
	d.end()
	return height
}

func (m *model) networkBox(net *vnet) *box {
	b := &box{class: "vnet", title: net.AzureName(), note: strings.Join(net.prefixes, ", ")}
	if net.hub {
		b.class = "vnet hub"
	} else {
		b.link = "peer closed"
	}
	for _, p := range net.peerings {
		state := "only one side allows access"
		if p.open {
			state = "both sides allow access"
			if !net.hub {
				b.link = "peer"
			}
		}
		if !net.hub {
			b.lines = append(b.lines, "peered with "+resourceid.Name(p.remote)+": "+state)
		}
	}
	if len(net.peerings) == 0 {
		b.link = ""
	}
	for _, s := range net.subnets {
		b.parts = append(b.parts, s.part())
	}
	return b
}

func (s *subnet) part() part {
	p := part{title: s.name, note: s.cidr, class: "inside", about: s.name}
	switch {
	case slices.ContainsFunc(s.holds, func(c content) bool { return c.exposed }):
		p.class = "exposed"
	case s.route == "":
		p.class = "unrouted"
	}
	if s.nsg == "" {
		p.lines = append(p.lines, "no security group")
	} else {
		p.lines = append(p.lines, resourceid.Name(s.nsg))
	}
	switch {
	case s.route != "":
		p.lines = append(p.lines, "0.0.0.0/0 to "+s.route)
	case s.role() != roleFirewall:
		p.lines = append(p.lines, "no route to the firewall")
	}
	if s.outbound {
		p.lines = append(p.lines, "default outbound access is on")
	}
	for _, c := range s.holds {
		p.lines = append(p.lines, "• "+c.text)
	}
	return p
}

func (m *model) zonesBox() *box {
	zones := m.of(typeZone)
	if len(zones) == 0 {
		return nil
	}
	b := &box{class: "zones", title: "Private DNS zones"}
	for _, zone := range zones {
		p := part{title: zone.AzureName(), class: "plain", about: zone.AzureName()}
		for _, link := range m.of(typeZoneLink) {
			if resourceid.Equal(resourceid.Parent(link.ID), zone.ID) {
				p.lines = append(p.lines, "linked to "+resourceid.Name(text(link.Outputs, "virtualNetwork", "id")))
			}
		}
		b.parts = append(b.parts, p)
	}
	return b
}

// grouped are the types that resource groups are drawn with, and what to call them.
var grouped = []struct{ armType, word string }{
	{typeCluster, "cluster"}, {typeRegistry, "registry"}, {typeVault, "vault"}, {typeGateway, "gateway"},
	{typeScaleSet, "scale set"}, {typeFirewall, "firewall"}, {typeBastion, "Bastion"}, {typeWorkspace, "workspace"},
	{"Microsoft.Monitor/accounts", "Prometheus"}, {typeStorage, "storage"}, {typeTemplate, "image template"},
}

func (m *model) groupBoxes() []*box {
	b := &box{class: "zones", title: "Resource groups"}
	for _, group := range m.resourceGroups() {
		p := part{title: group, class: "plain", about: group}
		rest := 0
		for _, r := range m.byID {
			if strings.EqualFold(resourceid.Group(r.ID), group) && resourceid.Type(r.ID) != typeGroup {
				rest++
			}
		}
		for _, g := range grouped {
			for _, r := range m.of(g.armType) {
				if strings.EqualFold(resourceid.Group(r.ID), group) {
					p.lines = append(p.lines, "• "+g.word+" "+r.AzureName())
					rest--
				}
			}
		}
		p.note = fmt.Sprintf("%d more", rest)
		b.parts = append(b.parts, p)
	}
	if len(b.parts) == 0 {
		return nil
	}
	return []*box{b}
}

func (m *model) resourceGroups() []string {
	var found []string
	seen := map[string]bool{}
	for _, r := range m.export.Resources {
		if group := resourceid.Group(r.ID); group != "" && !seen[strings.ToLower(group)] {
			seen[strings.ToLower(group)] = true
			found = append(found, group)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return found
}
