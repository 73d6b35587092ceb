package azuresim

import "aks-regulated-pulumi/internal/azuresim/arm"

// SubscriptionID and TenantID are those of the login.
const (
	SubscriptionID = arm.SubscriptionID
	TenantID       = arm.TenantID
)

// Fault is a failure to inject, and what its operation can be is a Verb.
type (
	Fault = arm.Fault
	Verb  = arm.Verb
)

// What a fault can strike.
const (
	Create = arm.Create
	Read   = arm.Read
	Update = arm.Update
	Delete = arm.Delete
)

// Propagation is how long it takes until all of Azure knows what was made or changed.
type Propagation = arm.Propagation

// The propagations.
const (
	Typical   = arm.Typical
	Worst     = arm.Worst
	Immediate = arm.Immediate
)
