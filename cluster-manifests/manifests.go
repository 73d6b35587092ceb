// Package clustermanifests holds what Flux sets up in a cluster, as a copy inside the program: to know before a deployment which
// variables the manifests want, and to prove offline that a cluster takes them. Flux itself reads the files from Git.
package clustermanifests

import "embed"

// Files are the kustomizations and all below them, with paths as in the repository below Directory.
//
//go:embed kustomization.yaml */*.yaml
var Files embed.FS

// Directory is where the files lie in the repository.
const Directory = "cluster-manifests"

// Folders below Directory that Flux applies. The kustomization of Directory itself takes in the first two; where there are virtual nodes,
// Flux applies one of the others besides.
const (
	// UnifiedDirectory has what every cluster has, and what the bootstrap waits for.
	UnifiedDirectory = "unified"
	// FalcoDirectory has Falco and its namespace, for which nothing waits.
	FalcoDirectory = "falco-system"
	// VirtualNodesDirectory has the virtual nodes and their namespace, for Flux to install both.
	VirtualNodesDirectory = "virtual-nodes"
	// VirtualNodesNamespaceDirectory has their namespace with its bounds and policies alone, for the bootstrap to install the rest.
	VirtualNodesNamespaceDirectory = "vn2"
)
