package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/tree"
)

func isRelease(urn string) bool {
	return resource.URN(urn).Type() == "kubernetes:"+kube.ReleaseAPI+":"+kube.ReleaseKind
}

// checkRelease demands what makes a release, gives one without a name the name that it has or a new one, and enters the namespace.
func (*Kubernetes) checkRelease(req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	inputs, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := Decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{}
	fail := func(property, format string, args ...any) {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)})
	}
	for property, why := range map[string]string{
		"chart": "there is nothing to install without it", "version": "what is installed must not depend on the day: pin the chart's version",
	} {
		if given := inputs[property]; !diff.HasUnknown(given) && tree.Text(inputs, property) == "" {
			fail(property, "missing required property '%s': %s", property, why)
		}
	}
	repository := tree.At(inputs, "repositoryOpts", "repo")
	if oci := strings.HasPrefix(tree.Text(inputs, "chart"), "oci://"); !oci && !diff.HasUnknown(inputs["chart"]) &&
		!diff.HasUnknown(inputs["repositoryOpts"]) &&
		!strings.HasPrefix(tree.Text(inputs, "repositoryOpts", "repo"), "https://") {
		fail("repositoryOpts", "repositoryOpts.repo must be an https URL, not %v, unless the chart is one of oci://", repository)
	}
	if _, isObject := inputs["values"].(map[string]any); inputs["values"] != nil && !isObject && !diff.HasUnknown(inputs["values"]) {
		fail("values", "values must be an object, not %v", inputs["values"])
	}
	if inputs["valueYamlFiles"] != nil {
		fail("valueYamlFiles", "the simulator reads values only, no files of them")
	}
	if err := nameRelease(inputs, old, req); err != nil {
		return nil, err
	}
	if name := inputs["name"]; !diff.HasUnknown(name) && !kube.IsReleaseName(tree.Text(inputs, "name")) {
		fail("name", "%v is not a name of a Helm release", name)
	}
	response.Inputs, err = Encode(inputs)
	return response, err
}

func nameRelease(inputs, old map[string]any, req *pulumirpc.CheckRequest) error {
	if inputs["namespace"] == nil {
		inputs["namespace"] = "default"
	}
	if inputs["name"] != nil {
		return nil
	}
	if inputs["name"] = old["name"]; inputs["name"] != nil {
		return nil
	}
	name := resource.URN(req.GetUrn()).Name()
	made, err := resource.NewUniqueName(req.GetRandomSeed(), name+"-", 8, 0, nil)
	if err != nil {
		return fmt.Errorf("make a name for %s: %w", name, err)
	}
	inputs["name"] = made
	return nil
}

// diffRelease replaces a release that gets another name or namespace; Helm upgrades everything else in place.
func diffRelease(req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	old, now, err := decodeInputs(req)
	if err != nil {
		return nil, err
	}
	return diffResponse(diff.Compare(old, now), func(d diff.Difference) bool { return d.Path == "name" || d.Path == "namespace" }), nil
}

// releaseOutputs are the inputs and what the provider adds. Under the names of the inputs the engine finds what of them is secret.
func releaseOutputs(inputs map[string]any, status any) map[string]any {
	outputs := tree.CloneObject(inputs)
	outputs["status"] = status
	if outputs["resourceNames"] == nil {
		outputs["resourceNames"] = map[string]any{}
	}
	return outputs
}

func (p *Kubernetes) createRelease(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	inputs, err := Decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := Encode(releaseOutputs(inputs, diff.Unknown))
		return &pulumirpc.CreateResponse{Properties: outputs}, err
	}
	made, err := p.install(ctx, inputs, arm.Create)
	if err != nil {
		return nil, err
	}
	outputs, err := Encode(releaseOutputs(inputs, made["status"]))
	return &pulumirpc.CreateResponse{Id: kube.ObjectID(made), Properties: outputs}, err
}

func (p *Kubernetes) updateRelease(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	inputs, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := Encode(releaseOutputs(inputs, diff.Unknown))
		return &pulumirpc.UpdateResponse{Properties: outputs}, err
	}
	made, err := p.install(ctx, inputs, arm.Update)
	if err != nil {
		return nil, err
	}
	outputs, err := Encode(releaseOutputs(inputs, made["status"]))
	return &pulumirpc.UpdateResponse{Properties: outputs}, err
}

// install hands a release that is there, but does not work, to the engine along with the failure, as apply does with objects.
func (p *Kubernetes) install(ctx context.Context, inputs map[string]any, name arm.Verb) (map[string]any, error) {
	access, err := p.access(ctx)
	if err != nil {
		return nil, err
	}
	made, failure := p.clusters.InstallRelease(ctx, access, inputs, name)
	if made == nil || failure == nil {
		return made, failure
	}
	outputs, err := Encode(releaseOutputs(inputs, made["status"]))
	if err != nil {
		return nil, err
	}
	sent, err := Encode(inputs)
	if err != nil {
		return nil, err
	}
	return nil, rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: kube.ObjectID(made), Properties: outputs, Inputs: sent, Reasons: []string{failure.Error()},
	})
}

// readRelease returns a release as it is, or nothing if it is gone. Values that the simulator does not keep stay as the engine knows
// them, as long as all others do.
func (p *Kubernetes) readRelease(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	known, found, err := p.look(ctx, req, kube.ReleaseAPI, kube.ReleaseKind)
	if err != nil || len(found) == 0 {
		return &pulumirpc.ReadResponse{}, err
	}
	inputs := tree.Object(found, "spec")
	if len(known) > 0 && len(diff.Compare(kube.KeptInputs(known), inputs)) == 0 {
		inputs = known
	}
	properties, err := Encode(releaseOutputs(inputs, found["status"]))
	if err != nil {
		return nil, err
	}
	encoded, err := Encode(inputs)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: encoded}, err
}

func (p *Kubernetes) deleteRelease(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	access, err := p.access(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, p.clusters.RemoveRelease(ctx, access, req.GetId())
}
