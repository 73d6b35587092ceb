package handover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
)

func (d Document) peeringTask() task {
	t := task{
		title: "Peerings",
		explanation: "Azure lets no packet through before both sides exist. If a peering of the same name is left from before, delete it first:\n" +
			"a side that is `Disconnected` blocks the other.",
		columns: []string{"Network", "Peering", "Leads to", "Ranges there", "Forwarded traffic", "Gateway transit", "Remote gateways", "Why"},
	}
	for _, p := range d.Peerings {
		t.rows = append(t.rows, []string{
			code(p.NetworkID), code(p.Name), code(p.RemoteNetworkID), codes(p.RemoteAddressSpaces),
			yes(p.AllowForwardedTraffic), yes(p.AllowGatewayTransit), yes(p.UseRemoteGateways), p.Reason,
		})
		t.commands = append(t.commands, p.Command())
	}
	return t
}

func (d Document) subnetTask() task {
	t := task{
		title:       "Subnets of yours",
		explanation: "The stack uses them and may not look at them, so nothing has checked that they are like this. A security group may let more through.",
		columns:     []string{"Network", "Subnet", "Range", "Delegated to", "Route 0.0.0.0/0 to", "Disabled", "The security group lets through"},
	}
	for _, s := range d.Subnets {
		t.rows = append(t.rows, []string{
			code(s.NetworkID), code(s.Name), s.Range, cmp.Or(s.Delegation, "nothing"), cmp.Or(s.NextHop, "no appliance"), codes(s.Disabled),
			strings.Join(s.Connections, "; "),
		})
	}
	return t
}

// egressTasks are one for each group, since each is for another spoke.
func (d Document) egressTasks() []task {
	var tasks []task
	for _, g := range d.Egress {
		t := task{
			title: "Firewall rules " + g.Name,
			explanation: fmt.Sprintf("All of them allow; priority %d. Nothing else has to be open. Rules for `Https` and `Http` go by the name that a client asks for; "+
				"a leading\n`*.` stands for one or more labels. Capitalised destinations are service tags.", g.Priority),
			columns:  []string{"Collection", "Rule", "From", "To", "Port", "Protocol", "Why"},
			commands: g.Commands(),
		}
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				t.rows = append(t.rows, []string{
					fmt.Sprintf("%s (%d)", c.Name, c.Priority), r.Name, codes(r.Sources), codes(r.to()), strings.Join(r.Ports, ", "),
					strings.Join(r.Protocols, ", "), r.Reason,
				})
			}
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// to is where the rule leads, with tags of hosts marked as such.
func (r Rule) to() []string {
	to := slices.Concat(r.Hosts, r.Destinations)
	for _, tag := range r.HostTags {
		to = append(to, "FQDN tag "+tag)
	}
	return to
}

func (d Document) linkTask() task {
	t := task{
		title:       "Links of private DNS zones",
		explanation: "Each zone has to answer in the network that it is linked to. A network can have one link to zones of one name.",
		columns:     []string{"Zone", "Link", "Network", "Why"},
	}
	for _, l := range d.Links {
		t.rows = append(t.rows, []string{code(cmp.Or(l.ZoneID, l.Zone)), code(l.Name), code(l.NetworkID), l.Reason})
		t.commands = append(t.commands, l.Command())
	}
	return t
}

func (d Document) recordTask() task {
	t := task{
		title:       "Names of private endpoints",
		explanation: "A policy that adds zone groups to private endpoints does the same, some minutes after the endpoint was made.",
		columns:     []string{"Private endpoint", "Zone", "Why"},
	}
	for _, r := range d.Records {
		t.rows = append(t.rows, []string{code(r.EndpointID), code(cmp.Or(r.ZoneID, r.Zone)), r.Reason})
		t.commands = append(t.commands, r.Command())
	}
	return t
}

func (d Document) roleTask() task {
	t := task{
		title:       "Role assignments",
		explanation: "Azure needs minutes, at worst an hour, until a new assignment is known everywhere.",
		columns:     []string{"Identity", "Object id", "Role", "Scope", "Why"},
	}
	for _, r := range d.Roles {
		t.rows = append(t.rows, []string{r.Principal, code(r.PrincipalID), r.Role, code(r.Scope), r.Reason})
		t.commands = append(t.commands, r.Command())
	}
	return t
}

// tags explains the FQDN tags of the rules to who has another firewall.
func (d Document) tags() task {
	t := task{
		title:       "Hosts behind FQDN tags",
		explanation: "Only Azure Firewall knows the tags. Another firewall needs their hosts, which Azure changes from time to time.",
		columns:     []string{"Tag", "Hosts", "Document"},
	}
	used := map[string]bool{}
	for _, g := range d.Egress {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				for _, tag := range r.HostTags {
					used[strings.ToLower(tag)] = true
				}
			}
		}
	}
	for _, c := range azurefacts.Components() {
		if c.FQDNTag == "" || !used[strings.ToLower(c.FQDNTag)] {
			continue
		}
		var hosts []string
		for _, h := range c.Hosts {
			name := h.Widest(cmp.Or(d.Location, "<region>"), "*")
			if h.Port != 443 {
				name = fmt.Sprintf("%s:%d", name, h.Port)
			}
			hosts = append(hosts, name)
		}
		t.rows = append(t.rows, []string{c.FQDNTag, codes(hosts), fmt.Sprintf("%q (%s)", c.Document.Title, cmp.Or(c.Document.Date, c.Document.Read))})
	}
	return t
}

func code(text string) string {
	return "`" + text + "`"
}

func codes(texts []string) string {
	marked := make([]string, len(texts))
	for i, text := range texts {
		marked[i] = code(text)
	}
	return strings.Join(marked, ", ")
}

func yes(set bool) string {
	if set {
		return "yes"
	}
	return "no"
}
