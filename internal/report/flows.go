package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
)

// internetAddress stands for some address of the internet, of a range that is kept for documents.
var internetAddress = netip.AddrFrom4([4]byte{203, 0, 113, 10})

// matrixPorts are those that get a matrix of their own.
var matrixPorts = []uint16{22, 443}

// end is a row or column of the flow matrix.
type end struct {
	Label, Detail string
	Group         string // virtual network, empty for what is outside
	at            flow.Endpoint
	role          string
	subnet        *subnet
}

// verdict is what becomes of one flow, in both readings of the tag VirtualNetwork.
type verdict struct {
	From, To     *end
	Port         uint16
	Strict, Wide flow.Result
	Anchor       string
	Differs      bool // the verdicts differ
	Otherwise    bool // the verdict is the same, but another control decides
	Self         bool
}

// flowMatrix are all flows of the page.
type flowMatrix struct {
	From, To []*end
	Ports    []portMatrix
	Others   []otherFlow
	Checked  []string // ports of Others, as protocol and port
	Hosts    []hostFlow
	Closed   []hostFlow // one name that no rule has, from each source
}

type portMatrix struct {
	Port uint16
	Rows [][]verdict
}

// evaluate builds the evaluator in both readings and runs all flows.
func (m *model) evaluate() error {
	resources := slices.Concat(m.flowResources(), m.standIns())
	var err error
	if m.strict, err = readFlows(resources, flow.Options{}); err != nil {
		return err
	}
	if m.wide, err = readFlows(resources, flow.Options{WideVirtualNetworkTag: true}); err != nil {
		return err
	}
	m.flows = &flowMatrix{From: m.sources()}
	m.flows.To = m.destinations(m.flows.From)
	distinguish(m.flows.To)
	for _, port := range matrixPorts {
		m.flows.Ports = append(m.flows.Ports, m.matrix(port))
	}
	m.otherFlows()
	m.hostFlows()
	return nil
}

// flowResources are the resources of the state. Network interfaces of private endpoints, which Azure makes, are added from
// what the endpoints say of them.
func (m *model) flowResources() []flow.Resource {
	var found []flow.Resource
	for i := range m.export.Resources {
		r := &m.export.Resources[i]
		if m.find(r.ID) == r && r.ID != "" {
			found = append(found, flow.Resource{Type: resourceid.Type(r.ID), ID: r.ID, Properties: r.Outputs})
		}
	}
	for _, r := range m.of(typeEndpoint) {
		subnetID := text(r.Outputs, "subnet", "id")
		var configurations []any
		for _, address := range m.endpointAddresses(r) {
			configurations = append(configurations, map[string]any{"privateIPAddress": address, "subnet": map[string]any{"id": subnetID}})
		}
		found = append(found, flow.Resource{Type: "Microsoft.Network/networkInterfaces", ID: r.ID + "/nic", Properties: map[string]any{
			"ipConfigurations": configurations, "privateEndpoint": map[string]any{"id": r.ID},
		}})
	}
	return found
}

// sources are the internet and each subnet that machines can live in.
func (m *model) sources() []*end {
	ends := []*end{{Label: "Internet", Detail: internetAddress.String(), at: flow.Address(internetAddress), role: "internet"}}
	for _, net := range m.netsHubFirst() {
		for _, s := range net.subnets {
			if s.name == "AzureFirewallSubnet" || s.name == "GatewaySubnet" {
				continue
			}
			role := s.role()
			e := &end{Label: s.label(), Detail: s.name + ", " + s.cidr, Group: net.AzureName(), at: flow.Subnet(s.id), role: role, subnet: s}
			if role == roleEndpoint {
				e.at = flow.PrivateEndpointNIC(s.id)
			}
			ends = append(ends, e)
		}
	}
	return ends
}

// destinations are the sources, the API servers and the addresses of ingress.
func (m *model) destinations(sources []*end) []*end {
	ends := slices.Clone(sources)
	for _, source := range sources {
		if source.subnet == nil {
			continue
		}
		for _, c := range source.subnet.holds {
			switch c.role {
			case roleAPIServer:
				ends = append(ends, &end{
					Label: "API server", Detail: "private endpoint in " + source.subnet.name, Group: source.Group,
					at: flow.PrivateEndpointNIC(source.subnet.id), role: roleAPIServer, subnet: source.subnet,
				})
			case roleIngress:
				ends = append(ends, &end{
					Label: "Ingress", Detail: c.text, Group: source.Group,
					at: flow.Address(c.address), role: roleIngress, subnet: source.subnet,
				})
			}
		}
	}
	return ends
}

// distinguish adds the end of the network's name where several stamps have a place of the same label.
func distinguish(ends []*end) {
	counts := map[string]int{}
	for _, e := range ends {
		counts[e.Label]++
	}
	for _, e := range ends {
		if counts[e.Label] > 1 {
			e.Label += " " + e.Group[strings.LastIndexByte(e.Group, '-')+1:]
		}
	}
}

func (m *model) netsHubFirst() []*vnet {
	sorted := slices.Clone(m.nets)
	slices.SortStableFunc(sorted, func(a, b *vnet) int {
		switch {
		case a.hub == b.hub:
			return 0
		case a.hub:
			return -1
		}
		return 1
	})
	return sorted
}

// role is what a subnet is for, by what it holds; empty if it holds nothing.
func (s *subnet) role() string {
	if len(s.holds) == 0 {
		return ""
	}
	return s.holds[0].role
}

// emptySubnets are what subnets of the platform are for as long as nothing is in them.
var emptySubnets = map[string]string{
	"snet-management-agents":    "Build agents",
	"snet-management-acragents": roleAgents,
}

// label names a subnet in the matrix by what it holds, and by its name if nothing is in it.
func (s *subnet) label() string {
	role := s.role()
	switch role {
	case "":
		if label := emptySubnets[s.name]; label != "" {
			return label
		}
		return strings.TrimPrefix(s.name, "snet-")
	case roleNodes:
		pool, _, _ := strings.Cut(s.holds[0].text, " ")
		return "Nodes " + pool
	case roleIngress:
		return "Ingress subnet"
	}
	return role
}

func (m *model) check(from, to flow.Endpoint, protocol flow.Protocol, port uint16) (strict, wide flow.Result) {
	f := flow.Flow{From: from, To: to, Protocol: protocol, Port: port}
	return m.strict.Check(f), m.wide.Check(f)
}

func (m *model) matrix(port uint16) portMatrix {
	matrix := portMatrix{Port: port}
	for i, from := range m.flows.From {
		var row []verdict
		for j, to := range m.flows.To {
			v := verdict{From: from, To: to, Port: port, Anchor: fmt.Sprintf("f-%d-%d-%d", port, i, j)}
			if v.Self = from == to && from.subnet == nil; !v.Self {
				v.Strict, v.Wide = m.check(from.at, to.at, flow.TCP, port)
				v.Differs = v.Strict.Allowed != v.Wide.Allowed
				v.Otherwise = !v.Differs && v.Strict.By != v.Wide.By
			}
			row = append(row, v)
		}
		matrix.Rows = append(matrix.Rows, row)
	}
	return matrix
}
