package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

type routeTable struct {
	id, name string
	routes   []*userRoute
}

type userRoute struct {
	name    string
	prefix  netip.Prefix // not valid when the route is for a service tag
	tag     string
	hop     hopKind
	nextHop netip.Addr
}

// hopKind is a next hop type, in Azure's spelling.
type hopKind string

const (
	hopLocal     hopKind = "VnetLocal"
	hopPeering   hopKind = "VNetPeering"
	hopInternet  hopKind = "Internet"
	hopAppliance hopKind = "VirtualAppliance"
	hopGateway   hopKind = "VirtualNetworkGateway"
	hopNone      hopKind = "None"
)

var userHops = []hopKind{hopLocal, hopInternet, hopAppliance, hopGateway, hopNone}

// nextHop is where a subnet sends a packet, and the route that says so.
type nextHop struct {
	kind    hopKind
	by      string // <route table>/<route>, or system/<prefix>
	addr    netip.Addr
	peering *peering
}

func (b *builder) readRouteTable(r Resource, p properties) {
	t := &routeTable{id: r.ID, name: resourceid.Name(r.ID)}
	b.routeTables[resourceid.Key(r.ID)] = t
	for _, route := range p.objects("routes") {
		t.put(readUserRoute(route.text("name"), route))
	}
}

func (b *builder) readRoute(r Resource, p properties) {
	t := b.routeTables[resourceid.Key(resourceid.Parent(r.ID))]
	if t == nil {
		p.missing("id", "the route table of this route is not among the resources")
		return
	}
	t.put(readUserRoute(resourceid.Name(r.ID), p))
}

func (t *routeTable) put(r *userRoute) {
	t.routes = slices.DeleteFunc(t.routes, func(x *userRoute) bool { return strings.EqualFold(x.name, r.name) })
	t.routes = append(t.routes, r)
}

func readUserRoute(name string, p properties) *userRoute {
	r := &userRoute{name: name}
	destination := p.text("addressPrefix")
	if prefix, err := netip.ParsePrefix(destination); err == nil {
		r.prefix = prefix.Masked()
	} else if tagSyntax.MatchString(destination) {
		r.tag = destination
	} else {
		p.fail("addressPrefix", "%q is no prefix in CIDR notation and no service tag", destination)
	}
	hop := p.text("nextHopType")
	i := slices.IndexFunc(userHops, func(k hopKind) bool { return strings.EqualFold(string(k), hop) })
	if i < 0 {
		p.fail("nextHopType", "%q is no next hop type", hop)
		return r
	}
	r.hop = userHops[i]
	r.nextHop = p.addr("nextHopIpAddress", p.text("nextHopIpAddress"))
	if (r.hop == hopAppliance) != r.nextHop.IsValid() {
		p.fail("nextHopIpAddress", "an address is needed for next hop VirtualAppliance and for no other")
	}
	return r
}

// route picks the next hop of a packet: the longest prefix, and user-defined routes before system routes on a tie. A route for
// a service tag is longer than the default route and shorter than any other prefix.
func (n *Network) route(s *subnet, to party, skipUser bool) nextHop {
	best, bits := n.systemRoute(s, to.addr, skipUser)
	if s.routes == nil || skipUser {
		return best
	}
	for _, r := range s.routes.routes {
		length := r.prefix.Bits()
		switch {
		case r.tag != "":
			if length = 1; !n.inTag(r.tag, to, s) {
				continue
			}
		case !r.prefix.Contains(to.addr):
			continue
		}
		if length < bits || (length == bits && !best.system()) {
			continue
		}
		best, bits = nextHop{kind: r.hop, by: s.routes.name + "/" + r.name, addr: r.nextHop}, length
	}
	return best
}

func (h nextHop) system() bool { return strings.HasPrefix(h.by, systemRoutes) }

const systemRoutes = "system/"

func (n *Network) systemRoute(s *subnet, addr netip.Addr, skipUser bool) (nextHop, int) {
	var best nextHop
	bits := -1
	consider := func(prefixes []netip.Prefix, kind hopKind, p *peering) {
		for _, prefix := range prefixes {
			if prefix.Contains(addr) && prefix.Bits() > bits {
				best, bits = nextHop{kind: kind, by: systemRoutes + prefix.String(), peering: p}, prefix.Bits()
			}
		}
	}
	consider(s.vnet.prefixes, hopLocal, nil)
	for _, p := range s.vnet.peerings {
		if p.connected() {
			consider(p.remote.prefixes, hopPeering, p)
		}
	}
	// A default route of one's own also carries private destinations that no other route knows: that is what lets a spoke
	// reach another spoke through the hub with 0.0.0.0/0 alone.
	if skipUser || !s.routes.hasDefault() {
		consider(privateRanges, hopNone, nil)
	}
	consider([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}, hopInternet, nil)
	return best, bits
}

func (t *routeTable) hasDefault() bool {
	return t != nil && slices.ContainsFunc(t.routes, func(r *userRoute) bool { return r.prefix.IsValid() && r.prefix.Bits() == 0 })
}

// applianceAt finds the firewall behind a route's next hop address. An appliance must be in the subnet's own network or in one
// peered directly with it: a next hop is not itself routed. The layer names the obstacle, or is LayerAppliance if something else has the address.
func (n *Network) applianceAt(s *subnet, addr netip.Addr) (*firewall, Layer, error) {
	var unreachable error
	layer := LayerRoute
	for _, fw := range n.firewalls {
		if fw.addr != addr {
			continue
		}
		there := fw.subnet.vnet
		if there == s.vnet {
			return fw, "", nil
		}
		p := peeringBetween(s.vnet, there)
		if p.open() {
			return fw, "", nil
		}
		layer, unreachable = LayerPeering, fmt.Errorf("next hop %s is firewall %s, and %s", addr, fw.name, closedBecause(s.vnet, there))
	}
	if there := n.subnetOf(addr, s.vnet); unreachable == nil && n.owned[addr] && !n.endpoints[addr] && there != nil {
		if why := closedBecause(s.vnet, there.vnet); there.vnet == s.vnet || why == "" {
			return nil, LayerAppliance, nil
		} else {
			layer, unreachable = LayerPeering, fmt.Errorf("next hop %s is an appliance in %s, and %s", addr, there.name, why)
		}
	}
	if unreachable == nil {
		unreachable = fmt.Errorf("no firewall has the next hop address %s", addr)
	}
	return nil, layer, unreachable
}

// peeringBetween finds the side that is in from, a closed one without a remote if there is none.
func peeringBetween(from, to *vnet) *peering {
	for _, p := range from.peerings {
		if p.remoteID == resourceid.Key(to.id) {
			return p
		}
	}
	return &peering{local: from, name: "none", remoteID: resourceid.Key(to.id)}
}

// closedBecause says why two networks cannot talk directly; empty when they can.
func closedBecause(from, to *vnet) string {
	p, back := peeringBetween(from, to), peeringBetween(to, from)
	switch {
	case p.open():
		return ""
	case p.id == "" && back.id == "":
		return fmt.Sprintf("%s is not peered with %s", from.name, to.name)
	case p.id == "":
		return fmt.Sprintf("%s is peered one way only: the side in %s is missing", back.by(), from.name)
	case back.id == "":
		return fmt.Sprintf("%s is peered one way only: the side in %s is missing", p.by(), to.name)
	case !p.access:
		return fmt.Sprintf("%s does not allow virtual network access", p.by())
	}
	return fmt.Sprintf("%s does not allow virtual network access", back.by())
}
