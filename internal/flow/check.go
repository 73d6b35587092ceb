package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Layer is a kind of control on the path of a packet.
type Layer string

// Layers, in the order in which a packet meets them.
const (
	LayerDNS                     Layer = "dns"                       // the destination's name does not resolve
	LayerNSGOut                  Layer = "nsg-outbound"              // the source subnet's network security group
	LayerRoute                   Layer = "route"                     // the source subnet's effective routes, or its lack of an outbound path
	LayerPeering                 Layer = "peering"                   // a virtual network peering
	LayerFirewallNATRule         Layer = "firewall-nat-rule"         // a DNAT rule of the firewall's policy
	LayerFirewallNetworkRule     Layer = "firewall-network-rule"     // a network rule of the firewall's policy
	LayerFirewallApplicationRule Layer = "firewall-application-rule" // an application rule of the firewall's policy
	LayerFirewallDefault         Layer = "firewall-default"          // no rule matched: firewall/implicit-deny
	LayerAppliance               Layer = "appliance"                 // the path leads on to an appliance that is no Azure Firewall: see Result.Leaves
	LayerNSGIn                   Layer = "nsg-inbound"               // the destination subnet's network security group
	LayerPath                    Layer = "path"                      // there is no such endpoint, or nothing leads to it
	LayerPrivateLink             Layer = "private-link"              // the subnet's private link service policies
)

// rules says whether a layer decides by configured rules, so that it names an allowed flow.
func (l Layer) rules() bool {
	switch l {
	case LayerNSGOut, LayerNSGIn, LayerFirewallNATRule, LayerFirewallNetworkRule, LayerFirewallApplicationRule:
		return true
	}
	return false
}

// Hop is one control that a flow met.
type Hop struct {
	Layer   Layer
	Control string // name of the network security group, route table, peering, firewall or DNS server
	Allowed bool
	By      string // deciding rule, in the form of Result.By
	Reason  string
}

// Result is the verdict on a flow.
type Result struct {
	Allowed bool
	// Layer is the control that decided: the one that drops the packet, or the last rule that lets it pass.
	Layer Layer
	// By is the deciding rule: "<nsg>/<rule>", "default/<platform rule>", "<rule collection>/<rule>", "firewall/implicit-deny",
	// "<route table>/<route>", "system/<prefix>", "<virtual network>/<peering>", a DNS zone, or what the path lacks.
	By string
	// Reason is one sentence for operators: what was allowed or denied, from where to where, by which control.
	Reason string
	// Hops are all controls met, in path order.
	Hops []Hop
}

// Leaves reports whether a flow leaves what can be evaluated: it gets as far as an appliance that other people run, and what that lets through
// is not known. Such a flow is not Allowed, and nothing here denies it.
func (r Result) Leaves() bool { return r.Layer == LayerAppliance }

// Blocked reports whether a control denies a flow.
func (r Result) Blocked() bool { return !r.Allowed && !r.Leaves() }

// attempt is a flow on its way.
type attempt struct {
	n        *Network
	flow     Flow
	from, to party
	hops     []Hop
}

// Check evaluates a flow. A flow that cannot be evaluated, because an endpoint names something that does not exist, is denied
// at LayerPath.
func (n *Network) Check(f Flow) Result {
	a := &attempt{n: n, flow: f}
	var err error
	if a.from, err = n.place(f.From, netip.Addr{}, nil); err != nil {
		return a.misplaced("source", err)
	}
	var near *vnet
	if a.from.subnet != nil {
		near = a.from.subnet.vnet
	}
	if f.To.kind == hostEndpoint && near != nil {
		return a.toHost(near)
	}
	if a.to, err = n.place(f.To, a.from.addr, near); err != nil {
		return a.misplaced("destination", err)
	}
	return a.run()
}

func (a *attempt) misplaced(which string, err error) Result {
	reason := fmt.Sprintf("%s cannot be evaluated: the %s is unknown: %v", a.flow.what(), which, err)
	hop := Hop{Layer: LayerPath, By: "endpoint/" + which, Reason: reason}
	return Result{Layer: hop.Layer, By: hop.By, Reason: reason, Hops: []Hop{hop}}
}

func (a *attempt) toHost(near *vnet) Result {
	name := a.flow.To.name
	r := a.n.resolveFrom(a.from.subnet, a.flow.From, name)
	a.hops = append(a.hops, Hop{Layer: LayerDNS, Control: r.By, Allowed: r.Resolved, By: r.By, Reason: r.Reason})
	if !r.Resolved {
		return Result{Layer: LayerDNS, By: r.By, Reason: r.Reason, Hops: a.hops}
	}
	a.to = a.n.placeAddress(r.Addresses[0], near)
	a.to.host, a.to.label = name, name
	if !r.Private {
		a.to.tags = tagsOfHost(name)
	} else if a.to.subnet != nil && strings.HasPrefix(r.By, "privatelink.") {
		a.to.asPrivateEndpoint()
	}
	return a.run()
}

func (a *attempt) run() Result {
	if a.from.subnet == nil {
		return a.fromOutside()
	}
	if a.to.addr == platformAddress || a.to.addr == metadataAddress {
		return a.pass(LayerPath, "", "platform/"+a.to.addr.String(), "the platform's own address is exempt from security groups and routes")
	}
	if out := a.leaveSubnet(); out != nil {
		return *out
	}
	hop := a.n.route(a.from.subnet, a.to, a.from.skipUDR)
	control := "system routes"
	if !hop.system() {
		control = a.from.subnet.routes.name
	}
	switch hop.kind {
	case hopLocal:
		if a.from.subnet.vnet.holds(a.to.addr) {
			a.step(LayerRoute, control, hop.by, "the destination is in the same virtual network")
			return a.arrive()
		}
		return a.drop(LayerRoute, control, hop.by, "the next hop is the virtual network, which does not hold the destination")
	case hopPeering:
		return a.overPeering(hop, control)
	case hopAppliance:
		return a.overFirewall(hop, control)
	case hopInternet:
		return a.toInternet(hop, control)
	case hopGateway:
		return a.drop(LayerRoute, control, hop.by, "the next hop is a virtual network gateway and there is none")
	}
	if why := a.halfPeered(); why != "" {
		return a.drop(LayerPeering, control, hop.by, "no route leads there because "+why)
	}
	return a.drop(LayerRoute, control, hop.by, "the next hop is None, which drops the packet")
}

func (a *attempt) overPeering(hop nextHop, control string) Result {
	a.step(LayerRoute, control, hop.by, "the destination is in a peered virtual network")
	if !hop.peering.open() {
		return a.drop(LayerPeering, hop.peering.name, hop.peering.by(), closedBecause(hop.peering.local, hop.peering.remote))
	}
	a.step(LayerPeering, hop.peering.name, hop.peering.by(), "both sides of the peering allow access")
	return a.arrive()
}

func (a *attempt) toInternet(hop nextHop, control string) Result {
	s := a.from.subnet
	if !isPublic(a.to.addr) {
		if why := a.halfPeered(); why != "" {
			return a.drop(LayerPeering, control, hop.by, "no route leads there because "+why)
		}
		return a.drop(LayerRoute, control, hop.by, "the next hop is the internet, which does not carry private addresses")
	}
	var path string
	switch {
	case s.exposedBy != "":
		path = "the public IP address of " + s.exposedBy
	case s.natGateway:
		path = "the NAT gateway of " + s.name
	case s.defaultOutbound:
		path = "default outbound access"
	default:
		return a.drop(LayerRoute, control, hop.by, "no outbound path: default outbound access is off in "+s.name+" and it has no NAT gateway")
	}
	return a.pass(LayerRoute, control, hop.by, "it leaves over "+path)
}

// halfPeered explains a missing route to a destination in a network that is peered one way only.
func (a *attempt) halfPeered() string {
	there := a.n.vnetOf(a.to.addr, a.from.subnet.vnet)
	if there == nil || there == a.from.subnet.vnet {
		return ""
	}
	p, back := peeringBetween(a.from.subnet.vnet, there), peeringBetween(there, a.from.subnet.vnet)
	if p.id == "" && back.id == "" {
		return ""
	}
	return closedBecause(a.from.subnet.vnet, there)
}

// arrive delivers to the destination's subnet.
func (a *attempt) arrive() Result {
	if a.to.firewall != nil {
		return a.toFirewallItself()
	}
	if a.to.subnet == nil {
		return a.drop(LayerPath, "", "address/"+a.to.addr.String(), "no subnet holds the destination")
	}
	if r := a.enterSubnet(); r != nil {
		return *r
	}
	return a.accepted()
}

// fromOutside evaluates what comes from the internet, an unconnected network or the platform.
func (a *attempt) fromOutside() Result {
	if a.to.public != nil {
		if fw := a.to.public.firewall; fw != nil {
			return a.translate(fw)
		}
		if a.to.public.subnet == nil {
			return a.drop(LayerPath, "", "public-ip/"+a.to.public.name, "no resource uses the public IP address")
		}
		inside := a.to.public.subnet
		addr, err := a.n.free(inside)
		if err != nil {
			return a.misplaced("destination", err)
		}
		a.to = party{label: a.to.label, addr: addr, subnet: inside}
	}
	if a.to.subnet == nil {
		return a.drop(LayerPath, "", "path/outside", "neither end is in this network")
	}
	if a.to.firewall != nil {
		return a.drop(LayerPath, "", "path/none", "a firewall's private address cannot be reached from outside")
	}
	if r := a.enterSubnet(); r != nil {
		return *r
	}
	switch s := a.to.subnet; {
	case a.from.platform:
		return a.pass(LayerPath, "", "platform/"+a.from.label, "the platform reaches machines directly")
	case s.exposedBy != "" && (isPublic(a.from.addr) || len(a.from.tags) > 0):
		return a.pass(LayerPath, "", "public-ip/"+s.exposedBy, "it comes in over the public address of "+s.exposedBy)
	}
	return a.drop(LayerPath, "", "path/none", "no public IP and no DNAT leads there")
}

// step records a control that lets the packet go on.
func (a *attempt) step(layer Layer, control, by, why string) {
	a.hops = append(a.hops, Hop{Layer: layer, Control: control, Allowed: true, By: by, Reason: a.sentence("allowed", layer, by, why)})
}

// drop ends the flow at a control.
func (a *attempt) drop(layer Layer, control, by, why string) Result {
	reason := a.sentence("denied", layer, by, why)
	a.hops = append(a.hops, Hop{Layer: layer, Control: control, By: by, Reason: reason})
	return Result{Layer: layer, By: by, Reason: reason, Hops: a.hops}
}

// leave ends the flow at an appliance.
func (a *attempt) leave(by string, appliance netip.Addr) Result {
	reason := fmt.Sprintf("%s from %s to %s leaves to the appliance at %s by %s: what that lets through is not known", a.flow.what(), a.from, a.to,
		appliance, by)
	a.hops = append(a.hops, Hop{Layer: LayerAppliance, Control: appliance.String(), By: by, Reason: reason})
	return Result{Layer: LayerAppliance, By: by, Reason: reason, Hops: a.hops}
}

// pass records the last control of an allowed flow.
func (a *attempt) pass(layer Layer, control, by, why string) Result {
	a.step(layer, control, by, why)
	return a.accepted()
}

// accepted names the last rule that let the flow pass, or the last control of any kind where no rules were met.
func (a *attempt) accepted() Result {
	decider := a.hops[len(a.hops)-1]
	for _, h := range slices.Backward(a.hops) {
		if h.Layer.rules() {
			decider = h
			break
		}
	}
	return Result{Allowed: true, Layer: decider.Layer, By: decider.By, Reason: decider.Reason, Hops: a.hops}
}

func (a *attempt) sentence(verb string, layer Layer, by, why string) string {
	return fmt.Sprintf("%s from %s to %s is %s by %s %s: %s", a.flow.what(), a.from, a.to, verb, layer, by, why)
}
