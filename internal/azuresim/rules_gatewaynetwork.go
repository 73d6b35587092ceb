package azuresim

import (
	"slices"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

func checkGatewayNetwork(op *operation) error {
	for _, front := range tree.List(op.inputs, "frontendIPConfigurations") {
		id := tree.Text(front, "publicIPAddress", "id")
		address := op.sub.find(id)
		if address == nil {
			continue
		}
		if err := checkAddressFree(op, id); err != nil {
			return err
		}
		for _, zone := range tree.Texts(op.inputs, "zones") {
			if !slices.Contains(tree.Texts(address.Inputs, "zones"), zone) {
				return badRequest("ApplicationGatewayPublicIPZoneMismatch", "%s is in zone %s, its public IP address %s is not",
					op.id, zone, address.ID)
			}
		}
	}
	for _, configuration := range tree.List(op.inputs, "gatewayIPConfigurations") {
		if err := checkGatewaySubnet(op, tree.Text(configuration, "subnet", "id")); err != nil {
			return err
		}
	}
	return nil
}

// checkGatewaySubnet holds the subnet against the Azure document "Application Gateway infrastructure configuration".
func checkGatewaySubnet(op *operation, subnet string) error {
	if op.sub.subnetOf(subnet) == nil {
		return badRequest("InvalidResourceReference", "%s needs a subnet; %q is none", op.id, subnet)
	}
	for _, r := range op.sub.sorted() {
		if r.joinsSubnets() && r.kind != op.kind && r.refersTo(subnet) {
			return badRequest("ApplicationGatewaySubnetCannotBeUsedByOtherResources",
				"subnet %s must hold application gateways only; %s is in it", subnet, r.ID)
		}
	}
	instances, _ := tree.Number(op.inputs, "sku", "capacity")
	if high, limited := tree.Number(op.inputs, "autoscaleConfiguration", "maxCapacity"); limited {
		instances = high
	}
	if room := op.sub.usableAddresses(subnet); room < int(instances) {
		return badRequest("ApplicationGatewaySubnetTooSmall", "subnet %s has %d addresses; %v instances of %s need one each",
			subnet, room, instances, op.id)
	}
	return op.sub.checkSubnetTraffic(op.id, subnet)
}

// gatewayFlows is what the security group and the routes of a gateway's subnet must leave open.
var gatewayFlows = []struct {
	inbound bool
	peer    string
	ports   []uint16
	code    string
}{
	{true, "GatewayManager", []uint16{65200, 65535}, "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup"},
	{true, "AzureLoadBalancer", []uint16{80, 443}, "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup"},
	{false, "Internet", []uint16{443}, "ApplicationGatewaySubnetOutboundTrafficBlockedByNetworkSecurityGroup"},
}

func (s *subscription) checkSubnetTraffic(gatewayID, subnet string) error {
	if hop, _ := s.defaultRoute(subnet); hop != "" && hop != "Internet" {
		return badRequest("ApplicationGatewaySubnetUserDefinedRouteNotSupported",
			"%s cannot work in subnet %s: its route table sends 0.0.0.0/0 to %s, and the gateway's control plane needs the internet", gatewayID, subnet, hop)
	}
	net, err := s.network(flow.Options{})
	if err != nil {
		return err
	}
	for _, needed := range gatewayFlows {
		for _, port := range needed.ports {
			attempt := flow.Flow{From: flow.Tag(needed.peer), To: flow.Subnet(subnet), Protocol: flow.TCP, Port: port}
			if !needed.inbound {
				attempt.From, attempt.To = attempt.To, attempt.From
			}
			result := net.Check(attempt)
			// Only the security group counts here: the gateway brings its own way to the internet.
			if !result.Allowed && (result.Layer == flow.LayerNSGIn || result.Layer == flow.LayerNSGOut) {
				return badRequest(needed.code, "%s cannot work in subnet %s: %s", gatewayID, subnet, describeBlock(result))
			}
		}
	}
	return nil
}
