package kube

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/tree"
)

// Annotations with which a program says what the provider waits for.
const (
	WaitForAnnotation   = "pulumi.com/waitFor"
	SkipAwaitAnnotation = "pulumi.com/skipAwait"
)

// Times of the provider: how long pods take to start, how long it waits, and how often the simulator looks.
const (
	startTimeOfPods = 30 * time.Second
	AwaitTimeout    = 10 * time.Minute
	awaitInterval   = time.Minute
)

// shouldAwait reports whether the provider waits for an object to be ready: for workloads and load balancers always, for others if the
// program asks for it.
func shouldAwait(object map[string]any) bool {
	if tree.Text(object, "metadata", "annotations", SkipAwaitAnnotation) == "true" {
		return false
	}
	if strings.Contains(tree.Text(object, "metadata", "annotations", WaitForAnnotation), "condition=Ready") {
		return true
	}
	return GroupOf(tree.Text(object, "apiVersion")) == "apps" || isBalanced(object)
}

// awaitObject waits until an object is ready, and says why it is not.
func (s *Clusters) awaitObject(ctx context.Context, access Access, object map[string]any) error {
	if !shouldAwait(object) {
		return nil
	}
	problem, err := s.await(ctx, access, AwaitTimeout, func(cluster *arm.Record) error {
		return s.checkReady(cluster, &unstructured.Unstructured{Object: object})
	})
	if err != nil || problem == nil {
		return err
	}
	code, message := arm.DescribeError(problem)
	return fmt.Errorf("the resource %s was created but failed to become ready: %s: %s", Describe(object), code, message)
}

// await looks at a cluster from the time when pods start until something is ready or the time is over, and returns what is wrong then.
func (s *Clusters) await(ctx context.Context, access Access, limit time.Duration, ready func(*arm.Record) error) (problem, err error) {
	for waited := startTimeOfPods; ; waited += awaitInterval {
		if err := s.Clock.Sleep(ctx, min(waited, awaitInterval)); err != nil {
			return nil, err
		}
		if err := s.InCluster(access, func(cluster *arm.Record) error {
			problem = ready(cluster)
			return s.Save()
		}); err != nil {
			return nil, err
		}
		if problem == nil || waited >= limit {
			return problem, nil
		}
	}
}

// checkReady says why an object does not get ready in its cluster, or nil.
func (s *Clusters) checkReady(cluster *arm.Record, object *unstructured.Unstructured) error {
	switch {
	case object.GetKind() == "GitRepository":
		return s.checkRepository(cluster, object.Object)
	case object.GetKind() == "Kustomization" && strings.HasPrefix(object.GetAPIVersion(), "kustomize.toolkit.fluxcd.io/"):
		return s.checkKustomizationReady(cluster, object.Object, false)
	case manifests.PodSpec(object) == nil && !isBalanced(object.Object):
		return nil
	}
	coming, err := s.rolloutOf(cluster, object)
	if err != nil {
		return err
	}
	return coming.check()
}

// checkController: nothing happens to objects of Flux before the controller for them runs, be it the extension's or Pulumi's.
func (s *Clusters) checkController(cluster *arm.Record, name string) error {
	if extension := aks.FluxOf(s.Subscription, cluster.ID); extension != nil && aks.HasController(extension, name) {
		return nil
	}
	for _, object := range s.objectsIn(cluster.ID) {
		if object.GetKind() == "Deployment" && object.GetName() == name {
			if err := s.checkReady(cluster, object); err != nil {
				return arm.BadRequest("ControllerNotReady", "%s is not ready: %v", Describe(object.Object), err)
			}
			return nil
		}
	}
	return arm.NotFound("ControllerNotReady", "there is no deployment %s in %s", name, cluster.ID)
}

// checkRepository: source-controller runs, finds the secret that it is told of, and fetches the repository.
func (s *Clusters) checkRepository(cluster *arm.Record, object map[string]any) error {
	if err := s.checkController(cluster, "source-controller"); err != nil {
		return err
	}
	if tree.Truth(object, "spec", "suspend") {
		return arm.BadRequest("Suspended", "%s is suspended", Describe(object))
	}
	namespace := tree.Text(object, "metadata", "namespace")
	for _, reference := range []string{"secretRef", "certSecretRef"} {
		name := tree.Text(object, "spec", reference, "name")
		if name != "" && s.Object(cluster, "v1", "Secret", namespace, name) == nil {
			return arm.NotFound("AuthenticationFailed", "failed to get secret '%s/%s' of %s: it was not found", namespace, name, Describe(object))
		}
	}
	address := tree.Text(object, "spec", "url")
	if git, err := parseGitURL(address); err == nil && git.ssh && tree.Text(object, "spec", "secretRef", "name") == "" {
		return arm.BadRequest("AuthenticationFailed", "%s: an SSH URL needs secretRef with identity and known_hosts", Describe(object))
	}
	net, err := s.Network(flow.Options{})
	if err != nil {
		return err
	}
	return s.checkFetch(net, cluster, address)
}

// checkKustomizationReady: kustomize-controller runs, the repository is fetched, what it depends on is ready, and all that it applies
// works. strict also looks at the health of what Flux does not watch.
func (s *Clusters) checkKustomizationReady(cluster *arm.Record, object map[string]any, strict bool) error {
	if err := s.checkController(cluster, "kustomize-controller"); err != nil {
		return err
	}
	if tree.Truth(object, "spec", "suspend") {
		return arm.BadRequest("Suspended", "%s is suspended", Describe(object))
	}
	namespace := tree.Text(object, "metadata", "namespace")
	in := func(reference any) string {
		if given := tree.Text(reference, "namespace"); given != "" {
			return given
		}
		return namespace
	}
	reference := tree.At(object, "spec", "sourceRef")
	source := s.Object(cluster, "source.toolkit.fluxcd.io/v1", tree.Text(reference, "kind"), in(reference), tree.Text(reference, "name"))
	if source == nil {
		return arm.NotFound("ArtifactFailed", "Source '%s/%s/%s' of %s not found", tree.Text(reference, "kind"), in(reference),
			tree.Text(reference, "name"), Describe(object))
	}
	if err := s.checkRepository(cluster, source); err != nil {
		return err
	}
	for _, dependency := range tree.List(object, "spec", "dependsOn") {
		if s.Object(cluster, tree.Text(object, "apiVersion"), "Kustomization", in(dependency), tree.Text(dependency, "name")) == nil {
			return arm.NotFound("DependencyNotReady", "dependency %s/%s of %s not found", in(dependency), tree.Text(dependency, "name"),
				Describe(object))
		}
	}
	_, err := s.checkApply(cluster, kustomizationSpec{
		path: tree.Text(object, "spec", "path"), values: substitutes(tree.At(object, "spec", "postBuild")),
		unwatched: !strict && !tree.Truth(object, "spec", "wait"),
	}, nil)
	return err
}
