package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// A release is kept among the objects of its cluster, under a kind that no API has.
const (
	ReleaseAPI  = "helm.sh/v3"
	ReleaseKind = "Release"
)

// ReleaseTimeout is how long Helm waits where a release states no time.
const ReleaseTimeout = 5 * time.Minute

// shownValues are the values of the chart that the simulator works with. Of all others it keeps only that they are there, as anyone
// can be a secret.
var shownValues = []string{
	"replicaCount", "admissionControllerReplicaCount", "aciResourceGroupName", "aciSubnetName", "acrTrustedAccess", "images",
	"nodeSelector", "tolerations", "affinity",
}

// KeptInputs are a release's inputs as the simulator keeps them.
func KeptInputs(inputs map[string]any) map[string]any {
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
		"apiVersion": ReleaseAPI, "kind": ReleaseKind, "metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": KeptInputs(inputs), "status": map[string]any{
			"status": status, "name": name, "namespace": namespace, "chart": tree.Text(inputs,
				"chart"), "version": tree.Text(inputs, "version"), "revision": revision,
		},
	}
}

// InstallRelease installs or upgrades a release and waits until it works. What it returns is nil if the release is not there.
func (s *Clusters) InstallRelease(ctx context.Context, access Access, inputs map[string]any, name arm.Verb) (made map[string]any,
	err error) {
	if err := s.Faults.Strike(ctx, name, ReleaseKind, tree.Text(inputs, "name"), arm.Before); err != nil {
		return nil, err
	}
	var earlier map[string]any
	err = s.InCluster(access, func(cluster *arm.Record) error {
		revision := 1.0
		if earlier = s.releaseOf(cluster, inputs); earlier != nil {
			if name == arm.Create {
				return errors.New("cannot re-use a name that is still in use: there is a release " + ObjectID(earlier))
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
func (s *Clusters) releaseFailed(access Access, inputs, made, earlier map[string]any, failure error) (map[string]any, error) {
	err := s.InCluster(access, func(cluster *arm.Record) error {
		tree.Object(made, "status")["status"] = "failed"
		if !tree.Truth(inputs, "atomic") {
			return s.enterRelease(cluster, made)
		}
		delete(s.objects, (&Object{cluster.ID, made}).key())
		if made = nil; earlier != nil {
			return s.enterRelease(cluster, earlier)
		}
		return s.Save()
	})
	return made, errors.Join(failure, err)
}

// releaseOf finds a release of a cluster, or nil.
func (s *Clusters) releaseOf(cluster *arm.Record, inputs map[string]any) map[string]any {
	return s.Object(cluster, ReleaseAPI, ReleaseKind, tree.Text(inputs, "namespace"), tree.Text(inputs, "name"))
}

func (s *Clusters) enterRelease(cluster *arm.Record, made map[string]any) error {
	entered := &Object{Cluster: cluster.ID, Object: made}
	s.objects[entered.key()] = entered
	return s.Save()
}

// admitRelease refuses what Helm or the API server refuse, and makes the namespace if Helm is to.
func (s *Clusters) admitRelease(cluster *arm.Record, inputs map[string]any) error {
	if err := checkChart(cluster, inputs); err != nil {
		return err
	}
	coming, err := s.rolloutOf(cluster, chartObjects(releaseObject(inputs, "", 0))...)
	if err != nil {
		return err
	}
	coming.present = s.DeliveredObjects(cluster)
	namespace := tree.Text(inputs, "namespace")
	if coming.hasNamespace(coming.present, namespace) {
		return nil
	}
	if !tree.Truth(inputs, "createNamespace") {
		return fmt.Errorf("release %s cannot be made: create: failed to create: namespaces %q not found", tree.Text(inputs, "name"), namespace)
	}
	entered := &Object{Cluster: cluster.ID, Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace},
	}}
	s.objects[entered.key()] = entered
	return nil
}

// awaitRelease waits until the pods of a release run, and says why they do not.
func (s *Clusters) awaitRelease(ctx context.Context, access Access, made map[string]any) error {
	limit := ReleaseTimeout
	if count, set := tree.Number(made, "spec", "timeout"); set {
		limit = arm.Seconds(count)
	}
	problem, err := s.await(ctx, access, limit, func(cluster *arm.Record) error {
		coming, err := s.rolloutOf(cluster, chartObjects(made)...)
		if err != nil {
			return err
		}
		coming.present = s.DeliveredObjects(cluster)
		return coming.check()
	})
	if err != nil || problem == nil {
		return err
	}
	code, message := arm.DescribeError(problem)
	return fmt.Errorf("the Helm release %s was created but failed to become ready: %s: %s", ObjectID(made), code, message)
}

// RemoveRelease uninstalls a release. What is gone already counts as deleted.
func (s *Clusters) RemoveRelease(ctx context.Context, access Access, id string) error {
	namespace, name := SplitID(id)
	return s.RemoveObject(ctx, access, ReleaseAPI, ReleaseKind, namespace, name)
}

// IsReleaseName says what Helm takes as the name of a release.
func IsReleaseName(name string) bool {
	return len(name) <= 53 && containerGroupName.MatchString(strings.ReplaceAll(name, ".", "-"))
}
