package azuresim

import (
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// checkGlobal: private DNS has no regions.
func checkGlobal(op *operation) error {
	if location := tree.Text(op.inputs, "location"); !strings.EqualFold(location, "global") {
		return badRequest("LocationNotAvailableForResourceType", "location %q is not available for %s; it must be global", location, op.kind.armType())
	}
	return nil
}

// checkZoneLink keeps what a virtual network resolves unambiguous (Azure document "What is a virtual network link?").
func checkZoneLink(op *operation) error {
	vnet := tree.Text(op.inputs, "virtualNetwork", "id")
	if vnet == "" {
		return badRequest("BadRequest", "%s names no virtual network", op.id)
	}
	zone := resourceid.Name(resourceid.Parent(op.id))
	for _, other := range op.others() {
		if !resourceid.Equal(tree.Text(other.Inputs, "virtualNetwork", "id"), vnet) {
			continue
		}
		if strings.EqualFold(resourceid.Name(resourceid.Parent(other.ID)), zone) {
			return conflict("Conflict", "virtual network %s is already linked to a zone named %s by %s", vnet, zone, other.ID)
		}
		if tree.Truth(op.inputs, "registrationEnabled") && tree.Truth(other.Inputs, "registrationEnabled") {
			return conflict("Conflict", "virtual network %s already registers its machines in the zone of %s", vnet, other.ID)
		}
	}
	return nil
}
