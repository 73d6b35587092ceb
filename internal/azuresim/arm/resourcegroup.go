package arm

import (
	"regexp"
	"time"
)

var ResourceGroup = &Kind{
	Token: "resources:ResourceGroup", Path: GroupPath,
	Name: regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`), Located: true, Container: true,
	Create: 3 * time.Second, Update: 2 * time.Second, Remove: 30 * time.Second,
}

const ManagedClusters = "Microsoft.ContainerService/managedClusters"

const ScaleSets = "Microsoft.Compute/virtualMachineScaleSets"
