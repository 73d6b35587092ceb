package azuresim

import (
	"slices"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Change is a resource that a program makes: its type as Pulumi names it, its Azure resource id, and its inputs.
type Change struct {
	Type, ID string
	Inputs   map[string]any
}

// Collision is two changes, by their places in a list, of which Azure refuses one while the other is under way, and what both change.
type Collision struct {
	A, B int
	Over string // the key of a resource id
}

// Collisions are the pairs of changes that must not happen at the same time. It fails for a type that the simulator does not know.
func Collisions(changes []Change) ([]Collision, error) {
	server, err := newServer(Options{})
	if err != nil {
		return nil, err
	}
	sub := server.subscription
	kinds := make([]*arm.Kind, len(changes))
	// What a change locks may depend on what else there is.
	for i, c := range changes {
		if kinds[i], err = sub.Catalog().KindOf(c.Type); err != nil {
			return nil, err
		}
		sub.Put(&arm.Record{ID: c.ID, ARMType: kinds[i].ARMType(), Token: kinds[i].Token, State: arm.StateSucceeded, Inputs: c.Inputs})
	}
	type hold struct{ alone, shared []string }
	holds := make([]hold, len(changes))
	for i, c := range changes {
		op := &arm.Operation{Sub: sub, Kind: kinds[i], ID: c.ID, Inputs: c.Inputs}
		holds[i].alone, holds[i].shared = op.Holds()
	}
	var found []Collision
	for i, a := range holds {
		for j, b := range holds[:i] {
			for _, over := range append(common(a.alone, append(b.alone, b.shared...)), common(a.shared, b.alone)...) {
				found = append(found, Collision{j, i, over})
			}
		}
	}
	return found, nil
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(key string) bool { return !slices.Contains(b, key) })
}
