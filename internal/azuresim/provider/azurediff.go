package provider

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/metadata"
	"aks-regulated-pulumi/internal/tree"
)

// Diff compares inputs as azure-native 2.90 does (provider/pkg/provider/diff.go in its repository): it replaces for what its metadata marks,
// and lets Azure refuse the rest. It knows nothing of ignoreChanges, which the engine applies to the inputs of an update, but not of a
// refresh. It deletes first, unless the name has a random part.
func (p *Azure) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	k, now, err := p.kindAndInputs(ctx, req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := Decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	version, err := apiVersionChange(ctx, req)
	if err != nil {
		return nil, err
	}
	outputs, err := Decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	known := metadata.ReplacementOf(tokenOf(req.GetUrn()))
	d := differ{forceNew: maps.Clone(known.ForceNew), keys: known.Keys, found: map[string]pulumirpc.PropertyDiff_Kind{}}
	if d.forceNew == nil {
		d.forceNew = map[string]bool{}
	}
	for _, name := range k.PathInputs() {
		d.forceNew[name] = true
	}
	d.objects(withoutSame(old, now), now, "", "")
	for _, changed := range version {
		d.add(changed.Path, changed.Kind, false)
	}
	response := d.response(old, now, outputs)
	response.DeleteBeforeReplace = len(response.Replaces) > 0 && !tree.Truth(old, arm.CreateBeforeDelete)
	return response, nil
}

// withoutSame are old inputs, with those of the new ones that are written in other words for the same: regions and groups.
func withoutSame(old, now map[string]any) map[string]any {
	same := maps.Clone(old)
	if arm.SameLocation(tree.Text(old, "location"), tree.Text(now, "location")) && !diff.HasUnknown(now["location"]) && now["location"] != nil {
		same["location"] = now["location"]
	}
	if group := tree.Text(now, "resourceGroupName"); group != "" && strings.EqualFold(group, tree.Text(old, "resourceGroupName")) {
		same["resourceGroupName"] = group
	}
	return same
}

// differ collects the differences between inputs, by path, as the engine shows them. A second path leads along for the metadata, with []
// for the elements of lists.
type differ struct {
	forceNew map[string]bool
	keys     map[string][]string
	found    map[string]pulumirpc.PropertyDiff_Kind
}

// add enters a difference. The replacing kinds follow their plain ones: ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE.
func (d *differ) add(path string, kind pulumirpc.PropertyDiff_Kind, replaces bool) {
	if replaces {
		kind++
	}
	d.found[path] = kind
}

func (d *differ) objects(old, now map[string]any, shown, marked string) {
	for name, before := range old {
		after, has := now[name]
		switch {
		case strings.HasPrefix(name, "__"):
		case !has:
			d.add(shown+name, pulumirpc.PropertyDiff_DELETE, d.forceNew[marked+name])
		default:
			d.values(before, after, shown+name, marked+name)
		}
	}
	for name := range now {
		if _, had := old[name]; !had && !strings.HasPrefix(name, "__") {
			d.add(shown+name, pulumirpc.PropertyDiff_ADD, d.forceNew[marked+name])
		}
	}
}

// values compares two values. A change below a force-new object replaces; what is added or removed there does not.
func (d *differ) values(before, after any, shown, marked string) {
	oldObject, wasObject := before.(map[string]any)
	newObject, isObject := after.(map[string]any)
	oldList, wasList := before.([]any)
	newList, isList := after.([]any)
	switch {
	case wasObject && isObject:
		inside := differ{d.forceNew, d.keys, map[string]pulumirpc.PropertyDiff_Kind{}}
		inside.objects(oldObject, newObject, shown+".", marked+".")
		for path, kind := range inside.found {
			d.add(path, kind, kind == pulumirpc.PropertyDiff_UPDATE && d.forceNew[marked])
		}
	case wasList && isList:
		d.lists(oldList, newList, shown, marked)
	case diff.HasUnknown(after) || !reflect.DeepEqual(before, after):
		d.add(shown, pulumirpc.PropertyDiff_UPDATE, d.forceNew[marked])
	}
}

// lists compares elements by their keys if the list has any, else by index. An element that comes or goes never replaces.
func (d *differ) lists(old, now []any, shown, marked string) {
	keys := d.keys[strings.ReplaceAll(marked, "[]", "")]
	known := map[string]int{}
	for i, item := range old {
		known[identity(item, i, keys)] = i
	}
	for i, item := range now {
		path, id := fmt.Sprintf("%s[%d]", shown, i), identity(item, i, keys)
		if before, had := known[id]; had {
			d.values(old[before], item, path, marked+"[]")
			delete(known, id)
		} else {
			d.add(path, pulumirpc.PropertyDiff_ADD, false)
		}
	}
	for _, gone := range known {
		d.add(fmt.Sprintf("%s[%d]", shown, gone), pulumirpc.PropertyDiff_DELETE, false)
	}
}

// identity tells the elements of a list apart.
func identity(item any, index int, keys []string) string {
	if len(keys) == 0 {
		return fmt.Sprint(index)
	}
	values := make([]any, len(keys))
	for i, key := range keys {
		values[i] = tree.At(item, key)
	}
	return fmt.Sprint(values...)
}

// response renders what was found. A force-new property that comes with the value that Azure has chosen before replaces nothing.
func (d *differ) response(old, now, outputs map[string]any) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	for _, path := range slices.Sorted(maps.Keys(d.found)) {
		kind := d.found[path]
		if _, had := old[path]; kind == pulumirpc.PropertyDiff_ADD_REPLACE && !had && now[path] != nil && reflect.DeepEqual(now[path], outputs[path]) {
			kind = pulumirpc.PropertyDiff_ADD
		}
		top, _, _ := strings.Cut(path, ".")
		top, _, _ = strings.Cut(top, "[")
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
		response.Diffs = append(response.Diffs, top)
		response.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
		if kind == pulumirpc.PropertyDiff_ADD_REPLACE || kind == pulumirpc.PropertyDiff_DELETE_REPLACE || kind == pulumirpc.PropertyDiff_UPDATE_REPLACE {
			response.Replaces = append(response.Replaces, path)
		}
	}
	return response
}
