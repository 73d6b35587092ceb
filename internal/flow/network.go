// Package flow decides whether a packet may travel through a set of deployed Azure network resources. It evaluates network
// security groups, routes, peerings, Azure Firewall Policy and DNS in the order in which Azure applies them, and says which
// control decided. It knows nothing about how the resources were deployed.
package flow

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// Resource is one deployed Azure resource, as azure-native registers it: properties flattened, without a "properties" level.
type Resource struct {
	Type       string         // ARM type such as "Microsoft.Network/virtualNetworks", compared without regard to case
	ID         string         // full ARM id, compared without regard to case
	Properties map[string]any // JSON-like: map[string]any, []any, string, float64, bool; camelCase names
}

// Options are the readings of Azure's behaviour that a caller can choose between.
type Options struct {
	// WideVirtualNetworkTag folds the prefixes of user-defined routes into the VirtualNetwork tag, as Azure may do (a subnet
	// routed 0.0.0.0/0 to a firewall then sees the tag as everything). By default the tag is strict: the address space of the
	// network itself and of the networks peered with it.
	WideVirtualNetworkTag bool
	// InfrastructureFQDNs are host names, wildcards allowed, that Azure Firewall lets through after its own rules. Microsoft
	// documents the purposes (platform images, disk status, diagnostics) but no host names, so none are built in.
	InfrastructureFQDNs []string
}

// Network is an evaluated set of resources. It does not change after New and is safe for concurrent use.
type Network struct {
	opts      Options
	vnets     map[string]*vnet
	subnets   map[string]*subnet
	firewalls []*firewall
	publicIPs map[string]*publicIP
	zones     map[string]*zone
	owned     map[netip.Addr]bool // private addresses that some resource holds
	endpoints map[netip.Addr]bool // those of them that are private endpoints
	// published are public names of private addresses.
	published map[string][]netip.Addr
}

type vnet struct {
	id, name   string
	prefixes   []netip.Prefix
	dnsServers []netip.Addr
	subnets    []*subnet
	peerings   []*peering
	zoneLinks  []zoneLink
}

func (v *vnet) holds(addr netip.Addr) bool { return contains(v.prefixes, addr) }

type subnet struct {
	id, name                string
	vnet                    *vnet
	prefixes                []netip.Prefix
	nsg                     *nsg
	routes                  *routeTable
	natGateway              bool
	defaultOutbound         bool
	privateLinkServiceNSG   bool   // privateLinkServiceNetworkPolicies is not Disabled
	privateEndpointPolicies string // Disabled, Enabled, NetworkSecurityGroupEnabled or RouteTableEnabled
	exposedBy               string // resource whose public IP address leads into this subnet, empty if none
}

// peering is one side of a peering. It is connected when the other side exists, and open when both sides allow access.
type peering struct {
	id, name  string
	local     *vnet
	remoteID  string
	remote    *vnet
	reverse   *peering
	access    bool
	forwarded bool // accepts traffic that an appliance in the remote network forwards for others
}

func (p *peering) connected() bool { return p.reverse != nil }
func (p *peering) open() bool      { return p.connected() && p.access && p.reverse.access }
func (p *peering) by() string      { return p.local.name + "/" + p.name }

// publicIP is a public address and what it leads to: a firewall, a subnet, or nothing.
type publicIP struct {
	name     string
	addr     netip.Addr
	firewall *firewall
	subnet   *subnet
}

// builder gathers resources by type; the readers run in the order in which later ones need earlier ones.
type builder struct {
	*Network
	errs        []error
	nsgs        map[string]*nsg
	routeTables map[string]*routeTable
	ipGroups    map[string][]string
	policies    map[string]*firewallPolicy
}

var readers = []struct {
	armType string
	read    func(*builder, Resource, properties)
}{
	{"Microsoft.Network/publicIPAddresses", (*builder).readPublicIP},
	{"Microsoft.Network/ipGroups", (*builder).readIPGroup},
	{"Microsoft.Network/networkSecurityGroups", (*builder).readNSG},
	{"Microsoft.Network/networkSecurityGroups/securityRules", (*builder).readSecurityRule},
	{"Microsoft.Network/routeTables", (*builder).readRouteTable},
	{"Microsoft.Network/routeTables/routes", (*builder).readRoute},
	{"Microsoft.Network/virtualNetworks", (*builder).readVNet},
	{"Microsoft.Network/virtualNetworks/subnets", (*builder).readSubnet},
	{"Microsoft.Network/virtualNetworks/virtualNetworkPeerings", (*builder).readPeering},
	{"Microsoft.Network/firewallPolicies", (*builder).readFirewallPolicy},
	{"Microsoft.Network/firewallPolicies/ruleCollectionGroups", (*builder).readRuleCollectionGroup},
	{"Microsoft.Network/azureFirewalls", (*builder).readFirewall},
	{"Microsoft.Network/applicationGateways", (*builder).readApplicationGateway},
	{"Microsoft.Network/bastionHosts", (*builder).readBastionHost},
	{"Microsoft.Network/networkInterfaces", (*builder).readNIC},
	{"Microsoft.Network/loadBalancers", (*builder).readLoadBalancer},
	{"Microsoft.Compute/virtualMachineScaleSets", (*builder).readScaleSet},
	{"Microsoft.Network/privateDnsZones", (*builder).readZone},
	{"Microsoft.Network/privateDnsZones/virtualNetworkLinks", (*builder).readZoneLink},
	{"Microsoft.Network/privateDnsZones/*", (*builder).readRecordSet},
	{"Microsoft.Network/privateEndpoints/privateDnsZoneGroups", (*builder).readZoneGroup},
	{"Microsoft.Network/privateEndpoints", (*builder).readPublishedNames},
}

// New reads the network out of a set of resources, in any order; types it does not know are ignored. It reports every mistake
// in one error, each with the resource's id and the property: malformed values, references to resources that are not in the
// set, and what cannot be evaluated (application security groups, classic firewall rules, web categories, URL rules).
func New(resources []Resource, opts Options) (*Network, error) {
	b := &builder{
		Network: &Network{
			opts: opts, vnets: map[string]*vnet{}, subnets: map[string]*subnet{}, publicIPs: map[string]*publicIP{},
			zones: map[string]*zone{}, owned: map[netip.Addr]bool{}, endpoints: map[netip.Addr]bool{},
			published: map[string][]netip.Addr{},
		},
		nsgs: map[string]*nsg{}, routeTables: map[string]*routeTable{}, ipGroups: map[string][]string{},
		policies: map[string]*firewallPolicy{},
	}
	for _, reader := range readers {
		for _, r := range resources {
			if typeMatches(reader.armType, r.Type) {
				reader.read(b, r, properties{id: r.ID, values: r.Properties, errs: &b.errs})
			}
		}
	}
	b.connectPeerings()
	b.exposePlatformSubnets()
	b.finishNSGs()
	b.finishFirewalls()
	if len(b.errs) > 0 {
		return nil, errors.Join(b.errs...)
	}
	return b.Network, nil
}

// typeMatches compares ARM types; a trailing "*" stands for one DNS record type.
func typeMatches(want, got string) bool {
	parent, wild := strings.CutSuffix(want, "/*")
	if !wild {
		return strings.EqualFold(want, got)
	}
	last := got[strings.LastIndexByte(got, '/')+1:]
	return len(got) > len(parent)+1 && strings.EqualFold(got[:len(parent)+1], parent+"/") &&
		!strings.EqualFold(last, "virtualNetworkLinks") && strings.Count(got, "/") == 2
}

func (b *builder) readPublicIP(r Resource, p properties) {
	b.publicIPs[resourceid.Key(r.ID)] = &publicIP{name: resourceid.Name(r.ID), addr: p.addr("ipAddress", p.text("ipAddress"))}
}

func (b *builder) readVNet(r Resource, p properties) {
	space := p.object("addressSpace")
	v := &vnet{id: r.ID, name: resourceid.Name(r.ID), prefixes: space.prefixes("addressPrefixes", space.texts("addressPrefixes"))}
	dhcp := p.object("dhcpOptions")
	for _, s := range dhcp.texts("dnsServers") {
		v.dnsServers = append(v.dnsServers, dhcp.addr("dnsServers", s))
	}
	b.vnets[resourceid.Key(r.ID)] = v
	for _, s := range p.objects("subnets") {
		b.readSubnet(Resource{ID: r.ID + "/subnets/" + s.text("name")}, s)
	}
	for _, l := range p.objects("virtualNetworkPeerings") {
		b.readPeering(Resource{ID: r.ID + "/virtualNetworkPeerings/" + l.text("name")}, l)
	}
}

func (b *builder) readSubnet(r Resource, p properties) {
	v := b.vnets[resourceid.Key(resourceid.Parent(r.ID))]
	if v == nil {
		p.missing("id", "the virtual network of this subnet is not among the resources")
		return
	}
	s := &subnet{
		id: r.ID, name: resourceid.Name(r.ID), vnet: v,
		prefixes:                p.prefixes("addressPrefix", p.either("addressPrefix", "addressPrefixes")),
		natGateway:              p.ref("natGateway") != "",
		defaultOutbound:         p.truth("defaultOutboundAccess", true),
		privateLinkServiceNSG:   !strings.EqualFold(p.text("privateLinkServiceNetworkPolicies"), "Disabled"),
		privateEndpointPolicies: cmp.Or(p.text("privateEndpointNetworkPolicies"), "Disabled"),
	}
	if ref := p.ref("networkSecurityGroup"); ref != "" {
		if s.nsg = b.nsgs[ref]; s.nsg == nil {
			p.missing("networkSecurityGroup.id", "%s is not among the resources", ref)
		}
	}
	if ref := p.ref("routeTable"); ref != "" {
		if s.routes = b.routeTables[ref]; s.routes == nil {
			p.missing("routeTable.id", "%s is not among the resources", ref)
		}
	}
	// A network read back from Azure lists the subnets that were made as resources of their own: the resource counts.
	key := resourceid.Key(r.ID)
	if old := b.subnets[key]; old != nil {
		v.subnets = slices.DeleteFunc(v.subnets, func(x *subnet) bool { return x == old })
	}
	b.subnets[key] = s
	v.subnets = append(v.subnets, s)
}

func (b *builder) readPeering(r Resource, p properties) {
	v := b.vnets[resourceid.Key(resourceid.Parent(r.ID))]
	if v == nil {
		p.missing("id", "the virtual network of this peering is not among the resources")
		return
	}
	v.peerings = slices.DeleteFunc(v.peerings, func(x *peering) bool { return resourceid.Equal(x.id, r.ID) })
	v.peerings = append(v.peerings, &peering{
		id: r.ID, name: resourceid.Name(r.ID), local: v, remoteID: p.ref("remoteVirtualNetwork"),
		access: p.truth("allowVirtualNetworkAccess", true), forwarded: p.truth("allowForwardedTraffic", false),
	})
}

func (b *builder) connectPeerings() {
	for _, v := range b.vnets {
		for _, p := range v.peerings {
			p.remote = b.vnets[p.remoteID]
			if p.remote == nil {
				continue
			}
			i := slices.IndexFunc(p.remote.peerings, func(x *peering) bool { return x.remoteID == resourceid.Key(v.id) })
			if i >= 0 {
				p.reverse = p.remote.peerings[i]
			}
		}
	}
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}
