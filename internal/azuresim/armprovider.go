package azuresim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// armProvider stands in for azure-native.
type armProvider struct {
	protocol
	subscription *subscription
}

// Check names what has no name, as azure-native does, and refuses inputs without which there is no id.
func (p *armProvider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	k, inputs, err := p.known(req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	name := k.nameInput()
	if _, named := inputs[name]; !named {
		urn := resource.URN(req.GetUrn())
		inputs[name] = urn.Name() + guid(string(urn), string(req.GetRandomSeed()))[:8]
	}
	var failures []*pulumirpc.CheckFailure
	for _, required := range k.pathInputs() {
		if _, set := inputs[required]; !set {
			failures = append(failures, &pulumirpc.CheckFailure{Property: required, Reason: "missing required property '" + required + "'"})
		}
	}
	encoded, err := encode(inputs)
	return &pulumirpc.CheckResponse{Inputs: encoded, Failures: failures}, err
}

// Diff compares inputs. A change of the id or of what azure-native knows as create-only replaces; the old resource goes
// first if the new one has the same id.
func (p *armProvider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	k, now, err := p.known(req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	fixed := append(append([]string{"location"}, k.pathInputs()...), k.replace...)
	response := respond(differences(old, now), func(top string) bool { return slices.Contains(fixed, top) })
	id, complete := k.id(now)
	response.DeleteBeforeReplace = len(response.Replaces) > 0 && complete && key(id) == key(req.GetId())
	return response, nil
}

// Create makes a resource; in a preview it only tells what will not be known before.
func (p *armProvider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	k, inputs, err := p.known(req.GetUrn(), req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		properties, err := encode(previewOutputs(k, inputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	made, err := p.subscription.create(ctx, k, inputs)
	if err != nil {
		return nil, p.failure(made, err)
	}
	properties, err := encode(made.Outputs)
	return &pulumirpc.CreateResponse{Id: made.ID, Properties: properties}, err
}

// Update changes a resource in place.
func (p *armProvider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	k, inputs, err := p.known(req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		properties, err := p.previewUpdate(k, inputs, req)
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	changed, err := p.subscription.update(ctx, k, req.GetId(), inputs)
	if err != nil {
		return nil, p.failure(changed, err)
	}
	properties, err := encode(changed.Outputs)
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// previewUpdate keeps what Azure computed before, except next to inputs that change.
func (p *armProvider) previewUpdate(k *kind, inputs map[string]any, req *pulumirpc.UpdateRequest) (*structpb.Struct, error) {
	outputs, err := decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	oldInputs, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, d := range differences(oldInputs, inputs) {
		changed[d.top] = true
	}
	for name, value := range inputs {
		switch {
		case slices.Contains(k.pathInputs(), name):
		case slices.Contains(k.nested, name) && changed[name]:
			outputs[name] = unknown
		case !slices.Contains(k.nested, name):
			outputs[name] = value
		}
	}
	return encode(outputs)
}

// previewOutputs are the inputs; what Azure will add into a nested input makes that whole input unknown.
func previewOutputs(k *kind, inputs map[string]any) map[string]any {
	outputs := cloneObject(inputs)
	for _, name := range k.pathInputs() {
		delete(outputs, name)
	}
	if name := inputs[k.nameInput()]; name != nil {
		outputs["name"] = name
	}
	for _, name := range k.nested {
		outputs[name] = unknown
	}
	return outputs
}

// Read returns a resource as it is, or nothing if it is gone.
func (p *armProvider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	k, err := kindOf(string(resource.URN(req.GetUrn()).Type()))
	if err != nil {
		return nil, err
	}
	found, err := p.subscription.read(ctx, k.armType(), req.GetId())
	if err != nil || found == nil {
		return &pulumirpc.ReadResponse{}, err
	}
	properties, err := encode(found.Outputs)
	if err != nil {
		return nil, err
	}
	inputs, err := encode(found.Inputs)
	return &pulumirpc.ReadResponse{Id: found.ID, Properties: properties, Inputs: inputs}, err
}

// Delete removes a resource.
func (p *armProvider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	k, err := kindOf(string(resource.URN(req.GetUrn()).Type()))
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, p.subscription.remove(ctx, k, req.GetId())
}

// Invoke answers who deploys, and looks resources up.
func (p *armProvider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	if strings.HasSuffix(req.GetTok(), ":getClientConfig") {
		result, err := encode(map[string]any{
			"subscriptionId": SubscriptionID, "tenantId": TenantID, "objectId": deployerObjectID, "clientId": deployerClientID,
		})
		return &pulumirpc.InvokeResponse{Return: result}, err
	}
	k, err := kindOfLookup(req.GetTok())
	if err != nil {
		return nil, err
	}
	inputs, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	id, complete := k.id(inputs)
	if !complete {
		return nil, fmt.Errorf("%s needs %s", req.GetTok(), strings.Join(k.pathInputs(), ", "))
	}
	found, err := p.subscription.lookUp(ctx, k, id)
	if err != nil {
		return nil, err
	}
	outputs := cloneObject(found.Outputs)
	outputs["id"] = found.ID
	result, err := encode(outputs)
	return &pulumirpc.InvokeResponse{Return: result}, err
}

// lookUp reads a resource and says in Azure's words what is missing.
func (s *subscription) lookUp(ctx context.Context, k *kind, id string) (*record, error) {
	found, err := s.read(ctx, k.armType(), id)
	if err != nil || found != nil {
		return found, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if group := parentGroupID(id); group != "" && s.find(group) == nil {
		return nil, missing("ResourceGroupNotFound", "resource group %q could not be found", lastSegment(group))
	}
	return nil, missing("ResourceNotFound", "the resource %s was not found", id)
}

func (p *armProvider) known(urn string, properties *structpb.Struct) (*kind, map[string]any, error) {
	k, err := kindOf(string(resource.URN(urn).Type()))
	if err != nil {
		return nil, nil, err
	}
	inputs, err := decode(properties)
	return k, inputs, err
}

// failure hands on what Azure says. A resource whose record remains goes into the state as failed, so that the next
// update mends it.
func (p *armProvider) failure(left *record, failure error) error {
	if left == nil || left.State != stateFailed {
		return failure
	}
	properties, err := encode(left.Outputs)
	if err != nil {
		return err
	}
	inputs, err := encode(left.Inputs)
	if err != nil {
		return err
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: left.ID, Properties: properties, Inputs: inputs, Reasons: []string{failure.Error()},
	})
}
