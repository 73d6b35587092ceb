package kube

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/tree"
)

// What virtual nodes are called where a cluster gets them without Helm, and by which label one knows what the chart brings.
const (
	virtualNodeNamespace = "vn2"
	virtualNodeName      = "virtualnode"
	chartLabel           = "helm.sh/chart"
)

// virtualNode is what virtual nodes of a cluster are told: where, and as whom, pods that run on them become container groups.
type virtualNode struct {
	cluster *arm.Record
	// object is the StatefulSet whose pods are virtual nodes.
	object *unstructured.Unstructured
	count  int
	// group is the id of the resource group of container groups, subnets are those that they can be in.
	group   string
	subnets []string
	// identity, with its principal, is who pulls images of container groups if trusted access to the registry is on.
	identity, principal string
	trusted             bool
	// images are what nodes pull for the virtual nodes themselves.
	images []string
}

// isVirtualNode recognizes the StatefulSet of virtual nodes, of a repository or of the chart.
func isVirtualNode(object *unstructured.Unstructured) bool {
	return object.GetKind() == "StatefulSet" && object.GetName() == virtualNodeName &&
		(namespaceOf(object) == virtualNodeNamespace || strings.HasPrefix(object.GetLabels()[chartLabel], virtualNodeName+"-"))
}

// virtualNodeOf reads a StatefulSet of virtual nodes.
func virtualNodeOf(cluster *arm.Record, object *unstructured.Unstructured) *virtualNode {
	spec := manifests.PodSpec(object)
	return &virtualNode{
		cluster: cluster, object: object, count: (&rollout{cluster: cluster}).mostPods(object),
		group:     containerGroupsIn(cluster, containerVariable(spec, "", "ResourceGroup")),
		subnets:   subnetsNamed(cluster, containerVariable(spec, "", "Subnet")),
		identity:  containerVariable(spec, "proxycri", "VirtualNode_ACR_TRUSTED_ACCESS_IDENTITY"),
		principal: containerVariable(spec, "kubelet", "ACR_TRUSTED_ACCESS_PRINCIPAL_ID"),
		trusted:   strings.EqualFold(containerVariable(spec, "kubelet", "ACR_TRUSTED_ACCESS_ENABLED"), "true"),
		images:    manifests.Images([]*unstructured.Unstructured{object}),
	}
}

// containerVariable is the value of an environment variable in a container, or in any of them.
func containerVariable(spec map[string]any, container, name string) string {
	for _, candidate := range tree.List(spec, "containers") {
		if container != "" && tree.Text(candidate, "name") != container {
			continue
		}
		for _, entry := range tree.List(candidate, "env") {
			if tree.Text(entry, "name") == name {
				return strings.TrimSpace(tree.Text(entry, "value"))
			}
		}
	}
	return ""
}

// containerGroupsIn is the resource group of a cluster's container groups: the node resource group, unless another one is named.
func containerGroupsIn(cluster *arm.Record, name string) string {
	switch {
	case name == "":
		return aks.NodeResourceGroup(cluster.ID, cluster.Inputs)
	case strings.HasPrefix(name, "/"):
		return name
	}
	return arm.GroupBeside(cluster.ID, name)
}

// subnetsNamed are the ids in a list of subnets; a name is that of one in the cluster's own network.
func subnetsNamed(cluster *arm.Record, names string) []string {
	var ids []string
	for _, name := range strings.Split(names, ",") {
		switch name = strings.TrimSpace(name); {
		case strings.HasPrefix(name, "/"):
			ids = append(ids, name)
		case name != "":
			ids = append(ids, clusterNetwork(cluster)+"/subnets/"+name)
		}
	}
	return ids
}

// pools are those whose nodes take the pods of the virtual nodes.
func (v *virtualNode) pools() []any { return (&rollout{cluster: v.cluster}).hostsOf(v.object) }

// kubelet is the principal id of the identity that nodes run as, and virtual nodes with them.
func (v *virtualNode) kubelet() string {
	return tree.Text(v.cluster.Outputs, "identityProfile", "kubeletidentity", "objectId")
}

// DeliveredObjects are the objects that Pulumi, Flux and Helm bring into a cluster, each once. What does not build brings nothing.
func (s *Clusters) DeliveredObjects(cluster *arm.Record) []*unstructured.Unstructured {
	made := s.objectsIn(cluster.ID)
	all := append([]*unstructured.Unstructured{}, made...)
	for _, configuration := range s.ChildrenOf(cluster.ID, aks.FluxConfigurationToken) {
		kustomizations, _ := tree.At(configuration.Inputs, "kustomizations").(map[string]any)
		for _, part := range dependencyOrder(kustomizations) {
			all = append(all, s.tryRender(kustomizations[part])...)
		}
	}
	for _, object := range made {
		switch object.GetKind() {
		case "Kustomization":
			all = append(all, s.tryRender(tree.At(object.Object, "spec"))...)
		case ReleaseKind:
			all = append(all, chartObjects(object.Object)...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(object *unstructured.Unstructured) bool {
		identity := IdentityOf(object.Object)
		twice := seen[identity]
		seen[identity] = true
		return twice
	})
}

func (s *Clusters) tryRender(kustomization any) []*unstructured.Unstructured {
	objects, err := s.renderDirectory(kustomizationSpec{path: tree.Text(kustomization, "path"),
		values: substitutes(tree.At(kustomization, "postBuild"))})
	if err != nil {
		return nil
	}
	return objects
}

// virtualNodesAmong are the virtual nodes that a cluster is to have.
func virtualNodesAmong(cluster *arm.Record, delivered []*unstructured.Unstructured) []*virtualNode {
	var found []*virtualNode
	for _, object := range delivered {
		if isVirtualNode(object) {
			found = append(found, virtualNodeOf(cluster, object))
		}
	}
	return found
}
