package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

// closedHost is a name that no rule has. It shows what becomes of names that no rule allows.
const closedHost = "example.org"

// otherFlow are ports that one end reaches at another by one decision.
type otherFlow struct {
	From, To *end
	Ports    string
	Verdict  string
	By       string
	Reason   string
	last     flow.Protocol // of Ports
}

// hostFlow is a name that a source asks for through the firewall.
type hostFlow struct {
	From         *end
	Host, Port   string
	Strict, Wide flow.Result
	Differs      bool
}

type protocolPort struct {
	protocol flow.Protocol
	port     uint16
}

// String is the protocol and the port, such as "TCP 443".
func (p protocolPort) String() string { return fmt.Sprintf("%s %d", p.protocol, p.port) }

// after leaves out the protocol if the port before has the same.
func (p protocolPort) after(last flow.Protocol) string {
	if p.protocol == last {
		return portText(p.port)
	}
	return p.String()
}

// rulePorts are the single ports that rules of security groups name, and the first of each range, but those of the matrix.
func (m *model) rulePorts() []protocolPort {
	found := map[protocolPort]bool{}
	for _, nsg := range m.of(typeNSG) {
		for _, rule := range tree.List(nsg.Outputs, "securityRules") {
			for _, ports := range append(texts(rule, "destinationPortRange"), texts(rule, "destinationPortRanges")...) {
				first, _, _ := strings.Cut(ports, "-")
				port, err := strconv.ParseUint(first, 10, 16)
				if err != nil {
					continue
				}
				for _, protocol := range protocolsOf(text(rule, "protocol"), uint16(port)) {
					found[protocolPort{protocol, uint16(port)}] = true
				}
			}
		}
	}
	// Services of the cluster may listen on it, whatever the rules say.
	found[protocolPort{flow.TCP, 8080}] = true
	for _, port := range matrixPorts {
		delete(found, protocolPort{flow.TCP, port})
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b protocolPort) int {
		return cmp.Or(cmp.Compare(a.port, b.port), cmp.Compare(a.protocol, b.protocol))
	})
}

// protocolsOf reads a rule's protocol. Of those that a rule for any leaves open, UDP matters for names only.
func protocolsOf(protocol string, port uint16) []flow.Protocol {
	switch {
	case strings.EqualFold(protocol, "udp"):
		return []flow.Protocol{flow.UDP}
	case protocol == "*" && port == 53:
		return []flow.Protocol{flow.TCP, flow.UDP}
	}
	return []flow.Protocol{flow.TCP}
}

// otherFlows lists what is allowed, in either reading, on the ports of rules that have no matrix.
func (m *model) otherFlows() {
	ports := m.rulePorts()
	for _, p := range ports {
		m.flows.Checked = append(m.flows.Checked, p.String())
	}
	for _, from := range m.flows.From {
		for _, to := range m.flows.To {
			if from != to || from.subnet != nil {
				m.flows.Others = append(m.flows.Others, m.allowedPorts(from, to, ports)...)
			}
		}
	}
}

func (m *model) allowedPorts(from, to *end, ports []protocolPort) []otherFlow {
	var found []otherFlow
	for _, p := range ports {
		strict, wide := m.check(from.at, to.at, p.protocol, p.port)
		if !strict.Allowed && !wide.Allowed {
			continue
		}
		row := otherFlow{From: from, To: to, Ports: p.String(), last: p.protocol, Verdict: "allow", By: wide.By, Reason: wide.Reason}
		if strict.Allowed {
			row.By, row.Reason = strict.By, strict.Reason
		}
		switch {
		case !strict.Allowed:
			row.Verdict = "allow in the wide reading only"
		case !wide.Allowed:
			row.Verdict = "allow in the narrow reading only"
		}
		if n := len(found) - 1; n >= 0 && found[n].By == row.By && found[n].Verdict == row.Verdict {
			found[n].Ports += ", " + p.after(found[n].last)
			found[n].last = p.protocol
			continue
		}
		found = append(found, row)
	}
	return found
}

// hostFlows asks, from each subnet that leads to a firewall, for every name that some rule of the firewall has.
func (m *model) hostFlows() {
	wanted := m.ruleHosts()
	for _, from := range m.flows.From {
		if from.subnet == nil || from.subnet.route == "" || from.role == roleEndpoint {
			continue
		}
		for _, w := range wanted {
			if f := m.hostFlow(from, w); f.Strict.Allowed || f.Wide.Allowed {
				m.flows.Hosts = append(m.flows.Hosts, f)
			}
		}
		m.flows.Closed = append(m.flows.Closed, m.hostFlow(from, wantedHost{closedHost, 443}))
	}
}

type wantedHost struct {
	name string
	port uint16
}

func (m *model) hostFlow(from *end, w wantedHost) hostFlow {
	f := hostFlow{From: from, Host: w.name, Port: strconv.Itoa(int(w.port))}
	f.Strict, f.Wide = m.check(from.at, flow.Host(w.name), flow.TCP, w.port)
	f.Differs = f.Strict.Allowed != f.Wide.Allowed
	return f
}

func (m *model) ruleHosts() []wantedHost {
	found := map[wantedHost]bool{}
	for _, group := range m.of(typeRuleGroup) {
		for _, collection := range tree.List(group.Outputs, "ruleCollections") {
			for _, rule := range tree.List(collection, "rules") {
				for _, host := range append(texts(rule, "targetFqdns"), texts(rule, "destinationFqdns")...) {
					for _, port := range rulePortNumbers(rule) {
						found[wantedHost{host, port}] = true
					}
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b wantedHost) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.port, b.port))
	})
}

func rulePortNumbers(rule any) []uint16 {
	var found []uint16
	for _, p := range tree.List(rule, "protocols") {
		found = append(found, uint16(number(p, "port")))
	}
	for _, p := range texts(rule, "destinationPorts") {
		if port, err := strconv.ParseUint(p, 10, 16); err == nil {
			found = append(found, uint16(port))
		}
	}
	return found
}
