package validate

import (
	"context"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Namespaces that are in every cluster, whatever the manifests say.
const (
	namespaceFlux       = "flux-system"
	namespaceGatekeeper = "gatekeeper-system"
	namespaceExtensions = "azure-extensions-usage-system"
)

var systemNamespaces = []string{
	metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic, corev1.NamespaceNodeLease,
	namespaceFlux, namespaceGatekeeper,
}

// labelsPodSecurity begin the labels by which a namespace chooses a pod security standard.
const labelsPodSecurity = "pod-security.kubernetes.io/"

// managedNamespaces are those of the manifests, sorted.
func (s *subject) managedNamespaces() []string {
	found := map[string]bool{}
	for _, object := range s.objects {
		if object.GetKind() == "Namespace" {
			found[object.GetName()] = true
		} else if namespace := object.GetNamespace(); namespace != "" {
			found[namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func checkNamespaces(ctx context.Context, s *subject) (verdict, error) {
	list, err := s.Typed.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return verdict{}, err
	}
	phases := map[string]corev1.NamespacePhase{}
	for _, namespace := range list.Items {
		phases[namespace.Name] = namespace.Status.Phase
	}
	expected := append(s.managedNamespaces(), systemNamespaces...)
	slices.Sort(expected)
	expected = slices.Compact(expected)
	var wrong problems
	for _, name := range expected {
		phase, exists := phases[name]
		delete(phases, name)
		switch {
		case !exists:
			wrong.add("namespace %s is missing", name)
		case phase != corev1.NamespaceActive:
			wrong.add("namespace %s is %s", name, phase)
		}
	}
	more := "none besides"
	if len(phases) > 0 {
		more = "besides " + strings.Join(slices.Sorted(maps.Keys(phases)), ", ")
	}
	return wrong.verdict(syncHint, "%d expected ones are active, %s", len(expected), more), nil
}

func checkPodSecurity(ctx context.Context, s *subject) (verdict, error) {
	var labelled []*unstructured.Unstructured
	for _, namespace := range s.rendered("Namespace", "") {
		if len(podSecurity(namespace)) > 0 {
			labelled = append(labelled, namespace)
		}
	}
	if len(labelled) == 0 {
		return skipped("the manifests label no namespace with %s", labelsPodSecurity), nil
	}
	wrong, err := s.compare(ctx, labelled, func(wanted, live *unstructured.Unstructured) problems {
		var wrong problems
		labels := podSecurity(wanted)
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			if found := live.GetLabels()[label]; found != labels[label] {
				wrong.add("%s has %s=%s, not %s", describe(wanted), label, found, labels[label])
			}
		}
		return wrong
	})
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(syncHint, "%s", joined(names(labelled))), nil
}

// podSecurity are the labels of an object that choose a pod security standard.
func podSecurity(object *unstructured.Unstructured) map[string]string {
	found := map[string]string{}
	for label, value := range object.GetLabels() {
		if strings.HasPrefix(label, labelsPodSecurity) {
			found[label] = value
		}
	}
	return found
}
