package bootstrap

import (
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/config"
)

// Folder is one folder of the repository that Flux applies.
type Folder struct {
	// Name is that of its kustomization, Path where it is in the repository, from ./ on.
	Name, Path string
	// Substitutions are the values of the variables in its manifests. None of them is secret.
	Substitutions pulumi.StringMap
	// After are the names of folders that have to be ready first.
	After []string
	// Wait is whether the folder is ready only when its pods run. Without it, it is enough that the API server has taken its objects.
	Wait bool
}

// Folders are what Flux applies in a cluster, the same in both modes: what every cluster has, beside it Falco, and after the first
// virtual nodes. None changes with another. Falco is a second layer, and depends on the nodes' kernel more than anything else: it
// may fail by itself, but not fail the bootstrap.
func Folders(args *StampArgs) ([]Folder, error) {
	substitutions, err := Substitutions(args)
	if err != nil {
		return nil, err
	}
	bootstrap := args.Settings.Bootstrap
	in := func(directory string) string { return "./" + path.Join(bootstrap.Repository.Path, directory) }
	folders := []Folder{
		{Name: kustomizationName, Path: in(clustermanifests.UnifiedDirectory), Substitutions: substitutions, Wait: true},
		{Name: falcoKustomization, Path: in(clustermanifests.FalcoDirectory), Substitutions: substitutions},
	}
	if args.VirtualNodes == nil {
		return folders, nil
	}
	if substitutions, err = VirtualNodesSubstitutions(args); err != nil {
		return nil, err
	}
	return append(folders, Folder{
		Name: virtualNodesKustomization, Path: in(virtualNodesFolder(bootstrap.Mode)),
		Substitutions: substitutions, After: []string{kustomizationName}, Wait: true,
	}), nil
}

// virtualNodesFolder is where the manifests of virtual nodes are: all of them, or their namespace if the program installs the chart.
func virtualNodesFolder(bootstrapMode string) string {
	if bootstrapMode == config.ModeManifests {
		return clustermanifests.VirtualNodesNamespaceDirectory
	}
	return clustermanifests.VirtualNodesDirectory
}
