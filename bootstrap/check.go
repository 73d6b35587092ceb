package bootstrap

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/cluster"
	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/manifests"
)

// Check holds manifests, usually clustermanifests.Files, against the configuration before anything is registered: every variable has
// a value, and every image is one of those that are imported. In a cluster the first would stop the sync, and the second a pod. The error
// is about manifests that cannot be built at all.
func Check(cfg *config.Config, files fs.FS) ([]config.Problem, error) {
	objects, err := manifests.Build(files, ".")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clustermanifests.Directory, err)
	}
	values, problems, err := sampleValues(cfg)
	if err != nil {
		return nil, err
	}
	wanted, err := manifests.Variables(objects)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clustermanifests.Directory, err)
	}
	complete := true
	for _, name := range wanted {
		if _, known := values[name]; !known {
			complete = false
			problems = append(problems, config.Problem{
				Key: "bootstrap.variables", Value: name,
				Allowed: "a value for every variable in " + clustermanifests.Directory + "; the platform's own are " +
					strings.Join(slices.Sorted(maps.Keys(values)), ", "),
			})
		}
	}
	if !complete {
		return problems, nil
	}
	rendered, err := manifests.Substitute(objects, values)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clustermanifests.Directory, err)
	}
	return append(problems, foreignImages(cfg, rendered)...), nil
}

// sampleValues are values for all variables, with the names of outputs for what is known after deployment only. The problems are
// about configured variables that the platform has itself.
func sampleValues(cfg *config.Config) (map[string]string, []config.Problem, error) {
	withoutOwn := *cfg
	withoutOwn.Bootstrap.Variables = map[string]string{}
	values, err := knownValues(&withoutOwn, cfg.Stamps[0])
	if err != nil {
		return nil, nil, err
	}
	for name := range outputs {
		values[name] = name
	}
	var problems []config.Problem
	for _, name := range slices.Sorted(maps.Keys(cfg.Bootstrap.Variables)) {
		if _, taken := values[name]; taken {
			problems = append(problems, config.Problem{
				Key: "bootstrap.variables", Value: name, Allowed: "a name that is not one of the platform's own variables",
			})
			continue
		}
		values[name] = cfg.Bootstrap.Variables[name]
	}
	return values, problems, nil
}

// foreignImages are the images of objects that no import brings into live/.
func foreignImages(cfg *config.Config, objects []*unstructured.Unstructured) []config.Problem {
	imported, err := cluster.Images(cfg)
	if err != nil {
		return nil // CheckImages tells of images that cannot be told apart
	}
	known := map[string]bool{}
	for _, image := range imported {
		known[fmt.Sprintf("registry/%s@%s", image.Live(), image.Digest)] = true
	}
	var problems []config.Problem
	for _, image := range manifests.Images(objects) {
		if !known[image] {
			problems = append(problems, config.Problem{
				Key: "registry.images", Value: image,
				Allowed: "an import for every image in " + clustermanifests.Directory +
					", which is written ${registry}/live/<repository>:<tag>@<digest>",
			})
		}
	}
	return problems
}
