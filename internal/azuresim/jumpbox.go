package azuresim

import (
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/azuresim/services/compute"
	"aks-regulated-pulumi/internal/azuresim/services/image"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

func checkJumpBox(s *arm.Subscription, boxes *arm.Record) error {
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, subnet := range compute.ScaleSetSubnets(boxes.Inputs) {
		for _, check := range []func(*arm.Subscription, *flow.Network, *arm.Record, string) error{bastionReachesBoxes, boxesReachAzure,
			sshIsClosed} {
			if err := check(s, net, boxes, subnet); err != nil {
				return err
			}
		}
	}
	if source := s.Find(tree.Text(boxes.Inputs, "virtualMachineProfile", "storageProfile", "imageReference", "id")); source != nil {
		if user := tree.Text(source.Contents, image.PasswordlessRoot); user != "" {
			return arm.BadRequest("JumpBoxExposed", "image %s lets user %s become root without a password", source.ID, user)
		}
	}
	return compute.CheckMachines(s, boxes.ID, boxes.Inputs)
}

func overSSH(from, to flow.Endpoint) flow.Flow {
	return flow.Flow{From: from, To: to, Protocol: flow.TCP, Port: 22}
}

func bastionReachesBoxes(s *arm.Subscription, net *flow.Network, boxes *arm.Record, subnet string) error {
	hosts := 0
	for _, r := range s.Sorted() {
		if r.Token != "network:BastionHost" || !r.Usable() {
			continue
		}
		for _, configuration := range tree.List(r.Inputs, "ipConfigurations") {
			hosts++
			if why := networking.DescribeBlock(net.Check(overSSH(flow.Subnet(tree.Text(configuration, "subnet", "id")),
				flow.Subnet(subnet)))); why != "" {
				return arm.BadRequest("JumpBoxUnreachable", "Bastion host %s cannot open SSH to %s. %s", r.ID, boxes.ID, why)
			}
		}
	}
	if hosts == 0 {
		return arm.BadRequest("JumpBoxUnreachable", "there is no Bastion host to reach %s with", boxes.ID)
	}
	return nil
}

func boxesReachAzure(s *arm.Subscription, net *flow.Network, boxes *arm.Record, subnet string) error {
	blocked := func(host, why string) error {
		return arm.BadRequest("JumpBoxEgressBlocked", "machines of %s cannot reach %s on port 443. %s", boxes.ID, host, why)
	}
	if host, why := networking.BlockedHost(net, subnet, boxes.Inputs, "*", "Azure CLI"); why != "" {
		return blocked(host, why)
	}
	vnet := resourceid.Parent(subnet)
	for _, cluster := range networking.InNetwork(s, "Microsoft.ContainerService/managedClusters", vnet) {
		host, reach := aks.APIServerOf(s, cluster), func(host string) string { return networking.TLSBlocker(net, flow.Subnet(subnet), host) }
		if strings.Contains(host, ".privatelink.") {
			reach = func(host string) string { return networking.PrivateTLSBlocker(net, subnet, host) }
		}
		if why := reach(host); why != "" {
			return blocked(host, why)
		}
	}
	for _, host := range networking.EndpointHosts(s, vnet) {
		if why := networking.PrivateTLSBlocker(net, subnet, host); why != "" {
			return blocked(host, why)
		}
	}
	return nil
}

// sshIsClosed sees that neither the internet nor anything in the network opens SSH to the jump boxes: not nodes, not gateways, and
// not one jump box to another.
func sshIsClosed(s *arm.Subscription, net *flow.Network, boxes *arm.Record, subnet string) error {
	for _, nic := range compute.ScaleSetNICs(boxes.Inputs) {
		for _, configuration := range tree.List(nic, "ipConfigurations") {
			if tree.At(configuration, "publicIPAddressConfiguration") != nil {
				return arm.BadRequest("JumpBoxExposed", "machines of %s have public IP addresses (%s)",
					boxes.ID, tree.Text(configuration, "name"))
			}
		}
	}
	sources := map[string]flow.Endpoint{"the internet": flow.Tag("Internet")}
	for _, other := range tree.List(s.Find(resourceid.Parent(subnet)).Inputs, "subnets") {
		name := tree.Text(other, "name")
		sources["subnet "+name] = flow.Subnet(resourceid.Parent(subnet) + "/subnets/" + name)
	}
	for _, who := range slices.Sorted(maps.Keys(sources)) {
		if result := net.Check(overSSH(sources[who], flow.Subnet(subnet))); result.Allowed {
			return arm.BadRequest("JumpBoxExposed", "%s can open SSH to %s. Layer %s, %s: %s",
				who, boxes.ID, result.Layer, result.By, result.Reason)
		}
	}
	return nil
}
