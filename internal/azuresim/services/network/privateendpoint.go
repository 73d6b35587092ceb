package network

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const endpointToken = "network:PrivateEndpoint"

var privateEndpointKind = &arm.Kind{
	Token: endpointToken, Path: networking.Provider + "/privateEndpoints/{privateEndpointName}", Name: networking.NamePattern, Located: true,
	Create: time.Minute, Update: 30 * time.Second, Remove: time.Minute,
	ReplaceOn: []string{"subnet", "privateLinkServiceConnections", "customNetworkInterfaceName"}, JoinsSubnets: true,
	Rules:   []func(*arm.Operation) error{checkPrivateEndpoint},
	Compute: privateEndpointOutputs, UnknownInPreview: []string{"privateLinkServiceConnections"},
	ManagedResources: endpointInterfaces, CreateImplicit: makeEndpointInterface, CleanUp: removeEndpointInterface,
}

func checkPrivateEndpoint(op *arm.Operation) error {
	joined := networking.Connection(op.Inputs)
	if joined == nil {
		return arm.BadRequest("InvalidRequestFormat", "%s must have exactly one connection", op.ID)
	}
	target, service := networking.ServedBy(op.Sub, joined)
	if target == nil {
		return arm.BadRequest("InvalidRequestFormat", "%s leads to nothing", op.ID)
	}
	if service == nil {
		return arm.BadRequest("PrivateLinkServiceGroupIdNotSupported", "%s: %s has no group %v", op.ID, target.ID, tree.Texts(joined, "groupIds"))
	}
	if service.Refuse != nil {
		if err := service.Refuse(target); err != nil {
			return err
		}
	}
	subnet := tree.Text(op.Inputs, "subnet", "id")
	vnet := op.Sub.Find(resourceid.Parent(subnet))
	if vnet == nil {
		return arm.BadRequest("InvalidRequestFormat", "%s names no subnet", op.ID)
	}
	if !arm.SameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.Inputs, "location")) {
		return arm.BadRequest("ResourceNotInSameLocation", "%s must be in the region of subnet %s", op.ID, subnet)
	}
	if op.Old != nil {
		return nil
	}
	needed := len(service.Members(op.Sub, target))
	if free := networking.FreeAddresses(op.Sub, subnet, needed); len(free) < needed {
		return arm.BadRequest("SubnetIsFull", "%s needs %d addresses; subnet %s has %d left", op.ID, needed, subnet, len(free))
	}
	return nil
}

// endpointInterface is the id of the NIC that Azure makes with a private endpoint.
func endpointInterface(endpointID string, inputs map[string]any) string {
	name := tree.Text(inputs, "customNetworkInterfaceName")
	if name == "" {
		name = resourceid.Name(endpointID) + ".nic." + arm.GUID(endpointID, "nic")
	}
	return resourceid.Parent(endpointID) + "/providers/Microsoft.Network/networkInterfaces/" + name
}

// endpointInterfaces is the NIC as policies see it before it has addresses.
func endpointInterfaces(op *arm.Operation) []flow.Resource {
	return []flow.Resource{{
		Type: "Microsoft.Network/networkInterfaces", ID: endpointInterface(op.ID, op.Inputs),
		Properties: map[string]any{
			"location":         tree.Text(op.Inputs, "location"),
			"ipConfigurations": []any{map[string]any{"name": "privateEndpointIpConfig", "subnet": tree.At(op.Inputs, "subnet")}},
		},
	}}
}

// privateEndpointOutputs approve the connection. The NIC's addresses follow once it is made.
func privateEndpointOutputs(op *arm.Operation) map[string]any {
	connections, _ := tree.Clone(tree.List(op.Inputs, "privateLinkServiceConnections")).([]any)
	for _, joined := range connections {
		if object, ok := joined.(map[string]any); ok {
			object["id"] = op.ID + "/privateLinkServiceConnections/" + tree.Text(object, "name")
			object["provisioningState"] = arm.StateSucceeded
			object["privateLinkServiceConnectionState"] = map[string]any{"status": "Approved", "description": "Auto-Approved"}
		}
	}
	computed := map[string]any{"privateLinkServiceConnections": connections}
	if op.Old != nil {
		for _, made := range []string{"networkInterfaces", "customDnsConfigs"} {
			computed[made] = op.Old.Outputs[made]
		}
	}
	return computed
}

// makeEndpointInterface gives every member of the service as it is now an address. A replica that a registry gets later has
// none: the endpoint then has to be created again.
func makeEndpointInterface(op *arm.Operation) {
	id := endpointInterface(op.ID, op.Inputs)
	target, service := networking.ServedBy(op.Sub, networking.Connection(op.Inputs))
	if op.Sub.Find(id) != nil || service == nil {
		return
	}
	members := service.Members(op.Sub, target)
	addresses := networking.FreeAddresses(op.Sub, tree.Text(op.Inputs, "subnet", "id"), len(members))
	configurations, configs := []any{}, []any{}
	for i, m := range members {
		if i == len(addresses) {
			break // another endpoint took the last addresses meanwhile
		}
		configurations = append(configurations, map[string]any{
			"name": "privateEndpointIpConfig." + m.Name, "privateIPAddress": addresses[i].String(), "primary": i == 0,
			"subnet":                          tree.Clone(tree.At(op.Inputs, "subnet")),
			"privateLinkConnectionProperties": map[string]any{"groupId": service.Group, "requiredMemberName": m.Name, "fqdns": []any{m.Host}},
		})
		configs = append(configs, map[string]any{"fqdn": m.Host, "ipAddresses": []any{addresses[i].String()}})
	}
	op.Sub.PutImplicit(id, "Microsoft.Network/networkInterfaces", map[string]any{
		"location": tree.Text(op.Inputs, "location"), "ipConfigurations": configurations, "privateEndpoint": map[string]any{"id": op.ID},
	})
	op.Record.Outputs["networkInterfaces"] = []any{map[string]any{"id": id}}
	op.Record.Outputs["customDnsConfigs"] = configs
}

func removeEndpointInterface(s *arm.Subscription, gone *arm.Record) {
	if nic := s.Find(endpointInterface(gone.ID, gone.Inputs)); nic != nil {
		s.Drop(nic)
	}
}
