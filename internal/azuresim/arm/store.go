package arm

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

// Options configure openSubscription.
type Options struct {
	// The kinds of resources that there are.
	Catalog *Catalog
	// The parts of the state that are no resources.
	Sections []Section
	// The file that keeps the subscription between runs; empty keeps it in memory only.
	StateFile string
	// How many simulated seconds pass in one real second; 0 waits for nothing.
	Scale float64
	// Failures to inject.
	Faults []Fault
	// Features of providers that the subscription lacks, such as Microsoft.Network/EnableApplicationGatewayNetworkIsolation; it has all
	// others.
	WithoutFeatures []string
	// The GUIDs of the roles that the deployer may assign; nil for any role, as an owner may.
	AssignableRoles []string
	// How long it takes until all of Azure knows what was made.
	Propagation Propagation

	// Refuses an action of a principal on an id that a deny assignment covers, or for which it has no right.
	Authorize func(s *Subscription, principal, action, id string) error
	// Refuses a request of a principal that has no right to what the resource links to.
	AuthorizeLinked func(op *Operation) error
	// Refuses to bring a resource into a subnet that it must not be in.
	CheckJoins func(op *Operation) error
	// Refuses a resource that policies deny; indexed are resources that have a location and tags.
	Admit func(s *Subscription, resource flow.Resource, indexed bool) error
}

// Epoch is the simulated time at which a new subscription starts.
var Epoch = time.Date(2026, time.November, 1, 8, 0, 0, 0, time.UTC)

// Open reads a subscription from its state file, or starts an empty one. What was under way when it was saved stands
// still until resume.
func Open(opts Options) (*Subscription, error) {
	if !(opts.Scale >= 0) {
		return nil, fmt.Errorf("the scale of the simulated clock must be 0 or more, not %v", opts.Scale)
	}
	if err := opts.Propagation.check(); err != nil {
		return nil, err
	}
	s := &Subscription{
		opts: opts, Clock: NewClock(opts.Scale, Epoch), records: map[string]*Record{}, ofToken: map[string]ordered{},
		aliases: map[string]*Record{}, busy: map[string]string{}, joining: map[string][]string{},
		released: make(chan struct{}),
		sections: map[string][]byte{}, touched: map[string]bool{},
	}
	s.Life, s.stop = context.WithCancel(context.Background())
	s.Faults = &Faults{clock: s.Clock}
	for _, fault := range opts.Faults {
		s.Faults.Add(fault)
	}
	if opts.StateFile == "" {
		return s, nil
	}
	if err := s.readState(); err != nil {
		return nil, err
	}
	return s, s.readJournal()
}

// readState takes over the state file, if there is one.
func (s *Subscription) readState() error {
	content, err := os.ReadFile(s.opts.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read simulated subscription: %w", err)
	}
	if err := s.Load(content); err != nil {
		return fmt.Errorf("simulated subscription %s is damaged: %w", s.opts.StateFile, err)
	}
	return nil
}

// savedCore is what a state file holds besides the sections.
type savedCore struct {
	// Changes counts the changes of the journal: those up to here are in the file already.
	Changes int       `json:"changes,omitempty"`
	Now     time.Time `json:"now"`
	Made    int       `json:"made"`
	Records []*Record `json:"records"`
}

// Load takes over a state file.
func (s *Subscription) Load(content []byte) error {
	core, rest := savedCore{Now: Epoch}, map[string]json.RawMessage{}
	if err := json.Unmarshal(content, &core); err != nil {
		return err
	}
	if err := json.Unmarshal(content, &rest); err != nil {
		return err
	}
	s.setClock(core.Now)
	s.made, s.changes = core.Made, core.Changes
	for _, r := range core.Records {
		s.Put(r)
	}
	clear(s.touched)
	return s.loadSections(rest)
}

func (s *Subscription) setClock(now time.Time) {
	s.Clock = NewClock(s.opts.Scale, now)
	s.Faults.clock = s.Clock
}

func (s *Subscription) loadSections(saved map[string]json.RawMessage) error {
	for _, kept := range s.opts.Sections {
		if raw, found := saved[kept.Name]; found {
			if err := kept.Load(raw); err != nil {
				return fmt.Errorf("%s: %w", kept.Name, err)
			}
			s.sections[kept.Name] = raw
		}
	}
	return nil
}

// Encode is the state as the state file has it.
func (s *Subscription) Encode() ([]byte, error) {
	state := map[string]any{"changes": s.changes, "now": s.Clock.Now(), "made": s.made, "records": s.Sorted()}
	for _, kept := range s.opts.Sections {
		state[kept.Name] = kept.Save()
	}
	content, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode simulated subscription: %w", err)
	}
	return content, nil
}

// saveWhole writes the state file so that a crash leaves the old or the new one, and ends the journal.
func (s *Subscription) saveWhole() error {
	if s.opts.StateFile == "" {
		return nil
	}
	content, err := s.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.opts.StateFile), 0o700); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.WriteFile(s.opts.StateFile+".new", content, 0o600); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.Rename(s.opts.StateFile+".new", s.opts.StateFile); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	if err := os.Remove(s.opts.StateFile + JournalSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	clear(s.touched)
	return nil
}

// Resume completes what was under way when the simulator stopped: it went on in Azure. Only a script, which ran in the
// simulator itself, is lost.
func (s *Subscription) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.Sorted() {
		switch {
		case r.Kind == nil || s.records[resourceid.Key(r.ID)] != r:
		case r.State == StateDeleting:
			s.Drop(r)
		case r.State == StateCreating || r.State == StateUpdating:
			op := &Operation{Sub: s, Kind: r.Kind, ID: r.ID, Record: r, Inputs: tree.CloneObject(r.Inputs)}
			if r.Pending != nil {
				op.Inputs, op.Old = tree.CloneObject(r.Pending), r.Copy()
			}
			var failure error
			switch {
			case r.Kind.CheckStartup != nil:
				failure = r.Kind.CheckStartup(op)
			case r.Kind.Execute != nil:
				r.Run = &Run{Started: s.Clock.Now(), Ends: s.Clock.Now(), Failure: "the simulator stopped while the script ran"}
				failure = errors.New(r.Run.Failure)
			}
			s.complete(op, failure)
		}
	}
}

// Section is a part of the subscription's state that is no resource, such as deleted key vaults. Who keeps it hands it to the
// subscription at the start. All of its functions run under the subscription's lock.
type Section struct {
	// The name under which the state file has it.
	Name string
	// What is to be saved.
	Save func() any
	// Takes over what was saved, in place of what there is; it is not called if nothing was.
	Load func(json.RawMessage) error
	// Lets go of what belongs to a resource that is gone; may be nil.
	Dropped func(*Record)
	// Applies what is due by now; may be nil.
	CompleteDue func(now time.Time)
}
