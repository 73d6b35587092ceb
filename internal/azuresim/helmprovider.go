package azuresim

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	"aks-regulated-pulumi/internal/tree"
)

func isRelease(urn string) bool {
	return resource.URN(urn).Type() == "kubernetes:"+releaseAPI+":"+releaseKind
}

// checkRelease demands what makes a release, gives one without a name the name that it has or a new one, and enters the namespace.
func (*kubernetesProvider) checkRelease(req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	inputs, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	old, err := decode(req.GetOlds())
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
		if given := inputs[property]; !hasUnknown(given) && tree.Text(inputs, property) == "" {
			fail(property, "missing required property '%s': %s", property, why)
		}
	}
	repository := tree.At(inputs, "repositoryOpts", "repo")
	if oci := strings.HasPrefix(tree.Text(inputs, "chart"), "oci://"); !oci && !hasUnknown(inputs["chart"]) &&
		!hasUnknown(inputs["repositoryOpts"]) &&
		!strings.HasPrefix(tree.Text(inputs, "repositoryOpts", "repo"), "https://") {
		fail("repositoryOpts", "repositoryOpts.repo must be an https URL, not %v, unless the chart is one of oci://", repository)
	}
	if _, isObject := inputs["values"].(map[string]any); inputs["values"] != nil && !isObject && !hasUnknown(inputs["values"]) {
		fail("values", "values must be an object, not %v", inputs["values"])
	}
	if inputs["valueYamlFiles"] != nil {
		fail("valueYamlFiles", "the simulator reads values only, no files of them")
	}
	if err := nameRelease(inputs, old, req); err != nil {
		return nil, err
	}
	if name := inputs["name"]; !hasUnknown(name) && !isReleaseName(tree.Text(inputs, "name")) {
		fail("name", "%v is not a name of a Helm release", name)
	}
	response.Inputs, err = encode(inputs)
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
	return diffResponse(differences(old, now), func(d difference) bool { return d.path == "name" || d.path == "namespace" }), nil
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

func (p *kubernetesProvider) createRelease(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	inputs, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := encode(releaseOutputs(inputs, unknown))
		return &pulumirpc.CreateResponse{Properties: outputs}, err
	}
	made, err := p.install(ctx, inputs, Create)
	if err != nil {
		return nil, err
	}
	outputs, err := encode(releaseOutputs(inputs, made["status"]))
	return &pulumirpc.CreateResponse{Id: objectID(made), Properties: outputs}, err
}

func (p *kubernetesProvider) updateRelease(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	inputs, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := encode(releaseOutputs(inputs, unknown))
		return &pulumirpc.UpdateResponse{Properties: outputs}, err
	}
	made, err := p.install(ctx, inputs, Update)
	if err != nil {
		return nil, err
	}
	outputs, err := encode(releaseOutputs(inputs, made["status"]))
	return &pulumirpc.UpdateResponse{Properties: outputs}, err
}

// install hands a release that is there, but does not work, to the engine along with the failure, as apply does with objects.
func (p *kubernetesProvider) install(ctx context.Context, inputs map[string]any, name Verb) (map[string]any, error) {
	access, err := p.access(ctx)
	if err != nil {
		return nil, err
	}
	made, failure := p.clusters.installRelease(ctx, access, inputs, name)
	if made == nil || failure == nil {
		return made, failure
	}
	outputs, err := encode(releaseOutputs(inputs, made["status"]))
	if err != nil {
		return nil, err
	}
	sent, err := encode(inputs)
	if err != nil {
		return nil, err
	}
	return nil, rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: objectID(made), Properties: outputs, Inputs: sent, Reasons: []string{failure.Error()},
	})
}

// readRelease returns a release as it is, or nothing if it is gone. Values that the simulator does not keep stay as the engine knows
// them, as long as all others do.
func (p *kubernetesProvider) readRelease(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	known, found, err := p.look(ctx, req, releaseAPI, releaseKind)
	if err != nil || len(found) == 0 {
		return &pulumirpc.ReadResponse{}, err
	}
	inputs := tree.Object(found, "spec")
	if len(known) > 0 && len(differences(keptInputs(known), inputs)) == 0 {
		inputs = known
	}
	properties, err := encode(releaseOutputs(inputs, found["status"]))
	if err != nil {
		return nil, err
	}
	encoded, err := encode(inputs)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: encoded}, err
}

func (p *kubernetesProvider) deleteRelease(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	access, err := p.access(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, p.clusters.removeRelease(ctx, access, req.GetId())
}
