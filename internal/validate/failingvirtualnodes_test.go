package validate

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Virtual nodes that are missing, too many, unready, or not what their StatefulSet wants are named.
func TestVirtualNodeFailures(t *testing.T) {
	const set = "vn2/virtualnode"
	requireFailures(t, []failure{
		{"too few", "virtual-nodes", func(l *lab) { l.remove("Node", "virtualnode-1") }, "1 virtual nodes, not 2", nil},
		{"too many", "virtual-nodes", func(l *lab) { l.addVirtualNode("virtualnode-2", "type", "virtual-kubelet") },
			"3 virtual nodes, not 2", nil},
		{"unready", "virtual-nodes", func(l *lab) {
			l.set("Node", "virtualnode-0", "status.conditions", []any{map[string]any{"type": "Ready", "status": "False", "message": "no ACI"}})
		}, "virtual node virtualnode-0 is not ready: no ACI", nil},
		{"no set", "virtual-nodes", func(l *lab) { l.remove("StatefulSet", set) }, "StatefulSet vn2/virtualnode is missing",
			[]string{"manifests-present"}},
		{"other size", "virtual-nodes", func(l *lab) { l.set("StatefulSet", set, "spec.replicas", int64(3)) },
			"StatefulSet vn2/virtualnode does not want 2 pods", nil},
		{"pods", "virtual-nodes", func(l *lab) { l.set("StatefulSet", set, "status.readyReplicas", int64(1)) },
			"StatefulSet vn2/virtualnode has 1 of 2 pods ready", nil},
		{"unseen", "virtual-nodes", func(l *lab) { l.set("StatefulSet", set, "metadata.generation", int64(5)) },
			"has changes that no controller has seen", nil},
		{"no namespace", "namespaces", func(l *lab) { l.remove("Namespace", "vn2") }, "namespace vn2 is missing",
			[]string{"manifests-present", "pod-security", "virtual-nodes-scope"}},
		{"no policy", "network-policies", func(l *lab) { l.remove("NetworkPolicy", "vn2/default") }, "NetworkPolicy vn2/default is missing",
			[]string{"manifests-present"}},
		{"not applied", "kustomization", func(l *lab) { l.remove("Kustomization", "flux-system/bootstrap-virtual-nodes") },
			"no Kustomization applies cluster-manifests/virtual-nodes", nil},
		{"behind", "kustomization", func(l *lab) {
			l.set("Kustomization", "flux-system/bootstrap-virtual-nodes", "status.lastAppliedRevision", "main@sha1:0")
		}, `bootstrap-virtual-nodes: it has applied "main@sha1:0"`, nil},
	})
}

// Pods on virtual nodes that may be in scope are named, and so is everything that lets them come.
func TestVirtualNodeScopeFailures(t *testing.T) {
	set := func(kind, path string, value any) func(*lab) {
		return func(l *lab) { l.set(kind, "virtual-nodes", path, value) }
	}
	const policy, binding, check = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "virtual-nodes-scope"
	requireFailures(t, []failure{
		{"namespace in scope", check, func(l *lab) {
			l.label("Namespace", "a0005-i", labelScope, scopeIn)
			l.addPod("a0005-i/web", "virtualnode-1", "acrtest.azurecr.io/live/web:1@sha256:0", "", nil)
		}, "pod a0005-i/web runs on virtual node virtualnode-1, and its namespace is in-scope", nil},
		{"namespace without scope", check, func(l *lab) {
			l.addPod("kube-system/agent", "virtualnode-0", "mcr.microsoft.com/agent:1", "", nil)
		}, "pod kube-system/agent runs on virtual node virtualnode-0, and its namespace is without a scope", nil},
		{"no binding", check, func(l *lab) { l.remove(binding, "virtual-nodes") },
			"ValidatingAdmissionPolicyBinding virtual-nodes is missing", []string{"manifests-present"}},
		{"no policy", check, func(l *lab) { l.remove(policy, "virtual-nodes") },
			"ValidatingAdmissionPolicy virtual-nodes is missing", []string{"manifests-present"}},
		{"warns only", check, set(binding, "spec.validationActions", []any{"Warn"}), "differs in spec.validationActions[0]", nil},
		{"binding for few", check, set(binding, "spec.matchResources", map[string]any{"matchPolicy": "Equivalent"}),
			"virtual-nodes has spec.matchResources besides", nil},
		{"fails open", check, set(policy, "spec.failurePolicy", "Ignore"), "differs in spec.failurePolicy", nil},
		{"exception", check, set(policy, "spec.matchConditions", []any{map[string]any{"name": "x", "expression": "false"}}),
			"virtual-nodes has spec.matchConditions besides", nil},
	})
	requirePassed(t, check, func(l *lab) {
		l.addPod("a0005-i/done", "virtualnode-0", "x", "", nil)
		l.set("Pod", "a0005-i/done", "status.phase", "Succeeded")
		// As an API server answers: defaults filled in.
		l.set(policy, "virtual-nodes", "spec.matchConstraints.objectSelector", map[string]any{})
	})
}

// Without virtual nodes nothing of theirs is expected, and a virtual node is a failure.
func TestNoVirtualNodes(t *testing.T) {
	l := newLab(t)
	l.expected.VirtualNodes = VirtualNodes{}
	report, err := l.run()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"virtual-nodes": "failed: 2 virtual nodes, and none are configured. Look at the pods of vn2, and at virtualNodes in the " +
			"stack's configuration",
		"virtual-nodes-scope": "skipped: no virtual nodes are configured",
	}, failures(report))

	l.remove("Node", "virtualnode-0")
	l.remove("Node", "virtualnode-1")
	for _, object := range l.folders[2].objects {
		name := object.GetName()
		if object.GetNamespace() != "" {
			name = object.GetNamespace() + "/" + name
		}
		l.remove(object.GetKind(), name)
	}
	report, err = l.run()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"virtual-nodes":       "skipped: no virtual nodes are configured",
		"virtual-nodes-scope": "skipped: no virtual nodes are configured",
	}, failures(report))
}

// Manifests of virtual nodes that keep nobody away are a failure, and ones without their values or folder an error.
func TestManifestsOfVirtualNodes(t *testing.T) {
	l := newLab(t)
	files := fstest.MapFS{}
	for _, name := range []string{
		"unified/kustomization.yaml", "unified/agents.yaml", "unified/flux.yaml", "unified/ingress.yaml", "unified/workload.yaml",
		"falco-system/kustomization.yaml", "falco-system/falco.yaml",
	} {
		content, err := os.ReadFile("testdata/manifests/" + name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: content}
	}
	l.options.Manifests = files
	_, err := l.run("virtual-nodes")
	require.ErrorContains(t, err, "virtual-nodes")

	files["virtual-nodes/kustomization.yaml"] = &fstest.MapFile{Data: []byte("kind: Kustomization\nresources: [namespace.yaml]\n")}
	files["virtual-nodes/namespace.yaml"] = &fstest.MapFile{
		Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: vn2, labels: {count: \"n${virtual_nodes_count}\"}}\n"),
	}
	report, err := l.run("virtual-nodes-scope")
	require.NoError(t, err)
	assert.Contains(t, failures(report)["virtual-nodes-scope"], "the manifests bind no policy that keeps others away")

	delete(l.expected.VirtualNodes.Substitutions, "virtual_nodes_count")
	_, err = l.run("virtual-nodes")
	require.ErrorContains(t, err, "variables without a value: virtual_nodes_count (Namespace vn2)")
}
