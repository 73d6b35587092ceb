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

// NetworkIsolation is the feature of a subscription by which Azure isolates new gateways in their network: they need a delegated subnet, and
// neither a rule for the control plane nor a way to the internet (Azure documents "Private Application Gateway deployment", 2026-04, and
// "Application Gateway infrastructure configuration", 2026-04).
const NetworkIsolation = "Microsoft.Network/EnableApplicationGatewayNetworkIsolation"

// isolated is the content of a gateway that Azure has isolated. One that is older than the feature stays as it is.
const isolated = "networkIsolation"

// isIsolated reports whether a gateway is isolated, or will be if it is new.
func isIsolated(s *arm.Subscription, existing *arm.Record) bool {
	if existing == nil {
		return s.HasFeature(NetworkIsolation)
	}
	return tree.Truth(existing.Contents, isolated)
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
	closed := isIsolated(op.Sub, op.Old)
	if closed && networking.Delegation(networking.SubnetOf(op.Sub, subnet)) != networking.ApplicationGateways {
		return arm.BadRequest("ApplicationGatewayNetworkIsolationRequiresSubnetDelegation", "application gateway %s with NetworkIsolation "+
			"requires subnet delegation. Please delegate subnet %s to %s", op.ID, subnet, networking.ApplicationGateways)
	}
	instances, _ := tree.Number(op.Inputs, "sku", "capacity")
	if high, limited := tree.Number(op.Inputs, "autoscaleConfiguration", "maxCapacity"); limited {
		instances = high
	}
	if room := networking.UsableAddresses(op.Sub, subnet); room < int(instances) {
		return arm.BadRequest("ApplicationGatewaySubnetTooSmall", "subnet %s has %d addresses; %v instances of %s need one each",
			subnet, room, instances, op.ID)
	}
	return checkSubnetTraffic(op.Sub, op.ID, subnet, closed)
}

// gatewayFlows is what the security group and the routes of a gateway's subnet must leave open; control is what only a gateway needs that
// is not isolated.
var gatewayFlows = []struct {
	inbound, control bool
	peer             string
	ports            []uint16
	code             string
}{
	{true, true, "GatewayManager", []uint16{65200, 65535}, "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup"},
	{true, false, "AzureLoadBalancer", []uint16{80, 443}, "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup"},
	{false, true, "Internet", []uint16{443}, "ApplicationGatewaySubnetOutboundTrafficBlockedByNetworkSecurityGroup"},
}

// CheckSubnetTraffic says which traffic that a deployed gateway needs is blocked in a subnet of it.
func CheckSubnetTraffic(s *arm.Subscription, gateway *arm.Record, subnet string) error {
	return checkSubnetTraffic(s, gateway.ID, subnet, isIsolated(s, gateway))
}

func checkSubnetTraffic(s *arm.Subscription, gatewayID, subnet string, closed bool) error {
	// The code is from Azure/terraform-azurerm-avm-ptn-aiml-landing-zone issue 28.
	if hop, _ := networking.DefaultRoute(s, subnet); !closed && hop != "" && hop != "Internet" {
		return arm.BadRequest("ApplicationGatewaySubnetUserDefinedRouteNotAllowed",
			"%s cannot work in subnet %s: its route table sends 0.0.0.0/0 to %s, and the gateway's control plane needs the internet",
			gatewayID, subnet, hop)
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	for _, needed := range gatewayFlows {
		if closed && needed.control {
			continue
		}
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
