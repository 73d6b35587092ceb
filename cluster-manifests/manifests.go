// Package clustermanifests holds what Flux sets up in a cluster, as a copy inside the program: to know before a deployment which
// variables the manifests want, and to prove offline that a cluster takes them. Flux itself reads the files from Git.
package clustermanifests

import "embed"

// Files are the kustomization and all below it, with paths as in the repository below Directory.
//
//go:embed kustomization.yaml */*.yaml
var Files embed.FS

// Directory is where the files lie in the repository.
const Directory = "cluster-manifests"

// Folders below Directory that the kustomization there leaves out: Flux applies one of them besides, where there are virtual nodes.
const (
	// VirtualNodesDirectory has the virtual nodes and their namespace, for Flux to install both.
	VirtualNodesDirectory = "virtual-nodes"
	// VirtualNodesNamespaceDirectory has their namespace with its bounds and policies alone, for the bootstrap to install the rest.
	VirtualNodesNamespaceDirectory = "vn2"
)
