package kube

import (
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Object is one object that Pulumi made in a cluster.
type Object struct {
	// Cluster is the Azure id of the cluster.
	Cluster string `json:"cluster"`
	// Object is the whole of it; of a Secret it holds which keys there are, and no value.
	Object map[string]any `json:"object"`
}

func (o *Object) key() string { return resourceid.Key(o.Cluster) + "|" + IdentityOf(o.Object) }

// withheld stands for the value of a key of a Secret.
const withheld = "(withheld)"

// SecretProperties are those of a Secret that hold what is secret.
var SecretProperties = []string{"data", "stringData"}

// WithoutSecrets is an object as the simulator keeps it.
func WithoutSecrets(object map[string]any) map[string]any {
	kept := tree.CloneObject(object)
	if tree.Text(kept, "kind") != "Secret" {
		return kept
	}
	for _, property := range SecretProperties {
		for name := range tree.Object(kept, property) {
			tree.Object(kept, property)[name] = withheld
		}
	}
	return kept
}

// Describe is an object as kind namespace/name.
func Describe(object map[string]any) string {
	name := tree.Text(object, "metadata", "name")
	if namespace := tree.Text(object, "metadata", "namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	return tree.Text(object, "kind") + " " + name
}

// GroupOf is the API group in an API version; the core group has none.
func GroupOf(apiVersion string) string {
	group, _, versioned := strings.Cut(apiVersion, "/")
	if !versioned {
		return ""
	}
	return group
}

// IdentityOf is what no two objects of a cluster share: the same object in two versions of its API is one.
func IdentityOf(object map[string]any) string {
	return strings.Join([]string{
		GroupOf(tree.Text(object, "apiVersion")), tree.Text(object, "kind"), tree.Text(object, "metadata",
			"namespace"), tree.Text(object, "metadata", "name"),
	}, "|")
}

// namespaceOf is the namespace of an object that has one.
func namespaceOf(object *unstructured.Unstructured) string {
	if namespace := object.GetNamespace(); namespace != "" {
		return namespace
	}
	return "default"
}

// ObjectID is the id that the provider gives: namespace/name, or the name alone.
func ObjectID(object map[string]any) string {
	return strings.TrimPrefix(tree.Text(object, "metadata", "namespace")+"/"+tree.Text(object, "metadata", "name"), "/")
}

// SplitID is the reverse of ObjectID.
func SplitID(id string) (namespace, name string) {
	if namespace, name, both := strings.Cut(id, "/"); both {
		return namespace, name
	}
	return "", id
}

// sortedObjects are the objects of all clusters in a stable order.
func (s *Clusters) sortedObjects() []*Object {
	all := make([]*Object, 0, len(s.objects))
	for _, object := range s.objects {
		all = append(all, object)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].key() < all[j].key() })
	return all
}

// objectsIn are the objects that Pulumi made in a cluster.
func (s *Clusters) objectsIn(clusterID string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range s.sortedObjects() {
		if resourceid.Equal(object.Cluster, clusterID) {
			found = append(found, &unstructured.Unstructured{Object: object.Object})
		}
	}
	return found
}

func (s *Clusters) dropObjects(gone func(*Object) bool) {
	for name, object := range s.objects {
		if gone(object) {
			delete(s.objects, name)
		}
	}
}

// Object finds an object of a cluster, or nil.
func (s *Clusters) Object(cluster *arm.Record, apiVersion, kind, namespace, name string) map[string]any {
	wanted := &Object{cluster.ID, map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"namespace": namespace, "name": name},
	}}
	if found := s.objects[wanted.key()]; found != nil {
		return found.Object
	}
	return nil
}

// DefinitionsAt are the objects of the cluster to which a kubeconfig leads; none while there is no such cluster.
func (s *Clusters) DefinitionsAt(access Access) (found []*unstructured.Unstructured) {
	_ = s.InCluster(access, func(cluster *arm.Record) error {
		found = s.objectsIn(cluster.ID)
		return nil
	})
	return found
}
