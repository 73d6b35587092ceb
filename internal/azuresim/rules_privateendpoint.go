package azuresim

import (
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// connection is the one connection that a private endpoint has, made by hand or not.
func connection(inputs map[string]any) any {
	all := slices.Concat(tree.List(inputs, "privateLinkServiceConnections"), tree.List(inputs, "manualPrivateLinkServiceConnections"))
	if len(all) != 1 {
		return nil
	}
	return all[0]
}

// servedBy finds what a connection leads to, and the private link of that; either may be nil.
func (s *subscription) servedBy(connection any) (*record, *privateLink) {
	target, groups := s.find(tree.Text(connection, "privateLinkServiceId")), tree.Texts(connection, "groupIds")
	if target == nil || target.kind == nil || target.kind.privateLink == nil ||
		len(groups) != 1 || !strings.EqualFold(groups[0], target.kind.privateLink.group) {
		return target, nil
	}
	return target, target.kind.privateLink
}

func checkPrivateEndpoint(op *operation) error {
	joined := connection(op.inputs)
	if joined == nil {
		return badRequest("InvalidRequestFormat", "%s must have exactly one connection", op.id)
	}
	target, service := op.sub.servedBy(joined)
	if target == nil {
		return badRequest("InvalidRequestFormat", "%s leads to nothing", op.id)
	}
	if service == nil {
		return badRequest("PrivateLinkServiceGroupIdNotSupported", "%s: %s has no group %v", op.id, target.ID, tree.Texts(joined, "groupIds"))
	}
	if service.refuse != nil {
		if err := service.refuse(target); err != nil {
			return err
		}
	}
	subnet := tree.Text(op.inputs, "subnet", "id")
	vnet := op.sub.find(resourceid.Parent(subnet))
	if vnet == nil {
		return badRequest("InvalidRequestFormat", "%s names no subnet", op.id)
	}
	if !sameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.inputs, "location")) {
		return badRequest("ResourceNotInSameLocation", "%s must be in the region of subnet %s", op.id, subnet)
	}
	if op.old != nil {
		return nil
	}
	needed := len(service.members(op.sub, target))
	if free := op.sub.freeAddresses(subnet, needed); len(free) < needed {
		return badRequest("SubnetIsFull", "%s needs %d addresses; subnet %s has %d left", op.id, needed, subnet, len(free))
	}
	return nil
}

// freeAddresses are up to the given number of addresses of a subnet that nothing has, the lowest first.
func (s *subscription) freeAddresses(subnetID string, limit int) []netip.Addr {
	prefix, ok := s.prefixOf(subnetID)
	if !ok {
		return nil
	}
	taken := s.takenAddresses()
	var free []netip.Addr
	addr := prefix.Addr()
	// Azure keeps the first four addresses and the last.
	for i := 0; len(free) < limit && prefix.Contains(addr.Next()); i++ {
		if i >= 4 && !taken[addr] {
			free = append(free, addr)
		}
		addr = addr.Next()
	}
	return free
}

func (s *subscription) prefixOf(subnetID string) (netip.Prefix, bool) {
	vnet := s.find(resourceid.Parent(subnetID))
	if vnet == nil {
		return netip.Prefix{}, false
	}
	for _, subnet := range tree.List(vnet.Outputs, "subnets") {
		if strings.EqualFold(tree.Text(subnet, "name"), resourceid.Name(subnetID)) {
			prefix, err := netip.ParsePrefix(tree.Text(subnet, "addressPrefix"))
			return prefix, err == nil
		}
	}
	return netip.Prefix{}, false
}

// takenAddresses are the private addresses that some resource has.
func (s *subscription) takenAddresses() map[netip.Addr]bool {
	taken := map[netip.Addr]bool{}
	for r := range s.all() {
		collectAddresses(r.Outputs, taken)
		if addr, err := netip.ParseAddr(tree.Text(r.Outputs, "ipAddress", "ip")); err == nil && r.ARMType == containerGroups {
			taken[addr] = true
		}
	}
	return taken
}

func collectAddresses(value any, taken map[netip.Addr]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			if said, ok := item.(string); ok && strings.EqualFold(name, "privateIPAddress") {
				if addr, err := netip.ParseAddr(said); err == nil {
					taken[addr] = true
				}
			}
			collectAddresses(item, taken)
		}
	case []any:
		for _, item := range v {
			collectAddresses(item, taken)
		}
	}
}

// endpointInterface is the id of the NIC that Azure makes with a private endpoint.
func endpointInterface(endpointID string, inputs map[string]any) string {
	name := tree.Text(inputs, "customNetworkInterfaceName")
	if name == "" {
		name = resourceid.Name(endpointID) + ".nic." + guid(endpointID, "nic")
	}
	return resourceid.Parent(endpointID) + "/providers/Microsoft.Network/networkInterfaces/" + name
}

// endpointInterfaces is the NIC as policies see it before it has addresses.
func endpointInterfaces(op *operation) []flow.Resource {
	return []flow.Resource{{
		Type: "Microsoft.Network/networkInterfaces", ID: endpointInterface(op.id, op.inputs),
		Properties: map[string]any{
			"location":         tree.Text(op.inputs, "location"),
			"ipConfigurations": []any{map[string]any{"name": "privateEndpointIpConfig", "subnet": tree.At(op.inputs, "subnet")}},
		},
	}}
}

// privateEndpointOutputs approve the connection. The NIC's addresses follow once it is made.
func privateEndpointOutputs(op *operation) map[string]any {
	connections, _ := tree.Clone(tree.List(op.inputs, "privateLinkServiceConnections")).([]any)
	for _, joined := range connections {
		if object, ok := joined.(map[string]any); ok {
			object["id"] = op.id + "/privateLinkServiceConnections/" + tree.Text(object, "name")
			object["provisioningState"] = stateSucceeded
			object["privateLinkServiceConnectionState"] = map[string]any{"status": "Approved", "description": "Auto-Approved"}
		}
	}
	computed := map[string]any{"privateLinkServiceConnections": connections}
	if op.old != nil {
		for _, made := range []string{"networkInterfaces", "customDnsConfigs"} {
			computed[made] = op.old.Outputs[made]
		}
	}
	return computed
}

// makeEndpointInterface gives every member of the service as it is now an address. A replica that a registry gets later has
// none: the endpoint then has to be created again.
func makeEndpointInterface(op *operation) {
	id := endpointInterface(op.id, op.inputs)
	target, service := op.sub.servedBy(connection(op.inputs))
	if op.sub.find(id) != nil || service == nil {
		return
	}
	members := service.members(op.sub, target)
	addresses := op.sub.freeAddresses(tree.Text(op.inputs, "subnet", "id"), len(members))
	configurations, configs := []any{}, []any{}
	for i, m := range members {
		if i == len(addresses) {
			break // another endpoint took the last addresses meanwhile
		}
		configurations = append(configurations, map[string]any{
			"name": "privateEndpointIpConfig." + m.name, "privateIPAddress": addresses[i].String(), "primary": i == 0,
			"subnet":                          tree.Clone(tree.At(op.inputs, "subnet")),
			"privateLinkConnectionProperties": map[string]any{"groupId": service.group, "requiredMemberName": m.name, "fqdns": []any{m.host}},
		})
		configs = append(configs, map[string]any{"fqdn": m.host, "ipAddresses": []any{addresses[i].String()}})
	}
	op.sub.putImplicit(id, "Microsoft.Network/networkInterfaces", map[string]any{
		"location": tree.Text(op.inputs, "location"), "ipConfigurations": configurations, "privateEndpoint": map[string]any{"id": op.id},
	})
	op.record.Outputs["networkInterfaces"] = []any{map[string]any{"id": id}}
	op.record.Outputs["customDnsConfigs"] = configs
}

func removeEndpointInterface(s *subscription, gone *record) {
	if nic := s.find(endpointInterface(gone.ID, gone.Inputs)); nic != nil {
		s.drop(nic)
	}
}

func checkZoneGroup(op *operation) error {
	configs := tree.List(op.inputs, "privateDnsZoneConfigs")
	if len(configs) == 0 || len(configs) > 5 {
		return badRequest("InvalidRequestFormat", "%s must name 1 to 5 private DNS zones", op.id)
	}
	for _, other := range op.others() {
		if resourceid.Equal(resourceid.Parent(other.ID), resourceid.Parent(op.id)) {
			return conflict("PrivateDnsZoneGroupAlreadyExists", "%s has %s already", resourceid.Parent(op.id), other.ID)
		}
	}
	for _, config := range configs {
		zone := tree.Text(config, "privateDnsZoneId")
		if !strings.Contains(resourceid.Key(zone), "/privatednszones/") {
			return badRequest("InvalidRequestFormat", "%s: %q is not a private DNS zone", op.id, zone)
		}
	}
	return nil
}

// zoneGroupOutputs are the records that the group keeps. Azure takes a zone of any name; only the right one gets records.
func zoneGroupOutputs(op *operation) map[string]any {
	endpoint := op.sub.find(resourceid.Parent(op.id))
	_, service := op.sub.servedBy(connection(endpoint.Inputs))
	configs, _ := tree.Clone(tree.List(op.inputs, "privateDnsZoneConfigs")).([]any)
	for _, config := range configs {
		object, ok := config.(map[string]any)
		if !ok {
			continue
		}
		sets := []any{}
		for _, served := range tree.List(endpoint.Outputs, "customDnsConfigs") {
			name, found := "", false
			if service != nil && strings.EqualFold(resourceid.Name(tree.Text(config, "privateDnsZoneId")), service.zone) {
				name, found = strings.CutSuffix(tree.Text(served, "fqdn"), service.publicSuffix)
			}
			if found {
				sets = append(sets, map[string]any{
					"recordType": "A", "recordSetName": name, "fqdn": name + "." + service.zone, "ttl": 10.0,
					"ipAddresses": tree.Clone(tree.List(served, "ipAddresses")), "provisioningState": stateSucceeded,
				})
			}
		}
		object["recordSets"] = sets
	}
	return map[string]any{"privateDnsZoneConfigs": configs}
}
