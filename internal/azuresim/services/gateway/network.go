package gateway

import (
	"slices"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/tree"
)

func checkGatewayNetwork(op *arm.Operation) error {
	for _, front := range tree.List(op.Inputs, "frontendIPConfigurations") {
		id := tree.Text(front, "publicIPAddress", "id")
		address := op.Sub.Find(id)
		if address == nil {
			continue
		}
		if err := networking.CheckAddressFree(op, id); err != nil {
			return err
		}
		for _, zone := range tree.Texts(op.Inputs, "zones") {
			if !slices.Contains(tree.Texts(address.Inputs, "zones"), zone) {
				return arm.BadRequest("ApplicationGatewayPublicIPZoneMismatch", "%s is in zone %s, its public IP address %s is not",
					op.ID, zone, address.ID)
			}
		}
	}
	for _, configuration := range tree.List(op.Inputs, "gatewayIPConfigurations") {
		if err := checkGatewaySubnet(op, tree.Text(configuration, "subnet", "id")); err != nil {
			return err
		}
	}
	return nil
}

// checkGatewaySubnet checks the subnet by the Azure document "Application Gateway infrastructure configuration".
func checkGatewaySubnet(op *arm.Operation, subnet string) error {
	if networking.SubnetOf(op.Sub, subnet) == nil {
		return arm.BadRequest("InvalidResourceReference", "%s needs a subnet; %q is none", op.ID, subnet)
	}
	for _, r := range op.Sub.Sorted() {
		if r.JoinsSubnets() && r.Kind != op.Kind && r.RefersTo(subnet) {
			return arm.BadRequest("ApplicationGatewaySubnetCannotBeUsedByOtherResources",
				"subnet %s must hold application gateways only; %s is in it", subnet, r.ID)
		}
	}
	instances, _ := tree.Number(op.Inputs, "sku", "capacity")
	if high, limited := tree.Number(op.Inputs, "autoscaleConfiguration", "maxCapacity"); limited {
		instances = high
	}
	if room := networking.UsableAddresses(op.Sub, subnet); room < int(instances) {
		return arm.BadRequest("ApplicationGatewaySubnetTooSmall", "subnet %s has %d addresses; %v instances of %s need one each",
			subnet, room, instances, op.ID)
	}
	return CheckSubnetTraffic(op.Sub, op.ID, subnet)
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

// CheckSubnetTraffic says which traffic that a gateway needs is blocked in its subnet.
func CheckSubnetTraffic(s *arm.Subscription, gatewayID, subnet string) error {
	if hop, _ := networking.DefaultRoute(s, subnet); hop != "" && hop != "Internet" {
		return arm.BadRequest("ApplicationGatewaySubnetUserDefinedRouteNotSupported",
			"%s cannot work in subnet %s: its route table sends 0.0.0.0/0 to %s, and the gateway's control plane needs the internet",
			gatewayID, subnet, hop)
	}
	net, err := s.Network(flow.Options{})
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
				return arm.BadRequest(needed.code, "%s cannot work in subnet %s: %s", gatewayID, subnet, networking.DescribeBlock(result))
			}
		}
	}
	return nil
}
