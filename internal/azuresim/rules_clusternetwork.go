package azuresim

import (
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// podsByDefault is how many pods a node of Azure CNI takes where maxPods is not set.
const podsByDefault = 30

func checkClusterNetwork(op *operation) error {
	network := tree.At(op.inputs, "networkProfile")
	policy, plane, plugin := tree.Text(network, "networkPolicy"), tree.Text(network, "networkDataplane"), tree.Text(network, "networkPlugin")
	if policy == "cilium" && plane != "cilium" {
		return badRequest("NetworkPolicyCiliumRequiresDataplaneCilium", "%s: networkPolicy cilium needs networkDataplane cilium",
			op.id)
	}
	if plane == "cilium" && plugin != "azure" {
		return badRequest("InvalidNetworkDataplane", "%s: networkDataplane cilium needs networkPlugin azure, not %q", op.id, plugin)
	}
	if plane == "cilium" && policy != "" && policy != "cilium" {
		return badRequest("InvalidNetworkPolicy", "%s: networkDataplane cilium needs networkPolicy cilium, not %s", op.id, policy)
	}
	if sku := tree.Text(network, "loadBalancerSku"); strings.EqualFold(sku, "basic") {
		return badRequest("BasicLoadBalancerRetired", "%s: the Basic load balancer was retired on 2025-09-30", op.id)
	}
	first := ""
	for _, pool := range pools(op.inputs) {
		name, subnet := tree.Text(pool, "name"), tree.Text(pool, "vnetSubnetID")
		if subnet == "" {
			return badRequest("InvalidParameter", "%s: pool %s needs a vnetSubnetID; the simulator has no networks made by AKS",
				op.id, name)
		}
		vnet := op.sub.find(resourceid.Parent(subnet))
		if vnet == nil || !sameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.inputs, "location")) {
			return badRequest("VnetNotInSameLocation", "%s: the network of pool %s must be in region %s",
				op.id, name, tree.Text(op.inputs, "location"))
		}
		if first == "" {
			first = vnet.ID
		}
		if vnet.ID != first {
			return badRequest("SubnetsNotInSameVnet",
				"%s: pool %s is in %s, others are in %s; all pools must be in one virtual network", op.id, name, vnet.ID, first)
		}
		if tree.Text(network, "outboundType") != "userDefinedRouting" {
			continue
		}
		switch hop, tabled := op.sub.defaultRoute(subnet); {
		case !tabled:
			return badRequest("ExistingRouteTableNotAssociatedWithSubnet",
				"%s: outboundType userDefinedRouting needs a route table on subnet %s of pool %s", op.id, subnet, name)
		case hop != "VirtualAppliance" && hop != "VirtualNetworkGateway":
			return badRequest("UserDefinedRoutingNeedsDefaultRoute",
				"%s: the route table of subnet %s has no route 0.0.0.0/0 to an appliance or gateway", op.id, subnet)
		}
	}
	return checkSubnetRoom(op)
}

// checkSubnetRoom counts what nodes and pods need in each subnet. In node-subnet mode every pod has an address of the subnet
// (Azure document "Plan IP addressing for Azure CNI").
func checkSubnetRoom(op *operation) error {
	perPod := tree.Text(op.inputs, "networkProfile", "networkPlugin") == "azure" &&
		tree.Text(op.inputs, "networkProfile", "networkPluginMode") != "overlay"
	needs, names := map[string]int{}, []string{}
	for _, pool := range pools(op.inputs) {
		subnet := resourceid.Key(tree.Text(pool, "vnetSubnetID"))
		nodes, _ := tree.Number(pool, "count")
		if most, scales := tree.Number(pool, "maxCount"); scales {
			nodes = most
		}
		each := 1
		if perPod && tree.Text(pool, "podSubnetID") == "" {
			most, set := tree.Number(pool, "maxPods")
			if !set {
				most = podsByDefault
			}
			each += int(most)
		}
		needs[subnet] += (int(nodes) + surgeOf(pool, int(nodes))) * each
		names = append(names, subnet)
	}
	for _, subnet := range names {
		if room := op.sub.usableAddresses(subnet); needs[subnet] > room {
			return badRequest("InsufficientSubnetSize", "%s: pre-allocated IPs %d exceed the %d available in subnet %s; "+
				"nodes, surge and pods need one each", op.id, needs[subnet], room, subnet)
		}
	}
	return nil
}

// reservedByAKS must be neither in a cluster's service range nor in its network (Azure document "Configure Azure CNI networking in
// AKS").
var reservedByAKS = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.30.0.0/16"), netip.MustParsePrefix("172.31.0.0/16"),
	netip.MustParsePrefix("192.0.2.0/24"),
}

func checkClusterAddresses(op *operation) error {
	value := tree.Text(op.inputs, "networkProfile", "serviceCidr")
	if value == "" {
		value = "10.0.0.0/16"
	}
	parsed, err := prefixes("serviceCidr of "+op.id, []string{value})
	if err != nil {
		return err
	}
	services := parsed[0]
	if services.Bits() < 12 {
		return badRequest("InvalidServiceCidr", "%s: serviceCidr %s must be smaller than /12", op.id, services)
	}
	taken := slices.Clone(reservedByAKS)
	if all := pools(op.inputs); len(all) > 0 {
		vnetID := resourceid.Parent(tree.Text(all[0], "vnetSubnetID"))
		if err := checkNetworkReserved(op, vnetID); err != nil {
			return err
		}
		taken = append(taken, op.sub.reachableRanges(vnetID)...)
	}
	for _, other := range taken {
		if other.Overlaps(services) {
			return badRequest("ServiceCidrOverlapExistingSubnetsCidr",
				"%s: serviceCidr %s overlaps %s of its network, a peered one, or AKS itself", op.id, services, other)
		}
	}
	server := tree.Text(op.inputs, "networkProfile", "dnsServiceIP")
	if server == "" {
		return nil
	}
	address, err := netip.ParseAddr(server)
	if err != nil || !services.Contains(address) {
		return badRequest("InvalidDNSServiceIP", "%s: dnsServiceIP %q is not in serviceCidr %s", op.id, server, services)
	}
	// The first address belongs to the service kubernetes.default.
	if first := services.Addr().Next(); address == first || address == services.Addr() {
		return badRequest("InvalidDNSServiceIP", "%s: dnsServiceIP cannot be the first address of serviceCidr %s", op.id, services)
	}
	return nil
}

// checkNetworkReserved holds the cluster's own network against what AKS keeps; peered networks may have it.
func checkNetworkReserved(op *operation, vnetID string) error {
	vnet := op.sub.find(vnetID)
	if vnet == nil {
		return nil
	}
	spaces, err := prefixes("address space of "+vnetID, tree.Texts(vnet.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, space := range spaces {
		for _, reserved := range reservedByAKS {
			if reserved.Overlaps(space) {
				return badRequest("VirtualNetworkUsesReservedRange", "%s: address space %s of network %s overlaps %s, which AKS keeps for itself",
					op.id, space, vnetID, reserved)
			}
		}
	}
	return nil
}

// checkPrivateCluster holds a private cluster against the Azure document "Create a private AKS cluster".
func checkPrivateCluster(op *operation) error {
	access := tree.At(op.inputs, "apiServerAccessProfile")
	zone, private := tree.Text(access, "privateDNSZone"), tree.Truth(access, "enablePrivateCluster")
	if !private {
		if zone != "" {
			return badRequest("PrivateDNSZoneNotAllowed", "%s: privateDNSZone needs enablePrivateCluster", op.id)
		}
		return nil
	}
	if len(tree.List(access, "authorizedIPRanges")) > 0 {
		return badRequest("AuthorizedIPRangesNotAllowed", "%s: a private cluster takes no authorizedIPRanges", op.id)
	}
	custom := strings.HasPrefix(zone, "/")
	if tree.Text(op.inputs, "fqdnSubdomain") != "" && !custom {
		return badRequest("FqdnSubdomainNotAllowed", "%s: fqdnSubdomain needs a private DNS zone of one's own", op.id)
	}
	if !custom {
		// Azure also takes none, with which a public name leads to the private address.
		if !slices.Contains([]string{"", "system"}, strings.ToLower(zone)) {
			return badRequest("PrivateDNSZoneInvalid", "%s: the simulator knows privateDNSZone system or the id of a zone, not %q",
				op.id, zone)
		}
		return nil
	}
	if tree.Text(op.inputs, "identity", "type") != "UserAssigned" {
		return badRequest("CustomPrivateDNSZoneNeedsUserAssignedIdentity",
			"%s: private DNS zone %s of one's own needs a user-assigned identity", op.id, zone)
	}
	name, wanted := strings.ToLower(resourceid.Name(zone)), "privatelink."+strings.ToLower(tree.Text(op.inputs, "location"))+".azmk8s.io"
	if name != wanted && !strings.HasSuffix(name, "."+wanted) {
		return badRequest("CustomPrivateDNSZoneNameInvalid", "%s: private DNS zone %s must be named %s or {subzone}.%s",
			op.id, name, wanted, wanted)
	}
	return nil
}

// checkControlPlaneIdentity is the check of permissions that AKS makes before it starts.
func checkControlPlaneIdentity(op *operation) error {
	switch kind := tree.Text(op.inputs, "identity", "type"); kind {
	case "UserAssigned":
	case "SystemAssigned":
		return nil // AKS grants it what it needs
	default:
		return badRequest("InvalidIdentity", "%s needs an identity of type UserAssigned or SystemAssigned, not %q", op.id, kind)
	}
	principal, err := op.sub.principalOf(op.inputs)
	if err != nil {
		return err
	}
	zone := tree.Text(op.inputs, "apiServerAccessProfile", "privateDNSZone")
	if strings.HasPrefix(zone, "/") {
		for _, action := range []string{"read", "write", "A/read", "A/write", "A/delete", "virtualNetworkLinks/read", "virtualNetworkLinks/write"} {
			if action = "Microsoft.Network/privateDnsZones/" + action; !op.sub.allows(principal, action, zone) {
				return badRequest("CustomPrivateDNSZoneMissingPermissionError", "%s: its user-assigned identity must be given permission to read and write "+
					"to custom private dns zone %s. Check access result not allowed for action %s (Private DNS Zone Contributor)", op.id, zone, action)
			}
		}
		for _, pool := range pools(op.inputs) {
			const join = "Microsoft.Network/virtualNetworks/join/action"
			if vnet := resourceid.Parent(tree.Text(pool, "vnetSubnetID")); !op.sub.allows(principal, join, vnet) {
				return badRequest("ResourceMissingPermissionError", "%s: its identity cannot link private dns zone %s to virtual network %s. "+
					"Check access result not allowed for action %s (Private DNS Zone Contributor)", op.id, zone, vnet, join)
			}
		}
	}
	for _, pool := range pools(op.inputs) {
		subnet := tree.Text(pool, "vnetSubnetID")
		if action := op.sub.missingJoinPermission(principal, subnet); action != "" {
			return badRequest("LinkedAuthorizationFailed", "%s: its identity cannot place pool %s in subnet %s. "+
				"Check access result not allowed for action %s (Network Contributor)", op.id, tree.Text(pool, "name"), subnet, action)
		}
	}
	return nil
}

// missingJoinPermission is the permission that an identity lacks to place something in a subnet, or empty.
func (s *subscription) missingJoinPermission(principal, subnet string) string {
	for _, action := range []string{"Microsoft.Network/virtualNetworks/subnets/read", "Microsoft.Network/virtualNetworks/subnets/join/action"} {
		if !s.allows(principal, action, subnet) {
			return action
		}
	}
	return ""
}
