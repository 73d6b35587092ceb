//go:build cluster

package cluster_test

import (
	"fmt"
	"maps"
	"testing"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/kubetest"
	"aks-regulated-pulumi/internal/manifests"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// access is a request to be allowed or refused. An empty namespace is the whole cluster.
type access struct {
	verb, group, resource, subresource, namespace string
}

// groups are those that the manifests give roles to. In the dev stack they are all the same one, which would hide what each
// may do.
func groups(t *testing.T) map[string]string {
	t.Helper()
	values := maps.Clone(substitutions(t))
	for i, who := range []string{"namespace_viewer", "namespace_editor", "namespace_admin", "cluster_viewer"} {
		name := who + "_group"
		require.Contains(t, values, name)
		values[name] = fmt.Sprintf("00000000-0000-0000-0000-00000000001%d", i)
	}
	return values
}

// testRights holds who may do what by the roles of the manifests: what each needs, and not what must never be.
func testRights(t *testing.T, plane *kubetest.ControlPlane, client *kubetest.Client) {
	values := groups(t)
	objects, err := manifests.Render(clustermanifests.Files, ".", values)
	require.NoError(t, err)
	installFlux(t, client)
	applyStaged(t, client, objects)
	subjects := []struct {
		name    string
		config  *rest.Config
		may     []access
		mustNot []access
	}{
		{
			name:   "the ingress controller",
			config: plane.AsServiceAccount(t, "ingress", "traefik-ingress-controller"),
			may: []access{
				{"list", "networking.k8s.io", "ingressclasses", "", ""}, {"watch", "networking.k8s.io", "ingressclasses", "", ""},
				{"list", "", "nodes", "", ""},
				{"list", "networking.k8s.io", "ingresses", "", "a0005-i"}, {"update", "networking.k8s.io", "ingresses", "status", "a0005-i"},
				{"list", "", "services", "", "a0005-i"}, {"watch", "discovery.k8s.io", "endpointslices", "", "a0005-i"},
				{"get", "", "secrets", "", "a0005-i"},
			},
			mustNot: []access{
				{"get", "", "secrets", "", "flux-system"}, {"get", "", "secrets", "", "kube-system"}, {"get", "", "secrets", "", "ingress"},
				{"get", "", "secrets", "", "a0005-o"}, {"list", "", "secrets", "", ""}, {"update", "", "secrets", "", "a0005-i"},
				{"create", "", "pods", "", "a0005-i"}, {"create", "", "pods", "exec", "a0005-i"}, {"list", "", "pods", "", "a0005-i"},
				{"update", "networking.k8s.io", "ingresses", "", "a0005-i"}, {"list", "networking.k8s.io", "ingresses", "", "a0005-o"},
				{"create", "", "serviceaccounts", "token", "ingress"}, {"impersonate", "", "serviceaccounts", "", "flux-system"},
				{"create", "rbac.authorization.k8s.io", "rolebindings", "", "a0005-i"},
			},
		},
		{
			name:   "Falco",
			config: plane.AsServiceAccount(t, "falco-system", "falco"),
			mustNot: []access{
				{"get", "", "secrets", "", "falco-system"}, {"list", "", "pods", "", ""}, {"list", "", "nodes", "", ""},
			},
		},
		{
			name:   "source-controller",
			config: plane.AsServiceAccount(t, "flux-system", "source-controller"),
			may: []access{
				{"watch", "source.toolkit.fluxcd.io", "gitrepositories", "", "flux-system"},
				{"patch", "source.toolkit.fluxcd.io", "gitrepositories", "status", "flux-system"},
				{"get", "", "secrets", "", "flux-system"}, {"create", "coordination.k8s.io", "leases", "", "flux-system"},
				{"update", "coordination.k8s.io", "leases", "", "flux-system"}, {"create", "", "events", "", "flux-system"},
			},
			mustNot: []access{
				{"get", "", "secrets", "", "kube-system"}, {"get", "", "secrets", "", "a0005-i"}, {"list", "", "secrets", "", ""},
				{"impersonate", "", "serviceaccounts", "", "flux-system"}, {"create", "", "pods", "", "flux-system"},
				{"watch", "source.toolkit.fluxcd.io", "gitrepositories", "", ""},
			},
		},
		{
			// It may impersonate flux-applier, by name, and nobody else.
			name:   "kustomize-controller",
			config: plane.AsServiceAccount(t, "flux-system", "kustomize-controller"),
			may: []access{
				{"watch", "kustomize.toolkit.fluxcd.io", "kustomizations", "", "flux-system"},
				{"patch", "kustomize.toolkit.fluxcd.io", "kustomizations", "status", "flux-system"},
				{"watch", "source.toolkit.fluxcd.io", "gitrepositories", "", "flux-system"},
				{"update", "coordination.k8s.io", "leases", "", "flux-system"}, {"create", "", "events", "", "flux-system"},
			},
			mustNot: []access{
				{"impersonate", "", "serviceaccounts", "", "flux-system"}, {"impersonate", "", "serviceaccounts", "", "kube-system"},
				{"impersonate", "", "users", "", ""}, {"get", "", "secrets", "", "kube-system"}, {"create", "", "pods", "", "a0005-i"},
				{"create", "apps", "deployments", "", "ingress"}, {"create", "rbac.authorization.k8s.io", "clusterrolebindings", "", ""},
			},
		},
		{
			name:   "viewers of a namespace",
			config: plane.As(t, "viewer@example.com", values["namespace_viewer_group"]),
			may:    []access{{"list", "", "pods", "", "a0005-i"}, {"list", "apps", "deployments", "", "a0005-o"}},
			mustNot: []access{
				{"get", "", "secrets", "", "a0005-i"}, {"create", "", "pods", "", "a0005-i"}, {"create", "", "pods", "exec", "a0005-i"},
				{"list", "", "pods", "", "kube-system"}, {"list", "", "pods", "", "flux-system"},
			},
		},
		{
			name:   "editors of a namespace",
			config: plane.As(t, "editor@example.com", values["namespace_editor_group"]),
			may:    []access{{"create", "", "pods", "", "a0005-i"}, {"update", "apps", "deployments", "", "a0005-o"}},
			mustNot: []access{
				{"create", "rbac.authorization.k8s.io", "rolebindings", "", "a0005-i"}, {"update", "", "resourcequotas", "", "a0005-i"},
				{"update", "", "namespaces", "", "a0005-i"}, {"create", "", "pods", "", "default"}, {"create", "", "pods", "", "kube-system"},
			},
		},
		{
			name:   "admins of a namespace",
			config: plane.As(t, "admin@example.com", values["namespace_admin_group"]),
			may:    []access{{"create", "rbac.authorization.k8s.io", "rolebindings", "", "a0005-i"}},
			mustNot: []access{
				{"update", "", "resourcequotas", "", "a0005-i"}, {"update", "", "limitranges", "", "a0005-i"},
				{"get", "", "secrets", "", "ingress"}, {"create", "rbac.authorization.k8s.io", "clusterrolebindings", "", ""},
			},
		},
		{
			name:   "viewers of the cluster",
			config: plane.As(t, "auditor@example.com", values["cluster_viewer_group"]),
			may:    []access{{"list", "", "pods", "", ""}, {"list", "networking.k8s.io", "networkpolicies", "", ""}},
			mustNot: []access{
				{"list", "", "secrets", "", ""}, {"create", "", "pods", "", "a0005-i"}, {"create", "", "pods", "exec", "ingress"},
			},
		},
		{
			name:   "somebody who is in no group",
			config: plane.As(t, "nobody@example.com"),
			mustNot: []access{
				{"list", "", "namespaces", "", ""}, {"list", "", "pods", "", "a0005-i"}, {"list", "", "pods", "", "default"},
			},
		},
	}
	for _, s := range subjects {
		t.Run(s.name+" may do what they need and no more", func(t *testing.T) {
			client, err := kubernetes.NewForConfig(s.config)
			require.NoError(t, err)
			for _, wanted := range s.may {
				assert.True(t, allowed(t, client, wanted), "may not %+v", wanted)
			}
			for _, unwanted := range s.mustNot {
				assert.False(t, allowed(t, client, unwanted), "may %+v", unwanted)
			}
		})
	}
}

func allowed(t *testing.T, client kubernetes.Interface, a access) bool {
	t.Helper()
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: a.verb, Group: a.group, Resource: a.resource, Subresource: a.subresource, Namespace: a.namespace,
		},
	}}
	result, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	require.NoError(t, err)
	return result.Status.Allowed
}
