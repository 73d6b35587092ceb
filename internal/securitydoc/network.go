package securitydoc

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/network"
)

// writeNetwork writes the peerings, the subnets, and the private DNS zones.
func writeNetwork(tables map[string]string, m *recording.Monitor) error {
	peerings := newTable("Network", "Peered with", "Forwarded traffic", "Gateway")
	for _, r := range m.OfType(typetoken.Peering) {
		gateway := "none"
		if tree.Truth(r.Inputs, "allowGatewayTransit") || tree.Truth(r.Inputs, "useRemoteGateways") {
			gateway = "in transit"
		}
		peerings.add(code(tree.Text(r.Inputs, "virtualNetworkName")), code(resourceid.Name(tree.Text(r.Inputs, "remoteVirtualNetwork", "id"))),
			allowed(tree.Truth(r.Inputs, "allowForwardedTraffic")), gateway)
	}
	tables["peerings"] = peerings.String()

	subnets := newTable("Subnet", "Range", "Default outbound access", "Security group", "Route table")
	for _, network := range m.OfType(typetoken.VNet) {
		for _, subnet := range tree.List(network.Inputs, "subnets") {
			outbound := "on"
			if tree.At(subnet, "defaultOutboundAccess") == false {
				outbound = "off"
			}
			subnets.add(code(tree.Text(subnet, "name")), subnetRange(subnet), outbound, named(subnet, "networkSecurityGroup"), named(subnet, "routeTable"))
		}
	}
	tables["subnets"] = subnets.String()

	zones := newTable("Private DNS zone", "Linked to")
	for _, zone := range m.OfType(typetoken.PrivateZone) {
		name := tree.Text(zone.Inputs, "privateZoneName")
		var networks []string
		for _, link := range m.OfType(typetoken.ZoneLink) {
			if tree.Text(link.Inputs, "privateZoneName") != name {
				continue
			}
			if tree.Truth(link.Inputs, "registrationEnabled") {
				return fmt.Errorf("write private DNS zones: machines register names in %s", name)
			}
			networks = append(networks, code(resourceid.Name(tree.Text(link.Inputs, "virtualNetwork", "id"))))
		}
		zones.add(code(name), strings.Join(networks, ", "))
	}
	tables["private DNS zones"] = zones.String()
	return nil
}

func allowed(yes bool) string {
	if yes {
		return "allowed"
	}
	return "refused"
}

func subnetRange(subnet any) string {
	if one := tree.Text(subnet, "addressPrefix"); one != "" {
		return one
	}
	return strings.Join(tree.Texts(subnet, "addressPrefixes"), ", ")
}

// named is the name of a resource that a subnet refers to.
func named(subnet any, property string) string {
	id := tree.Text(subnet, property, "id")
	if id == "" {
		return "none"
	}
	return code(resourceid.Name(id))
}

// inTransit switches on what spokes use of a gateway in the hub.
var inTransit = map[string]map[string]any{"hub": {
	"allowGatewayTransit": true, "useRemoteGateways": true, "allowForwardedTraffic": true, "gatewayRoutes": true,
}}

// writeTransit writes what the keys about a gateway in the hub open. Each of them changes the property that it names.
func writeTransit(tables map[string]string, standard, transit *recording.Monitor) error {
	types := map[string]struct{ token, name string }{
		"peering": {typetoken.Peering, "virtualNetworkPeeringName"}, "route table": {typetoken.RouteTable, "routeTableName"},
	}
	openings := newTable("Key", "What it changes", "What it opens")
	for _, opening := range network.TransitOpenings {
		of := types[opening.Type]
		before := map[string]any{}
		for _, r := range standard.OfType(of.token) {
			before[r.URN] = r.Inputs[opening.Property]
		}
		var changed []string
		var to any
		for _, r := range transit.OfType(of.token) {
			value := r.Inputs[opening.Property]
			if was, there := before[r.URN]; !there || was == value {
				continue
			}
			changed, to = append(changed, code(tree.Text(r.Inputs, of.name))), value
		}
		if len(changed) == 0 {
			return fmt.Errorf("write what %s opens: it changes %s of no %s", opening.Key, opening.Property, opening.Type)
		}
		openings.add(code(opening.Key), fmt.Sprintf("%s becomes %v, of %s", code(opening.Property), to, strings.Join(slices.Compact(changed), ", ")),
			opening.Opens)
	}
	tables["gateway transit"] = openings.String()
	return nil
}
