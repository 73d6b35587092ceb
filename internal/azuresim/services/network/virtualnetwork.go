package network

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var virtualNetworkKind = &arm.Kind{
	Token: "network:VirtualNetwork", Path: networking.Provider + "/virtualNetworks/{virtualNetworkName}",
	Name:    regexp.MustCompile(`^[a-zA-Z0-9][\w.-]{0,62}\w$`),
	Located: true, Create: 10 * time.Second, Update: 10 * time.Second, Remove: 15 * time.Second,
	Rules:   []func(*arm.Operation) error{checkVirtualNetwork, checkDDoSProtection},
	Compute: virtualNetworkOutputs, UnknownInPreview: []string{"subnets"},
	CreateImplicit: expectNetworkWatcher, CompleteDue: makeNetworkWatcher, Returned: withUsers,
	CleanUp: dropLinks,
}

// dropLinks deletes the links of private DNS zones to a network that is gone (Azure document "What is a virtual network link?", 2019-09-24).
func dropLinks(s *arm.Subscription, gone *arm.Record) {
	for _, link := range slices.Clone(s.OfToken(zoneLinkToken)) {
		if resourceid.Equal(tree.Text(link.Inputs, "virtualNetwork", "id"), gone.ID) {
			s.Drop(link)
		}
	}
}

func checkVirtualNetwork(op *arm.Operation) error {
	spaces, err := networking.Prefixes(op.ID, tree.Texts(op.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if len(spaces) == 0 {
		return arm.BadRequest("InvalidAddressSpace", "%s has no address space", op.ID)
	}
	if overlap := firstOverlap(spaces); overlap != "" {
		return arm.BadRequest("OverlappingAddressSpace", "%s: %s", op.ID, overlap)
	}
	for _, server := range tree.Texts(op.Inputs, "dhcpOptions", "dnsServers") {
		if _, err := netip.ParseAddr(server); err != nil {
			return arm.BadRequest("InvalidDnsServer", "%s: DNS server %q is not an IP address", op.ID, server)
		}
	}
	var ranges []netip.Prefix
	seen := map[string]bool{}
	for _, subnet := range tree.List(op.Inputs, "subnets") {
		inside, err := checkSubnet(op, subnet, spaces)
		if err != nil {
			return err
		}
		name := strings.ToLower(tree.Text(subnet, "name"))
		if seen[name] {
			return arm.BadRequest("DuplicateResourceName", "%s has two subnets named %s", op.ID, name)
		}
		seen[name] = true
		ranges = append(ranges, inside)
	}
	if overlap := firstOverlap(ranges); overlap != "" {
		return arm.BadRequest("NetcfgSubnetRangesOverlap", "%s: subnets overlap: %s", op.ID, overlap)
	}
	if err := checkPeeredSpaces(op, spaces); err != nil {
		return err
	}
	return checkSubnetsInUse(op)
}

func checkSubnet(op *arm.Operation, subnet any, spaces []netip.Prefix) (netip.Prefix, error) {
	name := tree.Text(subnet, "name")
	parsed, err := networking.Prefixes("subnet "+name, []string{tree.Text(subnet, "addressPrefix")})
	if err != nil {
		return netip.Prefix{}, err
	}
	prefix := parsed[0]
	inside := false
	for _, space := range spaces {
		inside = inside || space.Bits() <= prefix.Bits() && space.Contains(prefix.Addr())
	}
	if !inside {
		return prefix, arm.BadRequest("NetcfgInvalidSubnet", "subnet %s (%s) is not inside the address space of %s", name, prefix, op.ID)
	}
	limit, reserved := networking.ReservedSubnetPrefixes[name]
	if !reserved {
		limit = 29
	}
	if prefix.Bits() > limit {
		return prefix, arm.BadRequest("SubnetTooSmall", "subnet %s (%s) must be /%d or larger", name, prefix, limit)
	}
	if name == "AzureFirewallSubnet" && tree.Text(subnet, "networkSecurityGroup", "id") != "" {
		return prefix, arm.BadRequest("NetworkSecurityGroupNotAllowed", "subnet %s takes no network security group", name)
	}
	if err := checkDelegations(op, subnet); err != nil {
		return prefix, err
	}
	if name == bastionSubnet {
		if tree.Text(subnet, "routeTable", "id") != "" {
			return prefix, arm.BadRequest("RouteTableCannotBeAttachedForAzureBastionSubnet", "subnet %s takes no route table", name)
		}
		if err := checkBastionGroup(op.ID, op.Sub.Find(tree.Text(subnet, "networkSecurityGroup", "id"))); err != nil {
			return prefix, err
		}
	}
	for _, attached := range []string{"networkSecurityGroup", "routeTable", "natGateway"} {
		r := op.Sub.Find(tree.Text(subnet, attached, "id"))
		if r != nil && !arm.SameLocation(tree.Text(r.Inputs, "location"), tree.Text(op.Inputs, "location")) {
			return prefix, arm.BadRequest("ResourceNotInSameLocation", "subnet %s of %s: %s is in another region", name, op.ID, r.ID)
		}
	}
	return prefix, nil
}

// checkSubnetsInUse refuses to remove a subnet that something refers to, and to move one that something has addresses in.
func checkSubnetsInUse(op *arm.Operation) error {
	if op.Old == nil {
		return nil
	}
	kept := map[string]any{}
	for _, subnet := range tree.List(op.Inputs, "subnets") {
		kept[strings.ToLower(tree.Text(subnet, "name"))] = subnet
	}
	for _, subnet := range tree.List(op.Old.Inputs, "subnets") {
		name := tree.Text(subnet, "name")
		id := op.ID + "/subnets/" + name
		now, remains := kept[strings.ToLower(name)]
		if !remains {
			if user := op.Sub.UserOf(id); user != "" {
				return arm.BadRequest("InUseSubnetCannotBeDeleted", "subnet %s is in use by %s", name, user)
			}
			continue
		}
		if occupant := op.Sub.OccupantOf(id, op.ID); tree.Text(now, "addressPrefix") != tree.Text(subnet, "addressPrefix") && occupant != "" {
			return arm.BadRequest("InUsePrefixCannotBeDeleted", "the range of subnet %s is in use by %s", name, occupant)
		}
		if err := checkDelegationInUse(op, subnet, now); err != nil {
			return err
		}
	}
	return nil
}

// checkPeeredSpaces refuses a range that a peered network has.
func checkPeeredSpaces(op *arm.Operation, spaces []netip.Prefix) error {
	for _, r := range op.Sub.Sorted() {
		if r.Token != peeringToken || !resourceid.Equal(resourceid.Parent(r.ID), op.ID) {
			continue
		}
		if remote := op.Sub.Find(tree.Text(r.Inputs, "remoteVirtualNetwork", "id")); remote != nil {
			if err := checkDisjoint(op.ID, spaces, remote); err != nil {
				return err
			}
		}
	}
	return nil
}

func firstOverlap(ranges []netip.Prefix) string {
	for i, a := range ranges {
		for _, b := range ranges[i+1:] {
			if a.Overlaps(b) {
				return fmt.Sprintf("%s and %s", a, b)
			}
		}
	}
	return ""
}

// virtualNetworkOutputs give every inline subnet its id, and the platform's default where a policy is not set.
func virtualNetworkOutputs(op *arm.Operation) map[string]any {
	subnets, _ := tree.Clone(tree.List(op.Inputs, "subnets")).([]any)
	for _, subnet := range subnets {
		object, ok := subnet.(map[string]any)
		if !ok {
			continue
		}
		object["id"] = op.ID + "/subnets/" + tree.Text(object, "name")
		object["provisioningState"] = arm.StateSucceeded
		for policies, byDefault := range map[string]string{
			"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
		} {
			if _, set := object[policies]; !set {
				object[policies] = byDefault
			}
		}
	}
	return map[string]any{"subnets": subnets, "resourceGuid": op.GUID()}
}

// watcherDelay is how long after a network is made or changed Azure makes the Network Watcher of its region: soon, and not with it (Azure
// document "Enable or disable Azure Network Watcher", 2025-03, which gives no time).
const watcherDelay = time.Minute

// watcherDue is the content of a network that says from when on its region has a Network Watcher.
const watcherDue = "networkWatcherDue"

func expectNetworkWatcher(op *arm.Operation) {
	if op.Sub.Find(networkWatcher(op.Record)) == nil {
		op.Record.Contents = map[string]any{watcherDue: op.Sub.Clock.Now().Add(watcherDelay).Format(time.RFC3339)}
	}
}

// networkWatcher is the id of the Network Watcher that Azure makes for a network: one for each region of its subscription.
func networkWatcher(vnet *arm.Record) string {
	return arm.GroupBeside(vnet.ID, "NetworkWatcherRG") + "/providers/Microsoft.Network/networkWatchers/NetworkWatcher_" + tree.Text(vnet.Inputs, "location")
}

// makeNetworkWatcher does what Azure does after the first virtual network of a region.
func makeNetworkWatcher(s *arm.Subscription, vnet *arm.Record, now time.Time) {
	due, err := time.Parse(time.RFC3339, tree.Text(vnet.Contents, watcherDue))
	if err != nil || now.Before(due) {
		return
	}
	delete(vnet.Contents, watcherDue)
	s.Touch(vnet)
	id, location := networkWatcher(vnet), tree.Text(vnet.Inputs, "location")
	s.PutImplicit(arm.ParentGroupID(id), "Microsoft.Resources/resourceGroups", map[string]any{"location": location})
	s.PutImplicit(id, "Microsoft.Network/networkWatchers", map[string]any{"location": location})
}

func checkDelegations(op *arm.Operation, subnet any) error {
	name, delegations := tree.Text(subnet, "name"), tree.List(subnet, "delegations")
	if len(delegations) > 1 {
		return arm.BadRequest("SubnetDelegationCountExceeded", "subnet %s of %s has %d delegations; it can have one", name, op.ID,
			len(delegations))
	}
	for _, delegated := range delegations {
		if tree.Text(delegated, "name") == "" {
			return arm.BadRequest("InvalidRequestFormat", "the delegation of subnet %s of %s needs a name", name, op.ID)
		}
		if networking.Delegation(subnet) == "" {
			return arm.BadRequest("InvalidServiceNameOnDelegation", "subnet %s of %s cannot be delegated to %q; the simulator knows %s",
				name, op.ID, tree.Text(delegated, "serviceName"), strings.Join(networking.DelegatedServices, ", "))
		}
	}
	return nil
}

// checkDelegationInUse refuses another delegation for a subnet that something has addresses in. A subnet that holds nothing but gateways
// can be delegated to them (Azure/application-gateway-kubernetes-ingress pull request 1703, 2025-03).
func checkDelegationInUse(op *arm.Operation, before, after any) error {
	was, is := networking.Delegation(before), networking.Delegation(after)
	if was == is {
		return nil
	}
	subnet := op.ID + "/subnets/" + tree.Text(before, "name")
	for _, r := range op.Sub.Sorted() {
		own := is == networking.ApplicationGateways && r.ARMType == is
		if r.JoinsSubnets() && !own && !resourceid.Equal(r.ID, op.ID) && r.RefersTo(subnet) {
			return arm.BadRequest("SubnetDelegationsCannotChangeWhenSubnetUsedByResource",
				"delegation of subnet %s cannot change from %q to %q: it is in use by %s", tree.Text(before, "name"), was, is, r.ID)
		}
	}
	return nil
}
