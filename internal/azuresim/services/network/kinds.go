// Package network has virtual networks and what is in them, firewalls, private DNS and private endpoints.
package network

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are virtual networks, what is in them, firewalls, private DNS and private endpoints.
var Kinds = []*arm.Kind{
	virtualNetworkKind, peeringKind, securityGroupKind, routeTableKind, publicIPAddressKind, natGatewayKind, bastionKind,
	flowLogKind, firewallKind, firewallPolicyKind, ruleCollectionGroupKind, ipGroupKind, privateZoneKind, zoneLinkKind,
	privateEndpointKind, zoneGroupKind,
}
