package network

import (
	"maps"
	"net/netip"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/networking"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const peeringToken = "network:VirtualNetworkPeering"

var peeringKind = &arm.Kind{
	Token: peeringToken,
	Path:  networking.Provider + "/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
	Name:  networking.NamePattern, Create: 20 * time.Second, Update: 20 * time.Second, Remove: 15 * time.Second,
	Rules: []func(*arm.Operation) error{checkPeering},
	// A network is kept by its own peerings, and leaves those of others Disconnected (alan-turing-institute/data-safe-haven issue 2152).
	Releases: []string{"remoteVirtualNetwork"},
	Locks: func(op *arm.Operation) []string {
		return []string{resourceid.Parent(op.ID), tree.Text(op.Inputs, "remoteVirtualNetwork", "id")}
	},
	Busy: arm.NotProvisioned, Contents: keepRemoteRanges,
	Compute: peeringOutputs, CleanUp: disconnectPeering,
}

func checkPeering(op *arm.Operation) error {
	local, remote := op.Sub.Find(resourceid.Parent(op.ID)), op.Sub.Find(tree.Text(op.Inputs, "remoteVirtualNetwork", "id"))
	if local == nil || remote == nil {
		return arm.BadRequest("InvalidRequestFormat", "%s must name a local and a remote virtual network", op.ID)
	}
	if local == remote {
		return arm.BadRequest("InvalidRequestFormat", "%s peers a network with itself", op.ID)
	}
	for _, side := range []*arm.Record{local, remote} {
		if side.State != arm.StateSucceeded {
			return arm.BadRequest("ReferencedResourceNotProvisioned", "virtual network %s is in state %s", side.ID, side.State)
		}
	}
	for _, other := range op.Others() {
		if resourceid.Equal(resourceid.Parent(other.ID), local.ID) &&
			resourceid.Equal(tree.Text(other.Inputs, "remoteVirtualNetwork", "id"), remote.ID) {
			return arm.BadRequest("AnotherPeeringAlreadyReferencesRemoteVnet", "%s already peers with %s", other.ID, remote.ID)
		}
	}
	ours, err := networking.Prefixes(local.ID, tree.Texts(local.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if err := checkDisjoint(local.ID, ours, remote); err != nil {
		return err
	}
	for _, sides := range [][2]*arm.Record{{local, remote}, {remote, local}} {
		if err := checkOtherPeerings(op, sides[0], sides[1]); err != nil {
			return err
		}
	}
	if err := checkRemoteGateways(op, local, remote); err != nil {
		return err
	}
	// A side that lost its other one has to be updated or made again before a new other one connects (terraform-provider-azurerm issue 14051;
	// Azure/bicep-registry-modules issue 6556).
	if back := otherSide(op.Sub, &arm.Record{ID: op.ID, Token: op.Kind.Token, Inputs: op.Inputs}); back != nil &&
		tree.Text(back.Outputs, "peeringState") == "Disconnected" {
		return arm.BadRequest("RemotePeeringIsDisconnected", "%s cannot be made because %s is in state Disconnected", op.ID, back.ID)
	}
	return nil
}

func checkDisjoint(id string, ours []netip.Prefix, remote *arm.Record) error {
	theirs, err := networking.Prefixes(remote.ID, tree.Texts(remote.Inputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	for _, a := range ours {
		for _, b := range theirs {
			if a.Overlaps(b) {
				return arm.BadRequest("VnetAddressSpacesOverlap", "networks %s and %s overlap: %s and %s", id, remote.ID, a, b)
			}
		}
	}
	return nil
}

// peeringOutputs report Connected and in sync, on both sides, once the other side exists (Azure document "Create, change, or delete a virtual
// network peering"). What was asked for does not count.
func peeringOutputs(op *arm.Operation) map[string]any {
	other := otherSide(op.Sub, op.Record)
	if other == nil {
		return map[string]any{"peeringState": "Initiated", "peeringSyncLevel": "RemoteNotInSync"}
	}
	connected := map[string]any{"peeringState": "Connected", "peeringSyncLevel": "FullyInSync"}
	maps.Copy(other.Outputs, connected)
	op.Sub.Touch(other)
	return connected
}

// disconnectPeering is what losing one side does to the other.
func disconnectPeering(s *arm.Subscription, gone *arm.Record) {
	if other := otherSide(s, gone); other != nil {
		other.Outputs["peeringState"] = "Disconnected"
		s.Touch(other)
	}
}

// otherSide finds the peering that leads back.
func otherSide(s *arm.Subscription, peering *arm.Record) *arm.Record {
	remote := tree.Text(peering.Inputs, "remoteVirtualNetwork", "id")
	for r := range s.All() {
		if r.Token == peering.Token && resourceid.Equal(resourceid.Parent(r.ID), remote) &&
			resourceid.Equal(tree.Text(r.Inputs, "remoteVirtualNetwork", "id"), resourceid.Parent(peering.ID)) {
			return r
		}
	}
	return nil
}
