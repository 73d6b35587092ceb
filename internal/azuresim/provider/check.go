package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Check gives a name and a location to what has none, as azure-native does, and refuses inputs without which there is no id.
func (p *Azure) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	k, inputs, err := p.kindAndInputs(ctx, req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := Decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	if _, named := inputs[k.NameInput()]; !named {
		if err := autoname(k, inputs, old, req); err != nil {
			return nil, err
		}
	}
	if _, set := inputs["location"]; !set && k.Located {
		location, err := p.defaultLocation(ctx, inputs, old)
		if err != nil {
			return nil, err
		}
		if location != "" {
			inputs["location"] = location
		}
	}
	var failures []*pulumirpc.CheckFailure
	fail := func(property, more string) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: property, Reason: fmt.Sprintf("missing required property '%s'%s",
			property, more)})
	}
	for _, required := range k.PathInputs() {
		if _, set := inputs[required]; !set {
			fail(required, "")
		}
	}
	if _, set := inputs["location"]; !set && k.Container {
		fail("location", ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'.")
	}
	encoded, err := Encode(inputs)
	return &pulumirpc.CheckResponse{Inputs: encoded, Failures: failures}, err
}

// autoname keeps the name that the resource has, or makes one: a GUID where Azure wants one, the Pulumi name for what lies in
// another resource, and the Pulumi name with a random end for everything else.
func autoname(k *arm.Kind, inputs, old map[string]any, req *pulumirpc.CheckRequest) error {
	name := k.NameInput()
	if before, named := old[name]; named {
		inputs[name] = before
		if tree.Truth(old, arm.CreateBeforeDelete) {
			inputs[arm.CreateBeforeDelete] = true
		}
		return nil
	}
	urn := resource.URN(req.GetUrn())
	switch {
	case k.Name == arm.GUIDPattern:
		inputs[name] = arm.GUID(string(urn), string(req.GetRandomSeed()))
	case len(k.PathInputs()) > 2:
		inputs[name] = urn.Name()
	default:
		made, err := resource.NewUniqueName(req.GetRandomSeed(), urn.Name(), 8, 0, nil)
		if err != nil {
			return fmt.Errorf("make a name for %s: %w", urn.Name(), err)
		}
		inputs[name], inputs[arm.CreateBeforeDelete] = made, true
	}
	return nil
}

// defaultLocation is that of the provider's configuration, or the one the resource has, or that of its resource group; empty
// as long as the group does not exist.
func (p *Azure) defaultLocation(ctx context.Context, inputs, old map[string]any) (string, error) {
	settings, err := p.settingsOf(ctx)
	if err != nil {
		return "", err
	}
	if location := cmp.Or(settings.location, tree.Text(old, "location")); location != "" {
		return location, nil
	}
	s := p.subscription
	s.Lock()
	defer s.Unlock()
	group := s.Find(resourceid.InGroup(settings.subscription, tree.Text(inputs, "resourceGroupName")))
	if group == nil {
		return "", nil
	}
	return tree.Text(group.Outputs, "location"), nil
}
