package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Kubernetes stands in for pulumi-kubernetes.
type Kubernetes struct {
	protocol
	connections[kube.Access]
	clusters *kube.Clusters
}

// NewKubernetes serves what is in clusters.
func NewKubernetes(clusters *kube.Clusters) *Kubernetes {
	return &Kubernetes{protocol: protocol{version: "4.24.0"}, clusters: clusters}
}

// access is the cluster to which a request goes.
func (p *Kubernetes) access(ctx context.Context) (kube.Access, error) {
	found, err := p.settings(ctx)
	if errors.Is(err, errNotConfigured) {
		return found, errors.New("the provider has no kubeconfig")
	}
	return found, err
}

// apiOf is the API version and the kind in a type token such as kubernetes:apps/v1:Deployment.
func apiOf(urn string) (apiVersion, kind string, err error) {
	token := string(resource.URN(urn).Type())
	parts := strings.Split(token, ":")
	unknownGroup := []string{"helm.sh", "yaml", "kustomize", "index"}
	if len(parts) != 3 || slices.Contains(unknownGroup, kube.GroupOf(parts[1])) || strings.HasSuffix(parts[2],
		"Patch") || strings.HasSuffix(parts[2], "List") {
		return "", "", fmt.Errorf("the simulator does not know resource type %s", token)
	}
	return strings.TrimPrefix(parts[1], "core/"), parts[2], nil
}

// Check demands what makes an object, and enters the namespace where none is given.
func (p *Kubernetes) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if isRelease(req.GetUrn()) {
		return p.checkRelease(req)
	}
	apiVersion, kind, err := apiOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	object, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{}
	fail := func(property, format string, args ...any) {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)})
	}
	for property, wanted := range map[string]string{"apiVersion": apiVersion, "kind": kind} {
		if given := object[property]; !diff.HasUnknown(given) && given != wanted {
			fail(property, "%s must be %s, as in the type of the resource, not %v", property, wanted, given)
		}
	}
	metadata := tree.Object(object, "metadata")
	if name := metadata["name"]; !diff.HasUnknown(object["metadata"]) && tree.Text(metadata, "name") == "" {
		fail("metadata", "metadata.name is required, not %v", name)
	}
	// Without a cluster there are no definitions yet.
	access, err := p.settings(ctx)
	if err != nil && !errors.Is(err, errNotConfigured) {
		return nil, err
	}
	switch inNamespace := kube.Namespaced(p.clusters.DefinitionsAt(access), apiVersion, kind); {
	case inNamespace && metadata["namespace"] == nil && len(metadata) > 0:
		metadata["namespace"] = "default"
	case !inNamespace && metadata["namespace"] != nil:
		fail("metadata", "metadata.namespace is not for kind %s, whose objects are in none", kind)
	}
	response.Inputs, err = Encode(object, secretsOf(kind)...)
	return response, err
}

func secretsOf(kind string) []string {
	if kind == "Secret" {
		return kube.SecretProperties
	}
	return nil
}

// fixedProperties cannot be changed in an object that exists, besides those that identify it.
var fixedProperties = map[string][]string{
	"Deployment": {"spec.selector"}, "DaemonSet": {"spec.selector"}, "StatefulSet": {"spec.selector", "spec.serviceName",
		"spec.podManagementPolicy", "spec.volumeClaimTemplates"},
	"Job": {"spec.selector", "spec.template"}, "Secret": {"type"}, "RoleBinding": {"roleRef"}, "ClusterRoleBinding": {"roleRef"},
	"CustomResourceDefinition": {"spec.group", "spec.scope"},
}

// Diff compares inputs. What identifies an object, and what Kubernetes never changes, replaces it; where the new one has the same
// name, the old one has to go first.
func (*Kubernetes) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	if isRelease(req.GetUrn()) {
		return diffRelease(req)
	}
	old, now, err := decodeInputs(req)
	if err != nil {
		return nil, err
	}
	fixed := append([]string{"apiVersion", "kind", "metadata.name", "metadata.namespace"}, fixedProperties[tree.Text(now, "kind")]...)
	response := diffResponse(diff.Compare(old, now), func(d diff.Difference) bool {
		return slices.ContainsFunc(fixed, func(name string) bool { return arm.InPath(d.Path, name) || arm.InPath(name, d.Path) })
	})
	response.DeleteBeforeReplace = len(response.Replaces) > 0 && kube.IdentityOf(old) == kube.IdentityOf(now)
	return response, nil
}

// Create makes an object and waits for it; in a preview it is what it will be.
func (p *Kubernetes) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if isRelease(req.GetUrn()) {
		return p.createRelease(ctx, req)
	}
	object, err := Decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	outputs, err := Encode(object, secretsOf(tree.Text(object, "kind"))...)
	if err != nil || req.GetPreview() {
		return &pulumirpc.CreateResponse{Properties: outputs}, err
	}
	if err := p.apply(ctx, object, arm.Create); err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: kube.ObjectID(object), Properties: outputs}, nil
}

// Update applies an object again; one that is gone is made again.
func (p *Kubernetes) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if isRelease(req.GetUrn()) {
		return p.updateRelease(ctx, req)
	}
	object, err := Decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	outputs, err := Encode(object, secretsOf(tree.Text(object, "kind"))...)
	if err != nil || req.GetPreview() {
		return &pulumirpc.UpdateResponse{Properties: outputs}, err
	}
	return &pulumirpc.UpdateResponse{Properties: outputs}, p.apply(ctx, object, arm.Update)
}

// apply hands an object that is there, but not ready, to the engine along with the failure, so that the next update repairs it.
func (p *Kubernetes) apply(ctx context.Context, object map[string]any, name arm.Verb) error {
	access, err := p.access(ctx)
	if err != nil {
		return err
	}
	made, failure := p.clusters.ApplyObject(ctx, access, object, name)
	if !made || failure == nil {
		return failure
	}
	properties, err := Encode(object, secretsOf(tree.Text(object, "kind"))...)
	if err != nil {
		return err
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: kube.ObjectID(object), Properties: properties, Inputs: properties, Reasons: []string{failure.Error()},
	})
}

// Read returns an object as it is, or nothing if it is gone. Of a Secret the simulator knows only the keys, so that what the engine
// knows stays as long as those are the same.
func (p *Kubernetes) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if isRelease(req.GetUrn()) {
		return p.readRelease(ctx, req)
	}
	apiVersion, kind, err := apiOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	known, found, err := p.look(ctx, req, apiVersion, kind)
	if err != nil || len(found) == 0 {
		return &pulumirpc.ReadResponse{}, err
	}
	if len(known) > 0 && len(diff.Compare(kube.WithoutSecrets(known), found)) == 0 {
		found = known
	}
	properties, err := Encode(found, secretsOf(kind)...)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: properties}, err
}

// look returns what the engine knows of an object, and a copy of what the cluster has, which is empty if it is gone.
func (p *Kubernetes) look(ctx context.Context, req *pulumirpc.ReadRequest, apiVersion, kind string) (known, found map[string]any,
	err error) {
	access, err := p.access(ctx)
	if err != nil {
		return nil, nil, err
	}
	if known, err = Decode(req.GetInputs()); err != nil {
		return nil, nil, err
	}
	namespace, name := kube.SplitID(req.GetId())
	err = p.clusters.InCluster(access, func(cluster *arm.Record) error {
		found = tree.CloneObject(p.clusters.Object(cluster, apiVersion, kind, namespace, name))
		return nil
	})
	return known, found, err
}

// Delete removes an object.
func (p *Kubernetes) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	if isRelease(req.GetUrn()) {
		return p.deleteRelease(ctx, req)
	}
	apiVersion, kind, err := apiOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	access, err := p.access(ctx)
	if err != nil {
		return nil, err
	}
	namespace, name := kube.SplitID(req.GetId())
	return &emptypb.Empty{}, p.clusters.RemoveObject(ctx, access, apiVersion, kind, namespace, name)
}
