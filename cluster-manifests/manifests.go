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

// Folders of virtual nodes, which are no part of the kustomization in Directory: clusters without virtual nodes have nothing of them.
const (
	// VirtualNodesDirectory is all that virtual nodes consist of, their namespace included.
	VirtualNodesDirectory = "virtual-nodes"
	// VirtualNodesNamespaceDirectory is their namespace with its bounds, for clusters in which Helm installs the rest.
	VirtualNodesNamespaceDirectory = "vn2"
)
