package azuresim

import (
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// apiServerOf is the name by which machines in the network reach a cluster's API server.
func (s *subscription) apiServerOf(cluster *record) string {
	if name := tree.Text(cluster.Outputs, "privateFQDN"); name != "" {
		return name
	}
	return tree.Text(cluster.Outputs, "fqdn")
}

// inNetwork are the resources of a type that refer to something in a virtual network.
func (s *subscription) inNetwork(armType, vnetID string) []*record {
	var found []*record
	for _, r := range s.sorted() {
		if r.ARMType == armType && r.Token != "" && r.usable() && r.refersTo(vnetID) {
			found = append(found, r)
		}
	}
	return found
}

func (s *subscription) checkJumpBox(boxes *record) error {
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, subnet := range scaleSetSubnets(boxes.Inputs) {
		for _, check := range []func(*flow.Network, *record, string) error{s.bastionReachesBoxes, s.boxesReachAzure, s.sshIsClosed} {
			if err := check(net, boxes, subnet); err != nil {
				return err
			}
		}
	}
	return s.checkMachines(boxes.ID, boxes.Inputs)
}

func overSSH(from, to flow.Endpoint) flow.Flow {
	return flow.Flow{From: from, To: to, Protocol: flow.TCP, Port: 22}
}

func (s *subscription) bastionReachesBoxes(net *flow.Network, boxes *record, subnet string) error {
	hosts := 0
	for _, r := range s.sorted() {
		if r.Token != "network:BastionHost" || !r.usable() {
			continue
		}
		for _, configuration := range tree.List(r.Inputs, "ipConfigurations") {
			hosts++
			if why := describeBlock(net.Check(overSSH(flow.Subnet(tree.Text(configuration, "subnet", "id")), flow.Subnet(subnet)))); why != "" {
				return badRequest("JumpBoxUnreachable", "Bastion host %s cannot open SSH to %s. %s", r.ID, boxes.ID, why)
			}
		}
	}
	if hosts == 0 {
		return badRequest("JumpBoxUnreachable", "there is no Bastion host to reach %s with", boxes.ID)
	}
	return nil
}

func (s *subscription) boxesReachAzure(net *flow.Network, boxes *record, subnet string) error {
	blocked := func(host, why string) error {
		return badRequest("JumpBoxEgressBlocked", "machines of %s cannot reach %s on port 443. %s", boxes.ID, host, why)
	}
	if host, why := s.blockedHost(net, subnet, boxes.Inputs, "Azure CLI"); why != "" {
		return blocked(host, why)
	}
	vnet := resourceid.Parent(subnet)
	for _, cluster := range s.inNetwork("Microsoft.ContainerService/managedClusters", vnet) {
		host, reach := s.apiServerOf(cluster), func(host string) string { return tlsBlocker(net, flow.Subnet(subnet), host) }
		if strings.Contains(host, ".privatelink.") {
			reach = func(host string) string { return privateTLSBlocker(net, subnet, host) }
		}
		if why := reach(host); why != "" {
			return blocked(host, why)
		}
	}
	for _, host := range s.endpointHosts(vnet) {
		if why := privateTLSBlocker(net, subnet, host); why != "" {
			return blocked(host, why)
		}
	}
	return nil
}

// endpointHosts are the names of the registries and vaults that have a private endpoint in a network.
func (s *subscription) endpointHosts(vnet string) []string {
	var hosts []string
	for _, endpoint := range s.inNetwork("Microsoft.Network/privateEndpoints", vnet) {
		if target, service := s.servedBy(connection(endpoint.Inputs)); service != nil {
			hosts = append(hosts, s.privateHosts(target)...)
		}
	}
	return hosts
}

// privateHosts are the names under which clients reach what private endpoints can lead to.
func (s *subscription) privateHosts(target *record) []string {
	var hosts []string
	if target.kind != nil && target.kind.privateLink != nil {
		for _, m := range target.kind.privateLink.members(s, target) {
			hosts = append(hosts, strings.ToLower(m.host))
		}
	}
	return hosts
}

// sshIsClosed sees that neither the internet nor anything in the network opens SSH to the jump boxes: not nodes, not gateways, and
// not one jump box to another.
func (s *subscription) sshIsClosed(net *flow.Network, boxes *record, subnet string) error {
	for _, nic := range scaleSetNICs(boxes.Inputs) {
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			if tree.At(configuration, "publicIPAddressConfiguration") != nil {
				return badRequest("JumpBoxExposed", "machines of %s have public IP addresses (%s)",
					boxes.ID, tree.Text(configuration, "name"))
			}
		}
	}
	sources := map[string]flow.Endpoint{"the internet": flow.Tag("Internet")}
	for _, other := range tree.List(s.find(resourceid.Parent(subnet)).Inputs, "subnets") {
		name := tree.Text(other, "name")
		sources["subnet "+name] = flow.Subnet(resourceid.Parent(subnet) + "/subnets/" + name)
	}
	for _, who := range slices.Sorted(maps.Keys(sources)) {
		if result := net.Check(overSSH(sources[who], flow.Subnet(subnet))); result.Allowed {
			return badRequest("JumpBoxExposed", "%s can open SSH to %s. Layer %s, %s: %s",
				who, boxes.ID, result.Layer, result.By, result.Reason)
		}
	}
	return nil
}
