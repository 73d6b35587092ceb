// Package component lets resources wait for all of a component.
package component

import (
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Roster records the resources inside a component, so that others can depend on them. Components embed it, and are registered with
// Register.
//
// Depending on the component itself is not enough: the Go SDK adds a child to its component asynchronously, and leaves out of the
// dependencies what it has not added yet.
type Roster struct {
	mu        sync.Mutex
	resources []pulumi.Resource
}

// gather is the option that records everything that is registered below the component.
func (r *Roster) gather() pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{r.record})
}

// record is called synchronously with each resource of the component when it is registered, and changes nothing.
func (r *Roster) record(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
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
