// Command provider is the Kubernetes provider of Pulumi as its makers build it, but for its schema: they generate the file with the schema
// when they release, so that it is not in the module, and the engine asks for it only to generate code.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, nil, nil)
}
