package azuresim

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// clusterObject is one object that Pulumi made in a cluster.
type clusterObject struct {
	// Cluster is the Azure id of the cluster.
	Cluster string `json:"cluster"`
	// Object is the whole of it; of a Secret it holds which keys there are, and no value.
	Object map[string]any `json:"object"`
}

func (o *clusterObject) key() string { return resourceid.Key(o.Cluster) + "|" + identityOf(o.Object) }

// withheld stands for the value of a key of a Secret.
const withheld = "(withheld)"

// withoutSecrets is an object as the simulator keeps it.
func withoutSecrets(object map[string]any) map[string]any {
	kept := tree.CloneObject(object)
	if tree.Text(kept, "kind") != "Secret" {
		return kept
	}
	for _, property := range secretProperties {
		for name := range tree.Object(kept, property) {
			tree.Object(kept, property)[name] = withheld
		}
	}
	return kept
}

// sortedObjects are the objects of all clusters in a stable order.
func (s *clusters) sortedObjects() []*clusterObject {
	all := make([]*clusterObject, 0, len(s.objects))
	for _, object := range s.objects {
		all = append(all, object)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].key() < all[j].key() })
	return all
}

// objectsIn are the objects that Pulumi made in a cluster.
func (s *clusters) objectsIn(clusterID string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range s.sortedObjects() {
		if resourceid.Equal(object.Cluster, clusterID) {
			found = append(found, &unstructured.Unstructured{Object: object.Object})
		}
	}
	return found
}

func (s *clusters) dropObjects(gone func(*clusterObject) bool) {
	for name, object := range s.objects {
		if gone(object) {
			delete(s.objects, name)
		}
	}
}

// inCluster runs something on the cluster to which a kubeconfig leads, under the lock.
func (s *clusters) inCluster(access clusterAccess, run func(cluster *record) error) error {
	s.Lock()
	defer s.Unlock()
	s.completeDue()
	cluster, err := s.clusterAt(access)
	if err != nil {
		return err
	}
	return run(cluster)
}

// applyObject creates or updates an object and waits until it is ready. made says whether it is there in spite of an error.
func (s *clusters) applyObject(ctx context.Context, access clusterAccess, object map[string]any, name Verb) (made bool, err error) {
	if err := s.faults.strike(ctx, name, tree.Text(object, "kind"), tree.Text(object, "metadata", "name"), before); err != nil {
		return false, err
	}
	err = s.inCluster(access, func(cluster *record) error {
		if err := s.validateObject(cluster, object, name); err != nil {
			return err
		}
		entered := &clusterObject{Cluster: cluster.ID, Object: withoutSecrets(object)}
		s.objects[entered.key()] = entered
		return s.save()
	})
	if err != nil {
		return false, err
	}
	return true, s.awaitObject(ctx, access, object)
}

// validateObject refuses what the API server refuses.
func (s *clusters) validateObject(cluster *record, object map[string]any, name Verb) error {
	coming, err := s.rolloutOf(cluster, &unstructured.Unstructured{Object: object})
	if err != nil {
		return err
	}
	for _, check := range []func() error{coming.apisAreServed, coming.namespacesExist} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := checkObject(object); err != nil {
		return err
	}
	if name != Create {
		return nil
	}
	return s.checkTakeover(cluster, object)
}

// checkTakeover: as the provider applies on the server's side, creating what exists takes it over, unless a field has another value of
// somebody else's. To force that is what the annotation patchForce is for.
func (s *clusters) checkTakeover(cluster *record, object map[string]any) error {
	existing := s.objects[(&clusterObject{cluster.ID, object}).key()]
	if existing == nil || tree.Text(object, "metadata", "annotations", "pulumi.com/patchForce") == "true" {
		return nil
	}
	found := differences(existing.Object, withoutSecrets(object))
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("the object %s exists: Apply failed with %d conflicts with another field manager, first %s; "+
		"annotation pulumi.com/patchForce takes it over", describe(object), len(found), found[0].path)
}

// checkObject holds an object against rules of its kind that do not depend on the cluster.
func checkObject(object map[string]any) error {
	what := describe(object)
	switch tree.Text(object, "kind") {
	case "CustomResourceDefinition":
		if wanted := tree.Text(object, "spec", "names", "plural") + "." + tree.Text(object, "spec", "group"); tree.Text(object,
			"metadata", "name") != wanted {
			return fmt.Errorf("%s is invalid: metadata.name must be %s", what, wanted)
		}
	case "GitRepository":
		// Flux itself does not know the form git@host:path; Azure's agents translate it.
		if address := tree.Text(object, "spec", "url"); scpForm.MatchString(address) {
			return fmt.Errorf("%s is invalid: spec.url %q must start with http, https or ssh", what, address)
		}
		if tree.Text(object, "spec", "interval") == "" {
			return fmt.Errorf("%s is invalid: spec.interval is required", what)
		}
	case "Kustomization":
		for _, required := range []string{"interval", "sourceRef"} {
			if tree.At(object, "spec", required) == nil {
				return fmt.Errorf("%s is invalid: spec.%s is required", what, required)
			}
		}
		if _, set := tree.At(object, "spec", "prune").(bool); !set {
			return fmt.Errorf("%s is invalid: spec.prune is required", what)
		}
	}
	return nil
}

// object finds an object of a cluster, or nil.
func (s *clusters) object(cluster *record, apiVersion, kind, namespace, name string) map[string]any {
	wanted := &clusterObject{cluster.ID, map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"namespace": namespace, "name": name},
	}}
	if found := s.objects[wanted.key()]; found != nil {
		return found.Object
	}
	return nil
}

// removeObject deletes an object, and with a namespace or a definition all that it holds. What is gone already counts as deleted.
func (s *clusters) removeObject(ctx context.Context, access clusterAccess, apiVersion, kind, namespace, name string) error {
	if err := s.faults.strike(ctx, Delete, kind, name, before); err != nil {
		return err
	}
	return s.inCluster(access, func(cluster *record) error {
		gone := s.object(cluster, apiVersion, kind, namespace, name)
		if gone == nil {
			return nil
		}
		if kind == "Namespace" && slices.Contains(firstNamespaces, name) {
			return fmt.Errorf("namespaces %q is forbidden: this namespace may not be deleted", name)
		}
		identity := identityOf(gone)
		s.dropObjects(func(object *clusterObject) bool {
			if !resourceid.Equal(object.Cluster, cluster.ID) {
				return false
			}
			return identityOf(object.Object) == identity || isDeletedWith(object.Object, gone)
		})
		return s.save()
	})
}

// isDeletedWith reports whether an object goes with a namespace or a definition.
func isDeletedWith(object, gone map[string]any) bool {
	switch tree.Text(gone, "kind") {
	case "Namespace":
		return tree.Text(object, "metadata", "namespace") == tree.Text(gone, "metadata", "name")
	case "CustomResourceDefinition":
		return groupOf(tree.Text(object, "apiVersion")) == tree.Text(gone, "spec", "group") &&
			tree.Text(object, "kind") == tree.Text(gone, "spec", "names", "kind")
	}
	return false
}

// definitionsAt are the objects of the cluster to which a kubeconfig leads; none while there is no such cluster.
func (s *clusters) definitionsAt(access clusterAccess) (found []*unstructured.Unstructured) {
	_ = s.inCluster(access, func(cluster *record) error {
		found = s.objectsIn(cluster.ID)
		return nil
	})
	return found
}
