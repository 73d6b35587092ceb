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
}

// Folders are what Flux applies in a cluster, the same in both modes: the manifests of every cluster, then those of virtual nodes.
// Neither changes with the other.
func Folders(args *StampArgs) ([]Folder, error) {
	substitutions, err := Substitutions(args)
	if err != nil {
		return nil, err
	}
	bootstrap := args.Settings.Bootstrap
	folders := []Folder{{Name: kustomizationName, Path: bootstrap.Repository.Path, Substitutions: substitutions}}
	if args.VirtualNodes == nil {
		return folders, nil
	}
	if substitutions, err = VirtualNodesSubstitutions(args); err != nil {
		return nil, err
	}
	return append(folders, Folder{
		Name:          virtualNodesKustomization,
		Path:          "./" + path.Join(bootstrap.Repository.Path, virtualNodesFolder(bootstrap.Mode)),
		Substitutions: substitutions, After: []string{kustomizationName},
	}), nil
}

// virtualNodesFolder is where the manifests of virtual nodes are: all of them, or their namespace if the program installs the chart.
func virtualNodesFolder(bootstrapMode string) string {
	if bootstrapMode == config.ModeManifests {
		return clustermanifests.VirtualNodesNamespaceDirectory
	}
	return clustermanifests.VirtualNodesDirectory
}
