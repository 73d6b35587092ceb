package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// vnet is a virtual network as the picture shows it.
type vnet struct {
	*Resource
	hub      bool
	prefixes []string
	subnets  []*subnet
	peerings []peering
}

type subnet struct {
	id, name, cidr string
	prefix         netip.Prefix
	nsg, table     string // ids
	route          string // where its route table sends 0.0.0.0/0
	delegations    []string
	outbound       bool // default outbound access is on
	holds          []content
}

// content is something that lives in a subnet.
type content struct {
	role, text, id string
	address        netip.Addr // of an ingress
	exposed        bool       // has a public address
}

// peering is one side of a peering, and whether the other side is there.
type peering struct {
	*Resource
	remote   string
	open     bool // both sides are in the state and allow access
	recorded string
}

// Roles of what subnets hold. They name subnets in the flow matrix.
const (
	roleFirewall    = "Firewall"
	roleBastion     = "Bastion"
	roleGateway     = "Gateway"
	roleNodes       = "Nodes"
	roleAPIServer   = "API server"
	roleJumpBoxes   = "Jump boxes"
	roleBuilder     = "Image builder"
	roleAgents      = "Registry agents"
	roleEndpoint    = "Private endpoints"
	roleIngress     = "Ingress"
	roleContainers  = "Container groups"
	containerGroups = "Microsoft.ContainerInstance/containerGroups"
)

func (m *model) readNetworks() []*vnet {
	var nets []*vnet
	for _, r := range m.of(typeVNet) {
		net := &vnet{Resource: r, prefixes: texts(r.Outputs, "addressSpace", "addressPrefixes")}
		for _, s := range tree.List(r.Outputs, "subnets") {
			net.subnets = append(net.subnets, m.readSubnet(r.ID, s))
		}
		net.hub = slices.ContainsFunc(net.subnets, func(s *subnet) bool { return s.name == "AzureFirewallSubnet" })
		net.peerings = m.readPeerings(r)
		nets = append(nets, net)
	}
	for _, net := range nets {
		for _, s := range net.subnets {
			s.holds = m.contents(s)
		}
	}
	return nets
}

func (m *model) readSubnet(vnetID string, s any) *subnet {
	name := text(s, "name")
	cidr := text(s, "addressPrefix")
	if all := texts(s, "addressPrefixes"); cidr == "" && len(all) > 0 {
		cidr = all[0]
	}
	read := &subnet{
		id: vnetID + "/subnets/" + name, name: name, cidr: cidr,
		nsg: text(s, "networkSecurityGroup", "id"), table: text(s, "routeTable", "id"),
		outbound: tree.At(s, "defaultOutboundAccess") != false,
	}
	// An unreadable range holds nothing; the evaluator tells of it.
	read.prefix, _ = netip.ParsePrefix(cidr)
	for _, d := range tree.List(s, "delegations") {
		read.delegations = append(read.delegations, text(d, "serviceName"))
	}
	if table := m.find(read.table); table != nil {
		read.route = defaultRoute(table)
	}
	return read
}

func defaultRoute(table *Resource) string {
	for _, route := range tree.List(table.Outputs, "routes") {
		if text(route, "addressPrefix") != "0.0.0.0/0" {
			continue
		}
		if next := text(route, "nextHopIpAddress"); next != "" {
			return next
		}
		return text(route, "nextHopType")
	}
	return ""
}

func (m *model) readPeerings(of *Resource) []peering {
	var found []peering
	for _, p := range m.of(typePeering) {
		if !resourceid.Equal(resourceid.Parent(p.ID), of.ID) {
			continue
		}
		remote := text(p.Outputs, "remoteVirtualNetwork", "id")
		back := slices.ContainsFunc(m.of(typePeering), func(other *Resource) bool {
			return resourceid.Equal(resourceid.Parent(other.ID), remote) && allowsAccess(other) &&
				resourceid.Equal(text(other.Outputs, "remoteVirtualNetwork", "id"), of.ID)
		})
		found = append(found, peering{Resource: p, remote: remote, open: back && allowsAccess(p), recorded: text(p.Outputs, "peeringState")})
	}
	return found
}

func allowsAccess(p *Resource) bool { return tree.At(p.Outputs, "allowVirtualNetworkAccess") != false }

// occupant finds what of one type is in a subnet.
type occupant struct {
	role, armType string
	in            func(*Resource) []string
	text          func(*model, *Resource) string
	public        string // where the public addresses are configured
}

var occupants = []occupant{
	{roleFirewall, typeFirewall, configuredSubnets("ipConfigurations"), firewallText, "ipConfigurations"},
	{roleBastion, typeBastion, configuredSubnets("ipConfigurations"), bastionText, "ipConfigurations"},
	{roleGateway, typeGateway, configuredSubnets("gatewayIPConfigurations"), gatewayText, "frontendIPConfigurations"},
	{roleJumpBoxes, typeScaleSet, scaleSetSubnets, scaleSetText, ""},
	{roleBuilder, typeTemplate, func(r *Resource) []string { return texts(r.Outputs, "vmProfile", "vnetConfig", "subnetId") },
		func(_ *model, r *Resource) string { return "builds of " + r.AzureName() }, ""},
	{roleAgents, "Microsoft.ContainerRegistry/registries/agentPools",
		func(r *Resource) []string { return texts(r.Outputs, "virtualNetworkSubnetResourceId") },
		func(_ *model, r *Resource) string { return "agents of the registry: " + r.AzureName() }, ""},
	{roleEndpoint, typeEndpoint, func(r *Resource) []string { return texts(r.Outputs, "subnet", "id") }, endpointText, ""},
}

// contents lists what a subnet holds, in the order of the table; clusters and ingress addresses come after it.
func (m *model) contents(s *subnet) []content {
	var found []content
	for _, o := range occupants {
		for _, r := range m.of(o.armType) {
			if slices.ContainsFunc(o.in(r), func(id string) bool { return resourceid.Equal(id, s.id) }) {
				found = append(found, content{role: o.role, text: o.text(m, r), id: r.ID, exposed: m.publicAddresses(r, o.public) != ""})
			}
		}
	}
	found = append(found, m.clusterContents(s)...)
	for _, address := range m.ingressAddresses() {
		if a, err := netip.ParseAddr(address); err == nil && s.prefix.IsValid() && s.prefix.Contains(a) {
			found = append(found, content{role: roleIngress, text: "ingress load balancer " + address, address: a})
		}
	}
	for _, d := range s.delegations {
		role := d
		if strings.EqualFold(d, containerGroups) {
			role = roleContainers
		}
		found = append(found, content{role: role, text: "delegated to " + d})
	}
	return found
}

func (m *model) clusterContents(s *subnet) []content {
	var found []content
	for _, c := range m.of(typeCluster) {
		api := false
		for _, pool := range tree.List(c.Outputs, "agentPoolProfiles") {
			if !resourceid.Equal(text(pool, "vnetSubnetID"), s.id) {
				continue
			}
			scope := text(pool, "nodeLabels", "pci-scope")
			if scope == "" {
				scope = "system"
			}
			words := fmt.Sprintf("%s (%s), %s to %s nodes of %s", text(pool, "name"), scope, text(pool, "minCount"), text(pool, "maxCount"), c.AzureName())
			found = append(found, content{role: roleNodes, text: words, id: c.ID})
			api = api || text(pool, "mode") == "System"
		}
		if api && tree.Truth(c.Outputs, "apiServerAccessProfile", "enablePrivateCluster") {
			found = append(found, content{role: roleAPIServer, text: "private endpoint of the API server, made by AKS", id: c.ID})
		}
	}
	return found
}

// ingressAddresses are where gateways send requests to.
func (m *model) ingressAddresses() []string {
	var found []string
	for _, gateway := range m.of(typeGateway) {
		for _, pool := range tree.List(gateway.Outputs, "backendAddressPools") {
			for _, backend := range tree.List(pool, "backendAddresses") {
				if a := text(backend, "ipAddress"); a != "" && !slices.Contains(found, a) {
					found = append(found, a)
				}
			}
		}
	}
	return found
}

func configuredSubnets(name string) func(*Resource) []string {
	return func(r *Resource) []string {
		var ids []string
		for _, c := range tree.List(r.Outputs, name) {
			ids = append(ids, texts(c, "subnet", "id")...)
		}
		return ids
	}
}

func scaleSetSubnets(r *Resource) []string {
	var ids []string
	for _, nic := range tree.List(r.Outputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations") {
		for _, c := range tree.List(nic, "ipConfigurations") {
			ids = append(ids, texts(c, "subnet", "id")...)
		}
	}
	return ids
}

func firewallText(m *model, r *Resource) string {
	return r.AzureName() + ", private " + firewallAddress(r) + ", public " + m.publicAddresses(r, "ipConfigurations")
}

func firewallAddress(r *Resource) string {
	for _, c := range tree.List(r.Outputs, "ipConfigurations") {
		if a := text(c, "privateIPAddress"); a != "" {
			return a
		}
	}
	return ""
}

func (m *model) publicAddresses(r *Resource, name string) string {
	var found []string
	for _, c := range tree.List(r.Outputs, name) {
		if ip := m.find(text(c, "publicIPAddress", "id")); ip != nil {
			found = append(found, text(ip.Outputs, "ipAddress"))
		}
	}
	return strings.Join(found, ", ")
}

func bastionText(m *model, r *Resource) string {
	return r.AzureName() + ", public " + m.publicAddresses(r, "ipConfigurations")
}

func gatewayText(m *model, r *Resource) string {
	return fmt.Sprintf("%s (%s), public %s", r.AzureName(), text(r.Outputs, "sku", "name"), m.publicAddresses(r, "frontendIPConfigurations"))
}

func scaleSetText(_ *model, r *Resource) string {
	return fmt.Sprintf("%s, %s machines", r.AzureName(), text(r.Outputs, "sku", "capacity"))
}

// endpointText says what a private endpoint leads to, and under which addresses.
func endpointText(m *model, r *Resource) string {
	var targets []string
	for _, c := range tree.List(r.Outputs, "privateLinkServiceConnections") {
		targets = append(targets, resourceid.Name(text(c, "privateLinkServiceId")))
	}
	return fmt.Sprintf("%s to %s at %s", r.AzureName(), strings.Join(targets, ", "), strings.Join(m.endpointAddresses(r), ", "))
}

// endpointAddresses are those of a private endpoint's names. Azure tells them with the endpoint only until a zone group has them.
func (m *model) endpointAddresses(r *Resource) []string {
	var found []string
	for _, c := range tree.List(r.Outputs, "customDnsConfigs") {
		found = append(found, texts(c, "ipAddresses")...)
	}
	for _, group := range m.of(typeEndpoint + "/privateDnsZoneGroups") {
		if !resourceid.Equal(resourceid.Parent(group.ID), r.ID) {
			continue
		}
		for _, c := range tree.List(group.Outputs, "privateDnsZoneConfigs") {
			for _, set := range tree.List(c, "recordSets") {
				found = append(found, texts(set, "ipAddresses")...)
			}
		}
	}
	return union(nil, found)
}
