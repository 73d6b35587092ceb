// Package registry has container registries, and what is imported into them.
package registry

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are container registries, their replicas and their agents.
var Kinds = []*arm.Kind{
	registryKind, replicationKind, agentPoolKind,
}
