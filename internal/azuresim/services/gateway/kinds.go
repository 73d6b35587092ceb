// Package gateway has application gateways and their firewall policies.
package gateway

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are application gateways and their firewall policies.
var Kinds = []*arm.Kind{
	gatewayKind, firewallPolicyOfGatewayKind,
}
