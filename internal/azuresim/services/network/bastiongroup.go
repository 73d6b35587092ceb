package network

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const bastionSubnet = "AzureBastionSubnet"

// bastionFlows are what Azure demands of the security group on AzureBastionSubnet, when a host is made, when the group is attached, and when
// an attached group changes (Azure document "Working with NSG access and Azure Bastion", 2025-06).
var bastionFlows = []struct {
	direction, peer string
	ports           []int
}{
	{"Inbound", "Internet", []int{443}}, {"Inbound", "GatewayManager", []int{443}}, {"Inbound", "AzureLoadBalancer", []int{443}},
	{"Inbound", "VirtualNetwork", []int{8080, 5701}},
	{"Outbound", "VirtualNetwork", []int{22, 3389, 8080, 5701}}, {"Outbound", "AzureCloud", []int{443}}, {"Outbound", "Internet", []int{80}},
}

// checkBastionGroup refuses a security group, nil for none, behind which Bastion does not work.
func checkBastionGroup(id string, group *arm.Record) error {
	if group == nil {
		return nil
	}
	return checkBastionRules(id, group.ID, tree.List(group.Inputs, "securityRules"))
}

func checkBastionRules(id, groupID string, rules []any) error {
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b any) int {
		first, _ := tree.Number(a, "priority")
		second, _ := tree.Number(b, "priority")
		return cmp.Compare(first, second)
	})
	for _, needed := range bastionFlows {
		for _, port := range needed.ports {
			if !lets(sorted, needed.direction, needed.peer, port) {
				return arm.BadRequest("NetworkSecurityGroupNotCompliantForAzureBastionSubnet",
					"%s: security group %s of %s does not have necessary rules: %s, port %d, %s", id, groupID, bastionSubnet,
					strings.ToLower(needed.direction), port, needed.peer)
			}
		}
	}
	return nil
}

// lets reports whether the first rule for a peer and a port allows them, or Azure's default rules where there is none. Rules for addresses
// are for a part of the peer only, and count for none.
func lets(rules []any, direction, peer string, port int) bool {
	side := "source"
	if direction == "Outbound" {
		side = "destination"
	}
	for _, rule := range rules {
		protocol := tree.Text(rule, "protocol")
		if !strings.EqualFold(tree.Text(rule, "direction"), direction) || !strings.EqualFold(protocol, "Tcp") && protocol != "*" {
			continue
		}
		peers := append(tree.Texts(rule, side+"AddressPrefixes"), tree.Text(rule, side+"AddressPrefix"))
		ports := append(tree.Texts(rule, "destinationPortRanges"), tree.Text(rule, "destinationPortRange"))
		if slices.ContainsFunc(peers, func(p string) bool { return coversPeer(p, peer) }) &&
			slices.ContainsFunc(ports, func(p string) bool { return coversPort(p, port) }) {
			return strings.EqualFold(tree.Text(rule, "access"), "Allow")
		}
	}
	return direction == "Outbound" || peer == "VirtualNetwork" || peer == "AzureLoadBalancer"
}

// coversPeer knows that the addresses of the gateway manager and of Azure's services are public.
func coversPeer(named, peer string) bool {
	public := peer == "GatewayManager" || peer == "AzureCloud"
	return named == "*" || named == "0.0.0.0/0" || strings.EqualFold(named, peer) || public && strings.EqualFold(named, "Internet")
}

func coversPort(named string, port int) bool {
	low, high, isRange := strings.Cut(named, "-")
	if !isRange {
		high = low
	}
	from, fromErr := strconv.Atoi(low)
	to, toErr := strconv.Atoi(high)
	return named == "*" || fromErr == nil && toErr == nil && from <= port && port <= to
}

// checkAttachedToBastion refuses a change of a security group that closes it for Bastion while it is on AzureBastionSubnet.
func checkAttachedToBastion(op *arm.Operation) error {
	for _, vnet := range op.Sub.OfToken(virtualNetworkKind.Token) {
		for _, subnet := range tree.List(vnet.Inputs, "subnets") {
			if tree.Text(subnet, "name") == bastionSubnet && resourceid.Equal(tree.Text(subnet, "networkSecurityGroup", "id"), op.ID) {
				return checkBastionRules(op.ID, op.ID, tree.List(op.Inputs, "securityRules"))
			}
		}
	}
	return nil
}
