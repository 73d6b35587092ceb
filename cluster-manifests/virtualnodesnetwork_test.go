package clustermanifests_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Virtual nodes reach what they are made of and the pods that they probe, and nothing else. The API server's tunnel reaches them and
// their controller, and what measures pods reaches them, too.
func TestVirtualNodesReachContainerInstances(t *testing.T) {
	inSystem := func(label, value string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "kube-system"}},
			PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{label: value}},
		}
	}
	tunnel, metrics := inSystem("app", "konnectivity-agent"), inSystem("k8s-app", "metrics-server")
	for name, want := range map[string]struct {
		pods    map[string]string
		from    []networkingv1.NetworkPolicyPeer
		in      int
		outside []int
		ranges  []networkingv1.NetworkPolicyEgressRule
	}{
		"virtual-nodes": {
			virtualNode(t).Spec.Template.Labels, []networkingv1.NetworkPolicyPeer{tunnel, metrics}, 10250, []int{443, 19390, 33391},
			[]networkingv1.NetworkPolicyEgressRule{
				{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: virtualSample["virtual_nodes_range"]}}}},
				{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "169.254.169.254/32"}}}, Ports: tcp(80)},
			},
		},
		"admission-controller": {
			one[appsv1.Deployment](t, "Deployment", "vn2/virtual-node-admission-controller").Spec.Template.Labels,
			[]networkingv1.NetworkPolicyPeer{tunnel}, 19865, []int{443}, nil,
		},
	} {
		policy := one[networkingv1.NetworkPolicy](t, policyKind, "vn2/"+name).Spec
		assert.Equal(t, bothWays, policy.PolicyTypes, name)
		assert.Len(t, policy.PodSelector.MatchLabels, 1, name)
		assert.Subset(t, want.pods, policy.PodSelector.MatchLabels, name)
		assert.Empty(t, cmp.Diff([]networkingv1.NetworkPolicyIngressRule{{From: want.from, Ports: tcp(want.in)}}, policy.Ingress), name)
		var outside []networkingv1.NetworkPolicyPort
		var ranges []networkingv1.NetworkPolicyEgressRule
		for _, rule := range policy.Egress {
			switch {
			case len(rule.To) == 0:
				outside = append(outside, rule.Ports...)
			case rule.To[0].IPBlock != nil:
				ranges = append(ranges, rule)
			}
		}
		assert.Empty(t, cmp.Diff(tcp(want.outside...), outside), name)
		assert.Empty(t, cmp.Diff(want.ranges, ranges), name)
	}
}

// No pod of ours that runs on every node lands on a virtual node, where DaemonSets do not work: it tolerates no taint of them, or
// keeps off by their label.
func TestAgentsKeepOffVirtualNodes(t *testing.T) {
	taint := corev1.Taint{Key: "virtual-kubelet.io/provider", Value: "azure", Effect: corev1.TaintEffectNoSchedule}
	off := corev1.NodeSelectorRequirement{Key: "virtualization", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"virtualnode2"}}
	affine := 0
	for _, w := range workloads(t) {
		tolerated := false
		for _, toleration := range w.template.Spec.Tolerations {
			tolerated = tolerated || toleration.ToleratesTaint(&taint)
		}
		if !tolerated {
			continue
		}
		affine++
		require.NotNil(t, w.template.Spec.Affinity, w.name)
		terms := w.template.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
		require.NotEmpty(t, terms, w.name)
		for _, term := range terms {
			assert.Contains(t, term.MatchExpressions, off, w.name)
		}
	}
	assert.Equal(t, 1, affine, "Falco")
}
