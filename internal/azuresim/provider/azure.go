package provider

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/tree"
)

// Azure stands in for azure-native.
type Azure struct {
	protocol
	connections[azureSettings]
	subscription *arm.Subscription
	clusters     *kube.Clusters
	// token returns the token of the login.
	token func() string
}

// NewAzure serves a subscription, access to its clusters, and the token of the login. It calls itself the later of the releases that it
// stands in for, since the engine warns of a plugin that is older than what a program asks for.
func NewAzure(sub *arm.Subscription, clusters *kube.Clusters, token func() string) *Azure {
	return &Azure{protocol: protocol{version: pluginV3}, subscription: sub, clusters: clusters, token: token}
}

// Create creates a resource; in a preview it only says what is not known before.
func (p *Azure) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	k, inputs, err := p.kindAndInputs(ctx, req.GetUrn(), req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		properties, err := Encode(PreviewOutputs(k, inputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	if err := p.checkServed(k, req.GetUrn()); err != nil {
		return nil, err
	}
	settings, err := p.settingsOf(ctx)
	if err != nil {
		return nil, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	made, err := p.subscription.Create(ctx, settings.subscription, k, inputs, arm.Seconds(req.GetTimeout()))
	if err != nil {
		return nil, initFailed(made, inputs, err)
	}
	properties, err := Encode(withAPIVersion(made.Outputs, req.GetUrn()))
	return &pulumirpc.CreateResponse{Id: made.ID, Properties: properties}, err
}

// Update changes a resource in place.
func (p *Azure) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	k, inputs, err := p.kindAndInputs(ctx, req.GetUrn(), req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs := PreviewOutputs(k, inputs)
		old, err := Decode(req.GetOlds())
		if err != nil {
			return nil, err
		}
		for _, stable := range []string{"name", "location"} {
			if value, ok := old[stable]; ok {
				outputs[stable] = value
			}
		}
		properties, err := Encode(outputs)
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	if err := p.checkServed(k, req.GetUrn()); err != nil {
		return nil, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	if err := p.readMaintained(ctx, k, req, inputs); err != nil {
		return nil, err
	}
	changed, err := p.subscription.Update(ctx, k, req.GetId(), inputs, arm.Seconds(req.GetTimeout()))
	if err != nil {
		return nil, initFailed(changed, inputs, err)
	}
	properties, err := Encode(withAPIVersion(changed.Outputs, req.GetUrn()))
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// PreviewOutputs are the inputs; what Azure will add into a nested input makes that whole input unknown.
func PreviewOutputs(k *arm.Kind, inputs map[string]any) map[string]any {
	outputs := tree.CloneObject(inputs)
	delete(outputs, arm.CreateBeforeDelete)
	for _, name := range k.PathInputs() {
		delete(outputs, name)
	}
	if name := inputs[k.NameInput()]; name != nil {
		outputs["name"] = name
	}
	for _, name := range k.UnknownInPreview {
		outputs[name] = diff.Unknown
	}
	return outputs
}

// Delete removes a resource.
func (p *Azure) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	k, err := p.kindOf(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	if err := p.checkServed(k, req.GetUrn()); err != nil {
		return nil, err
	}
	ctx, done := untilCancel(ctx)
	defer done()
	return &emptypb.Empty{}, p.subscription.Remove(ctx, k, req.GetId(), arm.Seconds(req.GetTimeout()))
}

func (p *Azure) kindAndInputs(ctx context.Context, urn string, properties *structpb.Struct) (*arm.Kind, map[string]any, error) {
	k, err := p.kindOf(ctx, urn)
	if err != nil {
		return nil, nil, err
	}
	inputs, err := Decode(properties)
	return k, inputs, err
}

// initFailed hands on what Azure says. A resource that remains goes into the state all the same, so that the next update repairs
// it.
func initFailed(left *arm.Record, inputs map[string]any, failure error) error {
	if left == nil {
		return failure
	}
	properties, err := Encode(left.Outputs)
	if err != nil {
		return err
	}
	sent, err := Encode(inputs)
	if err != nil {
		return err
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: left.ID, Properties: properties, Inputs: sent, Reasons: []string{failure.Error()},
	})
}
