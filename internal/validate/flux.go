package validate

import (
	"context"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Flux's objects: the configuration is called bootstrap, its kustomization unified.
var (
	gitRepositories = schema.GroupVersionResource{Group: "source.toolkit.fluxcd.io", Version: "v1", Resource: "gitrepositories"}
	kustomizations  = schema.GroupVersionResource{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Resource: "kustomizations"}
)

const (
	gitRepositoryName = "bootstrap"
	kustomizationName = "bootstrap-unified"
)

var (
	// fluxNeeded apply the manifests; azureAgents tell Azure about it, and come with the extension only.
	fluxNeeded  = []string{"source-controller", "kustomize-controller"}
	azureAgents = []string{"fluxconfig-agent", "fluxconfig-controller"}
	// fluxUnneeded are switched off, so that they cannot be reached.
	fluxUnneeded = []string{
		"helm-controller", "notification-controller", "image-automation-controller", "image-reflector-controller",
		"source-watcher",
	}
)

func checkFluxControllers(ctx context.Context, s *subject) (verdict, error) {
	wanted := fluxNeeded
	if s.expected.GitOps.Mode == ModeFlux {
		wanted = append(append([]string{}, fluxNeeded...), azureAgents...)
	}
	var wrong problems
	for _, name := range wanted {
		deployment, err := s.Typed.AppsV1().Deployments(namespaceFlux).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			wrong.add("deployment %s is missing", name)
		case err != nil:
			return verdict{}, err
		case !available(deployment):
			wrong.add("deployment %s is not available", name)
		}
	}
	return wrong.verdict("Look at the pods of flux-system, and at the extension flux of the cluster in Azure",
		"available: %s", strings.Join(wanted, ", ")), nil
}

func available(deployment *appsv1.Deployment) bool {
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == appsv1.DeploymentAvailable {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func checkFluxAbsent(ctx context.Context, s *subject) (verdict, error) {
	var wrong problems
	for _, name := range fluxUnneeded {
		_, err := s.Typed.AppsV1().Deployments(namespaceFlux).Get(ctx, name, metav1.GetOptions{})
		switch {
		case err == nil:
			wrong.add("deployment %s is there", name)
		case !apierrors.IsNotFound(err):
			return verdict{}, err
		}
	}
	return wrong.verdict("Switch it off in the configuration settings of the extension flux", "absent: %s",
		strings.Join(fluxUnneeded, ", ")), nil
}

// fluxObject reads an object of Flux; nil if it or its kind is not there.
func (s *subject) fluxObject(
	ctx context.Context, in schema.GroupVersionResource, name string,
) (*unstructured.Unstructured, error) {
	object, err := s.Dynamic.Resource(in).Namespace(namespaceFlux).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}

// reconciled says why Flux has not done what an object asks for.
func reconciled(object *unstructured.Unstructured) problems {
	var wrong problems
	if suspended, _, _ := unstructured.NestedBool(object.Object, "spec", "suspend"); suspended {
		wrong.add("it is suspended")
	}
	if ready, message := condition(object, "Ready"); ready != "True" {
		wrong.add("it is not ready: %s", message)
	}
	observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if observed != object.GetGeneration() {
		wrong.add("Flux has seen generation %d of %d", observed, object.GetGeneration())
	}
	return wrong
}

// condition is the status and message of an object's condition.
func condition(object *unstructured.Unstructured, name string) (status, message string) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range conditions {
		fields, _ := item.(map[string]any)
		if fields["type"] == name {
			status, _, _ = unstructured.NestedString(fields, "status")
			message, _, _ = unstructured.NestedString(fields, "message")
			return status, message
		}
	}
	return "", "no condition " + name
}

func text(object *unstructured.Unstructured, path ...string) string {
	value, _, _ := unstructured.NestedString(object.Object, path...)
	return value
}

func checkGitRepository(ctx context.Context, s *subject) (verdict, error) {
	const hint = "Look at kubectl -n flux-system describe gitrepository " + gitRepositoryName
	source, err := s.fluxObject(ctx, gitRepositories, gitRepositoryName)
	if err != nil {
		return verdict{}, err
	}
	if source == nil {
		return failed("GitRepository flux-system/%s is missing. Look at the Flux configuration of the cluster in Azure",
			gitRepositoryName), nil
	}
	wrong := reconciled(source)
	if found := text(source, "spec", "url"); found != s.expected.GitOps.RepositoryURL {
		wrong.add("its url is %s, not %s", found, s.expected.GitOps.RepositoryURL)
	}
	if found := text(source, "spec", "ref", "branch"); found != s.expected.GitOps.Branch {
		wrong.add("its branch is %q, not %q", found, s.expected.GitOps.Branch)
	}
	revision := text(source, "status", "artifact", "revision")
	commit, ok := strings.CutPrefix(revision, s.expected.GitOps.Branch+"@sha1:")
	switch {
	case revision == "":
		wrong.add("it has fetched nothing yet")
	case !ok:
		wrong.add("its revision %s is none of branch %s", revision, s.expected.GitOps.Branch)
	case !strings.HasPrefix(commit, s.options.Revision):
		wrong.add("it is at commit %s, not %s", commit, s.options.Revision)
	}
	return wrong.verdict(hint, "%s at %s", s.expected.GitOps.RepositoryURL, revision), nil
}

func checkKustomization(ctx context.Context, s *subject) (verdict, error) {
	object, err := s.fluxObject(ctx, kustomizations, kustomizationName)
	if err != nil {
		return verdict{}, err
	}
	if object == nil {
		return failed("Kustomization flux-system/%s is missing. Look at the Flux configuration of the cluster in Azure",
			kustomizationName), nil
	}
	source, err := s.fluxObject(ctx, gitRepositories, gitRepositoryName)
	if err != nil {
		return verdict{}, err
	}
	wrong := judgeKustomization(object, source, s.folders[0])
	for _, more := range s.folders[1:] {
		problems, err := s.judgeFolder(ctx, source, more)
		if err != nil {
			return verdict{}, err
		}
		wrong = append(wrong, problems...)
	}
	return wrong.verdict(syncHint, "%d objects applied at %s", len(s.objects), text(object, "status", "lastAppliedRevision")), nil
}

// judgeKustomization says what is wrong with what applies a folder.
func judgeKustomization(object, source *unstructured.Unstructured, from folder) problems {
	wrong := reconciled(object)
	if found := text(object, "spec", "path"); cleanPath(found) != cleanPath(from.path) {
		wrong.add("its path is %s, not %s", found, from.path)
	}
	applied := text(object, "status", "lastAppliedRevision")
	// A source that is not there is the failure of the check for it.
	if source != nil && applied != text(source, "status", "artifact", "revision") {
		wrong.add("it has applied %q, the source is at %q", applied, text(source, "status", "artifact", "revision"))
	}
	return append(wrong, notInInventory(object, from.objects)...)
}

// judgeFolder judges what applies a folder beside the manifests of every cluster. It is found by its path, whatever its name.
func (s *subject) judgeFolder(ctx context.Context, source *unstructured.Unstructured, from folder) (problems, error) {
	list, err := s.Dynamic.Resource(kustomizations).Namespace(namespaceFlux).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var wrong problems
	for _, object := range list.Items {
		if cleanPath(text(&object, "spec", "path")) == cleanPath(from.path) {
			for _, problem := range judgeKustomization(&object, source, from) {
				wrong.add("%s: %s", object.GetName(), problem)
			}
			return wrong, nil
		}
	}
	wrong.add("no Kustomization applies %s", cleanPath(from.path))
	return wrong, nil
}

func cleanPath(path string) string { return strings.Trim(strings.TrimPrefix(path, "./"), "/") }

// notInInventory names objects of the manifests that Flux has not applied: if they exist, it does not keep them as they are.
func notInInventory(object *unstructured.Unstructured, objects []*unstructured.Unstructured) problems {
	entries, _, _ := unstructured.NestedSlice(object.Object, "status", "inventory", "entries")
	applied := map[string]bool{}
	for _, entry := range entries {
		fields, _ := entry.(map[string]any)
		if id, ok := fields["id"].(string); ok {
			applied[id] = true
		}
	}
	var wrong problems
	for _, wanted := range objects {
		if !applied[inventoryID(wanted)] {
			wrong.add("%s is not in its inventory", describe(wanted))
		}
	}
	return wrong
}

// inventoryID is how Flux names an object: namespace_name_group_kind, with the colon of role names doubled to underscores.
func inventoryID(object *unstructured.Unstructured) string {
	kind := object.GroupVersionKind()
	name := strings.ReplaceAll(object.GetName(), ":", "__")
	return strings.Join([]string{object.GetNamespace(), name, kind.Group, kind.Kind}, "_")
}
