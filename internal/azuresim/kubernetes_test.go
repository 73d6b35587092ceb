package azuresim

import (
	"context"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/kube"
	"aks-regulated-pulumi/internal/azuresim/provider"
	"aks-regulated-pulumi/internal/tree"
)

const (
	sourceAPI    = "source.toolkit.fluxcd.io/v1"
	kustomizeAPI = "kustomize.toolkit.fluxcd.io/v1"
)

// kubeInputs is an object; a name with a slash has a namespace.
func kubeInputs(apiVersion, kind, name string, more object) object {
	metadata := object{"name": name}
	if namespace, name, both := strings.Cut(name, "/"); both {
		metadata = object{"namespace": namespace, "name": name}
	}
	made := object{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	for property, value := range more {
		made[property] = value
	}
	return made
}

func kubeURN(apiVersion, kind string) string {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "core/" + apiVersion
	}
	return string(resource.NewURN("dev", "lab", "", tokens.Type("kubernetes:"+apiVersion+":"+kind), "r"))
}

func urnOfObject(made object) string {
	return kubeURN(tree.Text(made, "apiVersion"), tree.Text(made, "kind"))
}

// apply creates an object and returns its id.
func (l *lab) apply(made object) (string, error) {
	properties, err := provider.Encode(made)
	require.NoError(l.t, err)
	response, err := l.kubernetes.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOfObject(made), Properties: properties})
	return response.GetId(), err
}

func (l *lab) applied(made ...object) {
	l.t.Helper()
	for _, made := range made {
		_, err := l.apply(made)
		require.NoError(l.t, err, kube.Describe(made))
	}
}

func (l *lab) reapply(made object) error {
	properties, err := provider.Encode(made)
	require.NoError(l.t, err)
	_, err = l.kubernetes.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urnOfObject(made), Id: kube.ObjectID(made), News: properties})
	return err
}

func (l *lab) removeFromCluster(made object) error {
	_, err := l.kubernetes.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urnOfObject(made), Id: kube.ObjectID(made)})
	return err
}

// held reads an object as a refresh does; nil if it is gone.
func (l *lab) held(made, known object) object {
	l.t.Helper()
	inputs, err := provider.Encode(known)
	require.NoError(l.t, err)
	request := &pulumirpc.ReadRequest{Urn: urnOfObject(made), Id: kube.ObjectID(made)}
	if known != nil {
		request.Inputs, request.Properties = inputs, inputs
	}
	response, err := l.kubernetes.Read(context.Background(), request)
	require.NoError(l.t, err)
	if response.GetId() == "" {
		return nil
	}
	found, err := provider.Decode(response.GetInputs())
	require.NoError(l.t, err)
	return found
}

// configureCluster gives a connection a kubeconfig.
func configureCluster(t *testing.T, client pulumirpc.ResourceProviderClient, kubeconfig string) ([]*pulumirpc.CheckFailure, error) {
	args, err := provider.Encode(object{"kubeconfig": kubeconfig})
	require.NoError(t, err)
	checked, err := client.CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: args})
	require.NoError(t, err)
	_, err = client.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
	return checked.GetFailures(), err
}

// inside is a lab with a cluster in which a program makes objects.
func inside(t *testing.T, opts Options) *lab {
	t.Helper()
	if opts.Repository == nil {
		opts.Repository = manifestFiles()
	}
	l := start(t, opts)
	deployGitOps(l)
	l.imported("live/fluxcd/source-controller", "v1.9.6")
	l.imported("live/fluxcd/kustomize-controller", "v1.9.6")
	failures, err := configureCluster(t, l.kubernetes, l.kubeconfig())
	require.NoError(t, err)
	require.Empty(t, failures)
	return l
}

func definition(group, kind, plural string, versions ...any) object {
	return kubeInputs("apiextensions.k8s.io/v1", "CustomResourceDefinition", plural+"."+group, object{"spec": object{
		"group": group, "scope": "Namespaced", "names": object{"kind": kind, "plural": plural}, "versions": array(versions),
	}})
}

var served = object{"name": "v1", "served": true, "storage": true}

func namespaceNamed(name string) object { return kubeInputs("v1", "Namespace", name, nil) }

func controller(name string) object {
	return kubeInputs("apps/v1", "Deployment", "flux-system/"+name, object{"spec": object{
		"replicas": 1.0, "selector": object{"matchLabels": object{"app": name}}, "template": object{"spec": object{
			"nodeSelector": object{"kubernetes.io/os": "linux"},
			"containers":   array{object{"name": "manager", "image": "acraks.azurecr.io/live/fluxcd/" + name + ":v1.9.6@" + liveDigest}},
		}},
	}})
}

func waiting(made object) object {
	tree.Object(made, "metadata")["annotations"] = object{kube.WaitForAnnotation: "condition=Ready"}
	return made
}

func gitRepository() object {
	return waiting(kubeInputs(sourceAPI, "GitRepository", "flux-system/bootstrap", object{"spec": object{
		"interval": "5m", "url": "https://github.com/example/platform", "ref": object{"branch": "main"},
	}}))
}

func (l *lab) kustomization() object {
	return waiting(kubeInputs(kustomizeAPI, "Kustomization", "flux-system/bootstrap-unified", object{"spec": object{
		"interval": "5m", "path": "./cluster-manifests", "prune": true, "wait": true, "sourceRef": object{"kind": "GitRepository", "name": "bootstrap"},
		"postBuild": object{"substitute": l.substitutions()},
	}}))
}

// installFlux applies what makes Flux run, in the order in which a cluster takes it.
func (l *lab) installFlux() {
	l.t.Helper()
	l.applied(definition("source.toolkit.fluxcd.io", "GitRepository", "gitrepositories", served),
		definition("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations", served),
		namespaceNamed("flux-system"), controller("source-controller"), controller("kustomize-controller"))
}
