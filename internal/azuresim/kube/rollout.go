package kube

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/tree"
)

// rollout is objects that come into a cluster, by Flux or by Pulumi, and what they find there.
type rollout struct {
	sub     *Clusters
	net     *flow.Network
	cluster *arm.Record
	// objects are those that come; present are those that the cluster has, as far as the simulator knows.
	objects, present []*unstructured.Unstructured
}

// admissionChecks are what keeps objects from being applied, healthChecks what keeps their pods from running after that.
var (
	admissionChecks = []func(*rollout) error{(*rollout).apisAreServed, (*rollout).namespacesExist}
	healthChecks    = []func(*rollout) error{
		(*rollout).imagesArePulled, (*rollout).serviceAccountsExist, (*rollout).podsFindNodes, (*rollout).quotasSuffice,
		(*rollout).secretsAreMounted, (*rollout).loadBalancersArePlaced, (*rollout).virtualNodesRegister,
	}
)

// rolloutOf is an attempt to bring objects into a cluster. It fails if the network cannot be read.
func (s *Clusters) rolloutOf(cluster *arm.Record, objects ...*unstructured.Unstructured) (*rollout, error) {
	net, err := s.Network(flow.Options{})
	if err != nil {
		return nil, err
	}
	return &rollout{sub: s, net: net, cluster: cluster, objects: objects, present: s.objectsIn(cluster.ID)}, nil
}

// check says why an object cannot be applied, or its pods cannot run.
func (r *rollout) check() error { return r.passes(slices.Concat(admissionChecks, healthChecks)) }

func (r *rollout) passes(checks []func(*rollout) error) error {
	for _, check := range checks {
		if err := check(r); err != nil {
			return err
		}
	}
	return nil
}

// all are the objects of the cluster as it is to be.
func (r *rollout) all() []*unstructured.Unstructured {
	coming := map[string]bool{}
	for _, object := range r.objects {
		coming[IdentityOf(object.Object)] = true
	}
	all := append([]*unstructured.Unstructured{}, r.objects...)
	for _, object := range r.present {
		if !coming[IdentityOf(object.Object)] {
			all = append(all, object)
		}
	}
	return all
}

// serviceAccountsExist: pods of a service account that is not there are never made.
func (r *rollout) serviceAccountsExist() error {
	accounts := map[string]bool{}
	for _, object := range r.all() {
		if object.GetKind() == "ServiceAccount" {
			accounts[namespaceOf(object)+"/"+object.GetName()] = true
		}
	}
	for _, object := range r.objects {
		name := tree.Text(manifests.PodSpec(object), "serviceAccountName")
		if name != "" && name != "default" && !accounts[namespaceOf(object)+"/"+name] {
			return arm.NotFound("ServiceAccountNotFound", "%s: pods cannot be made: serviceaccount %q not found in namespace %s",
				Describe(object.Object), name, namespaceOf(object))
		}
	}
	return nil
}

// imagesArePulled: every image stands in live/ of a registry beside the cluster, under its tag and its digest, and every pool pulls
// from there.
func (r *rollout) imagesArePulled() error {
	seen := map[string]bool{}
	for _, reference := range manifests.Images(r.objects) {
		acr, err := r.registryOf(reference)
		if err != nil {
			return arm.BadRequest("ErrImagePull", "image %s of %s cannot be pulled: %v", reference, r.objectWithImage(reference), err)
		}
		if seen[acr.ID] {
			continue
		}
		seen[acr.ID] = true
		if err := r.sub.checkPull(r.net, r.cluster, acr); err != nil {
			return err
		}
	}
	return nil
}

// registryOf is the registry that holds an image.
func (r *rollout) registryOf(reference string) (*arm.Record, error) {
	host, path, named := strings.Cut(reference, "/")
	name, ours := strings.CutSuffix(strings.ToLower(host), registry.AzureRegistry)
	if !named || !ours {
		return nil, fmt.Errorf("it is not in a registry of the subscription, such as name%s", registry.AzureRegistry)
	}
	acr := registry.RegistryNamed(r.sub.Subscription, name)
	if acr == nil || !acr.Usable() {
		return nil, fmt.Errorf("registry %s does not exist or is not ready", host)
	}
	wanted, err := registry.ParseImage(path)
	if err != nil {
		return nil, err
	}
	if wanted.Tag == "" || wanted.Digest == "" {
		return nil, fmt.Errorf("it must be named by tag and digest")
	}
	if !strings.HasPrefix(wanted.Repository, "live/") {
		return nil, fmt.Errorf("repository %s is not one in live/, where images are that left the quarantine", wanted.Repository)
	}
	if registry.DigestOf(acr, registry.ImageReference{Repository: wanted.Repository, Tag: "", Digest: wanted.Digest}) == "" {
		return nil, fmt.Errorf("manifest unknown: registry %s has no %s@%s", host, wanted.Repository, wanted.Digest)
	}
	if tagged := registry.DigestOf(acr, registry.ImageReference{Repository: wanted.Repository, Tag: wanted.Tag,
		Digest: ""}); tagged != wanted.Digest {
		return nil, fmt.Errorf("tag %s of %s in registry %s is %q, not the digest that is asked for", wanted.Tag, wanted.Repository, host, tagged)
	}
	return acr, nil
}

// objectWithImage names an object that has an image.
func (r *rollout) objectWithImage(image string) string {
	for _, object := range r.objects {
		for _, found := range manifests.Images([]*unstructured.Unstructured{object}) {
			if found == image {
				return Describe(object.Object)
			}
		}
	}
	return ""
}
