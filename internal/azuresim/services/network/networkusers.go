package network

import (
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// withUsers adds to a network what others have in it, as a GET lists it: peerings, and in every subnet the configurations of gateways, the
// private endpoints and the other addresses (Azure documents "Virtual Networks - Get" and "Subnets - Get"). Lists of the service are never
// left out, so what is not set is empty.
func withUsers(s *arm.Subscription, r *arm.Record, outputs map[string]any) {
	peerings := []any{}
	for _, peering := range s.ChildrenOf(r.ID, peeringToken) {
		listed := tree.CloneObject(peering.Outputs)
		listed["id"] = peering.ID
		peerings = append(peerings, listed)
	}
	outputs["virtualNetworkPeerings"] = peerings
	if _, set := outputs["enableDdosProtection"]; !set {
		outputs["enableDdosProtection"] = false
	}
	users := usersOfSubnets(s, r.ID)
	for _, subnet := range tree.List(outputs, "subnets") {
		object, ok := subnet.(map[string]any)
		if !ok {
			continue
		}
		if _, set := object["delegations"]; !set {
			object["delegations"] = []any{}
		}
		for property, ids := range users[strings.ToLower(tree.Text(object, "name"))] {
			listed := make([]any, len(ids))
			for i, id := range ids {
				listed[i] = map[string]any{"id": id}
			}
			object[property] = listed
		}
	}
}

// usersOfSubnets are, by subnet and by the property that lists them, the ids of what has addresses in a network.
func usersOfSubnets(s *arm.Subscription, vnetID string) map[string]map[string][]string {
	users := map[string]map[string][]string{}
	add := func(subnetID, property, id string) {
		if !resourceid.Equal(resourceid.Parent(subnetID), vnetID) {
			return
		}
		name := strings.ToLower(resourceid.Name(subnetID))
		if users[name] == nil {
			users[name] = map[string][]string{}
		}
		users[name][property] = append(users[name][property], id)
	}
	for user := range s.All() {
		if !user.JoinsSubnets() || !user.Usable() {
			continue
		}
		for _, configuration := range tree.List(user.Outputs, "gatewayIPConfigurations") {
			add(tree.Text(configuration, "subnet", "id"), "applicationGatewayIPConfigurations",
				user.ID+"/gatewayIPConfigurations/"+tree.Text(configuration, "name"))
		}
		for _, configuration := range tree.List(user.Outputs, "ipConfigurations") {
			add(tree.Text(configuration, "subnet", "id"), "ipConfigurations", user.ID+"/ipConfigurations/"+tree.Text(configuration, "name"))
		}
		if user.Token == endpointToken {
			add(tree.Text(user.Outputs, "subnet", "id"), "privateEndpoints", user.ID)
		}
	}
	return users
}
