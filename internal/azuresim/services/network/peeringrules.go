package network

import (
	"net/netip"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// remoteRanges is the content of a peering that keeps the ranges of the other network, as they were when the peering was written: they count as long
// as the peering is there, also once that network is gone.
const remoteRanges = "remoteRanges"

func keepRemoteRanges(op *arm.Operation) map[string]any {
	ranges := []any{}
	if remote := op.Sub.Find(tree.Text(op.Inputs, "remoteVirtualNetwork", "id")); remote != nil {
		for _, prefix := range tree.Texts(remote.Inputs, "addressSpace", "addressPrefixes") {
			ranges = append(ranges, prefix)
		}
	}
	return map[string]any{remoteRanges: ranges}
}

// checkOtherPeerings refuses a network whose ranges overlap those of any other that the second is peered with, left-over peerings included
// (Azure/ResourceModules issue 731, 2021-12; alan-turing-institute/data-safe-haven issue 2152).
func checkOtherPeerings(op *arm.Operation, first, second *arm.Record) error {
	ours, err := networking.Prefixes(first.ID, tree.Texts(first.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, peering := range op.Sub.ChildrenOf(second.ID, peeringToken) {
		remote := tree.Text(peering.Inputs, "remoteVirtualNetwork", "id")
		if resourceid.Equal(remote, first.ID) || resourceid.Equal(peering.ID, op.ID) {
			continue
		}
		if overlap := overlapping(ours, tree.Texts(peering.Contents, remoteRanges)); overlap != "" {
			return arm.BadRequest("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet", "cannot create or update peering %s. Virtual networks %s and %s "+
				"cannot be peered because address space of the first virtual network overlaps with address space of virtual network %s already "+
				"peered with the second virtual network. Overlapping address prefixes: %s", op.ID, first.ID, second.ID, remote, overlap)
		}
	}
	return nil
}

// overlapping is the first of some ranges in text that overlaps others; empty if none does.
func overlapping(ranges []netip.Prefix, texts []string) string {
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		for _, own := range ranges {
			if err == nil && own.Overlaps(prefix) {
				return text
			}
		}
	}
	return ""
}

// checkRemoteGateways checks a peering that uses the gateways of the other network: there is one, the other side lets it, this network has none of
// its own, and no other peering of it does the same (Azure document "Create, change, or delete a virtual network peering", 2018-02-09). The first
// code is Azure's (Azure/terraform-azurerm-lz-vending issue 398, 2024-07), the others are the simulator's.
func checkRemoteGateways(op *arm.Operation, local, remote *arm.Record) error {
	if !tree.Truth(op.Inputs, "useRemoteGateways") {
		return nil
	}
	if !hasGateway(op.Sub, remote.ID) {
		return arm.BadRequest("RemoteVnetHasNoGateways", "peering %s cannot have UseRemoteGateway flag set to true because remote virtual network %s "+
			"referenced by the peering does not have any gateways", op.ID, remote.ID)
	}
	if hasGateway(op.Sub, local.ID) {
		return arm.BadRequest("VnetHasGateways", "peering %s cannot use remote gateways: virtual network %s has a gateway of its own", op.ID, local.ID)
	}
	back := otherSide(op.Sub, &arm.Record{ID: op.ID, Token: op.Kind.Token, Inputs: op.Inputs})
	if back == nil || !tree.Truth(back.Inputs, "allowGatewayTransit") {
		return arm.BadRequest("RemotePeeringDoesNotAllowGatewayTransit", "peering %s cannot use remote gateways: no peering of virtual network %s with "+
			"%s allows gateway transit", op.ID, remote.ID, local.ID)
	}
	for _, other := range op.Sub.ChildrenOf(local.ID, peeringToken) {
		if !resourceid.Equal(other.ID, op.ID) && tree.Truth(other.Inputs, "useRemoteGateways") {
			return arm.BadRequest("AnotherPeeringUsesRemoteGateways", "peering %s cannot use remote gateways: %s does", op.ID, other.ID)
		}
	}
	return nil
}
