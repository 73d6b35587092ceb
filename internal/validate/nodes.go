package validate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Labels and taints of nodes.
const (
	labelScope    = "pci-scope"
	labelZone     = corev1.LabelTopologyZone
	taintCritical = "CriticalAddonsOnly"
)

// labelsVirtual mark virtual nodes, which are in no pool. Each is enough.
var labelsVirtual = map[string]string{"type": "virtual-kubelet", "virtualization": "virtualnode2"}

// labelsPool are where AKS writes the name of a node's pool: the first one everywhere, the second one for older nodes.
var labelsPool = []string{"kubernetes.azure.com/agentpool", "agentpool"}

// autoscalerTaints are how the cluster autoscaler says that it is about to remove a cordoned node.
var autoscalerTaints = []string{"ToBeDeletedByClusterAutoscaler", "DeletionCandidateOfClusterAutoscaler"}

// nodes are those of the cluster's pools; virtual nodes are left out.
func (s *subject) nodes(ctx context.Context) ([]corev1.Node, error) {
	real, _, err := s.allNodes(ctx)
	return real, err
}

// allNodes are the nodes of the cluster's pools, and the virtual ones.
func (s *subject) allNodes(ctx context.Context) (real, virtual []corev1.Node, err error) {
	list, err := s.Typed.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, nil, err
	}
	for _, node := range list.Items {
		if isVirtual(&node) {
			virtual = append(virtual, node)
		} else {
			real = append(real, node)
		}
	}
	return real, virtual, nil
}

func isVirtual(node *corev1.Node) bool {
	for label, value := range labelsVirtual {
		if node.Labels[label] == value {
			return true
		}
	}
	return false
}

func poolOf(node *corev1.Node) string {
	for _, label := range labelsPool {
		if pool := node.Labels[label]; pool != "" {
			return pool
		}
	}
	return ""
}

// nodesByPool groups nodes by the name of their pool.
func (s *subject) nodesByPool(ctx context.Context) (map[string][]corev1.Node, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	pools := map[string][]corev1.Node{}
	for _, node := range nodes {
		pools[poolOf(&node)] = append(pools[poolOf(&node)], node)
	}
	return pools, nil
}

func checkNodesReady(ctx context.Context, s *subject) (verdict, error) {
	pools, err := s.nodesByPool(ctx)
	if err != nil {
		return verdict{}, err
	}
	var wrong problems
	var seen []string
	for _, pool := range s.expected.NodePools {
		nodes := pools[pool.Name]
		delete(pools, pool.Name)
		if len(nodes) < pool.MinCount || len(nodes) > pool.MaxCount {
			wrong.add("pool %s has %d nodes, not %d to %d", pool.Name, len(nodes), pool.MinCount, pool.MaxCount)
		}
		for _, node := range nodes {
			if problem := unready(&node); problem != "" {
				wrong.add("node %s of pool %s %s", node.Name, pool.Name, problem)
			}
		}
		seen = append(seen, fmt.Sprintf("%s %d", pool.Name, len(nodes)))
	}
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		wrong.add("%d nodes are in pool %q, which the stamp does not have", len(pools[name]), name)
	}
	return wrong.verdict("Look at kubectl describe node, and at the node pools in Azure",
		"all ready: %s", strings.Join(seen, ", ")), nil
}

// unready says why a node takes no pods.
func unready(node *corev1.Node) string {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return "is not ready: " + condition.Message
		}
	}
	if !slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type == corev1.NodeReady }) {
		return "has not reported yet"
	}
	leaving := slices.ContainsFunc(node.Spec.Taints, func(t corev1.Taint) bool { return slices.Contains(autoscalerTaints, t.Key) })
	if node.Spec.Unschedulable && !leaving {
		return "is cordoned: an upgrade runs, or kubectl uncordon was forgotten"
	}
	return ""
}

func checkNodesZones(ctx context.Context, s *subject) (verdict, error) {
	pools, err := s.nodesByPool(ctx)
	if err != nil {
		return verdict{}, err
	}
	var wrong problems
	var seen []string
	for _, pool := range s.expected.NodePools {
		if len(pool.Zones) == 0 {
			continue
		}
		used := map[string]bool{}
		for _, node := range pools[pool.Name] {
			zone := zoneOf(&node)
			if !slices.Contains(pool.Zones, zone) {
				wrong.add("node %s is in zone %q, none of %s", node.Name, node.Labels[labelZone], strings.Join(pool.Zones, ", "))
				continue
			}
			used[zone] = true
		}
		// A pool with fewer nodes than zones uses as many zones as it can.
		if want := min(len(pools[pool.Name]), len(pool.Zones)); len(used) < want {
			wrong.add("pool %s uses %d zones, not %d", pool.Name, len(used), want)
		}
		seen = append(seen, fmt.Sprintf("%s in %s", pool.Name, strings.Join(slices.Sorted(maps.Keys(used)), ", ")))
	}
	if len(seen) == 0 {
		return skipped("no zones are configured"), nil
	}
	return wrong.verdict("Look at the scale set's instances; scale the pool to let Azure spread it again", "%s",
		strings.Join(seen, "; ")), nil
}

// zoneOf is a node's zone without its region: 1 of eastus2-1.
func zoneOf(node *corev1.Node) string {
	zone := node.Labels[labelZone]
	return zone[strings.LastIndex(zone, "-")+1:]
}

func checkNodesVersion(ctx context.Context, s *subject) (verdict, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return verdict{}, err
	}
	want := minor(s.expected.KubernetesVersion)
	versions := map[string]int{}
	var wrong problems
	for _, node := range nodes {
		version := node.Status.NodeInfo.KubeletVersion
		versions[version]++
		if minor(version) != want {
			wrong.add("node %s runs %s, not %s", node.Name, version, want)
		}
	}
	if len(nodes) == 0 {
		wrong.add("the cluster has no nodes")
	}
	if len(versions) > 1 {
		wrong.add("nodes run different versions: %s", strings.Join(slices.Sorted(maps.Keys(versions)), ", "))
	}
	return wrong.verdict("Wait for an upgrade to end, or upgrade the pool",
		"%d nodes run %s", len(nodes), strings.Join(slices.Sorted(maps.Keys(versions)), "")), nil
}

// minor is the version 1.35 of v1.35.2.
func minor(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func checkNodesScope(ctx context.Context, s *subject) (verdict, error) {
	pools, err := s.nodesByPool(ctx)
	if err != nil {
		return verdict{}, err
	}
	var wrong problems
	count := 0
	for _, pool := range s.expected.NodePools {
		for _, node := range pools[pool.Name] {
			count++
			if scope := node.Labels[labelScope]; scope != pool.Scope {
				wrong.add("node %s of pool %s has the label %s=%s, not %q", node.Name, pool.Name, labelScope, scope, pool.Scope)
			}
			if pool.Scope == "" && !closed(&node) {
				wrong.add("node %s of pool %s lacks the taint %s=true:NoSchedule", node.Name, pool.Name, taintCritical)
			}
		}
	}
	return wrong.verdict("Look at labels and taints of the node pool in Azure: those of a node do not last",
		"%d nodes carry what their pools say", count), nil
}

func closed(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Spec.Taints, func(t corev1.Taint) bool {
		return t.Key == taintCritical && t.Value == "true" && t.Effect == corev1.TaintEffectNoSchedule
	})
}
