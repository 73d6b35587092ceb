package azuresim

import (
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Restriction levels of a node resource group (Azure document "Deploy an AKS cluster with a locked down node resource group").
const (
	lockedDown   = "ReadOnly"
	unrestricted = "Unrestricted"
)

const denied = "DenyAssignmentAuthorizationFailed"

// checkLockdown: the level can be toggled as long as a cluster lives.
func checkLockdown(op *operation) error {
	level := tree.Text(op.inputs, "nodeResourceGroupProfile", "restrictionLevel")
	if !slices.Contains([]string{"", lockedDown, unrestricted}, level) {
		return badRequest("InvalidParameter", "%s: nodeResourceGroupProfile.restrictionLevel must be %s or %s, not %q",
			op.id, lockedDown, unrestricted, level)
	}
	return nil
}

// lockedBy is the cluster whose locked node resource group an id is in, or nil.
func (s *subscription) lockedBy(id string) *record {
	group := s.find(parentGroupID(id))
	if group == nil {
		return nil
	}
	cluster := s.find(tree.Text(group.Outputs, "managedBy"))
	if cluster == nil || tree.Text(cluster.Inputs, "nodeResourceGroupProfile", "restrictionLevel") != lockedDown ||
		!resourceid.Equal(nodeResourceGroup(cluster.ID, cluster.Inputs), group.ID) {
		return nil
	}
	return cluster
}

// denial is a deny assignment as Azure names it: it holds for everybody but AKS, whatever roles they have.
func (s *subscription) denial(cluster *record) string {
	group := nodeResourceGroup(cluster.ID, cluster.Inputs)
	return fmt.Sprintf("deny assignment %s/providers/Microsoft.Authorization/denyAssignments/%s, the lockdown of the node resource group of %s",
		group, guid(cluster.ID, "lockdown"), cluster.ID)
}

// notDenied refuses an action on something in a locked node resource group. Who reads is let through.
func (s *subscription) notDenied(principal, action, id string) error {
	cluster := s.lockedBy(id)
	if cluster == nil || strings.HasSuffix(action, "/read") {
		return nil
	}
	return forbidden(denied, "the client with object id %s may not perform action %s over scope %s because of the %s",
		principal, action, id, s.denial(cluster))
}

// joinDenied refuses to place something in a subnet of a virtual network that is in a locked node resource group.
func (s *subscription) joinDenied(who, subnet string) error {
	cluster := s.lockedBy(subnet)
	if cluster == nil {
		return nil
	}
	return forbidden(denied, "%s does not have permission to join the subnet %s because of the %s", who, subnet, s.denial(cluster))
}
