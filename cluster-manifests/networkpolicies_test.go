package clustermanifests_test

import (
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const policyKind = "NetworkPolicy"

var bothWays = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}

// Every namespace of ours starts from nothing: a policy called default that selects its pods and allows nothing.
func TestEverythingIsDeniedFirst(t *testing.T) {
	denied := map[string]bool{}
	for _, policy := range all[networkingv1.NetworkPolicy](t, policyKind) {
		assert.Contains(t, managed, policy.Namespace, "kube-system is Azure's, whose pods' needs change with every release")
		if policy.Name != "default" {
			continue
		}
		denied[policy.Namespace] = true
		assert.Equal(t, bothWays, policy.Spec.PolicyTypes, policy.Namespace)
		assert.Empty(t, policy.Spec.Ingress, policy.Namespace)
		assert.Empty(t, policy.Spec.Egress, policy.Namespace)
		if policy.Namespace != "flux-system" {
			assert.Empty(t, cmp.Diff(metav1.LabelSelector{}, policy.Spec.PodSelector), policy.Namespace)
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(managed)), slices.Collect(maps.Keys(denied)))
}

// The extension's agents keep the metadata service, from which they get their identity; Flux's controllers do not.
func TestFluxPolicyHoldsTheControllers(t *testing.T) {
	policy := one[networkingv1.NetworkPolicy](t, policyKind, "flux-system/default")
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	assert.NoError(t, err)
	for app, held := range map[string]bool{"source-controller": true, "kustomize-controller": true, "": false} {
		assert.Equal(t, held, selector.Matches(labels.Set{"app": app}), "pod labelled %q", app)
	}
}

// Wherever names are allowed they are allowed over TCP too, and only of the cluster's own DNS.
func TestNamesResolveOverBothProtocols(t *testing.T) {
	var resolving []string
	for _, policy := range all[networkingv1.NetworkPolicy](t, policyKind) {
		for _, rule := range policy.Spec.Egress {
			var protocols []corev1.Protocol
			for _, port := range rule.Ports {
				if port.Port.IntValue() == 53 {
					protocols = append(protocols, *port.Protocol)
				}
			}
			if len(protocols) == 0 {
				continue
			}
			resolving = append(resolving, policy.Namespace)
			assert.ElementsMatch(t, []corev1.Protocol{"UDP", "TCP"}, protocols, policy.Namespace)
			want := []networkingv1.NetworkPolicyPeer{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "kube-system"}},
				PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "kube-dns"}},
			}}
			assert.Empty(t, cmp.Diff(want, rule.To), policy.Namespace)
		}
	}
	assert.ElementsMatch(t, []string{"a0005-i", "a0005-o", "flux-system", "vn2", "vn2"}, resolving)
}

// asNode is the one policy whose pods may act as their node, and why.
const asNode, asNodeBecause = "vn2/virtual-nodes", "virtual nodes manage container groups as the identity of the node"

// No pod under a policy reaches the metadata service, by which a pod would act as its node, nor Azure's host agent. Virtual nodes
// are to act as their node: they reach the one service, by a rule of its own that lets through nothing else.
func TestMetadataServiceStaysClosed(t *testing.T) {
	metadata, agent := netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("168.63.129.16")
	var open []networkingv1.NetworkPolicyEgressRule
	for _, policy := range all[networkingv1.NetworkPolicy](t, policyKind) {
		for _, rule := range policy.Spec.Egress {
			name := policy.Namespace + "/" + policy.Name
			assert.False(t, reaches(t, rule, agent), "%s reaches %s", name, agent)
			if reaches(t, rule, metadata) {
				assert.Equal(t, asNode, name, "reaches %s, and only %s, since %s", metadata, asNode, asNodeBecause)
				open = append(open, rule)
			}
		}
	}
	want := []networkingv1.NetworkPolicyEgressRule{{
		To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "169.254.169.254/32"}}}, Ports: tcp(80),
	}}
	assert.Empty(t, cmp.Diff(want, open))
}

// reaches reports whether a rule lets packets to port 80 of an address through, where both services listen.
func reaches(t *testing.T, rule networkingv1.NetworkPolicyEgressRule, address netip.Addr) bool {
	t.Helper()
	toPort := len(rule.Ports) == 0
	for _, port := range rule.Ports {
		assert.Nil(t, port.EndPort)
		toPort = toPort || port.Port == nil || port.Port.IntValue() == 80
	}
	toAddress := len(rule.To) == 0
	for _, peer := range rule.To {
		toAddress = toAddress || peer.IPBlock != nil && netip.MustParsePrefix(peer.IPBlock.CIDR).Contains(address)
	}
	return toPort && toAddress
}

// Traefik takes calls from the gateway alone, and is read by managed Prometheus; it calls the front end and the API server.
func TestTraefikReachesWhatItServes(t *testing.T) {
	policy := one[networkingv1.NetworkPolicy](t, policyKind, "ingress/traefik").Spec
	want := networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "traefik"}},
		PolicyTypes: bothWays,
		Ingress: []networkingv1.NetworkPolicyIngressRule{
			{From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "10.240.5.0/24"}}}, Ports: tcp(8443)},
			{From: agent(), Ports: tcp(8082)},
		},
		Egress: []networkingv1.NetworkPolicyEgressRule{
			{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{"kubernetes.io/metadata.name": "a0005-i"},
			}}}, Ports: tcp(8080)},
			{Ports: tcp(443)},
		},
	}
	assert.Empty(t, cmp.Diff(want, policy))
}

// Source-controller reaches the repository's port wherever it is, also over SSH, and hands what it fetched to
// kustomize-controller alone.
func TestFluxReachesItsRepository(t *testing.T) {
	previous := sample["repository_port"]
	t.Cleanup(func() { sample["repository_port"] = previous })
	sample["repository_port"] = "22"
	source := one[networkingv1.NetworkPolicy](t, policyKind, "flux-system/source-controller").Spec
	assert.Empty(t, cmp.Diff([]networkingv1.NetworkPolicyEgressRule{{Ports: tcp(443, 22)}}, source.Egress))
	artifacts := []networkingv1.NetworkPolicyPeer{app("kustomize-controller")}
	assert.Empty(t, cmp.Diff([]networkingv1.NetworkPolicyIngressRule{{From: artifacts, Ports: tcp(9090)}}, source.Ingress))
	applying := one[networkingv1.NetworkPolicy](t, policyKind, "flux-system/kustomize-controller").Spec
	assert.Empty(t, cmp.Diff([]networkingv1.NetworkPolicyEgressRule{
		{To: []networkingv1.NetworkPolicyPeer{app("source-controller")}, Ports: tcp(9090)}, {Ports: tcp(443)},
	}, applying.Egress))
	metrics := one[networkingv1.NetworkPolicy](t, policyKind, "flux-system/allow-scraping").Spec
	assert.Empty(t, cmp.Diff([]networkingv1.NetworkPolicyIngressRule{{From: agent(), Ports: tcp(8080)}}, metrics.Ingress))
}

// Stand-ins, Falco and the closed namespace need no network at all.
func TestSilentNamespacesHaveNoAllowance(t *testing.T) {
	allowed := map[string]bool{}
	for _, policy := range all[networkingv1.NetworkPolicy](t, policyKind) {
		if policy.Name != "default" {
			allowed[policy.Namespace] = true
		}
	}
	want := map[string]bool{"a0005-i": true, "a0005-o": true, "flux-system": true, "ingress": true, "vn2": true}
	assert.Empty(t, cmp.Diff(want, allowed))
}

func tcp(numbers ...int) []networkingv1.NetworkPolicyPort {
	protocol := corev1.ProtocolTCP
	var ports []networkingv1.NetworkPolicyPort
	for _, number := range numbers {
		port := intstr.FromInt32(int32(number))
		ports = append(ports, networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: &port})
	}
	return ports
}

// agent is managed Prometheus' replica set, which reads pods by their annotations.
func agent() []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "kube-system"}},
		PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"rsName": "ama-metrics"}},
	}}
}

func app(name string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}}
}
