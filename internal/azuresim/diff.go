package azuresim

import (
	"fmt"
	"reflect"
	"sort"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// difference is one property that changes.
type difference struct {
	path string
	top  string // the top-level input in which it lies
	kind pulumirpc.PropertyDiff_Kind
}

// differences compares inputs, down to single properties. What is not known yet counts as changed.
func differences(old, now map[string]any) []difference {
	var found []difference
	for _, name := range unionKeys(old, now) {
		found = compareProperty(found, name, name, old, now, name)
	}
	return found
}

func compareProperty(found []difference, path, top string, old, now map[string]any, name string) []difference {
	before, had := old[name]
	after, has := now[name]
	switch {
	case !had:
		return append(found, difference{path, top, pulumirpc.PropertyDiff_ADD})
	case !has:
		return append(found, difference{path, top, pulumirpc.PropertyDiff_DELETE})
	}
	return compareValues(found, path, top, before, after)
}

func compareValues(found []difference, path, top string, before, after any) []difference {
	if oldObject, ok := before.(map[string]any); ok {
		if newObject, ok := after.(map[string]any); ok {
			for _, name := range unionKeys(oldObject, newObject) {
				found = compareProperty(found, path+"."+name, top, oldObject, newObject, name)
			}
			return found
		}
	}
	if oldList, ok := before.([]any); ok {
		if newList, ok := after.([]any); ok {
			for i := range max(len(oldList), len(newList)) {
				element := fmt.Sprintf("%s[%d]", path, i)
				switch {
				case i >= len(oldList):
					found = append(found, difference{element, top, pulumirpc.PropertyDiff_ADD})
				case i >= len(newList):
					found = append(found, difference{element, top, pulumirpc.PropertyDiff_DELETE})
				default:
					found = compareValues(found, element, top, oldList[i], newList[i])
				}
			}
			return found
		}
	}
	if hasUnknown(after) || !reflect.DeepEqual(before, after) {
		return append(found, difference{path, top, pulumirpc.PropertyDiff_UPDATE})
	}
	return found
}

func unionKeys(a, b map[string]any) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// diffResponse renders differences for the engine; replaces tells which changes cannot be made in place.
func diffResponse(found []difference, replaces func(difference) bool) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	replaced := map[string]bool{}
	for _, d := range found {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		kind := d.kind
		if replaces(d) {
			// The replacing kinds follow their plain ones: ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE.
			kind++
			replaced[d.top] = true
		}
		response.DetailedDiff[d.path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
		response.Diffs = append(response.Diffs, d.top)
	}
	for top := range replaced {
		response.Replaces = append(response.Replaces, top)
	}
	sort.Strings(response.Replaces)
	return response
}
