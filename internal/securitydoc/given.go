package securitydoc

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/imagebuilder"
	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/network"
)

// stack is a configuration as Pulumi stores it.
type stack map[string]string

// Project is the namespace of the keys.
func (stack) Project() string { return recording.Project }

// GetConfig returns a value by its namespaced key.
func (s stack) GetConfig(key string) (string, bool) {
	value, set := s[key]
	return value, set
}

// writeGiven writes what networks and subnets that exist have to be, with everything switched on.
func writeGiven(tables map[string]string) error {
	stored, err := stored(merged(optional, map[string]map[string]any{"registry": {"agentPool": true}}))
	if err != nil {
		return err
	}
	cfg, err := config.Load(stack(stored), imagebuilder.ToolNames())
	if err != nil {
		return fmt.Errorf("load the configuration: %w", err)
	}
	const theirs = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/given"
	stamp, builder := cfg.Stamps[0], cfg.ImageBuilder
	stamp.NetworkID, builder.SubnetID = theirs, theirs+"/subnets/snet-imagebuilder"
	dns := cfg.Hub.FirewallSubnet.Addr().Next().String()
	cluster := network.GivenCluster(&network.GivenClusterArgs{
		Placement: cfg.Placement, Stamp: stamp, Hub: network.GivenHub{DNSServers: []string{dns}}, Bastion: cfg.Hub.BastionSubnet,
		BuildAgents: cfg.BuildAgents, VirtualNodes: cfg.VirtualNodes, AgentPool: true,
	})
	build := network.BuildSubnet(cfg.Placement, builder, imagebuilder.EgressRules(builder.ToolVersions))
	subnets := newTable("Subnet", "Range by default", "Delegated to", "Route 0.0.0.0/0", "Policies that are off")
	for _, subnet := range slices.Concat(cluster.Subnets, build.Subnets) {
		route, delegation, off := "to the firewall", "nothing", "none is asked for"
		switch {
		case subnet.OwnWay:
			route = "as you like"
		case subnet.Unrouted:
			route = "none to an appliance"
		}
		if subnet.Delegation != "" {
			delegation = code(subnet.Delegation)
		}
		switch {
		case subnet.EndpointPoliciesOff:
			off = code("privateEndpointNetworkPolicies")
		case subnet.PrivateLinkServices:
			off = code("privateLinkServiceNetworkPolicies")
		}
		subnets.add(code(subnet.Name), subnet.Prefix.String(), delegation, route, off)
	}
	tables["given subnets"] = subnets.String()
	tables["given connections"] = connections(slices.Concat(cluster.Flows, build.Flows), dns)
	return nil
}

// connection is a row of flows that differ at one end only.
type connection struct {
	from, to  []string
	port, why string
}

// connections are the flows, with those of one reason in one row.
func connections(flows []network.RequiredFlow, dns string) string {
	name := func(end network.FlowEnd) string {
		switch {
		case end.Name == dns:
			return "the DNS servers"
		case strings.HasPrefix(end.Name, "snet-"):
			return code(end.Name)
		}
		return end.Name
	}
	var rows []connection
	for _, flow := range flows {
		port, from, to := fmt.Sprintf("%s %d", flow.Protocol, flow.Port), name(flow.From), name(flow.To)
		at := slices.IndexFunc(rows, func(r connection) bool {
			return r.port == port && r.why == flow.Why && slices.Equal(r.from, []string{from})
		})
		if at < 0 {
			rows = append(rows, connection{from: []string{from}, port: port, why: flow.Why})
			at = len(rows) - 1
		}
		rows[at].to = append(rows[at].to, to)
	}
	var joined []connection
	for _, row := range rows {
		at := slices.IndexFunc(joined, func(r connection) bool { return r.port == row.port && r.why == row.why && slices.Equal(r.to, row.to) })
		if at < 0 {
			joined = append(joined, row)
			continue
		}
		joined[at].from = append(joined[at].from, row.from...)
	}
	table := newTable("From", "To", "Port", "Because")
	for _, row := range joined {
		table.add(strings.Join(row.from, ", "), strings.Join(row.to, ", "), row.port, row.why)
	}
	return table.String()
}
