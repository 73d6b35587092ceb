package platform

import (
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// azureOptions adds options to every resource of Azure. The SDK hands each transformation the options that a resource was registered with,
// and keeps those of the last one that returns any: so a resource gets all of its further options from one of them.
type azureOptions struct{ done sync.Map }

// ofStack has the engine delete what it replaces in Azure before it creates the replacement: names in Azure are explicit, and two
// resources of one name cannot exist at once. The provider asks for that by itself where a property forces a replacement. Where the engine
// replaces without asking it (--replace, taint, a replacement trigger), only this option counts: otherwise it creates first, and the provider
// refuses to create what exists. The deletion takes along only what depends on the resource by a property that forces a replacement.
func (o *azureOptions) ofStack(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	if _, done := o.done.LoadAndDelete(args.Resource); done {
		return nil
	}
	return addToAzure(args, pulumi.DeleteBeforeReplace(true))
}

// ofComponent is a transformation of a component in the stack, which adds more options.
func (o *azureOptions) ofComponent(more ...pulumi.ResourceOption) pulumi.ResourceTransformation {
	return func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		result := addToAzure(args, append(slices.Clone(more), pulumi.DeleteBeforeReplace(true))...)
		if result != nil {
			o.done.Store(args.Resource, true)
		}
		return result
	}
}

func addToAzure(args *pulumi.ResourceTransformationArgs, more ...pulumi.ResourceOption) *pulumi.ResourceTransformationResult {
	if !strings.HasPrefix(args.Type, "azure-native:") {
		return nil
	}
	return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: slices.Concat(args.Opts, more)}
}
