package validate

import (
	"context"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

const podsHint = "Look at events and pods of its namespace"

func checkDaemonSets(ctx context.Context, s *subject) (verdict, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return verdict{}, err
	}
	sets := s.rendered("DaemonSet", "")
	if len(sets) == 0 {
		return skipped("the manifests have none"), nil
	}
	wrong, err := s.compare(ctx, sets, func(_, live *unstructured.Unstructured) problems { return judgeDaemonSet(live, nodes) })
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(podsHint, "%s on every one of %d nodes that they select", joined(names(sets)), len(nodes)), nil
}

// judgeDaemonSet wants a pod on each node that the pods' selectors allow. Taints are no excuse: agents that do not tolerate one
// leave its nodes without protection.
func judgeDaemonSet(live *unstructured.Unstructured, nodes []corev1.Node) problems {
	var wrong problems
	var set appsv1.DaemonSet
	if err := decode(live, &set); err != nil {
		wrong.add("%v", err)
		return wrong
	}
	want := 0
	for _, node := range nodes {
		if selects(&set.Spec.Template.Spec, &node) {
			want++
		}
	}
	status := set.Status
	if int(status.DesiredNumberScheduled) != want {
		wrong.add("%s wants %d pods for %d nodes", describe(live), status.DesiredNumberScheduled, want)
	}
	if int(status.NumberReady) != want {
		wrong.add("%s is ready on %d of %d nodes", describe(live), status.NumberReady, want)
	}
	return wrong
}

// selects reports whether a pod's node selector and required affinity accept a node.
func selects(pod *corev1.PodSpec, node *corev1.Node) bool {
	if !labels.SelectorFromSet(pod.NodeSelector).Matches(labels.Set(node.Labels)) {
		return false
	}
	if pod.Affinity == nil || pod.Affinity.NodeAffinity == nil {
		return true
	}
	required := pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	return required == nil || slices.ContainsFunc(required.NodeSelectorTerms, func(term corev1.NodeSelectorTerm) bool {
		return matches(term, node)
	})
}

// operators are those of node affinity in terms of label selectors.
var operators = map[corev1.NodeSelectorOperator]selection.Operator{
	corev1.NodeSelectorOpIn: selection.In, corev1.NodeSelectorOpNotIn: selection.NotIn,
	corev1.NodeSelectorOpExists: selection.Exists, corev1.NodeSelectorOpDoesNotExist: selection.DoesNotExist,
	corev1.NodeSelectorOpGt: selection.GreaterThan, corev1.NodeSelectorOpLt: selection.LessThan,
}

func matches(term corev1.NodeSelectorTerm, node *corev1.Node) bool {
	for _, expression := range term.MatchExpressions {
		requirement, err := labels.NewRequirement(expression.Key, operators[expression.Operator], expression.Values)
		if err != nil || !requirement.Matches(labels.Set(node.Labels)) {
			return false
		}
	}
	return true
}

func checkDeployments(ctx context.Context, s *subject) (verdict, error) {
	deployments := s.rendered("Deployment", "")
	if len(deployments) == 0 {
		return skipped("the manifests have none"), nil
	}
	wrong, err := s.compare(ctx, deployments, judgeDeployment)
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(podsHint, "available: %s", joined(names(deployments))), nil
}

func judgeDeployment(_, live *unstructured.Unstructured) problems {
	var wrong problems
	var deployment appsv1.Deployment
	if err := decode(live, &deployment); err != nil {
		wrong.add("%v", err)
		return wrong
	}
	want := int32(1)
	if deployment.Spec.Replicas != nil {
		want = *deployment.Spec.Replicas
	}
	status := deployment.Status
	switch {
	case status.ObservedGeneration != deployment.Generation:
		wrong.add("%s has changes that no controller has seen", describe(live))
	case status.AvailableReplicas < want:
		wrong.add("%s has %d of %d replicas available", describe(live), status.AvailableReplicas, want)
	case status.UpdatedReplicas < want:
		wrong.add("%s has %d of %d replicas up to date", describe(live), status.UpdatedReplicas, want)
	}
	return wrong
}

// pods are those that run or are about to, outside of the namespaces whose images and placement are Azure's.
func (s *subject) pods(ctx context.Context) ([]corev1.Pod, error) {
	list, err := s.Typed.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	azures := []string{metav1.NamespaceSystem, namespaceGatekeeper, namespaceExtensions}
	if s.expected.GitOps.Mode == ModeFlux {
		azures = append(azures, namespaceFlux)
	}
	return slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool {
		return ended(pod) || slices.Contains(azures, pod.Namespace)
	}), nil
}

// ended pods run no more, and only wait to be deleted.
func ended(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed || pod.DeletionTimestamp != nil
}

func checkImages(ctx context.Context, s *subject) (verdict, error) {
	pods, err := s.pods(ctx)
	if err != nil {
		return verdict{}, err
	}
	var wrong problems
	for _, pod := range pods {
		for _, image := range imagesOf(&pod) {
			switch {
			case !strings.HasPrefix(image, s.live()):
				wrong.add("pod %s/%s runs %s, not from %s", pod.Namespace, pod.Name, image, s.live())
			case !strings.Contains(image, "@sha256:"):
				wrong.add("pod %s/%s runs %s without a digest", pod.Namespace, pod.Name, image)
			}
		}
	}
	return wrong.verdict("Look at who made the pod, and when the policy for images was last off",
		"%d pods run images of %s only", len(pods), s.live()), nil
}

func imagesOf(pod *corev1.Pod) []string {
	var images []string
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		images = append(images, container.Image)
	}
	for _, container := range pod.Spec.EphemeralContainers {
		images = append(images, container.Image)
	}
	return images
}

func checkPlacement(ctx context.Context, s *subject) (verdict, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return verdict{}, err
	}
	pods, err := s.pods(ctx)
	if err != nil {
		return verdict{}, err
	}
	scopes := map[string]string{}
	for _, node := range nodes {
		scopes[node.Name] = node.Labels[labelScope]
	}
	var wrong problems
	count := 0
	for _, pod := range pods {
		selected := pod.Spec.NodeSelector[labelScope]
		if selected == "" || pod.Spec.NodeName == "" {
			continue
		}
		count++
		label, node := pod.Labels[labelScope], scopes[pod.Spec.NodeName]
		if label != selected || node != selected {
			wrong.add("pod %s/%s selects %s, is labelled %s and runs on %s node %s",
				pod.Namespace, pod.Name, selected, or(label, "nothing"), or(node, "unscoped"), pod.Spec.NodeName)
		}
	}
	return wrong.verdict("Look at the pod's labels and node selector, and at the node's labels",
		"%d pods select a scope, carry it and run in it", count), nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
