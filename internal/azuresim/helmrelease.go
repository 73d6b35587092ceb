package azuresim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

// A release is kept among the objects of its cluster, under a kind that no API has.
const (
	releaseAPI  = "helm.sh/v3"
	releaseKind = "Release"
)

// releaseTimeout is how long Helm waits where a release states no time.
const releaseTimeout = 5 * time.Minute

// shownValues are the values of the chart that the simulator works with. Of all others it keeps only that they are there, as anyone
// can be a secret.
var shownValues = []string{
	"replicaCount", "admissionControllerReplicaCount", "aciResourceGroupName", "aciSubnetName", "acrTrustedAccess", "images", "nodeSelector", "tolerations", "affinity",
}

// keptInputs are a release's inputs as the simulator keeps them.
func keptInputs(inputs map[string]any) map[string]any {
	kept := tree.CloneObject(inputs)
	values := tree.Object(kept, "values")
	for name := range values {
		if !slices.Contains(shownValues, name) {
			values[name] = withheld
		}
	}
	return kept
}

// releaseObject is the object for a release that is in some state, and how often it was installed or upgraded.
func releaseObject(inputs map[string]any, status string, revision float64) map[string]any {
	name, namespace := tree.Text(inputs, "name"), tree.Text(inputs, "namespace")
	return map[string]any{
		"apiVersion": releaseAPI, "kind": releaseKind, "metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": keptInputs(inputs), "status": map[string]any{
			"status": status, "name": name, "namespace": namespace, "chart": tree.Text(inputs,
				"chart"), "version": tree.Text(inputs, "version"), "revision": revision,
		},
	}
}

// installRelease installs or upgrades a release and waits until it works. What it returns is nil if the release is not there.
func (s *clusters) installRelease(ctx context.Context, access clusterAccess, inputs map[string]any, name Verb) (made map[string]any, err error) {
	if err := s.faults.strike(ctx, name, releaseKind, tree.Text(inputs, "name"), before); err != nil {
		return nil, err
	}
	var earlier map[string]any
	err = s.inCluster(access, func(cluster *record) error {
		revision := 1.0
		if earlier = s.releaseOf(cluster, inputs); earlier != nil {
			if name == Create {
				return errors.New("cannot re-use a name that is still in use: there is a release " + objectID(earlier))
			}
			last, _ := tree.Number(earlier, "status", "revision")
			revision += last
		}
		if err := s.admitRelease(cluster, inputs); err != nil {
			return err
		}
		made = releaseObject(inputs, "deployed", revision)
		return s.enterRelease(cluster, made)
	})
	if err != nil || tree.Truth(inputs, "skipAwait") {
		return made, err
	}
	if err = s.awaitRelease(ctx, access, made); err == nil {
		return made, nil
	}
	return s.releaseFailed(access, inputs, made, earlier, err)
}

// releaseFailed leaves a release that did not come up as failed. An atomic one is taken back instead.
func (s *clusters) releaseFailed(access clusterAccess, inputs, made, earlier map[string]any, failure error) (map[string]any, error) {
	err := s.inCluster(access, func(cluster *record) error {
		tree.Object(made, "status")["status"] = "failed"
		if !tree.Truth(inputs, "atomic") {
			return s.enterRelease(cluster, made)
		}
		delete(s.objects, (&clusterObject{cluster.ID, made}).key())
		if made = nil; earlier != nil {
			return s.enterRelease(cluster, earlier)
		}
		return s.save()
	})
	return made, errors.Join(failure, err)
}

// releaseOf finds a release of a cluster, or nil.
func (s *clusters) releaseOf(cluster *record, inputs map[string]any) map[string]any {
	return s.object(cluster, releaseAPI, releaseKind, tree.Text(inputs, "namespace"), tree.Text(inputs, "name"))
}

func (s *clusters) enterRelease(cluster *record, made map[string]any) error {
	entered := &clusterObject{Cluster: cluster.ID, Object: made}
	s.objects[entered.key()] = entered
	return s.save()
}

// admitRelease refuses what Helm or the API server refuse, and makes the namespace if Helm is to.
func (s *clusters) admitRelease(cluster *record, inputs map[string]any) error {
	if err := checkChart(cluster, inputs); err != nil {
		return err
	}
	coming, err := s.rolloutOf(cluster, chartObjects(releaseObject(inputs, "", 0))...)
	if err != nil {
		return err
	}
	coming.present = s.deliveredObjects(cluster)
	namespace := tree.Text(inputs, "namespace")
	if coming.hasNamespace(coming.present, namespace) {
		return nil
	}
	if !tree.Truth(inputs, "createNamespace") {
		return fmt.Errorf("release %s cannot be made: create: failed to create: namespaces %q not found", tree.Text(inputs, "name"), namespace)
	}
	entered := &clusterObject{Cluster: cluster.ID, Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace},
	}}
	s.objects[entered.key()] = entered
	return nil
}

// awaitRelease waits until the pods of a release run, and tells why they do not.
func (s *clusters) awaitRelease(ctx context.Context, access clusterAccess, made map[string]any) error {
	limit := releaseTimeout
	if count, set := tree.Number(made, "spec", "timeout"); set {
		limit = seconds(count)
	}
	problem, err := s.await(ctx, access, limit, func(cluster *record) error {
		coming, err := s.rolloutOf(cluster, chartObjects(made)...)
		if err != nil {
			return err
		}
		coming.present = s.deliveredObjects(cluster)
		return coming.check()
	})
	if err != nil || problem == nil {
		return err
	}
	code, message := describeError(problem)
	return fmt.Errorf("the Helm release %s was created but failed to become ready: %s: %s", objectID(made), code, message)
}

// removeRelease uninstalls a release. What is gone already counts as deleted.
func (s *clusters) removeRelease(ctx context.Context, access clusterAccess, id string) error {
	namespace, name := splitID(id)
	return s.removeObject(ctx, access, releaseAPI, releaseKind, namespace, name)
}

// isReleaseName says what Helm takes as the name of a release.
func isReleaseName(name string) bool {
	return len(name) <= 53 && containerGroupName.MatchString(strings.ReplaceAll(name, ".", "-"))
}
