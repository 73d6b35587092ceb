package arm

import (
	"fmt"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
)

// Propagation is how long it takes until all of Azure knows what was made or changed. The times, with their documents, are in azurefacts.
type Propagation string

// The propagations; the zero value is Typical.
const (
	Typical   Propagation = "typical" // what it usually takes
	Worst     Propagation = "worst"   // the longest that a document names
	Immediate Propagation = "none"    // everything is known at once
)

func (p Propagation) check() error {
	switch p {
	case "", Typical, Worst, Immediate:
		return nil
	}
	return fmt.Errorf("propagation %q: it must be %s, %s or %s", p, Typical, Worst, Immediate)
}

// timeOf is how long something takes to spread.
func (p Propagation) timeOf(what azurefacts.Spread) time.Duration {
	switch p {
	case Worst:
		return azurefacts.TimesOf(what).Worst
	case Immediate:
		return 0
	}
	return azurefacts.TimesOf(what).Typical
}

// Propagation is how long it takes in this subscription until all of Azure knows what was made.
func (s *Subscription) Propagation() Propagation { return s.opts.Propagation }

// Known are the inputs of a resource as services other than its own know them: those before its last change while that spreads, and nil
// while a new resource does.
func (s *Subscription) Known(r *Record) map[string]any {
	if r.Kind == nil || s.HasSpread(r.ChangedAt, r.Kind.Spreads) {
		return r.Inputs
	}
	return r.Before
}

// HasSpread reports whether something that was made or changed at a time is known everywhere by now.
func (s *Subscription) HasSpread(since time.Time, what azurefacts.Spread) bool {
	return !s.Clock.Now().Before(since.Add(s.opts.Propagation.timeOf(what)))
}

// change gives a resource other inputs, and keeps those that the rest of Azure knows until then.
func (s *Subscription) change(r *Record, inputs map[string]any) {
	if r.Kind != nil && r.Kind.Spreads != "" && !SameJSON(r.Inputs, inputs) {
		r.Before, r.ChangedAt = s.Known(r), s.Clock.Now()
	}
	r.Inputs = inputs
}
