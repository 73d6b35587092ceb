package provider

import (
	"context"
	"fmt"
	"reflect"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/metadata"
	"aks-regulated-pulumi/internal/tree"
)

// Read returns a resource as it is, or nothing if it is gone. An id is enough: that is how a resource is imported.
func (p *Azure) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	k, err := p.kindOf(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	path, ok := k.Parse(req.GetId())
	if !ok {
		return nil, fmt.Errorf("%q is not the id of a %s; it must look like %s", req.GetId(), k.Token, k.Path)
	}
	if err := p.checkServed(k, req.GetUrn()); err != nil {
		return nil, err
	}
	found, err := p.subscription.Read(ctx, k.ARMType(), req.GetId())
	if err != nil || found == nil {
		return &pulumirpc.ReadResponse{}, err
	}
	described, err := metadata.Of(tokenOf(req.GetUrn()))
	if err != nil {
		return nil, err
	}
	inputs := importedInputs(described, path, found.Outputs)
	if req.GetInputs() != nil {
		known, err := Decode(req.GetInputs())
		if err != nil {
			return nil, err
		}
		before, err := Decode(req.GetProperties())
		if err != nil {
			return nil, err
		}
		inputs = refreshedInputs(described, known, before, found.Outputs)
	}
	properties, err := Encode(withAPIVersion(found.Outputs, req.GetUrn()))
	if err != nil {
		return nil, err
	}
	encoded, err := Encode(inputs)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: encoded}, err
}

// refreshedInputs are the inputs of a resource after a refresh, by the rule of azure-native 2.90 (Provider.Read in its repository): what changed
// between the outputs in the state and those of today is carried over to the inputs if it is an input of the type, whether the program ever
// set it or not. What Azure fills in before the resource is in the state is no change, and what it never returns stays as it was sent.
func refreshedInputs(described metadata.Resource, known, before, now map[string]any) map[string]any {
	now = tree.CloneObject(now)
	for _, unset := range described.MaintainedUnset(known) {
		delete(tree.Object(now, unset[:len(unset)-1]...), unset[len(unset)-1])
	}
	return carryOver(known, described.Project(before), described.Project(now))
}

// carryOver applies to an object what changed from before to now.
func carryOver(known, before, now map[string]any) map[string]any {
	result := map[string]any{}
	for name, value := range known {
		if _, was := before[name]; was && now[name] == nil {
			continue
		}
		result[name] = value
	}
	for name, value := range now {
		old, was := before[name]
		base, has := known[name]
		switch {
		case was && reflect.DeepEqual(old, value):
		case was && has:
			result[name] = carryOverValue(base, old, value)
		default:
			result[name] = value
		}
	}
	return result
}

// carryOverValue applies a change to one value. Elements of lists are told apart by their index alone.
func carryOverValue(known, before, now any) any {
	switch base := known.(type) {
	case map[string]any:
		old, wasObject := before.(map[string]any)
		if value, ok := now.(map[string]any); ok && wasObject {
			return carryOver(base, old, value)
		}
	case []any:
		old, wasList := before.([]any)
		list, ok := now.([]any)
		if !ok || !wasList {
			return now
		}
		result := make([]any, len(list))
		for i, item := range list {
			result[i] = item
			if i < len(base) && i < len(old) {
				result[i] = carryOverValue(base[i], old[i], item)
			}
		}
		return result
	}
	return now
}

// importedInputs are those with which azure-native imports a resource: what the id says, and every output that is an input of the type, but for the
// id and empty lists and objects.
func importedInputs(described metadata.Resource, path, outputs map[string]any) map[string]any {
	projected := described.Project(outputs)
	delete(projected, "id")
	inputs, _ := withoutEmpty(projected).(map[string]any)
	if inputs == nil {
		inputs = map[string]any{}
	}
	for name, value := range path {
		inputs[name] = value
	}
	return inputs
}

// withoutEmpty takes empty lists and objects out of a value, and is nil if nothing is left.
func withoutEmpty(value any) any {
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, item := range v {
			if item = withoutEmpty(item); item != nil {
				kept[name] = item
			}
		}
		if len(kept) > 0 {
			return kept
		}
		return nil
	case []any:
		var kept []any
		for _, item := range v {
			if item = withoutEmpty(item); item != nil {
				kept = append(kept, item)
			}
		}
		if len(kept) > 0 {
			return kept
		}
		return nil
	}
	return value
}

// readMaintained reads a resource before an update if its inputs leave out a list whose elements are also resources of their own, as
// azure-native does to send back what is there. So an update of such a resource that is gone fails, where any other makes it again.
func (p *Azure) readMaintained(ctx context.Context, k *arm.Kind, req *pulumirpc.UpdateRequest, inputs map[string]any) error {
	described, err := metadata.Of(tokenOf(req.GetUrn()))
	if err != nil || len(described.MaintainedUnset(inputs)) == 0 {
		return nil // a type that is not described has no such lists
	}
	if _, err := p.subscription.LookUp(ctx, k, req.GetId()); err != nil {
		return fmt.Errorf("failed maintaining unset sub-resource properties: reading cloud state: %w", err)
	}
	return nil
}
