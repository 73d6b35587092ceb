package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

func portText(port uint16) string { return strconv.Itoa(int(port)) }

// securedSubnets holds if every subnet that machines can live in has a security group.
func securedSubnets(m *model) evidence {
	var open []Link
	groups := m.to(typeNSG)
	for _, e := range m.flows.From {
		if e.subnet != nil && e.subnet.nsg == "" {
			open = append(open, Link{e.subnet.name, "topology"})
		}
	}
	if len(open) > 0 || len(groups) == 0 {
		return missing("Subnets without a network security group.", open)
	}
	return found("Every subnet that machines can live in has a security group.", groups)
}

// routedSubnets holds if nodes leave by a firewall of the state only.
func routedSubnets(m *model) evidence {
	var open []Link
	nodes := 0
	for _, e := range m.flows.From {
		if e.role != roleNodes {
			continue
		}
		nodes++
		if e.subnet.outbound || !m.isFirewall(e.subnet.route) {
			open = append(open, Link{e.subnet.name, "topology"})
		}
	}
	switch {
	case nodes == 0:
		return missing("There are no nodes in this state.", nil)
	case len(open) > 0:
		return missing("Nodes have a way past the firewall.", open)
	}
	return found("The only way out of the nodes' subnets is the firewall.", m.to("Microsoft.Network/routeTables"))
}

func (m *model) isFirewall(address string) bool {
	for _, firewall := range m.of(typeFirewall) {
		if address != "" && firewallAddress(firewall) == address {
			return true
		}
	}
	return false
}

// closedNames holds if a name that no rule has is out of reach from every subnet that leads to the firewall.
func closedNames(m *model) evidence {
	var open []Link
	for _, f := range m.flows.Closed {
		if f.Strict.Allowed || f.Wide.Allowed {
			open = append(open, Link{f.From.Label, "hosts"})
		}
	}
	if len(open) > 0 || len(m.flows.Closed) == 0 {
		return missing("Names that no rule has are not stopped, or no subnet leads to a firewall.", open)
	}
	return found("What no rule of the firewall names is dropped, tried with "+closedHost+" from each subnet.", []Link{{"outbound names", "hosts"}})
}

// statedReasons holds if each rule of security groups and firewall says why it is there.
func statedReasons(m *model) evidence {
	var silent []Link
	rules := 0
	for _, nsg := range m.of(typeNSG) {
		for _, rule := range tree.List(nsg.Outputs, "securityRules") {
			rules++
			if text(rule, "description") == "" {
				silent = append(silent, Link{nsg.AzureName() + "/" + text(rule, "name"), nsg.Anchor()})
			}
		}
	}
	for _, group := range m.egress() {
		for _, c := range group.Collections {
			for _, rule := range c.Rules {
				rules++
				if rule.Reason == "" {
					silent = append(silent, Link{c.Name + "/" + rule.Name, group.Anchor})
				}
			}
		}
	}
	if len(silent) > 0 || rules == 0 {
		return missing("Rules without a reason.", silent)
	}
	return found(fmt.Sprintf("Each of %d rules says protocol, ports and why.", rules), []Link{{"egress", "egress"}, {"flows", "flows"}})
}

// plainPorts are those of protocols that send in plain text: FTP, Telnet, HTTP, POP3, IMAP and LDAP.
var plainPorts = []uint64{21, 23, 80, 110, 143, 389}

// isPlain holds if a port of a rule, such as "Http 80" or "TCP/UDP 20-25", lets a protocol in plain text through.
func isPlain(port string) bool {
	protocol, numbers, _ := strings.Cut(port, " ")
	switch protocol {
	case "Http":
		return true
	case "Https", "Mssql", "UDP", "ICMP":
		return false
	}
	low, high, isRange := strings.Cut(numbers, "-")
	if numbers == "*" {
		low, high = "0", "65535"
	} else if !isRange {
		high = low
	}
	first, err := strconv.ParseUint(low, 10, 16)
	last, errLast := strconv.ParseUint(high, 10, 16)
	return err != nil || errLast != nil || slices.ContainsFunc(plainPorts, func(p uint64) bool { return first <= p && p <= last })
}

// plainProtocols names the rules that let protocols in plain text out, each of which has to say why.
func plainProtocols(m *model) evidence {
	var plain, silent []Link
	for _, group := range m.egress() {
		for _, c := range group.Collections {
			for _, rule := range c.Rules {
				if c.Action == "Deny" || !slices.ContainsFunc(rule.Ports, isPlain) {
					continue
				}
				link := Link{c.Name + "/" + rule.Name, group.Anchor}
				if plain = append(plain, link); rule.Reason == "" {
					silent = append(silent, link)
				}
			}
		}
	}
	switch {
	case len(silent) > 0:
		return missing("Rules allow plain HTTP or other plain text without a reason.", silent)
	case len(plain) == 0:
		return found("No rule of the firewall allows plain HTTP, FTP, Telnet or the like.", []Link{{"egress", "egress"}})
	}
	return found("Plain HTTP and other plain text leave by these rules only, and each says why.", plain)
}

// publicEntries holds if the internet reaches nothing but gateways and Bastion, on 443, of all ports that the page looks at.
func publicEntries(m *model) evidence {
	var open, wanted []Link
	for _, v := range m.flows.verdicts() {
		if v.From.role != "internet" || v.Self || !v.Strict.Allowed && !v.Wide.Allowed {
			continue
		}
		link := Link{v.To.Label + ", TCP " + portText(v.Port), v.Anchor}
		if v.Port == 443 && (v.To.role == roleGateway || v.To.role == roleBastion) {
			wanted = append(wanted, link)
		} else {
			open = append(open, link)
		}
	}
	for _, f := range m.flows.Others {
		if f.From.role == "internet" {
			open = append(open, f.link())
		}
	}
	if len(open) > 0 {
		return missing("The internet reaches more than gateway and Bastion on 443.", open)
	}
	return found("From the internet, on the ports checked on this page, only these answer.", append(wanted, Link{"other ports", "other-ports"}))
}

// usedPublicAddresses holds if every public address belongs to firewall, Bastion or gateway.
func usedPublicAddresses(m *model) evidence {
	used := map[string]bool{}
	for _, armType := range []string{typeFirewall, typeBastion} {
		for _, r := range m.of(armType) {
			for _, c := range tree.List(r.Outputs, "ipConfigurations") {
				used[resourceid.Key(text(c, "publicIPAddress", "id"))] = true
			}
		}
	}
	for _, r := range m.of(typeGateway) {
		for _, c := range tree.List(r.Outputs, "frontendIPConfigurations") {
			used[resourceid.Key(text(c, "publicIPAddress", "id"))] = true
		}
	}
	return every(typePublicIP, func(r *Resource) bool { return used[resourceid.Key(r.ID)] },
		"Every public address belongs to the firewall, Bastion or a gateway.", "Public addresses that belong to something else.")(m)
}

// privateEndpoints holds if vaults and registries are closed to the public and have a private endpoint.
func privateEndpoints(m *model) evidence {
	reached := map[string]bool{}
	for _, e := range m.of(typeEndpoint) {
		for _, c := range tree.List(e.Outputs, "privateLinkServiceConnections") {
			reached[resourceid.Key(text(c, "privateLinkServiceId"))] = true
		}
	}
	closed := func(r *Resource) bool {
		return reached[resourceid.Key(r.ID)] &&
			(text(r.Outputs, "publicNetworkAccess")+text(r.Outputs, "properties", "publicNetworkAccess")) == "Disabled"
	}
	const yes, no = "closed to the public, with a private endpoint.", "open to the public, or without a private endpoint."
	return all(every(typeVault, closed, "Vault: "+yes, "Vault: "+no), every(typeRegistry, closed, "Registry: "+yes, "Registry: "+no))(m)
}

// firewallDenies holds if each firewall has a policy of the state that stops what threat intelligence and signatures know.
func firewallDenies(m *model) evidence {
	return every(typeFirewall, func(r *Resource) bool {
		policy := m.find(text(r.Outputs, "firewallPolicy", "id"))
		return policy != nil && text(policy.Outputs, "threatIntelMode") == "Deny" && text(policy.Outputs, "intrusionDetection", "mode") == "Deny"
	}, "Threat intelligence and intrusion prevention are in Deny. TLS is not decrypted.",
		"Threat intelligence or intrusion prevention does not deny, or a firewall has no policy in this state.")(m)
}
