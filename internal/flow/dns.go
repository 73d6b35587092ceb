package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// Resolution is what a machine learns when it looks a name up.
type Resolution struct {
	Name      string
	Resolved  bool
	Addresses []netip.Addr // not empty when resolved; of public names one synthetic address in 198.18.0.0/15
	Private   bool         // a private DNS zone answered
	By        string       // zone or resolver that answered ("azure-dns" for public names), or the control that blocks the query
	Reason    string       // one sentence for operators
	Hops      []Hop        // controls that the query met on its way to the DNS server
}

// azureDNS names the platform's resolver, which every network uses that sets no DNS servers.
const azureDNS = "azure-dns"

const dnsPort = 53

// privateLinkZones maps public suffixes to the zones that private endpoints register in: once an endpoint exists, the public
// name is an alias into that zone (Azure documentation, "Azure Private Endpoint private DNS zone values").
var privateLinkZones = []struct{ public, zone string }{
	{".vault.azure.net", "privatelink.vaultcore.azure.net"},
	{".azurecr.io", "privatelink.azurecr.io"},
	{".blob.core.windows.net", "privatelink.blob.core.windows.net"},
}

func (b *builder) readZone(r Resource, _ properties) {
	b.zones[resourceid.Key(r.ID)] = &zone{
		name: strings.ToLower(resourceid.Name(r.ID)), records: map[string][]netip.Addr{}, aliases: map[string]string{},
	}
}

func (b *builder) readZoneLink(r Resource, p properties) {
	z := b.zones[resourceid.Key(resourceid.Parent(r.ID))]
	if z == nil {
		p.missing("id", "the private DNS zone of this link is not among the resources")
		return
	}
	v := b.vnets[p.ref("virtualNetwork")]
	if v == nil {
		p.missing("virtualNetwork.id", "%s is not among the resources", p.ref("virtualNetwork"))
		return
	}
	v.zoneLinks = append(v.zoneLinks, zoneLink{z, strings.EqualFold(p.text("resolutionPolicy"), "NxDomainRedirect")})
}

func (b *builder) readRecordSet(r Resource, p properties) {
	z := b.zones[resourceid.Key(resourceid.Parent(r.ID))]
	if z == nil {
		p.missing("id", "the private DNS zone of this record is not among the resources")
		return
	}
	name := strings.ToLower(resourceid.Name(r.ID))
	for _, a := range p.objects("aRecords") {
		if addr := a.addr("ipv4Address", a.text("ipv4Address")); addr.IsValid() {
			z.records[name] = append(z.records[name], addr)
		}
	}
	if alias := p.object("cnameRecord").text("cname"); alias != "" {
		z.aliases[name] = strings.ToLower(strings.TrimSuffix(alias, "."))
	}
}

// readZoneGroup reads the records that a private endpoint keeps in its zones.
func (b *builder) readZoneGroup(_ Resource, p properties) {
	for _, c := range p.objects("privateDnsZoneConfigs") {
		z := b.zones[resourceid.Key(c.text("privateDnsZoneId"))]
		if z == nil {
			c.missing("privateDnsZoneId", "%s is not among the resources", c.text("privateDnsZoneId"))
			continue
		}
		for _, set := range c.objects("recordSets") {
			name := strings.ToLower(set.text("recordSetName"))
			for _, ip := range set.texts("ipAddresses") {
				z.records[name] = append(z.records[name], set.addr("ipAddresses", ip))
			}
		}
	}
}

// apiServers ends the public name of an API server, by which AKS publishes the private address of a private cluster without a zone (Azure document
// "Create a private AKS cluster").
const apiServers = ".azmk8s.io"

// readPublishedNames reads the public names of private endpoints. Other services publish none.
func (b *builder) readPublishedNames(_ Resource, p properties) {
	for _, c := range p.objects("customDnsConfigs") {
		name := strings.ToLower(c.text("fqdn"))
		if !strings.HasSuffix(name, apiServers) || strings.Contains(name, ".privatelink.") {
			continue
		}
		for _, ip := range c.texts("ipAddresses") {
			b.published[name] = append(b.published[name], c.addr("ipAddresses", ip))
		}
	}
}

// Resolve looks a name up as a machine in that subnet would: with the network's DNS servers, which have to be reachable on UDP
// port 53, or with the platform's resolver and the private zones linked to the network.
func (n *Network) Resolve(subnetID, name string) Resolution {
	s := n.subnetByID(subnetID)
	if s == nil {
		return Resolution{Name: name, By: "endpoint", Reason: fmt.Sprintf("%s cannot be resolved: there is no subnet %s", name, subnetID)}
	}
	return n.resolveFrom(s, Subnet(s.id), name)
}

// ResolvePlatform looks a name up with the platform's resolver and the private zones linked to the subnet's own network, whatever
// DNS servers that network names. Application Gateway reads Key Vault that way (Azure documentation, "TLS termination with Key
// Vault certificates").
func (n *Network) ResolvePlatform(subnetID, name string) Resolution {
	s := n.subnetByID(subnetID)
	if s == nil {
		return Resolution{Name: name, By: "endpoint", Reason: fmt.Sprintf("%s cannot be resolved: there is no subnet %s", name, subnetID)}
	}
	return n.platformResolve(s.vnet, strings.ToLower(strings.TrimSuffix(name, ".")))
}

func (n *Network) resolveFrom(s *subnet, client Endpoint, name string) Resolution {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if len(s.vnet.dnsServers) == 0 {
		return n.platformResolve(s.vnet, name)
	}
	var blocked *Resolution
	for _, server := range s.vnet.dnsServers {
		if server == platformAddress {
			return n.platformResolve(s.vnet, name)
		}
		query := n.Check(Flow{From: client, To: Address(server), Protocol: UDP, Port: dnsPort})
		if !query.Blocked() {
			answer := n.answer(s.vnet, server, name)
			answer.Hops = query.Hops
			return answer
		}
		if blocked == nil {
			blocked = &Resolution{
				Name: name, By: query.By, Hops: query.Hops,
				Reason: fmt.Sprintf("name resolution of %s is blocked: %s", name, query.Reason),
			}
		}
	}
	return *blocked
}

// answer is what a reachable DNS server says. A server that is no firewall is taken for a forwarder to the platform's resolver
// of its own network, or for a public resolver when its address is public.
func (n *Network) answer(client *vnet, server netip.Addr, name string) Resolution {
	p := n.placeAddress(server, client)
	if p.firewall != nil {
		return n.firewallResolve(p.firewall, name)
	}
	if p.subnet != nil {
		return n.platformResolve(p.subnet.vnet, name)
	}
	return n.publicResolve(name)
}

// firewallResolve looks a name up as the firewall's DNS proxy does: with the servers of its policy, or with the platform's
// resolver; the DNS servers of its virtual network do not count (Azure documentation, "Azure Firewall DNS settings").
func (n *Network) firewallResolve(fw *firewall, name string) Resolution {
	servers := fw.policy.dns().dnsServers
	if len(servers) == 0 || slices.Contains(servers, platformAddress) {
		return n.platformResolve(fw.subnet.vnet, name)
	}
	for _, server := range servers {
		p := n.placeAddress(server, fw.subnet.vnet)
		switch {
		case p.firewall != nil:
			continue // a firewall that asks itself, or another one, gets no answer of its own
		case p.subnet == nil && isPublic(server):
			return n.publicResolve(name)
		case p.subnet != nil && n.firewallReaches(fw, p):
			return n.platformResolve(p.subnet.vnet, name)
		}
	}
	return Resolution{
		Name: name, By: fw.name,
		Reason: fmt.Sprintf("name resolution of %s fails: firewall %s reaches none of the DNS servers in its policy", name, fw.name),
	}
}

// firewallReaches says whether the firewall's own DNS queries arrive at a server in a subnet.
func (n *Network) firewallReaches(fw *firewall, server party) bool {
	if server.subnet.vnet != fw.subnet.vnet && closedBecause(fw.subnet.vnet, server.subnet.vnet) != "" {
		return false
	}
	if server.subnet.nsg == nil {
		return true
	}
	rule, _ := n.judge(server.subnet, inbound, fw.party(), server, Flow{Protocol: UDP, Port: dnsPort})
	return rule.allow
}

// aliasLimit bounds chains of aliases.
const aliasLimit = 8

// platformResolve asks the platform's resolver of a network: the private zones linked to it, then public DNS. A private zone
// that covers a name answers for it even without a record.
func (n *Network) platformResolve(v *vnet, name string) Resolution {
	asked := name
	for range aliasLimit {
		link := v.zoneFor(name)
		if link.zone == nil {
			alias := n.privateLinkAlias(name)
			if alias == "" || v.zoneFor(alias).zone == nil {
				return n.publicResolve(asked)
			}
			name = alias
			continue
		}
		relative := link.zone.relative(name)
		if addrs := link.zone.lookup(relative); len(addrs) > 0 {
			return Resolution{
				Name: asked, Resolved: true, Private: true, Addresses: addrs, By: link.zone.name,
				Reason: fmt.Sprintf("%s resolves to %s in private DNS zone %s", asked, addrs[0], link.zone.name),
			}
		}
		if alias := link.zone.aliases[relative]; alias != "" {
			name = alias
			continue
		}
		if link.fallback {
			return n.publicResolve(asked)
		}
		return Resolution{
			Name: asked, Private: true, By: link.zone.name,
			Reason: fmt.Sprintf("name resolution of %s fails: private DNS zone %s, linked to %s, has no record for %s",
				asked, link.zone.name, v.name, name),
		}
	}
	return Resolution{Name: asked, By: azureDNS, Reason: fmt.Sprintf("name resolution of %s fails: too many aliases", asked)}
}

func (n *Network) publicResolve(name string) Resolution {
	if addresses := n.published[name]; len(addresses) > 0 {
		return Resolution{
			Name: name, Resolved: true, Addresses: addresses, By: azureDNS,
			Reason: fmt.Sprintf("%s resolves publicly to the private address %s", name, addresses[0]),
		}
	}
	addr := syntheticAddress(name)
	return Resolution{
		Name: name, Resolved: true, Addresses: []netip.Addr{addr}, By: azureDNS,
		Reason: fmt.Sprintf("%s resolves publicly to %s", name, addr),
	}
}

// privateLinkAlias is the name in a private link zone that a public name points to since a private endpoint registered it.
func (n *Network) privateLinkAlias(name string) string {
	for _, p := range privateLinkZones {
		relative, ok := strings.CutSuffix(name, p.public)
		if !ok {
			continue
		}
		for _, z := range n.zones {
			if z.name == p.zone && len(z.records[relative]) > 0 {
				return relative + "." + p.zone
			}
		}
	}
	return ""
}
