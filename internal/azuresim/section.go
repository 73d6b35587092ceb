package azuresim

import (
	"encoding/json"
	"time"
)

// section is a part of the subscription's state that is no resource, such as deleted key vaults. Who keeps it hands it to the
// subscription at the start. All of its functions run under the subscription's lock.
type section struct {
	// The name under which the state file has it.
	name string
	// What is to be saved.
	save func() any
	// Takes over what was saved, in place of what there is; it is not called if nothing was.
	load func(json.RawMessage) error
	// Lets go of what belongs to a resource that is gone; may be nil.
	dropped func(*record)
	// Applies what is due by now; may be nil.
	completeDue func(now time.Time)
}
