// Package network has virtual networks and what is in them, firewalls, private DNS and private endpoints.
package network

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
)

// Kinds are virtual networks, what is in them, firewalls, private DNS and private endpoints.
var Kinds = []*arm.Kind{
	virtualNetworkKind, peeringKind, securityGroupKind, routeTableKind, publicIPAddressKind, natGatewayKind, bastionKind,
	flowLogKind, firewallKind, firewallPolicyKind, ruleCollectionGroupKind, ipGroupKind, privateZoneKind, zoneLinkKind,
	privateEndpointKind, zoneGroupKind, subnetKind, networkWatcherKind, networkGatewayKind, networkInterfaceKind, ddosPlanKind,
}

// Kinds that can only be looked up: a subnet is a part of its network, and a Network Watcher comes with the first one of a region.
var (
	subnetKind = &arm.Kind{
		Token: "network:Subnet", Path: networking.Provider + "/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}", Part: true,
	}
	networkWatcherKind = &arm.Kind{
		Token: "network:NetworkWatcher", Path: networking.Provider + "/networkWatchers/{networkWatcherName}",
	}
)
