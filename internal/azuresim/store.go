package azuresim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// saved is the subscription as its state file holds it.
type saved struct {
	Now     time.Time `json:"now"`
	Builds  int       `json:"builds"`
	Records []*record `json:"records"`
}

// epoch is the simulated time at which a new subscription starts.
var epoch = time.Date(2026, time.November, 1, 8, 0, 0, 0, time.UTC)

func openSubscription(opts Options) (*subscription, error) {
	state := saved{Now: epoch}
	if opts.StateFile != "" {
		content, err := os.ReadFile(opts.StateFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read simulated subscription: %w", err)
		}
		if err == nil {
			if err := json.Unmarshal(content, &state); err != nil {
				return nil, fmt.Errorf("simulated subscription %s is damaged: %w", opts.StateFile, err)
			}
		}
	}
	s := &subscription{
		clock: newClock(opts.Scale, state.Now), file: opts.StateFile, builds: state.Builds,
		records: map[string]*record{}, busy: map[string]string{},
	}
	s.faults = &faults{clock: s.clock}
	for _, fault := range opts.Faults {
		s.faults.add(fault)
	}
	for _, r := range state.Records {
		// What was under way when the simulator stopped went on in Azure.
		if r.State == stateCreating || r.State == stateUpdating || r.State == stateDeleting {
			r.State = stateSucceeded
		}
		s.records[key(r.ID)] = r
	}
	return s, nil
}

// save writes the state file so that a crash leaves the old or the new state, never half of one.
func (s *subscription) save() error {
	if s.file == "" {
		return nil
	}
	content, err := json.MarshalIndent(saved{Now: s.clock.now(), Builds: s.builds, Records: s.sorted()}, "", " ")
	if err != nil {
		return fmt.Errorf("encode simulated subscription: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.WriteFile(s.file+".new", content, 0o600); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.Rename(s.file+".new", s.file); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	return nil
}
