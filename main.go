// Command aks-regulated-pulumi is a Pulumi program that builds a PCI-DSS regulated Azure Kubernetes platform.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/platform"
)

func main() {
	pulumi.Run(platform.Deploy)
}
