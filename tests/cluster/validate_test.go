//go:build cluster

package cluster_test

import (
	"maps"
	"slices"
	"testing"

	"aks-regulated-pulumi/internal/validate"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// state is a deployment with one thing wrong: what is changed, and which checks say so in which words.
type state struct {
	name   string
	change func(t *testing.T, l *lab)
	want   map[string]string
}

// A deployment in which all is well passes every check; of each thing that is wrong one check tells in a line that names it,
// and others only if they look at the same.
func TestValidateAgainstAnAPIServer(t *testing.T) {
	l := newLab(t)
	t.Run("all is well", func(t *testing.T) { l.requireReport(t, nil) })
	states := slices.Concat(
		accessStates, nodeStates, policyStates, namespaceStates, fluxStates, objectStates, workloadStates, ingressStates,
	)
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			s.change(t, l)
			l.requireReport(t, s.want)
		})
		l.settle(t)
	}
	t.Run("all is well again", func(t *testing.T) { l.requireReport(t, nil) })
	t.Run("a broken manifest", func(t *testing.T) {
		l.requireRefused(t, l.commit(t, "Break a manifest", added(t, broken())))
		l.requireReport(t, map[string]string{"kustomization": "Deployment/cluster-baseline-settings/broken"})
	})
	t.Run("every check has failed for a reason of its own", func(t *testing.T) {
		failed := map[string]bool{}
		for _, s := range states {
			for id := range s.want {
				failed[id] = true
			}
		}
		var all []string
		for _, check := range validate.Checks() {
			if !slices.Contains(skippedHere, check.ID) || failed[check.ID] {
				all = append(all, check.ID)
			}
		}
		assert.ElementsMatch(t, all, slices.Collect(maps.Keys(failed)))
	})
}

var accessStates = []state{
	{"the API server's name is public", func(t *testing.T, l *lab) { l.resolve(t, "20.1.2.3") },
		map[string]string{"api-private": "resolves to the public address 20.1.2.3"}},
	{"a kubeconfig of a local administrator", func(t *testing.T, l *lab) { l.signInLocally(t) },
		map[string]string{"api-sign-in": "a client certificate", "api-private": "127.0.0.1"}},
}

var nodeStates = []state{
	{"a node that is not ready", func(t *testing.T, l *lab) {
		notReady := map[string]any{"type": "Ready", "status": "False", "message": "kubelet stopped posting node status"}
		l.set(t, node("npsystem-0"), []any{notReady}, "status", "conditions")
	}, map[string]string{"nodes-ready": "node aks-npsystem-0 of pool npsystem is not ready: kubelet stopped posting node status"}},
	{"two nodes in one zone", func(t *testing.T, l *lab) {
		l.set(t, node("npsystem-0"), "eastus2-2", "metadata", "labels", "topology.kubernetes.io/zone")
	}, map[string]string{"nodes-zones": "pool npsystem uses 2 zones, not 3"}},
	{"a node of an old version", func(t *testing.T, l *lab) {
		l.set(t, node("npsystem-0"), "v1.34.1", "status", "nodeInfo", "kubeletVersion")
	}, map[string]string{"nodes-version": "node aks-npsystem-0 runs v1.34.1, not 1.35"}},
	{"a system node open to workloads", func(t *testing.T, l *lab) { l.set(t, node("npsystem-0"), []any{}, "spec", "taints") },
		map[string]string{"nodes-scope": "node aks-npsystem-0 of pool npsystem lacks the taint CriticalAddonsOnly"}},
	{"a virtual node that nobody has configured", func(t *testing.T, l *lab) {
		l.add(t, object("v1", "Node", "", "virtualnode-0", map[string]any{
			"metadata": map[string]any{"labels": map[string]any{"type": "virtual-kubelet"}},
		}))
	}, map[string]string{"virtual-nodes": "1 virtual nodes, and none are configured"}},
}

var policyStates = []state{
	{"a template that is missing", func(t *testing.T, l *lab) { l.remove(t, template("K8sAzureV2IngressHttpsOnly")) },
		map[string]string{"constraint-templates": "none for ingress-https-only"}},
	{"a template without a constraint", func(t *testing.T, l *lab) { l.remove(t, constraint("K8sAzureV3NoPrivilege")) },
		map[string]string{"restricted-initiative": "k8sazurev3noprivilege has no constraint"}},
	{"images from anywhere", func(t *testing.T, l *lab) { l.remove(t, binding("containerallowedimages")) },
		map[string]string{"policies-enforced": "an image of docker.io is accepted"}},
	{"pods in default", func(t *testing.T, l *lab) { l.remove(t, binding("blockdefaultnamespace")) },
		map[string]string{"policies-enforced": "a pod in default is refused, but by no policy"}},
	{"public load balancers", func(t *testing.T, l *lab) { l.remove(t, binding("loadbalancernopublicips")) },
		map[string]string{"policies-enforced": "a public load balancer is refused, but by no policy"}},
	{"ingresses over HTTP", func(t *testing.T, l *lab) { l.remove(t, binding("ingresshttpsonly")) },
		map[string]string{"policies-enforced": "an ingress that allows HTTP is accepted"}},
	{"credentials of the API in every pod", func(t *testing.T, l *lab) { l.remove(t, binding("blockautomounttoken")) },
		map[string]string{"policies-enforced": "a pod with API credentials is accepted"}},
}

var namespaceStates = []state{
	{"a missing namespace of Azure", func(t *testing.T, l *lab) { l.remove(t, namespace("gatekeeper-system")) },
		map[string]string{"namespaces": "namespace gatekeeper-system is missing"}},
	{"a missing namespace of the manifests", func(t *testing.T, l *lab) { l.remove(t, namespace("a0005-o")) },
		map[string]string{
			"namespaces": "namespace a0005-o is missing", "pod-security": "Namespace a0005-o is missing",
			"manifests-present": "Namespace a0005-o is missing",
		}},
	{"a namespace with a wider standard", func(t *testing.T, l *lab) {
		l.set(t, namespace("a0005-o"), "baseline", "metadata", "labels", "pod-security.kubernetes.io/enforce")
	}, map[string]string{"pod-security": "Namespace a0005-o has pod-security.kubernetes.io/enforce=baseline, not restricted"}},
}

// resolve changes where the API server's name leads until the test ends.
func (l *lab) resolve(t *testing.T, address string) {
	before := l.options.Resolver
	l.options.Resolver = resolver(address)
	t.Cleanup(func() { l.options.Resolver = before })
}

// signInLocally uses a kubeconfig with a certificate until the test ends.
func (l *lab) signInLocally(t *testing.T) {
	before := l.cluster
	l.cluster = connect(t, l.plane.Admin(t))
	t.Cleanup(func() { l.cluster = before })
}

func node(name string) *unstructured.Unstructured { return object("v1", "Node", "", "aks-"+name, nil) }

func namespace(name string) *unstructured.Unstructured {
	return object("v1", "Namespace", "", name, nil)
}

// binding puts one of the policies in force.
func binding(policy string) *unstructured.Unstructured {
	return object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "", "azurepolicy-"+policy, nil)
}
