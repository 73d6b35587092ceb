package azuresim

import (
	"fmt"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const armScaleSet = "Microsoft.Compute/virtualMachineScaleSets"

// nodeResourceGroup is where AKS keeps what a cluster consists of.
func nodeResourceGroup(id string, inputs map[string]any) string {
	name := tree.Text(inputs, "nodeResourceGroup")
	if name == "" {
		name = fmt.Sprintf("MC_%s_%s_%s", resourceid.Group(id), resourceid.Name(id), tree.Text(inputs, "location"))
	}
	return groupNamed(name)
}

// apiServerName is the label of the API server's name, and the domain or private zone it is in.
func apiServerName(op *operation) (label, domain string) {
	location, unique := strings.ToLower(tree.Text(op.inputs, "location")), op.guid("api server")
	label = tree.Text(op.inputs, "fqdnSubdomain")
	if label == "" {
		label = strings.ToLower(tree.Text(op.inputs, "dnsPrefix")) + "-" + unique[:8]
	}
	zone := tree.Text(op.inputs, "apiServerAccessProfile", "privateDNSZone")
	switch {
	case !tree.Truth(op.inputs, "apiServerAccessProfile", "enablePrivateCluster"):
		return label, "hcp." + location + ".azmk8s.io"
	case strings.HasPrefix(zone, "/"):
		return label, strings.ToLower(resourceid.Name(zone))
	}
	return label, unique + ".privatelink." + location + ".azmk8s.io"
}

// identityIn is the id of an identity that AKS makes in the node resource group.
func identityIn(op *operation, name string) string {
	return nodeResourceGroup(op.id, op.inputs) + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + name
}

// kubeletIdentity is the id of the identity that AKS makes for the nodes.
func kubeletIdentity(op *operation) string {
	return identityIn(op, resourceid.Name(op.id)+"-agentpool")
}

// addonIdentities are the add-ons for which AKS makes an identity.
var addonIdentities = []string{"omsagent", "azurepolicy", "azureKeyvaultSecretsProvider"}

func addonIdentity(op *operation, name string) string {
	return identityIn(op, strings.ToLower(name)+"-"+resourceid.Name(op.id))
}

// makeClusterInfrastructure makes what AKS makes before the nodes boot, and brings the pools up to date.
func makeClusterInfrastructure(op *operation) error {
	group, location := nodeResourceGroup(op.id, op.inputs), tree.Text(op.inputs, "location")
	op.sub.putImplicit(group, "Microsoft.Resources/resourceGroups", map[string]any{"location": location, "managedBy": op.id})
	identities := []string{kubeletIdentity(op)}
	for _, name := range addonIdentities {
		if addon(op.inputs, name) != nil {
			identities = append(identities, addonIdentity(op, name))
		}
	}
	for _, id := range identities {
		op.sub.putImplicit(id, "Microsoft.ManagedIdentity/userAssignedIdentities", map[string]any{
			"location": location, "tenantId": TenantID, "principalId": op.guid("principal", id), "clientId": op.guid("client", id),
		})
	}
	for _, r := range op.sub.sorted() {
		if r.ARMType == armScaleSet && r.Token == "" && resourceid.Within(r.ID, group) {
			op.sub.drop(r)
		}
	}
	for _, pool := range pools(op.inputs) {
		name := tree.Text(pool, "name")
		count, _ := tree.Number(pool, "count")
		address := map[string]any{"name": "ipconfig1", "subnet": map[string]any{"id": tree.Text(pool, "vnetSubnetID")}}
		nic := map[string]any{"name": name, "primary": true, "ipConfigurations": []any{address}}
		id := fmt.Sprintf("%s/providers/%s/aks-%s-%s-vmss", group, armScaleSet, name, op.guid("pool", name)[:8])
		op.sub.putImplicit(id, armScaleSet, map[string]any{
			"location": location, "zones": tree.Clone(tree.List(pool, "availabilityZones")),
			"sku":                   map[string]any{"name": tree.Text(pool, "vmSize"), "capacity": count},
			"virtualMachineProfile": map[string]any{"networkProfile": map[string]any{"networkInterfaceConfigurations": []any{nic}}},
		})
	}
	if tree.Truth(op.inputs, "apiServerAccessProfile", "enablePrivateCluster") {
		return makeAPIServerEndpoint(op, group, location)
	}
	return nil
}

// makeAPIServerEndpoint makes the private endpoint of the API server in the subnet of the first system pool, its record, and the
// zone's link to the cluster's own network where there is none.
func makeAPIServerEndpoint(op *operation, group, location string) error {
	subnet := systemSubnet(op.inputs)
	endpoint, nic := group+"/providers/Microsoft.Network/privateEndpoints/kube-apiserver", apiServerNIC(op)
	if op.sub.find(nic) == nil {
		free := op.sub.freeAddresses(subnet, 1)
		if len(free) == 0 {
			return badRequest("SubnetIsFull", "%s: subnet %s has no address left for the API server's private endpoint",
				op.id, subnet)
		}
		op.sub.putImplicit(nic, "Microsoft.Network/networkInterfaces", map[string]any{
			"location": location, "privateEndpoint": map[string]any{"id": endpoint}, "ipConfigurations": []any{map[string]any{
				"name": "privateEndpointIpConfig", "privateIPAddress": free[0].String(), "subnet": map[string]any{"id": subnet},
			}},
		})
		op.sub.putImplicit(endpoint, "Microsoft.Network/privateEndpoints", map[string]any{
			"location": location, "subnet": map[string]any{"id": subnet}, "networkInterfaces": []any{map[string]any{"id": nic}},
			"privateLinkServiceConnections": []any{map[string]any{"name": "kube-apiserver", "privateLinkServiceId": op.id, "groupIds": []any{"management"}}},
		})
	}
	zone := tree.Text(op.inputs, "apiServerAccessProfile", "privateDNSZone")
	label, domain := apiServerName(op)
	if !strings.HasPrefix(zone, "/") {
		zone = group + "/providers/Microsoft.Network/privateDnsZones/" + domain
		op.sub.putImplicit(zone, "Microsoft.Network/privateDnsZones", map[string]any{"location": "global"})
	}
	op.sub.putImplicit(zone+"/A/"+label, "Microsoft.Network/privateDnsZones/A", map[string]any{
		"ttl": 300.0, "aRecords": []any{map[string]any{"ipv4Address": apiServerAddress(op)}},
	})
	vnet := resourceid.Parent(subnet)
	for r := range op.sub.all() {
		if r.ARMType == "Microsoft.Network/privateDnsZones/virtualNetworkLinks" && resourceid.Within(r.ID, zone) &&
			resourceid.Equal(tree.Text(r.Outputs, "virtualNetwork", "id"), vnet) {
			return nil
		}
	}
	op.sub.putImplicit(zone+"/virtualNetworkLinks/"+label, "Microsoft.Network/privateDnsZones/virtualNetworkLinks", map[string]any{
		"location": "global", "virtualNetwork": map[string]any{"id": vnet}, "registrationEnabled": false, "virtualNetworkLinkState": "Completed",
	})
	return nil
}

func apiServerNIC(op *operation) string {
	return nodeResourceGroup(op.id, op.inputs) + "/providers/Microsoft.Network/networkInterfaces/kube-apiserver.nic." + op.guid("nic")
}

// apiServerAddress is the private address of the API server, or empty.
func apiServerAddress(op *operation) string {
	nic := op.sub.find(apiServerNIC(op))
	if nic == nil {
		return ""
	}
	for _, configuration := range tree.List(nic.Outputs, "ipConfigurations") {
		return tree.Text(configuration, "privateIPAddress")
	}
	return ""
}

// systemSubnet is the subnet of the first system pool.
func systemSubnet(inputs map[string]any) string {
	for _, pool := range pools(inputs) {
		if tree.Text(pool, "mode") == "System" {
			return tree.Text(pool, "vnetSubnetID")
		}
	}
	return ""
}

// clusterOutputs are what AKS tells of a cluster. Counts stay as they were set: the autoscaler's work shows elsewhere.
func clusterOutputs(op *operation) map[string]any {
	label, domain := apiServerName(op)
	location := strings.ToLower(tree.Text(op.inputs, "location"))
	outputs := map[string]any{
		"currentKubernetesVersion": currentVersion(op), "nodeResourceGroup": resourceid.Name(nodeResourceGroup(op.id, op.inputs)),
		"powerState": map[string]any{"code": "Running"}, "resourceUID": op.guid(), "maxAgentPools": 100.0,
		"azurePortalFQDN": label + ".portal.hcp." + location + ".azmk8s.io",
		"identityProfile": map[string]any{"kubeletidentity": op.sub.identityOutputs(kubeletIdentity(op))},
	}
	if tree.Truth(op.inputs, "apiServerAccessProfile", "enablePrivateCluster") {
		outputs["privateFQDN"] = label + "." + domain
	}
	if !tree.Truth(op.inputs, "apiServerAccessProfile", "enablePrivateCluster") ||
		tree.Truth(op.inputs, "apiServerAccessProfile", "enablePrivateClusterPublicFQDN") {
		outputs["fqdn"] = label + ".hcp." + location + ".azmk8s.io"
	}
	if tree.Truth(op.inputs, "oidcIssuerProfile", "enabled") {
		outputs["oidcIssuerProfile"] = map[string]any{
			"enabled": true, "issuerURL": fmt.Sprintf("https://%s.oic.prod-aks.azure.com/%s/%s/", location, TenantID, op.guid("issuer")),
		}
	}
	if profiles, ok := tree.Clone(tree.At(op.inputs, "addonProfiles")).(map[string]any); ok {
		for _, name := range addonIdentities {
			for known, profile := range profiles {
				if object, ok := profile.(map[string]any); ok && strings.EqualFold(known, name) && tree.Truth(object, "enabled") {
					object["identity"] = op.sub.identityOutputs(addonIdentity(op, name))
				}
			}
		}
		outputs["addonProfiles"] = profiles
	}
	return outputs
}

// identityOutputs are how a cluster names an identity.
func (s *subscription) identityOutputs(id string) map[string]any {
	identity := s.find(id)
	if identity == nil {
		return map[string]any{"resourceId": id}
	}
	return map[string]any{"resourceId": id, "objectId": tree.Text(identity.Outputs, "principalId"),
		"clientId": tree.Text(identity.Outputs, "clientId")}
}

// removeClusterInfrastructure deletes what AKS made, in the node resource group and in a private zone of the owner's.
func removeClusterInfrastructure(s *subscription, cluster *record) {
	group := nodeResourceGroup(cluster.ID, cluster.Inputs)
	if r := s.find(group); r != nil && resourceid.Equal(tree.Text(r.Outputs, "managedBy"), cluster.ID) {
		s.dropWithin(group)
	}
	zone := tree.Text(cluster.Inputs, "apiServerAccessProfile", "privateDNSZone")
	label, _, _ := strings.Cut(tree.Text(cluster.Outputs, "privateFQDN"), ".")
	if !strings.HasPrefix(zone, "/") || label == "" {
		return
	}
	for _, id := range []string{zone + "/A/" + label, zone + "/virtualNetworkLinks/" + label} {
		if r := s.find(id); r != nil && r.Token == "" {
			s.drop(r)
		}
	}
}
