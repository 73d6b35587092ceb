package aks

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// apiServerName is the label of the API server's name, and the domain or private zone it is in.
func apiServerName(op *arm.Operation) (label, domain string) {
	location, unique := strings.ToLower(tree.Text(op.Inputs, "location")), op.GUID("api server")
	label = tree.Text(op.Inputs, "fqdnSubdomain")
	if label == "" {
		label = strings.ToLower(tree.Text(op.Inputs, "dnsPrefix")) + "-" + unique[:8]
	}
	zone := tree.Text(op.Inputs, "apiServerAccessProfile", "privateDNSZone")
	switch {
	case !tree.Truth(op.Inputs, "apiServerAccessProfile", "enablePrivateCluster") || withoutZone(op.Inputs):
		return label, "hcp." + location + ".azmk8s.io"
	case strings.HasPrefix(zone, "/"):
		return label, strings.ToLower(resourceid.Name(zone))
	}
	return label, unique + ".privatelink." + location + ".azmk8s.io"
}

// withoutZone reports whether a private cluster has only a public name, which leads to the private address.
func withoutZone(inputs map[string]any) bool {
	return strings.EqualFold(tree.Text(inputs, "apiServerAccessProfile", "privateDNSZone"), "none")
}

// APIServerOf is the name by which machines in the network reach a cluster's API server.
func APIServerOf(s *arm.Subscription, cluster *arm.Record) string {
	if name := tree.Text(cluster.Outputs, "privateFQDN"); name != "" {
		return name
	}
	return tree.Text(cluster.Outputs, "fqdn")
}

// makeAPIServerEndpoint makes the private endpoint of the API server in the subnet of the first system pool, its record, and the
// zone's link to the cluster's own network where there is none: also in a zone that was brought, and if the hub is linked already (Azure/AKS issues
// 2711, 4841 and 4998). Whether AKS takes a link of another name is not known; here it does.
func makeAPIServerEndpoint(op *arm.Operation, group, location string) error {
	subnet := SystemSubnet(poolsAfter(op))
	endpoint, nic := group+"/providers/Microsoft.Network/privateEndpoints/kube-apiserver", apiServerNIC(op)
	if op.Sub.Find(nic) == nil {
		free := networking.FreeAddresses(op.Sub, subnet, 1)
		if len(free) == 0 {
			return arm.BadRequest("SubnetIsFull", "%s: subnet %s has no address left for the API server's private endpoint",
				op.ID, subnet)
		}
		op.Sub.PutImplicit(nic, "Microsoft.Network/networkInterfaces", map[string]any{
			"location": location, "privateEndpoint": map[string]any{"id": endpoint}, "ipConfigurations": []any{map[string]any{
				"name": "privateEndpointIpConfig", "privateIPAddress": free[0].String(), "subnet": map[string]any{"id": subnet},
			}},
		})
		properties := map[string]any{
			"location": location, "subnet": map[string]any{"id": subnet}, "networkInterfaces": []any{map[string]any{"id": nic}},
			"privateLinkServiceConnections": []any{map[string]any{"name": "kube-apiserver", "privateLinkServiceId": op.ID,
				"groupIds": []any{"management"}}},
		}
		if withoutZone(op.Inputs) {
			label, domain := apiServerName(op)
			properties["customDnsConfigs"] = []any{map[string]any{"fqdn": label + "." + domain, "ipAddresses": []any{free[0].String()}}}
		}
		op.Sub.PutImplicit(endpoint, "Microsoft.Network/privateEndpoints", properties)
	}
	if withoutZone(op.Inputs) {
		return nil
	}
	zone := tree.Text(op.Inputs, "apiServerAccessProfile", "privateDNSZone")
	label, domain := apiServerName(op)
	if !strings.HasPrefix(zone, "/") {
		zone = group + "/providers/Microsoft.Network/privateDnsZones/" + domain
		op.Sub.PutImplicit(zone, "Microsoft.Network/privateDnsZones", map[string]any{"location": "global"})
	}
	op.Sub.PutImplicit(zone+"/A/"+label, "Microsoft.Network/privateDnsZones/A", map[string]any{
		"ttl": 300.0, "aRecords": []any{map[string]any{"ipv4Address": apiServerAddress(op)}},
	})
	vnet := resourceid.Parent(subnet)
	for r := range op.Sub.All() {
		if r.ARMType != "Microsoft.Network/privateDnsZones/virtualNetworkLinks" ||
			!resourceid.Equal(tree.Text(r.Outputs, "virtualNetwork", "id"), vnet) {
			continue
		}
		if resourceid.Within(r.ID, zone) {
			return nil
		}
		// Microsoft support article on CreateOrUpdateVirtualNetworkLinkFailed, 2024-03-13.
		if other := resourceid.Parent(r.ID); strings.EqualFold(resourceid.Name(other), resourceid.Name(zone)) {
			return arm.BadRequest("CreateOrUpdateVirtualNetworkLinkFailed", "%s: a virtual network cannot be linked to multiple zones with overlapping "+
				"namespaces: %s is linked to %s, and AKS links it to %s", op.ID, vnet, other, zone)
		}
	}
	op.Sub.PutImplicit(zone+"/virtualNetworkLinks/"+label, "Microsoft.Network/privateDnsZones/virtualNetworkLinks", map[string]any{
		"location": "global", "virtualNetwork": map[string]any{"id": vnet}, "registrationEnabled": false, "virtualNetworkLinkState": "Completed",
	})
	return nil
}

func apiServerNIC(op *arm.Operation) string {
	return NodeResourceGroup(op.ID, op.Inputs) + "/providers/Microsoft.Network/networkInterfaces/kube-apiserver.nic." + op.GUID("nic")
}

// apiServerAddress is the private address of the API server, or empty.
func apiServerAddress(op *arm.Operation) string {
	nic := op.Sub.Find(apiServerNIC(op))
	if nic == nil {
		return ""
	}
	for _, configuration := range tree.List(nic.Outputs, "ipConfigurations") {
		return tree.Text(configuration, "privateIPAddress")
	}
	return ""
}
