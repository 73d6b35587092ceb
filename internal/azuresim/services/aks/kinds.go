// Package aks has managed clusters as Azure Resource Manager knows them: pools, network, nodes, and the extension for Flux.
package aks

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are clusters, their node pools, their maintenance windows and their extensions.
var Kinds = []*arm.Kind{
	clusterKind, agentPoolKind, maintenanceKind, extensionKind,
}
