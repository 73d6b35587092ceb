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
