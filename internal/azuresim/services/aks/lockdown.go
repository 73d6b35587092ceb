package aks

import (
	"fmt"
	"slices"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Restriction levels of a node resource group (Azure document "Deploy an AKS cluster with a locked down node resource group").
const (
	lockedDown   = "ReadOnly"
	unrestricted = "Unrestricted"
)

// checkLockdown: the level can be toggled as long as a cluster lives.
func checkLockdown(op *arm.Operation) error {
	level := tree.Text(op.Inputs, "nodeResourceGroupProfile", "restrictionLevel")
	if !slices.Contains([]string{"", lockedDown, unrestricted}, level) {
		return arm.BadRequest("InvalidParameter", "%s: nodeResourceGroupProfile.restrictionLevel must be %s or %s, not %q",
			op.ID, lockedDown, unrestricted, level)
	}
	return nil
}

// lockdown is the deny assignment on the node resource group of a cluster, for everybody but AKS; empty if the group is not locked.
func lockdown(cluster *arm.Record, groupID string) string {
	group := NodeResourceGroup(cluster.ID, cluster.Inputs)
	if tree.Text(cluster.Inputs, "nodeResourceGroupProfile", "restrictionLevel") != lockedDown || !resourceid.Equal(group, groupID) {
		return ""
	}
	return fmt.Sprintf("deny assignment %s/providers/Microsoft.Authorization/denyAssignments/%s, the lockdown of the node resource group of %s",
		group, arm.GUID(cluster.ID, "lockdown"), cluster.ID)
}
