package arm

import (
	"cmp"
	"net/http"
	"strings"

	"aks-regulated-pulumi/internal/tree"
)

// ZonesFixed is what the network services say to other zones (terraform-provider-azurerm issue 7943, 2020-07).
var ZonesFixed = Immutable{
	Paths: []string{"zones"}, Code: "ResourceAvailabilityZonesCannotBeModified",
	Why: ": zones cannot be added, updated or removed once the resource is created",
}

// checkImmutable refuses an update of what Azure cannot change, the region first (Azure document "Resolve errors for invalid resource
// location"). A value that Azure had chosen itself counts as the one there is.
func checkImmutable(op *Operation) error {
	if op.Old == nil {
		return nil
	}
	was, wanted := tree.Text(op.Old.Outputs, "location"), tree.Text(op.Inputs, "location")
	if was != "" && wanted != "" && !SameLocation(was, wanted) {
		return Conflict("InvalidResourceLocation", "the resource %s already exists in location %s; a resource with the same name cannot be created in location %s",
			op.ID, was, wanted)
	}
	for _, fixed := range op.Kind.Immutable {
		for _, path := range fixed.Paths {
			names := strings.Split(path, ".")
			before, after := tree.At(op.Old.Inputs, names...), tree.At(op.Inputs, names...)
			if before == nil && after != nil {
				before = tree.At(op.Old.Outputs, names...)
			}
			if before != nil && !SameJSON(before, after) {
				return &Error{http.StatusConflict, cmp.Or(fixed.Code, "PropertyChangeNotAllowed"),
					"changing property " + path + " of " + op.ID + " is not allowed" + fixed.Why}
			}
		}
	}
	return nil
}
