package azuresim

import "strings"

// checkGlobal: private DNS has no regions.
func checkGlobal(op *operation) error {
	if location := text(op.inputs, "location"); !strings.EqualFold(location, "global") {
		return badRequest("LocationNotAvailableForResourceType", "location %q is not available for %s; it must be global", location, op.kind.armType())
	}
	return nil
}

// checkZoneLink keeps what a virtual network resolves unambiguous (Azure document "What is a virtual network link?").
func checkZoneLink(op *operation) error {
	vnet := text(op.inputs, "virtualNetwork", "id")
	if vnet == "" {
		return badRequest("BadRequest", "%s names no virtual network", op.id)
	}
	zone := lastSegment(parentID(op.id))
	for _, other := range op.others() {
		if key(text(other.Inputs, "virtualNetwork", "id")) != key(vnet) {
			continue
		}
		if strings.EqualFold(lastSegment(parentID(other.ID)), zone) {
			return conflict("Conflict", "virtual network %s is already linked to a zone named %s by %s", vnet, zone, other.ID)
		}
		if truth(op.inputs, "registrationEnabled") && truth(other.Inputs, "registrationEnabled") {
			return conflict("Conflict", "virtual network %s already registers its machines in the zone of %s", vnet, other.ID)
		}
	}
	return nil
}
