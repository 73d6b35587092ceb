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

// CheckArgs configures Check.
type CheckArgs struct {
	config.Placement
	Settings
	// Stamp is any of the stamps: they have the same variables.
	Stamp config.Stamp
	// Images are those that are imported, see cluster.Images; nil skips the check of images.
	Images []cluster.Image
}

// Check compares manifests, usually clustermanifests.Files, with the configuration before anything is registered: every variable must
// have a value, and every image must be imported. In a cluster, a missing value would stop the sync, and a missing image a pod. The
// error is about manifests that cannot be built at all.
func Check(args *CheckArgs, files fs.FS) ([]config.Problem, error) {
	values, problems, err := sampleValues(args)
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{clustermanifests.UnifiedDirectory, clustermanifests.FalcoDirectory} {
		found, err := checkFolder(args.Images, files, folder, values)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	if !args.VirtualNodes.Enabled {
		return problems, nil
	}
	if values, err = virtualNodesKnown(args.VirtualNodes, args.ContainerGroupTags()); err != nil {
		return nil, err
	}
	for name := range virtualNodesOutputs {
		values[name] = name
	}
	found, err := checkFolder(args.Images, files, virtualNodesFolder(args.Bootstrap.Mode), values)
	return append(problems, found...), err
}

// checkFolder is Check for one folder and the values that it gets.
func checkFolder(imported []cluster.Image, files fs.FS, folder string, values map[string]string) ([]config.Problem, error) {
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
	return foreignImages(imported, rendered), nil
}

// sampleValues are values for all variables, with the names of outputs for what is known only after deployment. The problems are about
// configured variables that the platform defines itself.
func sampleValues(args *CheckArgs) (map[string]string, []config.Problem, error) {
	withoutConfigured := args.Settings
	withoutConfigured.Bootstrap.Variables = map[string]string{}
	values, err := knownValues(withoutConfigured, args.Stamp)
	if err != nil {
		return nil, nil, err
	}
	for name := range outputs {
		values[name] = name
	}
	var problems []config.Problem
	for _, name := range slices.Sorted(maps.Keys(args.Bootstrap.Variables)) {
		if _, taken := values[name]; taken {
			problems = append(problems, config.Problem{
				Key: "bootstrap.variables", Value: name, Allowed: "a name that is not one of the platform's own variables",
			})
			continue
		}
		values[name] = args.Bootstrap.Variables[name]
	}
	return values, problems, nil
}

// foreignImages are the images of objects that no import brings into live/.
func foreignImages(imported []cluster.Image, objects []*unstructured.Unstructured) []config.Problem {
	if imported == nil {
		return nil
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
