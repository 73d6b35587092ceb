package network

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/tree"
)

var routeTableKind = &arm.Kind{
	Token: "network:RouteTable", Path: networking.Provider + "/routeTables/{routeTableName}",
	Name: networking.NamePattern, Located: true, Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkRoutes},
}

var nextHopTypes = []string{"Internet", "None", "VirtualAppliance", "VirtualNetworkGateway", "VnetLocal"}

// checkRoutes checks the routes of a route table.
func checkRoutes(op *arm.Operation) error {
	names, targets := map[string]bool{}, map[string]string{}
	for _, route := range tree.List(op.Inputs, "routes") {
		name, target := tree.Text(route, "name"), tree.Text(route, "addressPrefix")
		if !isServiceTag(target) {
			if _, err := networking.Prefixes("route "+name, []string{target}); err != nil {
				return err
			}
		}
		if other, taken := targets[target]; taken {
			return arm.BadRequest("RouteConflict", "routes %s and %s of %s have the same range", other, name, op.ID)
		}
		if names[strings.ToLower(name)] {
			return arm.BadRequest("DuplicateResourceName", "two routes of %s are named %s", op.ID, name)
		}
		names[strings.ToLower(name)], targets[target] = true, name
		hop, hopType := tree.Text(route, "nextHopIpAddress"), tree.Text(route, "nextHopType")
		if !slices.Contains(nextHopTypes, hopType) {
			return arm.BadRequest("InvalidRequestFormat", "route %s: next hop type %q is not one of %s", name, hopType, strings.Join(nextHopTypes,
				", "))
		}
		_, err := netip.ParseAddr(hop)
		if hopType == "VirtualAppliance" && err != nil {
			return arm.BadRequest("InvalidNextHop", "route %s: next hop %q is not an IP address", name, hop)
		}
		if hopType != "VirtualAppliance" && hop != "" {
			return arm.BadRequest("InvalidNextHop", "route %s: only a VirtualAppliance has a next hop address", name)
		}
	}
	return nil
}
