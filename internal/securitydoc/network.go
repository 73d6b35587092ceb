package securitydoc

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
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
