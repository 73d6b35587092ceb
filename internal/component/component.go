// Package component lets resources wait for all of a component.
package component

import (
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Roster knows the resources inside a component, for others to depend on. Components embed it, and are registered with Register.
//
// Depending on the component itself would not do: the Go SDK enters a child into its component at some later time, and leaves
// out of the dependencies what is not there yet.
type Roster struct {
	mu        sync.Mutex
	resources []pulumi.Resource
}

// gather is the option by which the component knows whatever is registered below it.
func (r *Roster) gather() pulumi.ResourceOption {
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

// Register registers a component that embeds Roster.
func Register(ctx *pulumi.Context, token, name string, component Component, opts ...pulumi.ResourceOption) error {
	return ctx.RegisterComponentResource(token, name, component, append(opts, component.gather())...)
}

// Component is a component that embeds Roster.
type Component interface {
	pulumi.ComponentResource
	gatherer
}

type gatherer interface{ gather() pulumi.ResourceOption }
