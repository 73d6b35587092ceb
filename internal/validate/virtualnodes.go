package validate

import (
	"context"
	"strings"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// VirtualNodes are nodes whose pods run as groups of Azure Container Instances.
type VirtualNodes struct {
	// Enabled reports whether there are any, Nodes how many.
	Enabled bool `json:"enabled"`
	Nodes   int  `json:"nodes"`
	// Substitutions are the values of variables in their manifests.
	Substitutions map[string]string `json:"substitutions"`
}

// Where virtual nodes run: each is a pod of this StatefulSet.
const (
	namespaceVirtual = "vn2"
	statefulSetName  = "virtualnode"
)

const scopeOut = "out-of-scope"

// virtualNodesDirectory is the folder that Flux applies where there are virtual nodes. In mode manifests the chart installs them,
// and Flux applies what is around.
func (e *Expected) virtualNodesDirectory() string {
	if e.GitOps.Mode == ModeManifests {
		return clustermanifests.VirtualNodesNamespaceDirectory
	}
	return clustermanifests.VirtualNodesDirectory
}

func checkVirtualNodes(ctx context.Context, s *subject) (verdict, error) {
	const hint = "Look at the pods of " + namespaceVirtual + ", and at virtualNodes in the stack's configuration"
	_, nodes, err := s.allNodes(ctx)
	if err != nil {
		return verdict{}, err
	}
	want := s.expected.VirtualNodes
	if !want.Enabled && len(nodes) == 0 {
		return skipped("no virtual nodes are configured"), nil
	}
	var wrong problems
	if !want.Enabled {
		wrong.add("%d virtual nodes, and none are configured", len(nodes))
		return wrong.verdict(hint, ""), nil
	}
	if len(nodes) != want.Nodes {
		wrong.add("%d virtual nodes, not %d", len(nodes), want.Nodes)
	}
	for _, node := range nodes {
		if problem := unready(&node); problem != "" {
			wrong.add("virtual node %s %s", node.Name, problem)
		}
	}
	set, err := s.virtualNodesSet(ctx)
	if err != nil {
		return verdict{}, err
	}
	return append(wrong, set...).verdict(hint, "%d are ready", len(nodes)), nil
}

// virtualNodesSet says what is wrong with the StatefulSet of virtual nodes.
func (s *subject) virtualNodesSet(ctx context.Context) (problems, error) {
	const what = "StatefulSet " + namespaceVirtual + "/" + statefulSetName
	var wrong problems
	set, err := s.Typed.AppsV1().StatefulSets(namespaceVirtual).Get(ctx, statefulSetName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		wrong.add("%s is missing", what)
		return wrong, nil
	}
	if err != nil {
		return nil, err
	}
	want := int32(s.expected.VirtualNodes.Nodes)
	if set.Spec.Replicas == nil || *set.Spec.Replicas != want {
		wrong.add("%s does not want %d pods", what, want)
	}
	if set.Status.ObservedGeneration != set.Generation {
		wrong.add("%s has changes that no controller has seen", what)
	}
	if set.Status.ReadyReplicas < want {
		wrong.add("%s has %d of %d pods ready", what, set.Status.ReadyReplicas, want)
	}
	return wrong, nil
}

func checkVirtualNodesScope(ctx context.Context, s *subject) (verdict, error) {
	if !s.expected.VirtualNodes.Enabled {
		return skipped("no virtual nodes are configured"), nil
	}
	wrong, count, err := s.strangersOnVirtualNodes(ctx)
	if err != nil {
		return verdict{}, err
	}
	policies, bindings := s.rendered("ValidatingAdmissionPolicy", ""), s.rendered("ValidatingAdmissionPolicyBinding", "")
	if len(bindings) == 0 {
		wrong.add("the manifests bind no policy that keeps others away")
	}
	for _, objects := range [][]*unstructured.Unstructured{policies, bindings} {
		found, err := s.compare(ctx, objects, sameAdmission)
		if err != nil {
			return verdict{}, err
		}
		wrong = append(wrong, found...)
	}
	return wrong.verdict("Look at who made the pod or changed the policy, and at the namespace's label "+labelScope,
		"%d pods on virtual nodes are in namespaces out of scope; %s", count, joined(names(bindings))), nil
}

// strangersOnVirtualNodes names pods on virtual nodes whose namespaces are not out of scope, and counts the others.
func (s *subject) strangersOnVirtualNodes(ctx context.Context) (problems, int, error) {
	_, nodes, err := s.allNodes(ctx)
	if err != nil {
		return nil, 0, err
	}
	virtual := map[string]bool{}
	for _, node := range nodes {
		virtual[node.Name] = true
	}
	namespaces, err := s.Typed.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, 0, err
	}
	scopes := map[string]string{}
	for _, namespace := range namespaces.Items {
		scopes[namespace.Name] = namespace.Labels[labelScope]
	}
	// Those of Azure's namespaces, too: no pods are expected there.
	pods, err := s.Typed.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, 0, err
	}
	var wrong problems
	count := 0
	for _, pod := range pods.Items {
		if ended(pod) || !virtual[pod.Spec.NodeName] {
			continue
		}
		if scope := scopes[pod.Namespace]; scope != scopeOut {
			wrong.add("pod %s/%s runs on virtual node %s, and its namespace is %s", pod.Namespace, pod.Name, pod.Spec.NodeName,
				or(scope, "without a scope"))
			continue
		}
		count++
	}
	return wrong, count, nil
}

// exceptions are fields that let an admission policy or its binding overlook something. No API server fills them by itself.
var exceptions = [][]string{
	{"spec", "matchResources"}, {"spec", "matchConditions"}, {"spec", "matchConstraints", "objectSelector"},
	{"spec", "matchConstraints", "excludeResourceRules"}, {"spec", "matchConstraints", "namespaceSelector", "matchLabels"},
}

// sameAdmission compares an admission policy or its binding, and takes no exception for a default.
func sameAdmission(wanted, live *unstructured.Unstructured) problems {
	wrong := sameFields("spec")(wanted, live)
	for _, field := range exceptions {
		if filled(live, field) && !filled(wanted, field) {
			wrong.add("%s has %s besides", describe(wanted), strings.Join(field, "."))
		}
	}
	return wrong
}

// filled reports whether an object has something in a field.
func filled(object *unstructured.Unstructured, field []string) bool {
	value, _, err := unstructured.NestedFieldNoCopy(object.Object, field...)
	fields, _ := value.(map[string]any)
	items, _ := value.([]any)
	return err == nil && len(fields)+len(items) > 0
}
