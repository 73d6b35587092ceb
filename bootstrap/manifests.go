package bootstrap

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/stamp"
)

// fluxSystem is Flux itself: its definitions, its controllers and their rights.
//
//go:embed flux-system/*.yaml
var fluxSystem embed.FS

const fluxSystemDirectory = "flux-system"

// ManifestsArgs configures Manifests.
type ManifestsArgs struct {
	*StampArgs
	// Folders are what Flux applies.
	Folders []Folder
}

// Manifests is Flux, applied to the Kubernetes API by an update that runs inside the network: the same state as with the AKS extension,
// with Flux's images from the cluster's own registry. It exists once everything in the manifests is ready.
type Manifests struct{ pulumi.ResourceState }

// NewManifests registers Flux's definitions first, then its controllers, then the source and what is applied from it.
func NewManifests(ctx *pulumi.Context, name string, args *ManifestsArgs, opts ...pulumi.ResourceOption) (*Manifests, error) {
	component := &Manifests{}
	if err := ctx.RegisterComponentResource("aksregulated:bootstrap:Manifests", name, component, opts...); err != nil {
		return nil, fmt.Errorf("manifests: %w", err)
	}
	provider, err := newProvider(ctx, name, args, pulumi.Parent(component))
	if err != nil {
		return nil, err
	}
	install, err := fluxObjects(args)
	if err != nil {
		return nil, err
	}
	wait := (time.Duration(args.Settings.Bootstrap.WaitMinutes) * time.Minute).String()
	m := &applied{ctx: ctx, name: name, opts: []pulumi.ResourceOption{
		pulumi.Parent(component), pulumi.Provider(provider), args.withCluster(),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: wait, Update: wait}),
	}}
	// The first objects need a cluster whose nodes can pull the controllers' images.
	m.stage = args.ready()
	for _, stage := range stages(install) {
		if err := m.apply(stage...); err != nil {
			return nil, err
		}
	}
	folders, err := m.synchronize(args)
	if err != nil {
		return nil, err
	}
	if args.VirtualNodes != nil {
		// Last, since it goes into the namespace that Flux has made.
		namespace := pulumi.DependsOn(folders[virtualNodesKustomization])
		if err := newVirtualNodesChart(ctx, name+"-virtual-nodes", args.StampArgs, append(m.opts, namespace)...); err != nil {
			return nil, err
		}
	}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("outputs of manifests: %w", err)
	}
	return component, nil
}

// fluxObjects renders Flux with its images. All values are known before the deployment.
func fluxObjects(args *ManifestsArgs) ([]kubernetes.UntypedArgs, error) {
	values, err := knownValues(args.Settings, args.Stamp)
	if err != nil {
		return nil, err
	}
	values["registry"] = stamp.LoginServer(args.Names().Registry)
	rendered, err := manifests.Render(fluxSystem, fluxSystemDirectory, values)
	if err != nil {
		return nil, fmt.Errorf("flux: %w", err)
	}
	objects := make([]kubernetes.UntypedArgs, 0, len(rendered))
	for _, object := range rendered {
		objects = append(objects, kubernetes.UntypedArgs(object.Object))
	}
	return objects, nil
}

// stages are objects in the order in which they have to exist: an object needs its definition and its namespace, and a controller its
// rights.
func stages(objects []kubernetes.UntypedArgs) [][]kubernetes.UntypedArgs {
	order := []func(kind string) bool{
		func(kind string) bool { return kind == "CustomResourceDefinition" },
		func(kind string) bool { return kind == "Namespace" },
		func(kind string) bool { return kind != "Deployment" },
		func(string) bool { return true },
	}
	sorted := make([][]kubernetes.UntypedArgs, len(order))
	for _, object := range objects {
		kind, _ := object["kind"].(string)
		at := slices.IndexFunc(order, func(includes func(string) bool) bool { return includes(kind) })
		sorted[at] = append(sorted[at], object)
	}
	return sorted
}

// applied registers objects stage by stage; each waits for all of the stage before.
type applied struct {
	ctx   *pulumi.Context
	name  string
	opts  []pulumi.ResourceOption
	stage []pulumi.Resource
}

func (a *applied) apply(objects ...kubernetes.UntypedArgs) error {
	var registered []pulumi.Resource
	for _, object := range objects {
		opts := append(slices.Clone(a.opts), pulumi.DependsOn(a.stage))
		if object["kind"] == "Secret" {
			opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"data", "stringData"}))
		}
		resource, err := newObject(a.ctx, a.name+"-"+logicalName(object), object, opts...)
		if err != nil {
			return err
		}
		registered = append(registered, resource)
	}
	if len(registered) > 0 {
		a.stage = registered
	}
	return nil
}

// logicalName is kind and name of an object, in lower case: names alone repeat.
func logicalName(object kubernetes.UntypedArgs) string {
	described := unstructured.Unstructured{Object: object}
	return strings.ToLower(described.GetKind()) + "-" + described.GetName()
}
