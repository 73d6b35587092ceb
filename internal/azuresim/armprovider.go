package azuresim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"aks-regulated-pulumi/internal/tree"
)

// armProvider stands in for azure-native.
type armProvider struct {
	protocol
	connections[string] // with the default location, empty for none
	subscription        *subscription
	clusters            *clusters
}

// Diff compares inputs. A change of the id or of what azure-native knows as create-only replaces. As azure-native does, it
// deletes first, unless the name has a random part.
func (p *armProvider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	k, now, err := p.kindAndInputs(req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	fixed := append(append([]string{"location"}, k.pathInputs()...), k.replaceOn...)
	found := slices.DeleteFunc(differences(old, now), func(d difference) bool {
		return d.path == createBeforeDelete || d.path == "location" &&
			sameLocation(tree.Text(old, d.path), tree.Text(now, d.path)) && !hasUnknown(now[d.path])
	})
	response := diffResponse(found, func(d difference) bool {
		// What holds a fixed property is fixed where it comes or goes as a whole.
		return slices.ContainsFunc(fixed, func(name string) bool { return inPath(d.path, name) || inPath(name, d.path) })
	})
	response.DeleteBeforeReplace = len(response.Replaces) > 0 && !tree.Truth(old, createBeforeDelete)
	return response, nil
}

// Create makes a resource; in a preview it only tells what will not be known before.
func (p *armProvider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	k, inputs, err := p.kindAndInputs(req.GetUrn(), req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		properties, err := encode(previewOutputs(k, inputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	made, err := p.subscription.create(ctx, k, inputs, seconds(req.GetTimeout()))
	if err != nil {
		return nil, initFailed(made, inputs, err)
	}
	properties, err := encode(made.Outputs)
	return &pulumirpc.CreateResponse{Id: made.ID, Properties: properties}, err
}

// Update changes a resource in place.
func (p *armProvider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	k, inputs, err := p.kindAndInputs(req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs := previewOutputs(k, inputs)
		old, err := decode(req.GetOlds())
		if err != nil {
			return nil, err
		}
		for _, stable := range []string{"name", "location"} {
			if value, ok := old[stable]; ok {
				outputs[stable] = value
			}
		}
		properties, err := encode(outputs)
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	changed, err := p.subscription.update(ctx, k, req.GetId(), inputs, seconds(req.GetTimeout()))
	if err != nil {
		return nil, initFailed(changed, inputs, err)
	}
	properties, err := encode(changed.Outputs)
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// previewOutputs are the inputs; what Azure will add into a nested input makes that whole input unknown.
func previewOutputs(k *kind, inputs map[string]any) map[string]any {
	outputs := tree.CloneObject(inputs)
	delete(outputs, createBeforeDelete)
	for _, name := range k.pathInputs() {
		delete(outputs, name)
	}
	if name := inputs[k.nameInput()]; name != nil {
		outputs["name"] = name
	}
	for _, name := range k.unknownInPreview {
		outputs[name] = unknown
	}
	return outputs
}

// Read returns a resource as it is, or nothing if it is gone. An id is enough: that is how a resource is imported.
func (p *armProvider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	k, err := p.subscription.catalog().kindOf(string(resource.URN(req.GetUrn()).Type()))
	if err != nil {
		return nil, err
	}
	path, ok := k.parse(req.GetId())
	if !ok {
		return nil, fmt.Errorf("%q is not the id of a %s; it must look like %s", req.GetId(), k.token, k.path)
	}
	found, err := p.subscription.read(ctx, k.armType(), req.GetId())
	if err != nil || found == nil {
		return &pulumirpc.ReadResponse{}, err
	}
	known, err := decode(req.GetInputs())
	if err != nil {
		return nil, err
	}
	properties, err := encode(found.Outputs)
	if err != nil {
		return nil, err
	}
	inputs, err := encode(readInputs(k, path, known, found))
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: inputs}, err
}

// readInputs are the inputs that would make a resource as it is. What the engine knows stays where Azure has no more to
// tell, which is how write-only inputs survive.
func readInputs(k *kind, path, known map[string]any, found *record) map[string]any {
	if len(known) > 0 && len(differences(k.stored(known), found.Inputs)) == 0 {
		return known
	}
	inputs := tree.CloneObject(found.Inputs)
	if len(inputs) == 0 {
		// Azure made it by itself.
		inputs = path
		if location := tree.Text(found.Outputs, "location"); location != "" {
			inputs["location"] = location
		}
	}
	return inputs
}

// Delete removes a resource.
func (p *armProvider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	k, err := p.subscription.catalog().kindOf(string(resource.URN(req.GetUrn()).Type()))
	if err != nil {
		return nil, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	return &emptypb.Empty{}, p.subscription.remove(ctx, k, req.GetId(), seconds(req.GetTimeout()))
}

func (p *armProvider) kindAndInputs(urn string, properties *structpb.Struct) (*kind, map[string]any, error) {
	k, err := p.subscription.catalog().kindOf(string(resource.URN(urn).Type()))
	if err != nil {
		return nil, nil, err
	}
	inputs, err := decode(properties)
	return k, inputs, err
}

// initFailed hands on what Azure says. A resource that remains goes into the state all the same, so that the next update repairs
// it.
func initFailed(left *record, inputs map[string]any, failure error) error {
	if left == nil {
		return failure
	}
	properties, err := encode(left.Outputs)
	if err != nil {
		return err
	}
	sent, err := encode(inputs)
	if err != nil {
		return err
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: left.ID, Properties: properties, Inputs: sent, Reasons: []string{failure.Error()},
	})
}

func seconds(count float64) time.Duration { return time.Duration(count * float64(time.Second)) }
