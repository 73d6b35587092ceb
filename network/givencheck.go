package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// FoundNetwork is a network as Azure has it, in the form of azure-native's outputs. What may not be read is nil.
type FoundNetwork struct {
	Network map[string]any
	// Groups and Tables are the security groups and route tables of its subnets, by resourceid.Key.
	Groups, Tables map[string]map[string]any
}

// givenCheck collects what is wrong with a given network.
type givenCheck struct {
	given    GivenNetwork
	found    FoundNetwork
	problems []config.Problem
}

func (c *givenCheck) reject(key, value, allowed string, args ...any) {
	c.problems = append(c.problems, config.Problem{Key: key, Value: value, Allowed: fmt.Sprintf(allowed, args...)})
}

// Check compares a network with what the platform needs. Everything about it can be told before the first resource is registered.
func (g GivenNetwork) Check(found FoundNetwork) []config.Problem {
	check := &givenCheck{given: g, found: found}
	check.network()
	complete := true
	for _, subnet := range g.Subnets {
		in := check.subnetNamed(subnet.Name)
		if in == nil {
			complete = false
			check.reject(subnet.Key, subnet.Name, "a subnet of %s: %s", resourceid.Name(g.ID), strings.Join(subnetNames(found.Network), ", "))
			continue
		}
		check.subnet(subnet, in)
	}
	if complete {
		check.flows()
	}
	return check.problems
}

func (c *givenCheck) network() {
	g, vnet := c.given, c.found.Network
	if location := tree.Text(vnet, "location"); !strings.EqualFold(strings.ReplaceAll(location, " ", ""), g.Location) {
		c.reject(g.Key, g.Value, "a network in the region %s; this one is in %s", g.Location, location)
	}
	for _, written := range tree.Texts(vnet, "addressSpace", "addressPrefixes") {
		for _, reserved := range g.Reserved {
			if space, err := netip.ParsePrefix(written); err == nil && space.Overlaps(reserved) {
				c.reject(g.Key, g.Value, "a network without %s, which overlaps %s: clusters use that themselves", space, reserved)
			}
		}
	}
	if len(g.Hub.DNSServers) > 0 {
		if servers := tree.Texts(vnet, "dhcpOptions", "dnsServers"); !slices.Equal(servers, g.Hub.DNSServers) {
			c.reject(g.Key, g.Value, "a network whose DNS servers are %s (dns.servers or hub.nextHop); these are %s",
				strings.Join(g.Hub.DNSServers, ", "), orNone(servers))
		}
	}
	if g.Hub.NetworkID != "" && !slices.ContainsFunc(tree.List(vnet, "virtualNetworkPeerings"), func(peering any) bool {
		return resourceid.Equal(tree.Text(peering, "remoteVirtualNetwork", "id"), g.Hub.NetworkID) &&
			tree.Text(peering, "peeringState") == "Connected"
	}) {
		c.reject(g.Key, g.Value, "a network that is peered with hub.networkId, in state Connected")
	}
}

func (c *givenCheck) subnetNamed(name string) any {
	for _, subnet := range tree.List(c.found.Network, "subnets") {
		if strings.EqualFold(tree.Text(subnet, "name"), name) {
			return subnet
		}
	}
	return nil
}

// SubnetsOf are those of a network, in the form of azure-native's outputs, that the platform uses.
func (g GivenNetwork) SubnetsOf(vnet map[string]any) []any {
	return slices.DeleteFunc(slices.Clone(tree.List(vnet, "subnets")), func(subnet any) bool {
		return !slices.ContainsFunc(g.Subnets, func(used GivenSubnet) bool { return strings.EqualFold(used.Name, tree.Text(subnet, "name")) })
	})
}

func (c *givenCheck) subnet(needed GivenSubnet, in any) {
	reject := func(allowed string, args ...any) { c.reject(needed.Key, needed.Name, allowed, args...) }
	prefixes := tree.Texts(in, "addressPrefixes")
	if one := tree.Text(in, "addressPrefix"); one != "" {
		prefixes = []string{one}
	}
	if !slices.Equal(prefixes, []string{needed.Prefix.String()}) {
		c.reject(needed.RangeKey, needed.Prefix.String(), "%s, the range of subnet %s", orNone(prefixes), needed.Name)
	}
	if used := len(tree.List(in, "ipConfigurations")); needed.Free > config.UsableAddresses(needed.Prefix)-used {
		reject("a subnet with %d free addresses; this one has %d of %d in use", needed.Free, used, config.UsableAddresses(needed.Prefix))
	}
	var services []string
	for _, delegation := range tree.List(in, "delegations") {
		services = append(services, tree.Text(delegation, "serviceName"))
	}
	switch {
	case needed.Delegation == "" && len(services) > 0:
		reject("a subnet without delegation; this one is delegated to %s", strings.Join(services, ", "))
	case needed.Delegation != "" && (len(services) != 1 || !strings.EqualFold(services[0], needed.Delegation)):
		reject("a subnet delegated to %s; this one is delegated to %s", needed.Delegation, orNone(services))
	}
	if needed.EndpointPoliciesOff && tree.Text(in, "privateEndpointNetworkPolicies") != "Disabled" {
		reject("a subnet with privateEndpointNetworkPolicies Disabled: AKS puts the private endpoint of its API server there")
	}
	if needed.PrivateLinkServices && tree.Text(in, "privateLinkServiceNetworkPolicies") != "Disabled" {
		reject("a subnet with privateLinkServiceNetworkPolicies Disabled: Azure Image Builder puts a private link service there")
	}
	if needed.Delegation == applicationGateways && len(tree.List(in, "serviceEndpointPolicies")) > 0 {
		reject("a subnet without service endpoint policies, which an application gateway does not support")
	}
	if !needed.OwnWay {
		if tree.Text(in, "networkSecurityGroup", "id") == "" {
			reject("a subnet with a network security group")
		}
		c.routes(needed, in, reject)
	}
}

// routes wants the way of what leaves the subnet: to the hub's firewall, or not there.
func (c *givenCheck) routes(needed GivenSubnet, in any, reject func(string, ...any)) {
	id := tree.Text(in, "routeTable", "id")
	if id != "" && c.found.Tables[resourceid.Key(id)] == nil {
		return // it may not be read
	}
	hop, address := defaultRoute(c.found.Tables[resourceid.Key(id)])
	switch wanted := c.given.Hub.NextHop; {
	case needed.Unrouted && strings.EqualFold(hop, "VirtualAppliance"):
		reject("a subnet without a route 0.0.0.0/0 to an appliance: it answers users or the network itself, and route table %s sends that to %s",
			resourceid.Name(id), address)
	case !needed.Unrouted && (!strings.EqualFold(hop, "VirtualAppliance") || wanted != "" && address != wanted):
		if wanted == "" {
			wanted = "the hub's firewall"
		}
		reject("a subnet with a route 0.0.0.0/0 to %s, next hop type VirtualAppliance; its default route leads to %s", wanted, orNone(
			slices.DeleteFunc([]string{hop, address}, func(text string) bool { return text == "" })))
	}
}

func defaultRoute(table map[string]any) (hop, address string) {
	for _, route := range tree.List(table, "routes") {
		if tree.Text(route, "addressPrefix") == "0.0.0.0/0" {
			return tree.Text(route, "nextHopType"), tree.Text(route, "nextHopIpAddress")
		}
	}
	return "", ""
}

// flows asks the security groups about each flow. Only they count: what is behind the subnets is not in the given network.
func (c *givenCheck) flows() {
	net, err := flow.New(c.resources(), flow.Options{})
	if err != nil {
		c.reject(c.given.Key, c.given.Value, "a network whose security groups and routes can be judged: %v", err)
		return
	}
	blocked := map[string]bool{}
	for _, needed := range c.given.Flows {
		result := net.Check(flow.Flow{From: needed.From.Endpoint, To: needed.To.Endpoint, Protocol: needed.Protocol, Port: needed.Port})
		if result.Allowed || result.Layer != flow.LayerNSGIn && result.Layer != flow.LayerNSGOut {
			continue
		}
		end := needed.To.Name
		if result.Layer == flow.LayerNSGOut {
			end = needed.From.Name
		}
		at := c.subnetAt(end)
		message := fmt.Sprintf("%s: a security group that lets %s %d from %s to %s through, since %s; rule %s does not",
			at.Name, needed.Protocol, needed.Port, needed.From.Name, needed.To.Name, needed.Why, result.By)
		if !blocked[message] {
			c.reject(at.Key, at.Name, "%s", message)
		}
		blocked[message] = true
	}
}

// subnetAt is the needed subnet at one end of a flow, or the one of the private endpoints, which have another name in words.
func (c *givenCheck) subnetAt(end string) GivenSubnet {
	for _, subnet := range c.given.Subnets {
		if strings.EqualFold(subnet.Name, end) || subnet.SecurityGroup == groupPrivateLinkEndpoints && end == privateEndpoints {
			return subnet
		}
	}
	return c.given.Subnets[0]
}

// resources are the network with what could be read of it, and the hub as far as it is known: security rules for VirtualNetwork include it.
func (c *givenCheck) resources() []flow.Resource {
	vnet := tree.CloneObject(c.found.Network)
	vnet["subnets"] = c.given.SubnetsOf(vnet)
	var all []flow.Resource
	for _, subnet := range tree.List(vnet, "subnets") {
		object, _ := subnet.(map[string]any)
		for property, known := range map[string]map[string]map[string]any{"networkSecurityGroup": c.found.Groups, "routeTable": c.found.Tables} {
			if known[resourceid.Key(tree.Text(object, property, "id"))] == nil {
				delete(object, property)
			}
		}
		// What others have in the subnet takes its addresses, and plays no part here. Policies and peering are mistakes of their own.
		delete(object, "ipConfigurations")
		for _, needed := range c.given.Subnets {
			if needed.PrivateLinkServices && strings.EqualFold(needed.Name, tree.Text(object, "name")) {
				object["privateLinkServiceNetworkPolicies"] = "Disabled"
			}
		}
	}
	for id, group := range c.found.Groups {
		if group == nil {
			continue
		}
		all = append(all, flow.Resource{Type: "Microsoft.Network/networkSecurityGroups", ID: id, Properties: group})
	}
	for id, table := range c.found.Tables {
		if table == nil {
			continue
		}
		all = append(all, flow.Resource{Type: "Microsoft.Network/routeTables", ID: id, Properties: table})
	}
	vnet["virtualNetworkPeerings"] = []any{}
	if hub := c.given.Hub; hub.NetworkID != "" {
		vnet["virtualNetworkPeerings"] = []any{peeringWith(hub.NetworkID)}
		all = append(all, flow.Resource{Type: "Microsoft.Network/virtualNetworks", ID: hub.NetworkID, Properties: map[string]any{
			"addressSpace":           map[string]any{"addressPrefixes": texts(hub.AddressSpaces)},
			"virtualNetworkPeerings": []any{peeringWith(c.given.ID)},
		}})
	}
	return append(all, flow.Resource{Type: "Microsoft.Network/virtualNetworks", ID: c.given.ID, Properties: vnet})
}

func peeringWith(id string) map[string]any {
	return map[string]any{"name": "peering", "remoteVirtualNetwork": map[string]any{"id": id}}
}

func subnetNames(vnet map[string]any) []string {
	var names []string
	for _, subnet := range tree.List(vnet, "subnets") {
		names = append(names, tree.Text(subnet, "name"))
	}
	return names
}

func orNone(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}
