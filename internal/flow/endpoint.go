package flow

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// Protocol is a transport protocol of a flow.
type Protocol string

// Protocols a flow can use. ICMP flows carry no port.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	ICMP Protocol = "ICMP"
)

// AppProtocol is what an Azure Firewall application rule recognises in a TCP flow.
type AppProtocol string

// Application protocols of Azure Firewall rules.
const (
	HTTP  AppProtocol = "Http"
	HTTPS AppProtocol = "Https"
	MSSQL AppProtocol = "Mssql"
)

// Flow is one attempt to connect. It lists the initiating side only: all the controls are stateful.
type Flow struct {
	From     Endpoint
	To       Endpoint
	Protocol Protocol
	Port     uint16      // destination port, ignored for ICMP
	App      AppProtocol // what the firewall recognises; empty: HTTPS on TCP 443, HTTP on TCP 80, else nothing
	// SourcePort is the initiator's port; 0 stands for an ephemeral one.
	SourcePort uint16
}

// ephemeralPort stands for the source port of a flow that names none (first port of the IANA dynamic range).
const ephemeralPort = 49152

func (f Flow) sourcePort() uint16 {
	if f.SourcePort == 0 {
		return ephemeralPort
	}
	return f.SourcePort
}

func (f Flow) app() AppProtocol {
	switch {
	case f.Protocol != TCP:
		return ""
	case f.App != "":
		return f.App
	case f.Port == 443:
		return HTTPS
	case f.Port == 80:
		return HTTP
	}
	return ""
}

// what names a flow's protocol and port as an operator would.
func (f Flow) what() string {
	if f.Protocol == ICMP {
		return string(f.Protocol)
	}
	return fmt.Sprintf("%s %d", f.Protocol, f.Port)
}

type endpointKind int

const (
	unsetEndpoint endpointKind = iota
	subnetEndpoint
	privateLinkEndpoint
	privateEndpointEndpoint
	addressEndpoint
	hostEndpoint
	tagEndpoint
	publicIPEndpoint
)

// Endpoint is one end of a flow; use the constructors.
type Endpoint struct {
	kind endpointKind
	name string
	addr netip.Addr
	nth  int
}

// Subnet stands for any machine of a subnet, by its full ARM id: the first usable address that no resource holds (the fourth
// after the prefix's base at the earliest, since Azure keeps the first four and the last). From a subnet to itself, the two
// ends are two machines.
func Subnet(id string) Endpoint { return Endpoint{kind: subnetEndpoint, name: id} }

// SubnetHost stands for the n-th usable address of a subnet, counted from 1.
func SubnetHost(id string, n int) Endpoint {
	return Endpoint{kind: subnetEndpoint, name: id, nth: max(n, 1)}
}

// PrivateLinkNIC stands for the NIC of a private link service in a subnet. NSGs do not apply to it while the subnet's
// privateLinkServiceNetworkPolicies is Disabled.
func PrivateLinkNIC(subnetID string) Endpoint {
	return Endpoint{kind: privateLinkEndpoint, name: subnetID}
}

// PrivateEndpointNIC stands for the NIC of a private endpoint in a subnet. NSGs apply to it only while the subnet's
// privateEndpointNetworkPolicies is Enabled or NetworkSecurityGroupEnabled, routes only while it is Enabled or RouteTableEnabled.
func PrivateEndpointNIC(subnetID string) Endpoint {
	return Endpoint{kind: privateEndpointEndpoint, name: subnetID}
}

// Address stands for an IP address, private or public. It is located in a subnet if one holds it, and is a firewall or a private
// endpoint if that owns it.
func Address(a netip.Addr) Endpoint { return Endpoint{kind: addressEndpoint, addr: a.Unmap()} }

// Host stands for a DNS name, as a destination only; it is resolved with the source's DNS servers first. A leading "*" label
// is taken literally and so stands for some name that only wildcard rules cover.
func Host(name string) Endpoint {
	if a, err := netip.ParseAddr(name); err == nil {
		return Address(a)
	}
	return Endpoint{kind: hostEndpoint, name: strings.ToLower(strings.TrimSuffix(name, "."))}
}

// Tag stands for some address of a service tag: Internet (a public address that is not Azure's, 203.0.113.10),
// AzureLoadBalancer (168.63.129.16), GatewayManager, AzureCloud, Storage, a regional form such as AzureCloud.eastus2, ...
func Tag(name string) Endpoint { return Endpoint{kind: tagEndpoint, name: name} }

// PublicIP stands for a deployed Microsoft.Network/publicIPAddresses resource, by its full ARM id, as a destination from outside.
func PublicIP(id string) Endpoint { return Endpoint{kind: publicIPEndpoint, name: id} }

// party is an endpoint placed in the network.
type party struct {
	label    string
	addr     netip.Addr
	host     string
	tags     []string // Azure service tags that the address belongs to
	subnet   *subnet
	firewall *firewall // set when the address is the firewall's private address
	public   *publicIP
	platform bool // reaches machines over the platform rather than over a public address
	skipNSG  bool
	skipUDR  bool
}

// String names the party in the reasons of results.
func (p party) String() string {
	if p.label == p.addr.String() || !p.addr.IsValid() {
		return p.label
	}
	return fmt.Sprintf("%s (%s)", p.label, p.addr)
}

// usable is the n-th usable address of a subnet's first prefix, counted from 1.
func (s *subnet) usable(n int) (netip.Addr, error) {
	if len(s.prefixes) == 0 {
		return netip.Addr{}, fmt.Errorf("subnet %s has no address prefix", s.name)
	}
	prefix := s.prefixes[0]
	addr := prefix.Addr()
	for range n + 3 {
		addr = addr.Next()
	}
	// The last address of the prefix is Azure's as well, so the one after must still be inside.
	if !addr.IsValid() || !prefix.Contains(addr) || !prefix.Contains(addr.Next()) {
		return netip.Addr{}, fmt.Errorf("subnet %s has no usable address number %d in %s", s.name, n, prefix)
	}
	return addr, nil
}

// free is the first usable address that no resource holds, other than the given ones.
func (n *Network) free(s *subnet, except ...netip.Addr) (netip.Addr, error) {
	for i := 1; ; i++ {
		addr, err := s.usable(i)
		if err != nil {
			return addr, err
		}
		if !n.owned[addr] && !slices.Contains(except, addr) {
			return addr, nil
		}
	}
}

// place locates an endpoint other than a host name; peer is the address of the other end, near the network to look in first.
func (n *Network) place(e Endpoint, peer netip.Addr, near *vnet) (party, error) {
	switch e.kind {
	case subnetEndpoint, privateLinkEndpoint, privateEndpointEndpoint:
		return n.placeInSubnet(e, peer)
	case addressEndpoint:
		if !e.addr.IsValid() {
			return party{}, fmt.Errorf("the address is not valid")
		}
		return n.placeAddress(e.addr, near), nil
	case tagEndpoint:
		return placeTag(e.name)
	case publicIPEndpoint:
		ip := n.publicIPs[resourceid.Key(e.name)]
		if ip == nil {
			return party{}, fmt.Errorf("there is no public IP address %s", e.name)
		}
		addr := ip.addr
		if !addr.IsValid() {
			addr = syntheticAddress(resourceid.Key(e.name))
		}
		return party{label: ip.name, addr: addr, public: ip}, nil
	case hostEndpoint:
		return party{}, fmt.Errorf("host name %s can only be a destination of a machine in a subnet", e.name)
	}
	return party{}, fmt.Errorf("the endpoint is not set")
}

func (n *Network) placeInSubnet(e Endpoint, peer netip.Addr) (party, error) {
	s := n.subnetByID(e.name)
	if s == nil {
		return party{}, fmt.Errorf("there is no subnet %s", e.name)
	}
	p := party{label: s.name, subnet: s}
	var err error
	if e.nth > 0 {
		p.addr, err = s.usable(e.nth)
	} else {
		p.addr, err = n.free(s, peer)
	}
	switch e.kind {
	case privateLinkEndpoint:
		p.label = "a private link NIC in " + s.name
		p.skipNSG = !s.privateLinkServiceNSG
	case privateEndpointEndpoint:
		p.label = "a private endpoint in " + s.name
		p.asPrivateEndpoint()
	}
	return p, err
}

// asPrivateEndpoint exempts a private endpoint's NIC from what its subnet's privateEndpointNetworkPolicies leave out.
func (p *party) asPrivateEndpoint() {
	policies := strings.ToLower(p.subnet.privateEndpointPolicies)
	p.skipNSG = policies != "enabled" && policies != "networksecuritygroupenabled"
	p.skipUDR = policies != "enabled" && policies != "routetableenabled"
}

func (n *Network) placeAddress(addr netip.Addr, near *vnet) party {
	p := party{label: addr.String(), addr: addr, platform: addr == platformAddress}
	if p.subnet = n.subnetOf(addr, near); p.subnet != nil {
		p.label = p.subnet.name
		if n.endpoints[addr] {
			p.label = "a private endpoint in " + p.subnet.name
			p.asPrivateEndpoint()
		}
		for _, fw := range n.firewalls {
			if fw.addr == addr && fw.subnet == p.subnet {
				p.firewall, p.label = fw, fw.name
			}
		}
		return p
	}
	for _, ip := range n.publicIPs {
		if ip.addr == addr {
			p.public, p.label = ip, ip.name
		}
	}
	return p
}
