package kube

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// InCluster runs something on the cluster to which a kubeconfig leads, under the lock.
func (s *Clusters) InCluster(access Access, run func(cluster *arm.Record) error) error {
	s.Lock()
	defer s.Unlock()
	s.CompleteDue()
	cluster, err := s.clusterAt(access)
	if err != nil {
		return err
	}
	return run(cluster)
}

// ApplyObject creates or updates an object and waits until it is ready. made says whether it is there in spite of an error.
func (s *Clusters) ApplyObject(ctx context.Context, access Access, object map[string]any, name arm.Verb) (made bool, err error) {
	if err := s.Faults.Strike(ctx, name, tree.Text(object, "kind"), tree.Text(object, "metadata", "name"), arm.Before); err != nil {
		return false, err
	}
	err = s.InCluster(access, func(cluster *arm.Record) error {
		if err := s.validateObject(cluster, object, name); err != nil {
			return err
		}
		entered := &Object{Cluster: cluster.ID, Object: WithoutSecrets(object)}
		s.objects[entered.key()] = entered
		return s.Save()
	})
	if err != nil {
		return false, err
	}
	return true, s.awaitObject(ctx, access, object)
}

// validateObject refuses what the API server refuses.
func (s *Clusters) validateObject(cluster *arm.Record, object map[string]any, name arm.Verb) error {
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
	if name != arm.Create {
		return nil
	}
	return s.checkTakeover(cluster, object)
}

// checkTakeover: as the provider applies on the server's side, creating what exists takes it over, unless a field has another value of
// somebody else's. To force that is what the annotation patchForce is for.
func (s *Clusters) checkTakeover(cluster *arm.Record, object map[string]any) error {
	existing := s.objects[(&Object{cluster.ID, object}).key()]
	if existing == nil || tree.Text(object, "metadata", "annotations", "pulumi.com/patchForce") == "true" {
		return nil
	}
	found := diff.Compare(existing.Object, WithoutSecrets(object))
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("the object %s exists: Apply failed with %d conflicts with another field manager, first %s; "+
		"annotation pulumi.com/patchForce takes it over", Describe(object), len(found), found[0].Path)
}

// checkObject checks an object by rules of its kind that do not depend on the cluster.
func checkObject(object map[string]any) error {
	what := Describe(object)
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

// RemoveObject deletes an object, and with a namespace or a definition all that it holds. What is gone already counts as deleted.
func (s *Clusters) RemoveObject(ctx context.Context, access Access, apiVersion, kind, namespace, name string) error {
	if err := s.Faults.Strike(ctx, arm.Delete, kind, name, arm.Before); err != nil {
		return err
	}
	return s.InCluster(access, func(cluster *arm.Record) error {
		gone := s.Object(cluster, apiVersion, kind, namespace, name)
		if gone == nil {
			return nil
		}
		if kind == "Namespace" && slices.Contains(firstNamespaces, name) {
			return fmt.Errorf("namespaces %q is forbidden: this namespace may not be deleted", name)
		}
		identity := IdentityOf(gone)
		s.dropObjects(func(object *Object) bool {
			if !resourceid.Equal(object.Cluster, cluster.ID) {
				return false
			}
			return IdentityOf(object.Object) == identity || isDeletedWith(object.Object, gone)
		})
		return s.Save()
	})
}

// isDeletedWith reports whether an object goes with a namespace or a definition.
func isDeletedWith(object, gone map[string]any) bool {
	switch tree.Text(gone, "kind") {
	case "Namespace":
		return tree.Text(object, "metadata", "namespace") == tree.Text(gone, "metadata", "name")
	case "CustomResourceDefinition":
		return GroupOf(tree.Text(object, "apiVersion")) == tree.Text(gone, "spec", "group") &&
			tree.Text(object, "kind") == tree.Text(gone, "spec", "names", "kind")
	}
	return false
}
