package arm

import (
	"regexp"
	"time"
)

// ResourceGroup is the kind that contains others.
var ResourceGroup = &Kind{
	Token: "resources:ResourceGroup", Path: GroupPath,
	Name: regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`), Located: true, Container: true,
	Create: 3 * time.Second, Update: 2 * time.Second, Remove: 30 * time.Second,
}

// ManagedClusters is the ARM type of clusters.
const ManagedClusters = "Microsoft.ContainerService/managedClusters"

// ScaleSets is the ARM type of virtual machine scale sets.
const ScaleSets = "Microsoft.Compute/virtualMachineScaleSets"
