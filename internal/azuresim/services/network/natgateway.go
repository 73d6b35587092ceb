package network

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

var natGatewayKind = &arm.Kind{
	Token: "network:NatGateway", Path: networking.Provider + "/natGateways/{natGatewayName}",
	Name: networking.NamePattern, Located: true, Create: 15 * time.Second, Update: 15 * time.Second, Remove: 15 * time.Second,
	Immutable: []arm.Immutable{arm.ZonesFixed, {Paths: []string{"sku"}}},
	Rules:     []func(*arm.Operation) error{checkNATGateway},
	Compute:   func(op *arm.Operation) map[string]any { return map[string]any{"resourceGuid": op.GUID()} },
}

func checkNATGateway(op *arm.Operation) error {
	if tree.Text(op.Inputs, "sku", "name") != "Standard" {
		return arm.BadRequest("InvalidRequestFormat", "%s: the SKU must be Standard", op.ID)
	}
	if len(tree.List(op.Inputs, "zones")) > 1 {
		return arm.BadRequest("InvalidRequestFormat", "%s: a NAT gateway is in one zone or in none", op.ID)
	}
	if minutes, set := tree.Number(op.Inputs, "idleTimeoutInMinutes"); set && (minutes < 4 || minutes > 120) {
		return arm.BadRequest("InvalidRequestFormat", "%s: idleTimeoutInMinutes must be 4 to 120", op.ID)
	}
	for _, address := range tree.List(op.Inputs, "publicIpAddresses") {
		if err := networking.CheckAddressFree(op, tree.Text(address, "id")); err != nil {
			return err
		}
	}
	return nil
}
