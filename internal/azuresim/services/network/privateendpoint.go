package network

import (
	"net/netip"
	"slices"
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
	Immutable:    []arm.Immutable{{Paths: []string{"subnet.id", "customNetworkInterfaceName"}}},
	JoinsSubnets: true,
	Rules:        []func(*arm.Operation) error{checkPrivateEndpoint}, Locks: endpointLocks, Busy: endpointBusy,
	Compute: privateEndpointOutputs, UnknownInPreview: []string{"privateLinkServiceConnections"},
	ManagedResources: endpointInterfaces, CreateImplicit: makeEndpointInterface, CompleteDue: followMembers, CleanUp: removeEndpointInterface,
	Returned: withoutGroupedNames,
}

// endpointLocks are the network of an endpoint, which it alone changes, and what it leads to.
func endpointLocks(op *arm.Operation) []string {
	return []string{
		resourceid.Parent(tree.Text(op.Inputs, "subnet", "id")), tree.Text(networking.Connection(op.Inputs), "privateLinkServiceId"),
	}
}

// endpointBusy is how the operation on an endpoint ends if its network or its target is being changed. The client asks again only where
// a request is refused, not where an operation that was accepted fails (terraform-provider-azurerm issues 21293, 2023-04, and 30197, 2025-07,
// and pull request 32261, 2026-04).
func endpointBusy(op *arm.Operation, locked, holder string) error {
	if target := op.Sub.Find(locked); target != nil && target.Kind != nil && target.Kind.PrivateLink != nil {
		return arm.Conflict("ConflictError", "the operation on %s failed because %s changed from the point the operation began, by that on %s",
			op.ID, locked, holder)
	}
	return arm.BadRequest("RetryableError", "a retryable error occurred: %s, used by %s, is in Updating state by the operation on %s", locked,
		op.ID, holder)
}

// withoutGroupedNames leaves out the names that a DNS zone group keeps: an export of an endpoint with a group has "customDnsConfigs": []. Of
// the subnet a GET tells no more than the id.
func withoutGroupedNames(s *arm.Subscription, r *arm.Record, outputs map[string]any) {
	if len(s.ChildrenOf(r.ID, zoneGroupToken)) > 0 {
		outputs["customDnsConfigs"] = []any{}
	}
	outputs["subnet"] = map[string]any{"id": tree.Text(outputs, "subnet", "id")}
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

// makeEndpointInterface gives every member of the service an address.
func makeEndpointInterface(op *arm.Operation) { addressMembers(op.Sub, op.Record) }

// followMembers gives a member that the service gets later an address and a record, and takes them from one that goes, as Azure does in an
// endpoint whose addresses are dynamic (Azure documents "Geo-replication in Azure Container Registry", section on private endpoints, and
// "Set up private link for Azure Container Registry", 2026-06).
func followMembers(s *arm.Subscription, endpoint *arm.Record, _ time.Time) {
	if endpoint.Usable() && addressMembers(s, endpoint) {
		for _, group := range s.ChildrenOf(endpoint.ID, zoneGroupToken) {
			group.Outputs["privateDnsZoneConfigs"] = zoneRecords(s, group)
			s.Touch(group)
		}
	}
}

// addressMembers brings the NIC of an endpoint in line with the members of its service, and reports whether that changed anything.
func addressMembers(s *arm.Subscription, endpoint *arm.Record) bool {
	target, service := networking.ServedBy(s, networking.Connection(endpoint.Inputs))
	if service == nil {
		return false
	}
	had := map[string]any{}
	for _, served := range tree.List(endpoint.Outputs, "customDnsConfigs") {
		had[tree.Text(served, "fqdn")] = tree.Texts(served, "ipAddresses")[0]
	}
	members := service.Members(s, target)
	lacking := len(slices.DeleteFunc(slices.Clone(members), func(m arm.LinkMember) bool { return had[m.Host] != nil }))
	var free []netip.Addr
	if lacking > 0 {
		free = networking.FreeAddresses(s, tree.Text(endpoint.Inputs, "subnet", "id"), lacking)
	}
	if len(free) == 0 && len(had)+lacking == len(members) {
		return false
	}
	configurations, configs := []any{}, []any{}
	for _, m := range members {
		address := had[m.Host]
		if address == nil {
			if len(free) == 0 {
				continue // another endpoint took the last addresses meanwhile
			}
			address, free = free[0].String(), free[1:]
		}
		configurations = append(configurations, map[string]any{
			"name": "privateEndpointIpConfig." + m.Name, "privateIPAddress": address, "primary": len(configurations) == 0,
			"subnet":                          tree.Clone(tree.At(endpoint.Inputs, "subnet")),
			"privateLinkConnectionProperties": map[string]any{"groupId": service.Group, "requiredMemberName": m.Name, "fqdns": []any{m.Host}},
		})
		configs = append(configs, map[string]any{"fqdn": m.Host, "ipAddresses": []any{address}})
	}
	id := endpointInterface(endpoint.ID, endpoint.Inputs)
	s.PutImplicit(id, "Microsoft.Network/networkInterfaces", map[string]any{
		"location": tree.Text(endpoint.Inputs, "location"), "privateEndpoint": map[string]any{"id": endpoint.ID},
	})
	nic := s.Find(id)
	nic.Outputs["ipConfigurations"] = configurations
	endpoint.Outputs["networkInterfaces"], endpoint.Outputs["customDnsConfigs"] = []any{map[string]any{"id": id}}, configs
	s.Touch(nic)
	s.Touch(endpoint)
	return true
}

func removeEndpointInterface(s *arm.Subscription, gone *arm.Record) {
	if nic := s.Find(endpointInterface(gone.ID, gone.Inputs)); nic != nil {
		s.Drop(nic)
	}
}
