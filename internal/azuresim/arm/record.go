package arm

import (
	"time"

	"aks-regulated-pulumi/internal/tree"
)

// Provisioning states of a resource.
const (
	StateCreating  = "Creating"
	StateUpdating  = "Updating"
	StateDeleting  = "Deleting"
	StateSucceeded = "Succeeded"
	StateFailed    = "Failed"
)

// Record is one resource of the subscription.
type Record struct {
	// ID is the Azure resource id, and ARMType such as Microsoft.Network/virtualNetworks.
	ID      string `json:"id"`
	ARMType string `json:"armType"`
	Token   string `json:"token,omitempty"` // of the kind; empty for what Azure made by itself
	State   string `json:"state"`           // one of the provisioning states
	// Made counts the resources that were made before; it distinguishes a resource from an earlier one of the same id.
	Made int `json:"made,omitempty"`
	// MadeAt is the simulated time at which the resource was made; zero for one that was made before this was kept.
	MadeAt time.Time `json:"madeAt,omitzero"`
	// ChangedAt is when Inputs became what they are, and Before what they were: until the change has spread, other services know that.
	ChangedAt time.Time      `json:"changedAt,omitzero"`
	Before    map[string]any `json:"before,omitempty"`
	// Inputs and Outputs are what the engine sent and gets, without what Azure never gives back.
	Inputs map[string]any `json:"inputs,omitempty"`
	// Pending are the inputs of an update that is under way.
	Pending map[string]any `json:"pending,omitempty"`
	Outputs map[string]any `json:"outputs"` // see Inputs
	// Run is what Azure knows of an image build or a deployment script.
	Run *Run `json:"run,omitempty"`
	// Contents are what the resource holds and Pulumi never sees, such as a registry's images.
	Contents map[string]any `json:"contents,omitempty"`
	// Joins marks a resource made by Azure that has addresses in the subnets that it refers to.
	Joins bool `json:"joins,omitempty"`

	// Kind is nil for what Azure made by itself.
	Kind *Kind `json:"-"`
	key  string
}

// Run is what Azure knows of an image build or of a deployment script.
type Run struct {
	// Started and Ends are simulated times.
	Started time.Time `json:"started"`
	Ends    time.Time `json:"ends"` // possibly in the future
	// Failure is the message of a run that fails; empty for one that succeeds.
	Failure string `json:"failure,omitempty"`
	// Settled is set once the outcome has taken effect.
	Settled bool `json:"settled,omitempty"`
	// Outputs are what a deployment script returned.
	Outputs map[string]any `json:"outputs,omitempty"`
}

// Copy is for use without the lock.
func (r *Record) Copy() *Record {
	copied := *r
	copied.Inputs, copied.Pending, copied.Outputs = tree.CloneObject(r.Inputs), tree.CloneObject(r.Pending), tree.CloneObject(r.Outputs)
	copied.Contents = tree.CloneObject(r.Contents)
	if r.Before != nil {
		copied.Before = tree.CloneObject(r.Before)
	}
	if r.Run != nil {
		run := *r.Run
		copied.Run = &run
	}
	return &copied
}

// JoinsSubnets reports whether the resource has addresses in the subnets that it refers to.
func (r *Record) JoinsSubnets() bool { return r.Joins || r.Kind != nil && r.Kind.JoinsSubnets }

// Usable reports whether others may refer to the resource: it exists, and nothing is wrong with it.
func (r *Record) Usable() bool { return r.State == StateSucceeded || r.State == StateUpdating }
