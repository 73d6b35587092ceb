package azuresim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// storeOptions configure openSubscription.
type storeOptions struct {
	// The kinds of resources that there are.
	catalog *catalog
	// The parts of the state that are no resources.
	sections []section
	// The file that keeps the subscription between runs; empty keeps it in memory only.
	stateFile string
	// How many simulated seconds pass in one real second; 0 waits for nothing.
	scale float64
	// Failures to inject.
	faults []Fault

	// Refuses an action of a principal on an id that a deny assignment covers.
	authorize func(s *subscription, principal, action, id string) error
	// Refuses to bring a resource into a subnet that it must not be in.
	checkJoins func(op *operation) error
	// Refuses a resource that policies deny; indexed are resources that have a location and tags.
	admit func(s *subscription, resource flow.Resource, indexed bool) error
}

// epoch is the simulated time at which a new subscription starts.
var epoch = time.Date(2026, time.November, 1, 8, 0, 0, 0, time.UTC)

// openSubscription reads a subscription from its state file, or starts an empty one. What was under way when it was saved stands
// still until resume.
func openSubscription(opts storeOptions) (*subscription, error) {
	if !(opts.scale >= 0) {
		return nil, fmt.Errorf("the scale of the simulated clock must be 0 or more, not %v", opts.scale)
	}
	s := &subscription{
		opts: opts, clock: newClock(opts.scale, epoch), records: map[string]*record{}, ofToken: map[string]ordered{},
		aliases: map[string]*record{}, busy: map[string]string{}, released: make(chan struct{}),
		sections: map[string][]byte{}, touched: map[string]bool{},
	}
	s.life, s.stop = context.WithCancel(context.Background())
	s.faults = &faults{clock: s.clock}
	for _, fault := range opts.faults {
		s.faults.add(fault)
	}
	if opts.stateFile == "" {
		return s, nil
	}
	if err := s.readState(); err != nil {
		return nil, err
	}
	return s, s.readJournal()
}

// readState takes over the state file, if there is one.
func (s *subscription) readState() error {
	content, err := os.ReadFile(s.opts.stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read simulated subscription: %w", err)
	}
	if err := s.load(content); err != nil {
		return fmt.Errorf("simulated subscription %s is damaged: %w", s.opts.stateFile, err)
	}
	return nil
}

// savedCore is what a state file holds besides the sections.
type savedCore struct {
	// Changes counts the changes of the journal: those up to here are in the file already.
	Changes int       `json:"changes,omitempty"`
	Now     time.Time `json:"now"`
	Made    int       `json:"made"`
	Records []*record `json:"records"`
}

// load takes over a state file.
func (s *subscription) load(content []byte) error {
	core, rest := savedCore{Now: epoch}, map[string]json.RawMessage{}
	if err := json.Unmarshal(content, &core); err != nil {
		return err
	}
	if err := json.Unmarshal(content, &rest); err != nil {
		return err
	}
	s.setClock(core.Now)
	s.made, s.changes = core.Made, core.Changes
	for _, r := range core.Records {
		s.put(r)
	}
	clear(s.touched)
	return s.loadSections(rest)
}

func (s *subscription) setClock(now time.Time) {
	s.clock = newClock(s.opts.scale, now)
	s.faults.clock = s.clock
}

func (s *subscription) loadSections(saved map[string]json.RawMessage) error {
	for _, kept := range s.opts.sections {
		if raw, found := saved[kept.name]; found {
			if err := kept.load(raw); err != nil {
				return fmt.Errorf("%s: %w", kept.name, err)
			}
			s.sections[kept.name] = raw
		}
	}
	return nil
}

// encode is the state as the state file has it.
func (s *subscription) encode() ([]byte, error) {
	state := map[string]any{"changes": s.changes, "now": s.clock.now(), "made": s.made, "records": s.sorted()}
	for _, kept := range s.opts.sections {
		state[kept.name] = kept.save()
	}
	content, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode simulated subscription: %w", err)
	}
	return content, nil
}

// saveWhole writes the state file so that a crash leaves the old or the new one, and ends the journal.
func (s *subscription) saveWhole() error {
	if s.opts.stateFile == "" {
		return nil
	}
	content, err := s.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.opts.stateFile), 0o700); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.WriteFile(s.opts.stateFile+".new", content, 0o600); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.Rename(s.opts.stateFile+".new", s.opts.stateFile); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.Remove(s.opts.stateFile + journalSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	clear(s.touched)
	return nil
}

// resume completes what was under way when the simulator stopped: it went on in Azure. Only a script, which ran in the
// simulator itself, is lost.
func (s *subscription) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sorted() {
		switch {
		case r.kind == nil || s.records[resourceid.Key(r.ID)] != r:
		case r.State == stateDeleting:
			s.drop(r)
		case r.State == stateCreating || r.State == stateUpdating:
			op := &operation{sub: s, kind: r.kind, id: r.ID, record: r, inputs: tree.CloneObject(r.Inputs)}
			if r.Pending != nil {
				op.inputs = tree.CloneObject(r.Pending)
			}
			var failure error
			switch {
			case r.kind.checkStartup != nil:
				failure = r.kind.checkStartup(op)
			case r.kind.execute != nil:
				r.Run = &runRecord{Started: s.clock.now(), Ends: s.clock.now(), Failure: "the simulator stopped while the script ran"}
				failure = errors.New(r.Run.Failure)
			}
			s.complete(op, failure)
		}
	}
}
