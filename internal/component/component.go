// Package component lets resources wait for all of a component.
package component

import (
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Roster knows the resources inside a component, for others to depend on. Components embed it, and register themselves with
// the option Gather.
//
// Depending on the component itself would not do: the Go SDK enters a child into its component at some later time, and leaves
// out of the dependencies what is not there yet.
type Roster struct {
	mu        sync.Mutex
	resources []pulumi.Resource
}

// Gather is the option with which the component is registered, so that it knows whatever is registered below it.
func (r *Roster) Gather() pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{r.note})
}

// note is called with each resource of the component when it is registered, at once, and changes none.
func (r *Roster) note(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	if _, custom := args.Resource.(pulumi.CustomResource); !custom {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = append(r.resources, args.Resource)
	return nil
}

// Members are the resources of a provider that have been registered in the component so far, at any depth.
func (r *Roster) Members() []pulumi.Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.resources)
}
