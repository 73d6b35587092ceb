package network

import (
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const networkGatewayToken = "network:VirtualNetworkGateway"

// A gateway to other sites, as a hub of other people has one.
var networkGatewayKind = &arm.Kind{
	Token: networkGatewayToken, Path: networking.Provider + "/virtualNetworkGateways/{virtualNetworkGatewayName}",
	Name: networking.NamePattern, Located: true, Create: 30 * time.Minute, Update: 20 * time.Minute, Remove: 15 * time.Minute,
	JoinsSubnets: true, Rules: []func(*arm.Operation) error{checkNetworkGateway},
}

func checkNetworkGateway(op *arm.Operation) error {
	configurations := tree.List(op.Inputs, "ipConfigurations")
	for _, configuration := range configurations {
		if subnet := tree.Text(configuration, "subnet", "id"); !strings.EqualFold(resourceid.Name(subnet), "GatewaySubnet") {
			return arm.BadRequest("InvalidRequestFormat", "%s must be in a subnet named GatewaySubnet, not %q", op.ID, subnet)
		}
		if err := networking.CheckAddressFree(op, tree.Text(configuration, "publicIPAddress", "id")); err != nil {
			return err
		}
	}
	if len(configurations) == 0 {
		return arm.BadRequest("InvalidRequestFormat", "%s needs an IP configuration", op.ID)
	}
	return nil
}

// hasGateway reports whether there is a gateway in a virtual network.
func hasGateway(s *arm.Subscription, vnetID string) bool {
	for _, gateway := range s.OfToken(networkGatewayToken) {
		if gateway.Usable() && gateway.RefersTo(vnetID) {
			return true
		}
	}
	return false
}
