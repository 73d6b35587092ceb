package azuresim

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// LandingZone is what was there before the stack, by resource id in lower case, as a GET of each resource returns it now; nil for what is gone.
func (s *Server) LandingZone() map[string]map[string]any { return s.zone.State() }

// Establish makes a resource as the owner of the landing zone, who may do everything there, in the subscription of a GUID: its type is such as
// network:VirtualNetworkPeering, and its inputs are those of azure-native. It returns the id. What it makes counts as the landing zone's.
func (s *Server) Establish(ctx context.Context, subscription, kind string, inputs map[string]any) (string, error) {
	return s.zone.Establish(ctx, subscription, kind, inputs)
}

// Changes are the differences between two states of a landing zone, a line for each property that came, went or is another: nothing if what
// was there at first is there unchanged. What came later is not compared.
func Changes(before, after map[string]map[string]any) []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(before)) {
		switch was, is := before[id], after[id]; {
		case was == nil:
		case is == nil:
			found = append(found, id+" is gone")
		default:
			found = append(found, differences(id, was, is)...)
		}
	}
	return found
}

// differences compares two values below a path.
func differences(path string, before, after any) []string {
	was, wasObject := before.(map[string]any)
	is, isObject := after.(map[string]any)
	old, wasList := before.([]any)
	now, isList := after.([]any)
	var found []string
	switch {
	case wasObject && isObject:
		names := maps.Clone(was)
		maps.Copy(names, is)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			found = append(found, differences(path+"."+name, was[name], is[name])...)
		}
	case wasList && isList && len(old) == len(now):
		for i := range old {
			found = append(found, differences(fmt.Sprintf("%s[%d]", path, i), old[i], now[i])...)
		}
	case !reflect.DeepEqual(before, after):
		found = append(found, fmt.Sprintf("%s: %v, and was %v", path, after, before))
	}
	return found
}
