package validate

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

func checkNetworkPolicies(ctx context.Context, s *subject) (verdict, error) {
	policies := s.rendered("NetworkPolicy", "")
	wrong, err := s.compare(ctx, policies, sameNetworkPolicy)
	if err != nil {
		return verdict{}, err
	}
	closed := 0
	for _, namespace := range s.managedNamespaces() {
		// AKS's own pods need more than anybody could list.
		if namespace == metav1.NamespaceSystem {
			continue
		}
		list, err := s.Typed.NetworkingV1().NetworkPolicies(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return verdict{}, err
		}
		closed++
		wrong = append(wrong, open(namespace, list.Items)...)
		// The extension may bring policies of its own.
		if namespace != namespaceFlux || s.expected.GitOps.Mode != ModeFlux {
			wrong = append(wrong, opened(list.Items)...)
		}
	}
	return wrong.verdict(syncHint, "%d policies, %d namespaces deny by default", len(policies), closed), nil
}

// sameNetworkPolicy compares with what the API server makes of the manifest: in a policy any field besides matters.
func sameNetworkPolicy(wanted, live *unstructured.Unstructured) problems {
	var want, have networkingv1.NetworkPolicy
	wrong := decodeBoth(wanted, live, &want, &have)
	if len(wrong) == 0 && !equality.Semantic.DeepEqual(withDefaults(want.Spec), withDefaults(have.Spec)) {
		wrong.add("%s is not as in the manifests", describe(wanted))
	}
	return wrong
}

// withDefaults fills in what the API server would.
func withDefaults(spec networkingv1.NetworkPolicySpec) networkingv1.NetworkPolicySpec {
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, rule := range spec.Ingress {
		overTCP(rule.Ports)
	}
	for _, rule := range spec.Egress {
		overTCP(rule.Ports)
	}
	return spec
}

func overTCP(ports []networkingv1.NetworkPolicyPort) {
	for i := range ports {
		if ports[i].Protocol == nil {
			ports[i].Protocol = ptr.To(corev1.ProtocolTCP)
		}
	}
}

// open says which directions a namespace does not deny by default.
func open(namespace string, policies []networkingv1.NetworkPolicy) problems {
	var wrong problems
	for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
		denies := func(policy networkingv1.NetworkPolicy) bool {
			return selectsAll(namespace, policy.Spec.PodSelector) && slices.Contains(withDefaults(policy.Spec).PolicyTypes, direction) &&
				!allowsAll(policy.Spec, direction)
		}
		if !slices.ContainsFunc(policies, denies) {
			wrong.add("namespace %s has no policy that denies %s of all pods", namespace, direction)
		}
	}
	return wrong
}

// opened names policies that let all through in one direction: added to a denial they undo it, for the pods that they select.
func opened(policies []networkingv1.NetworkPolicy) problems {
	var wrong problems
	for _, policy := range policies {
		in := slices.ContainsFunc(policy.Spec.Ingress, func(rule networkingv1.NetworkPolicyIngressRule) bool {
			return anybody(rule.From) && len(rule.Ports) == 0
		})
		out := slices.ContainsFunc(policy.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
			return anybody(rule.To) && len(rule.Ports) == 0
		})
		if in || out {
			wrong.add("NetworkPolicy %s/%s lets everything through", policy.Namespace, policy.Name)
		}
	}
	return wrong
}

// anybody reports whether peers are everyone: none named, every address, or the pods of every namespace.
func anybody(peers []networkingv1.NetworkPolicyPeer) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil {
			return peer.IPBlock.CIDR == "0.0.0.0/0" && len(peer.IPBlock.Except) == 0
		}
		return isEmpty(peer.NamespaceSelector) && (peer.PodSelector == nil || isEmpty(peer.PodSelector))
	})
}

func isEmpty(selector *metav1.LabelSelector) bool {
	return selector != nil && len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
}

// selectsAll reports whether a policy holds for all pods. In Flux's namespace its two controllers are enough: the agents of the
// extension need Azure's metadata service, which no policy could leave to them alone.
func selectsAll(namespace string, selector metav1.LabelSelector) bool {
	if namespace != namespaceFlux {
		return len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
	}
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	return err == nil && !slices.ContainsFunc(fluxNeeded, func(controller string) bool {
		return !parsed.Matches(labels.Set{"app": controller})
	})
}

// allowsAll reports whether a policy that isolates pods opens the direction again. Exceptions such as DNS are none.
func allowsAll(spec networkingv1.NetworkPolicySpec, direction networkingv1.PolicyType) bool {
	if direction == networkingv1.PolicyTypeIngress {
		return len(spec.Ingress) > 0
	}
	return slices.ContainsFunc(spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
		return len(rule.To) == 0 && len(rule.Ports) == 0
	})
}
