package kube

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// ownGroups are the API groups of Kubernetes itself.
var ownGroups = []string{
	"", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io", "apiextensions.k8s.io", "storage.k8s.io",
	"scheduling.k8s.io", "admissionregistration.k8s.io", "coordination.k8s.io", "node.k8s.io", "apiregistration.k8s.io",
	"certificates.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io",
}

// addedGroups are the custom resources that come with a feature of the cluster.
var addedGroups = []struct {
	groups  []string
	feature string
	there   func(s *Clusters, cluster *arm.Record) bool
}{
	{[]string{"secrets-store.csi.x-k8s.io"}, "add-on azureKeyvaultSecretsProvider", func(_ *Clusters, cluster *arm.Record) bool {
		return aks.Addon(cluster.Inputs, "azureKeyvaultSecretsProvider") != nil
	}},
	{[]string{"templates.gatekeeper.sh", "constraints.gatekeeper.sh"}, "add-on azurepolicy", func(_ *Clusters, cluster *arm.Record) bool {
		return aks.Addon(cluster.Inputs, "azurepolicy") != nil
	}},
	{[]string{"cilium.io"}, "network data plane cilium", func(_ *Clusters, cluster *arm.Record) bool {
		return tree.Text(cluster.Inputs, "networkProfile", "networkDataplane") == "cilium"
	}},
	{fluxGroups, "extension " + aks.FluxExtension, func(s *Clusters, cluster *arm.Record) bool {
		return aks.FluxOf(s.Subscription,
			cluster.ID) != nil
	}},
}

var fluxGroups = []string{"source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"}

// clusterKindNames are the kinds of Kubernetes whose objects are in no namespace.
var clusterKindNames = []string{
	"Namespace", "Node", "PersistentVolume", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "StorageClass",
	"IngressClass", "RuntimeClass", "CSIDriver", "APIService", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
}

// definitionOf finds the CustomResourceDefinition of a kind among objects, or nil.
func definitionOf(objects []*unstructured.Unstructured, group, kind string) *unstructured.Unstructured {
	for _, object := range objects {
		if object.GetKind() == "CustomResourceDefinition" && tree.Text(object.Object, "spec", "group") == group &&
			tree.Text(object.Object, "spec", "names", "kind") == kind {
			return object
		}
	}
	return nil
}

// Namespaced reports whether objects of a kind are in a namespace; what is not defined yet is.
func Namespaced(objects []*unstructured.Unstructured, apiVersion, kind string) bool {
	group := GroupOf(apiVersion)
	if slices.Contains(ownGroups, group) {
		return !slices.Contains(clusterKindNames, kind)
	}
	if definition := definitionOf(objects, group, kind); definition != nil {
		return tree.Text(definition.Object, "spec", "scope") != "Cluster"
	}
	// Constraints are the one kind that AKS brings without namespace.
	return !strings.HasSuffix(group, ".gatekeeper.sh")
}

// apisAreServed: the API server knows the kind of each object.
func (r *rollout) apisAreServed() error {
	all := r.all()
	for _, object := range r.objects {
		if err := r.served(all, object.GetAPIVersion(), object.GetKind()); err != nil {
			return err
		}
	}
	return nil
}

func (r *rollout) served(all []*unstructured.Unstructured, apiVersion, kind string) error {
	group, version := GroupOf(apiVersion), apiVersion[strings.Index(apiVersion, "/")+1:]
	if slices.Contains(ownGroups, group) {
		return nil
	}
	hint := ""
	for _, added := range addedGroups {
		if !slices.Contains(added.groups, group) {
			continue
		}
		if added.there(r.sub, r.cluster) {
			return nil
		}
		hint = " or of " + added.feature
	}
	definition := definitionOf(all, group, kind)
	if definition == nil {
		return arm.NotFound("NoKindMatch", "no matches for kind %q in version %q: the cluster lacks its CustomResourceDefinition%s",
			kind, apiVersion, hint)
	}
	for _, offered := range tree.List(definition.Object, "spec", "versions") {
		if tree.Text(offered, "name") == version && tree.Truth(offered, "served") {
			return nil
		}
	}
	return arm.NotFound("NoKindMatch", "no matches for kind %q in version %q: %s does not serve version %s",
		kind, apiVersion, Describe(definition.Object), version)
}

// firstNamespaces are there in every cluster.
var firstNamespaces = []string{"default", "kube-system", "kube-public", "kube-node-lease"}

// namespacesExist: the API server takes an object only into a namespace that is there.
func (r *rollout) namespacesExist() error {
	all := r.all()
	for _, object := range r.objects {
		namespace := namespaceOf(object)
		if !Namespaced(all, object.GetAPIVersion(), object.GetKind()) || r.hasNamespace(all, namespace) {
			continue
		}
		return arm.NotFound("NamespaceNotFound", "%s cannot be made: namespaces %q not found", Describe(object.Object), namespace)
	}
	return nil
}

func (r *rollout) hasNamespace(all []*unstructured.Unstructured, name string) bool {
	if slices.Contains(firstNamespaces, name) || name == "gatekeeper-system" && aks.Addon(r.cluster.Inputs, "azurepolicy") != nil {
		return true
	}
	if extension := aks.FluxOf(r.sub.Subscription, r.cluster.ID); extension != nil && name == aks.ReleaseNamespace(extension) {
		return true
	}
	// A Flux configuration makes the namespace that it is in.
	for _, configuration := range r.sub.ChildrenOf(r.cluster.ID, aks.FluxConfigurationToken) {
		if configuration.Usable() && configurationNamespace(configuration.Inputs) == name {
			return true
		}
	}
	return slices.ContainsFunc(all, func(object *unstructured.Unstructured) bool {
		return object.GetKind() == "Namespace" && object.GetName() == name
	})
}
