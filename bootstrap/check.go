package bootstrap

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
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
	values, problems, err := sampleValues(cfg)
	if err != nil {
		return nil, err
	}
	found, err := checkFolder(cfg, files, ".", values)
	if err != nil {
		return nil, err
	}
	problems = append(problems, found...)
	if !cfg.VirtualNodes.Enabled {
		return problems, nil
	}
	if values, err = virtualNodesKnown(cfg); err != nil {
		return nil, err
	}
	for name := range virtualNodesOutputs {
		values[name] = name
	}
	found, err = checkFolder(cfg, files, virtualNodesFolder(cfg), values)
	return append(problems, found...), err
}

// checkFolder is Check for one folder and the values that it gets.
func checkFolder(cfg *config.Config, files fs.FS, folder string, values map[string]string) ([]config.Problem, error) {
	where := path.Join(clustermanifests.Directory, folder)
	objects, err := manifests.Build(files, folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	wanted, err := manifests.Variables(objects)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	var problems []config.Problem
	for _, name := range wanted {
		if _, known := values[name]; !known {
			problems = append(problems, config.Problem{
				Key: "bootstrap.variables", Value: name,
				Allowed: "a value for every variable in " + where + "; the platform's own are " +
					strings.Join(slices.Sorted(maps.Keys(values)), ", "),
			})
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	rendered, err := manifests.Substitute(objects, values)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return foreignImages(cfg, rendered), nil
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
