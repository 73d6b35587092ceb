package aks

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are clusters, their maintenance windows and their extensions.
var Kinds = []*arm.Kind{
	clusterKind, maintenanceKind, extensionKind,
}
