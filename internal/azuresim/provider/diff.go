package provider

import (
	"sort"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/diff"
)

// diffResponse renders differences for the engine; replaces says which changes cannot be made in place.
func diffResponse(found []diff.Difference, replaces func(diff.Difference) bool) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	replaced := map[string]bool{}
	for _, d := range found {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		kind := d.Kind
		if replaces(d) {
			// The replacing kinds follow their plain ones: ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE.
			kind++
			replaced[d.Top] = true
		}
		response.DetailedDiff[d.Path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
		response.Diffs = append(response.Diffs, d.Top)
	}
	for top := range replaced {
		response.Replaces = append(response.Replaces, top)
	}
	sort.Strings(response.Replaces)
	return response
}
