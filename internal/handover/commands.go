package handover

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
)

// Command is one command of the Azure CLI: what comes before its options, then the options with their values.
type Command struct {
	words   string
	options []option
}

type option struct {
	name   string
	values []string
}

// Variables that stand for what the stack does not know, in commands that need it.
const (
	policyVariable = "POLICY"
	zoneVariable   = "ZONES"
)

func az(words string) *Command { return &Command{words: "az " + words} }

// with adds an option, unless it has no values.
func (c *Command) with(name string, values ...string) *Command {
	if len(values) > 0 {
		c.options = append(c.options, option{name, values})
	}
	return c
}

// in adds subscription and resource group of a resource, from its id or, where that is empty, from shell variables with a prefix.
func (c *Command) in(id, prefix string) *Command {
	if id == "" {
		return c.with("--subscription", "$"+prefix+"_SUBSCRIPTION").with("--resource-group", "$"+prefix+"_RESOURCE_GROUP")
	}
	return c.with("--subscription", resourceid.Subscription(id)).with("--resource-group", resourceid.Group(id))
}

// String is the command for a POSIX shell, an option on each line.
func (c *Command) String() string {
	lines := []string{c.words}
	for _, o := range c.options {
		line := "  " + o.name
		for _, value := range o.values {
			line += " " + quote(value)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " \\\n")
}

var (
	plainWord    = regexp.MustCompile(`^[A-Za-z0-9._/:=,@%+-]+$`)
	withVariable = regexp.MustCompile(`^([A-Za-z0-9._/-]|\$(` + policyVariable + "|" + zoneVariable + `)_[A-Z_]+)+$`)
)

// quote keeps the shell from reading anything into a value but the variables of in.
func quote(value string) string {
	switch {
	case plainWord.MatchString(value):
		return value
	case withVariable.MatchString(value):
		return `"` + value + `"`
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// Command makes the side of the peering.
func (p Peering) Command() *Command {
	c := az("network vnet peering create").in(p.NetworkID, "").
		with("--vnet-name", resourceid.Name(p.NetworkID)).with("--name", p.Name).
		with("--remote-vnet", p.RemoteNetworkID).with("--allow-vnet-access", "true")
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--allow-forwarded-traffic", p.AllowForwardedTraffic}, {"--allow-gateway-transit", p.AllowGatewayTransit},
		{"--use-remote-gateways", p.UseRemoteGateways},
	} {
		c.with(flag.name, strconv.FormatBool(flag.set))
	}
	return c
}

// Commands make the rule collection group with its collections. Azure's command makes a collection with one rule, and adds further rules one by
// one (Azure CLI reference, extension azure-firewall).
func (g Group) Commands() []*Command {
	const group = "network firewall policy rule-collection-group"
	policy := cmp.Or(resourceid.Name(g.PolicyID), "$"+policyVariable+"_NAME")
	commands := []*Command{
		az(group+" create").in(g.PolicyID, policyVariable).with("--policy-name", policy).
			with("--name", g.Name).with("--priority", strconv.Itoa(g.Priority)),
	}
	for _, collection := range g.Collections {
		for i, rule := range collection.Rules {
			var c *Command
			if i == 0 {
				c = az(group+" collection add-filter-collection").in(g.PolicyID, policyVariable).with("--policy-name", policy).
					with("--rule-collection-group-name", g.Name).with("--name", collection.Name).
					with("--collection-priority", strconv.Itoa(collection.Priority)).with("--action", "Allow").with("--rule-name", rule.Name)
			} else {
				c = az(group+" collection rule add").in(g.PolicyID, policyVariable).with("--policy-name", policy).
					with("--rule-collection-group-name", g.Name).with("--collection-name", collection.Name).with("--name", rule.Name)
			}
			commands = append(commands, rule.describe(c))
		}
	}
	return commands
}

// Application reports whether the rule goes by the names that clients ask for.
func (r Rule) Application() bool {
	return slices.ContainsFunc(r.Protocols, func(protocol string) bool {
		return strings.EqualFold(protocol, "Https") || strings.EqualFold(protocol, "Http")
	})
}

func (r Rule) describe(c *Command) *Command {
	c.with("--rule-type", r.kind()).with("--source-addresses", r.Sources...)
	if !r.Application() {
		return c.with("--ip-protocols", r.Protocols...).with("--destination-addresses", r.Destinations...).
			with("--destination-fqdns", r.Hosts...).with("--destination-ports", r.Ports...).with("--description", r.Reason)
	}
	var protocols []string
	for _, protocol := range r.Protocols {
		for _, port := range r.Ports {
			protocols = append(protocols, protocol+"="+port)
		}
	}
	return c.with("--protocols", protocols...).with("--target-fqdns", r.Hosts...).with("--fqdn-tags", r.HostTags...).
		with("--description", r.Reason)
}

func (r Rule) kind() string {
	if r.Application() {
		return "ApplicationRule"
	}
	return "NetworkRule"
}

// Command makes the link. No machine registers itself in the zone.
func (l Link) Command() *Command {
	return az("network private-dns link vnet create").in(l.ZoneID, zoneVariable).with("--zone-name", l.Zone).
		with("--name", l.Name).with("--virtual-network", l.NetworkID).with("--registration-enabled", "false")
}

// Command makes the zone group of the endpoint, by which Azure keeps the names in the zone. Where the zone's id is not known, it is
// made of shell variables.
func (r Record) Command() *Command {
	inVariables := "/subscriptions/$" + zoneVariable + "_SUBSCRIPTION/resourceGroups/$" + zoneVariable + "_RESOURCE_GROUP" +
		"/providers/Microsoft.Network/privateDnsZones/" + r.Zone
	return az("network private-endpoint dns-zone-group create").in(r.EndpointID, "").
		with("--endpoint-name", resourceid.Name(r.EndpointID)).with("--name", "default").
		with("--private-dns-zone", cmp.Or(r.ZoneID, inVariables)).with("--zone-name", strings.ReplaceAll(r.Zone, ".", "-"))
}

// Command makes the role assignment.
func (r Role) Command() *Command {
	return az("role assignment create").with("--assignee-object-id", r.PrincipalID).with("--assignee-principal-type", "ServicePrincipal").
		with("--role", r.RoleID).with("--scope", r.Scope)
}
