package network

import (
	"fmt"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// spokeRoutes are the route tables of a spoke.
type spokeRoutes struct {
	// toFirewall sends everything to the hub's firewall. local has no routes, and keeps those of a gateway in the hub out; nil where spokes use none.
	toFirewall, local *network.RouteTable
}

// of is the table of a subnet; nil for none.
func (r spokeRoutes) of(subnet SpokeSubnet) *network.RouteTable {
	if subnet.Unrouted {
		return r.local
	}
	return r.toFirewall
}

func newSpokeRoutes(ctx *pulumi.Context, name string, args *SpokeArgs, child pulumi.ResourceOption) (routes spokeRoutes, err error) {
	transit := args.Hub.spokes.Transit
	routes.toFirewall, err = network.NewRouteTable(ctx, name, &network.RouteTableArgs{
		RouteTableName:    pulumi.String("route-" + args.Name + "-to-hub-fw"),
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		Routes: network.RouteTypeArray{network.RouteTypeArgs{
			Name:             pulumi.String("r-nexthop-to-fw"),
			AddressPrefix:    pulumi.String("0.0.0.0/0"),
			NextHopType:      pulumi.String("VirtualAppliance"),
			NextHopIpAddress: args.Hub.NextHop,
		}},
		// A gateway in the hub must not be able to announce a way around the firewall, unless that is what was asked for.
		DisableBgpRoutePropagation: pulumi.Bool(!transit.GatewayRoutes),
	}, child)
	if err != nil {
		return routes, fmt.Errorf("route table of %s: %w", args.Name, err)
	}
	if !transit.UseRemoteGateways || !anyUnrouted(args.Subnets) {
		return routes, nil
	}
	// A default route that a gateway in the hub announces would take the application gateway's way to Azure (Azure document "Application
	// Gateway infrastructure configuration", supported user-defined routes).
	routes.local, err = network.NewRouteTable(ctx, name+"-local", &network.RouteTableArgs{
		RouteTableName:             pulumi.String("route-" + args.Name + "-local"),
		ResourceGroupName:          args.ResourceGroupName,
		Location:                   pulumi.String(args.Location),
		Tags:                       pulumi.ToStringMap(args.Tags),
		DisableBgpRoutePropagation: pulumi.Bool(true),
	}, child)
	if err != nil {
		return routes, fmt.Errorf("route table of %s without routes: %w", args.Name, err)
	}
	return routes, nil
}

func anyUnrouted(subnets []SpokeSubnet) bool {
	for _, subnet := range subnets {
		if subnet.Unrouted {
			return true
		}
	}
	return false
}
