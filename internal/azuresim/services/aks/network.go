package aks

import (
	"net/netip"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// podsByDefault is how many pods a node of Azure CNI takes where maxPods is not set.
const podsByDefault = 30

func checkClusterNetwork(op *arm.Operation) error {
	network := tree.At(op.Inputs, "networkProfile")
	policy, plane, plugin := tree.Text(network, "networkPolicy"), tree.Text(network, "networkDataplane"), tree.Text(network, "networkPlugin")
	if policy == "cilium" && plane != "cilium" {
		return arm.BadRequest("NetworkPolicyCiliumRequiresDataplaneCilium", "%s: networkPolicy cilium needs networkDataplane cilium",
			op.ID)
	}
	if plane == "cilium" && plugin != "azure" {
		return arm.BadRequest("InvalidNetworkDataplane", "%s: networkDataplane cilium needs networkPlugin azure, not %q", op.ID, plugin)
	}
	if plane == "cilium" && policy != "" && policy != "cilium" {
		return arm.BadRequest("InvalidNetworkPolicy", "%s: networkDataplane cilium needs networkPolicy cilium, not %s", op.ID, policy)
	}
	if sku := tree.Text(network, "loadBalancerSku"); strings.EqualFold(sku, "basic") {
		return arm.BadRequest("BasicLoadBalancerRetired", "%s: the Basic load balancer was retired on 2025-09-30", op.ID)
	}
	first := ""
	for _, pool := range poolsAfter(op) {
		name, subnet := tree.Text(pool, "name"), tree.Text(pool, "vnetSubnetID")
		if subnet == "" {
			return arm.BadRequest("InvalidParameter", "%s: pool %s needs a vnetSubnetID; the simulator has no networks made by AKS",
				op.ID, name)
		}
		vnet := op.Sub.Find(resourceid.Parent(subnet))
		if vnet == nil || !arm.SameLocation(tree.Text(vnet.Inputs, "location"), tree.Text(op.Inputs, "location")) {
			return arm.BadRequest("VnetNotInSameLocation", "%s: the network of pool %s must be in region %s",
				op.ID, name, tree.Text(op.Inputs, "location"))
		}
		if first == "" {
			first = vnet.ID
		}
		if vnet.ID != first {
			return arm.BadRequest("SubnetsNotInSameVnet",
				"%s: pool %s is in %s, others are in %s; all pools must be in one virtual network", op.ID, name, vnet.ID, first)
		}
		if tree.Text(network, "outboundType") != "userDefinedRouting" {
			continue
		}
		switch hop, tabled := networking.DefaultRoute(op.Sub, subnet); {
		case !tabled:
			return arm.BadRequest("ExistingRouteTableNotAssociatedWithSubnet",
				"%s: outboundType userDefinedRouting needs a route table on subnet %s of pool %s", op.ID, subnet, name)
		case hop != "VirtualAppliance" && hop != "VirtualNetworkGateway":
			return arm.BadRequest("UserDefinedRoutingNeedsDefaultRoute",
				"%s: the route table of subnet %s has no route 0.0.0.0/0 to an appliance or gateway", op.ID, subnet)
		}
	}
	return checkSubnetRoom(op)
}

// checkSubnetRoom counts what nodes and pods need in each subnet. In node-subnet mode every pod has an address of the subnet
// (Azure document "Plan IP addressing for Azure CNI").
func checkSubnetRoom(op *arm.Operation) error {
	perPod := tree.Text(op.Inputs, "networkProfile", "networkPlugin") == "azure" &&
		tree.Text(op.Inputs, "networkProfile", "networkPluginMode") != "overlay"
	needs, names := map[string]int{}, []string{}
	for _, pool := range poolsAfter(op) {
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
		if room := networking.UsableAddresses(op.Sub, subnet); needs[subnet] > room {
			return arm.BadRequest("InsufficientSubnetSize", "%s: pre-allocated IPs %d exceed the %d available in subnet %s; "+
				"nodes, surge and pods need one each", op.ID, needs[subnet], room, subnet)
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

func checkClusterAddresses(op *arm.Operation) error {
	value := tree.Text(op.Inputs, "networkProfile", "serviceCidr")
	if value == "" {
		value = "10.0.0.0/16"
	}
	parsed, err := networking.Prefixes("serviceCidr of "+op.ID, []string{value})
	if err != nil {
		return err
	}
	services := parsed[0]
	if services.Bits() < 12 {
		return arm.BadRequest("InvalidServiceCidr", "%s: serviceCidr %s must be smaller than /12", op.ID, services)
	}
	taken := slices.Clone(reservedByAKS)
	if all := poolsAfter(op); len(all) > 0 {
		vnetID := resourceid.Parent(tree.Text(all[0], "vnetSubnetID"))
		if err := checkNetworkReserved(op, vnetID); err != nil {
			return err
		}
		taken = append(taken, networking.ReachableRanges(op.Sub, vnetID)...)
	}
	for _, other := range taken {
		if other.Overlaps(services) {
			return arm.BadRequest("ServiceCidrOverlapExistingSubnetsCidr",
				"%s: serviceCidr %s overlaps %s of its network, a peered one, or AKS itself", op.ID, services, other)
		}
	}
	server := tree.Text(op.Inputs, "networkProfile", "dnsServiceIP")
	if server == "" {
		return nil
	}
	address, err := netip.ParseAddr(server)
	if err != nil || !services.Contains(address) {
		return arm.BadRequest("InvalidDNSServiceIP", "%s: dnsServiceIP %q is not in serviceCidr %s", op.ID, server, services)
	}
	// The first address belongs to the service kubernetes.default.
	if first := services.Addr().Next(); address == first || address == services.Addr() {
		return arm.BadRequest("InvalidDNSServiceIP", "%s: dnsServiceIP cannot be the first address of serviceCidr %s", op.ID, services)
	}
	return nil
}

// checkNetworkReserved refuses a range in the cluster's own network that AKS keeps; peered networks may have it.
func checkNetworkReserved(op *arm.Operation, vnetID string) error {
	vnet := op.Sub.Find(vnetID)
	if vnet == nil {
		return nil
	}
	spaces, err := networking.Prefixes("address space of "+vnetID, tree.Texts(vnet.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, space := range spaces {
		for _, reserved := range reservedByAKS {
			if reserved.Overlaps(space) {
				return arm.BadRequest("VirtualNetworkUsesReservedRange", "%s: address space %s of network %s overlaps %s, which AKS keeps for itself",
					op.ID, space, vnetID, reserved)
			}
		}
	}
	return nil
}
