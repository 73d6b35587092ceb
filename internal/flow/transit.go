package flow

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// overFirewall sends the packet through the firewall that a route names, and on to the destination. What other appliances do is not known.
func (a *attempt) overFirewall(hop nextHop, control string) Result {
	fw, layer, err := a.n.applianceAt(a.from.subnet, hop.addr)
	if layer == LayerAppliance {
		return a.leave(hop.by, hop.addr)
	}
	if err != nil {
		return a.drop(layer, control, hop.by, err.Error())
	}
	a.step(LayerRoute, control, hop.by, "the next hop is firewall "+fw.name)
	if a.to.firewall == fw {
		return a.toFirewallItself()
	}
	v := a.n.filter(fw, a.from, a.to, a.flow)
	if !v.allow {
		return a.drop(v.layer, fw.name, v.by, v.why)
	}
	a.step(v.layer, fw.name, v.by, v.why)
	if a.to.subnet == nil && isPublic(a.to.addr) {
		return a.accepted()
	}
	return a.beyondFirewall(fw, v.proxied)
}

// beyondFirewall delivers from the firewall to a private destination. What the firewall merely forwards keeps its source, and
// the destination's peering has to accept forwarded traffic (Azure documentation, "Create, change, or delete a virtual network
// peering"); what it proxies comes from the firewall.
func (a *attempt) beyondFirewall(fw *firewall, proxied bool) Result {
	if a.to.subnet == nil {
		return a.drop(LayerRoute, fw.name, "firewall/"+fw.name, "the firewall has no route to the destination")
	}
	here, there := fw.subnet.vnet, a.to.subnet.vnet
	if here != there {
		p := peeringBetween(here, there)
		if !p.open() {
			return a.drop(LayerPeering, p.name, p.by(), "the firewall cannot deliver: "+closedBecause(here, there))
		}
		if back := p.reverse; !proxied && !back.forwarded && a.from.subnet.vnet != here {
			return a.drop(LayerPeering, back.name, back.by(), fmt.Sprintf("%s does not allow traffic that firewall %s forwards", back.by(), fw.name))
		}
		a.step(LayerPeering, p.name, p.by(), "the firewall delivers over the peering")
	}
	if proxied {
		client := a.from
		a.from = fw.party()
		a.from.label = fmt.Sprintf("%s for %s", fw.name, client.label)
	}
	return a.arrive()
}

// toFirewallItself evaluates a packet to the firewall's private address, where only its DNS proxy and DNAT rules listen.
func (a *attempt) toFirewallItself() Result {
	fw := a.to.firewall
	if a.flow.Port == dnsPort && a.flow.Protocol != ICMP {
		if fw.policy.dns().proxy {
			return a.pass(LayerDNS, fw.name, "dns-proxy/"+fw.name, "the firewall's DNS proxy listens")
		}
		return a.drop(LayerFirewallDefault, fw.name, implicitDeny, fmt.Sprintf("the DNS proxy of firewall %s is off", fw.name))
	}
	return a.translate(fw)
}

// translate lets a packet for one of the firewall's own addresses in by DNAT rules only. The firewall puts its own address in
// the place of the source's (Azure documentation, "Azure Firewall SNAT private IP address ranges").
func (a *attempt) translate(fw *firewall) Result {
	c, r := a.n.firstRule(fw, natRule, a.from, a.to, a.flow)
	if r == nil {
		return a.drop(LayerFirewallDefault, fw.name, implicitDeny, fmt.Sprintf("no DNAT rule of firewall %s matches", fw.name))
	}
	addr := r.translated.addr
	if r.translated.fqdn != "" {
		found := a.n.firewallResolve(fw, r.translated.fqdn)
		if !found.Resolved {
			return a.drop(LayerDNS, fw.name, found.By, found.Reason)
		}
		addr = found.Addresses[0]
	}
	a.step(LayerFirewallNATRule, fw.name, c.name+"/"+r.name, fmt.Sprintf("the DNAT rule of firewall %s sends it to %s", fw.name, addr))
	a.to = a.n.placeAddress(addr, fw.subnet.vnet)
	if r.translated.port != 0 {
		a.flow.Port = r.translated.port
	}
	if a.to.firewall != nil {
		return a.drop(LayerPath, fw.name, "path/none", "the DNAT rule leads back to a firewall")
	}
	if a.to.subnet == nil && isPublic(addr) {
		return a.accepted()
	}
	return a.beyondFirewall(fw, true)
}

// PrivateLinkServiceAllowed says whether a private link service may take its addresses from a subnet: only while
// privateLinkServiceNetworkPolicies is Disabled. Azure Image Builder needs one there (README of
// mspnp/aks-jumpbox-imagebuilder).
func (n *Network) PrivateLinkServiceAllowed(subnetID string) Result {
	result := func(allowed bool, layer Layer, by, reason string) Result {
		hop := Hop{Layer: layer, Control: resourceid.Name(subnetID), Allowed: allowed, By: by, Reason: reason}
		return Result{Allowed: allowed, Layer: layer, By: by, Reason: reason, Hops: []Hop{hop}}
	}
	s := n.subnetByID(subnetID)
	if s == nil {
		return result(false, LayerPath, "endpoint/subnet", "a private link service cannot be placed: there is no subnet "+subnetID)
	}
	by := strings.Join([]string{s.name, "privateLinkServiceNetworkPolicies"}, "/")
	if s.privateLinkServiceNSG {
		return result(false, LayerPrivateLink, by,
			fmt.Sprintf("a private link service is refused in subnet %s: privateLinkServiceNetworkPolicies is not Disabled", s.name))
	}
	return result(true, LayerPrivateLink, by,
		fmt.Sprintf("a private link service may use subnet %s: privateLinkServiceNetworkPolicies is Disabled", s.name))
}
