package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// syncHint is where to look when something of the manifests is not there.
const syncHint = "Look at the Kustomizations: kubectl -n flux-system describe kustomizations"

// rendered are the manifests' objects of a kind; an empty namespace takes all.
func (s *subject) rendered(kind, namespace string) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range s.objects {
		if object.GetKind() == kind && (namespace == "" || object.GetNamespace() == namespace) {
			found = append(found, object)
		}
	}
	return found
}

// find reads an object as it is in the cluster; nil if it or its kind is not there.
func (s *subject) find(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	kind := object.GroupVersionKind()
	mapping, err := s.Mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	client := s.Dynamic.Resource(mapping.Resource)
	var in dynamic.ResourceInterface = client
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		in = client.Namespace(object.GetNamespace())
	}
	found, err := in.Get(ctx, object.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// compare reads each object and lets judge say what is wrong with it as it is in the cluster.
func (s *subject) compare(
	ctx context.Context, objects []*unstructured.Unstructured, judge func(wanted, live *unstructured.Unstructured) problems,
) (problems, error) {
	var wrong problems
	for _, object := range objects {
		live, err := s.find(ctx, object)
		switch {
		case meta.IsNoMatchError(err):
			wrong.add("%s: the cluster lacks kind %s", describe(object), object.GroupVersionKind().GroupKind())
		case err != nil:
			return nil, fmt.Errorf("%s: %w", describe(object), err)
		case live == nil:
			wrong.add("%s is missing", describe(object))
		default:
			wrong = append(wrong, judge(object, live)...)
		}
	}
	return wrong, nil
}

// present is a judge for which it is enough that an object exists.
func present(_, _ *unstructured.Unstructured) problems { return nil }

// sameFields is a judge that compares fields, such as spec. What only the cluster has is taken for a default.
func sameFields(fields ...string) func(wanted, live *unstructured.Unstructured) problems {
	return func(wanted, live *unstructured.Unstructured) problems {
		var wrong problems
		for _, field := range fields {
			if path := difference(wanted.Object[field], live.Object[field], field); path != "" {
				wrong.add("%s differs in %s", describe(wanted), path)
			}
		}
		return wrong
	}
}

// difference is the path at which the cluster's value is not the wanted one; empty if there is none.
func difference(wanted, live any, path string) string {
	switch wanted := wanted.(type) {
	case map[string]any:
		fields, _ := live.(map[string]any)
		for _, name := range sortedKeys(wanted) {
			if found := difference(wanted[name], fields[name], path+"."+name); found != "" {
				return found
			}
		}
		return ""
	case []any:
		items, _ := live.([]any)
		if len(items) != len(wanted) {
			return path
		}
		for i := range wanted {
			if found := difference(wanted[i], items[i], fmt.Sprintf("%s[%d]", path, i)); found != "" {
				return found
			}
		}
		return ""
	}
	// Numbers of YAML and of an API server's JSON have different Go types.
	if fmt.Sprint(wanted) != fmt.Sprint(live) {
		return path
	}
	return ""
}

func sortedKeys(fields map[string]any) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// decode converts an object into its Go type.
func decode(object *unstructured.Unstructured, into any) error {
	text, err := json.Marshal(object.Object)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s is not what its kind says: %w", describe(object), err)
	}
	return nil
}

// describe is an object as Kind namespace/name.
func describe(object *unstructured.Unstructured) string {
	name := object.GetName()
	if namespace := object.GetNamespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return object.GetKind() + " " + name
}

func checkManifestsPresent(ctx context.Context, s *subject) (verdict, error) {
	wrong, err := s.compare(ctx, s.objects, present)
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(syncHint, "all %d objects exist", len(s.objects)), nil
}

func checkAgentConfiguration(ctx context.Context, s *subject) (verdict, error) {
	maps := s.rendered("ConfigMap", metav1.NamespaceSystem)
	if len(maps) == 0 {
		return skipped("the manifests configure no agents"), nil
	}
	wrong, err := s.compare(ctx, maps, sameFields("data"))
	if err != nil {
		return verdict{}, err
	}
	return wrong.verdict(syncHint, "%s", joined(names(maps))), nil
}

func names(objects []*unstructured.Unstructured) []string {
	var names []string
	for _, object := range objects {
		names = append(names, object.GetName())
	}
	return names
}
