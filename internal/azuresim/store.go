package azuresim

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// saved is the subscription as its state file holds it.
type saved struct {
	Now     time.Time       `json:"now"`
	Builds  int             `json:"builds"`
	Made    int             `json:"made"`
	Records []*record       `json:"records"`
	Deleted []*deletedVault `json:"deleted,omitempty"`
	// Objects are what clusters hold.
	Objects []*clusterObject `json:"objects,omitempty"`
}

// epoch is the simulated time at which a new subscription starts.
var epoch = time.Date(2026, time.November, 1, 8, 0, 0, 0, time.UTC)

func openSubscription(opts Options) (*subscription, error) {
	if !(opts.Scale >= 0) {
		return nil, fmt.Errorf("the scale of the simulated clock must be 0 or more, not %v", opts.Scale)
	}
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
		clock: newClock(opts.Scale, state.Now), file: opts.StateFile, builds: state.Builds, made: state.Made, deleted: state.Deleted,
		repository: opts.Repository, clusterAuthority: opts.ClusterAuthority, objects: map[string]*clusterObject{}, records: map[string]*record{}, busy: map[string]string{}, released: make(chan struct{}),
	}
	if s.repository == nil {
		s.repository = embed.FS{}
	}
	s.life, s.stop = context.WithCancel(context.Background())
	s.faults = &faults{clock: s.clock}
	for _, fault := range opts.Faults {
		s.faults.add(fault)
	}
	for _, r := range state.Records {
		s.records[resourceid.Key(r.ID)] = r
	}
	for _, object := range state.Objects {
		s.objects[object.key()] = object
	}
	s.resume()
	return s, nil
}

// resume completes what was under way when the simulator stopped: it went on in Azure. Only a script, which ran in the
// simulator itself, is lost.
func (s *subscription) resume() {
	for _, r := range s.sorted() {
		k := catalog[r.Token]
		switch {
		case k == nil || s.records[resourceid.Key(r.ID)] != r:
		case r.State == stateDeleting:
			s.drop(r)
		case r.State == stateCreating || r.State == stateUpdating:
			op := &operation{sub: s, kind: k, id: r.ID, record: r, inputs: tree.CloneObject(r.Inputs)}
			if r.Pending != nil {
				op.inputs = tree.CloneObject(r.Pending)
			}
			var failure error
			switch {
			case k.comesUp != nil:
				failure = k.comesUp(op)
			case k.work != nil:
				r.Run = &runRecord{Started: s.clock.now(), Ends: s.clock.now(), Failure: "the simulator stopped while the script ran"}
				failure = errors.New(r.Run.Failure)
			}
			s.complete(op, failure)
		}
	}
}

// save writes the state file so that a crash of the simulator leaves the old or the new state, never half of one.
func (s *subscription) save() error {
	if s.file == "" {
		return nil
	}
	content, err := json.MarshalIndent(saved{
		Now: s.clock.now(), Builds: s.builds, Made: s.made, Records: s.sorted(), Deleted: s.deleted, Objects: s.sortedObjects(),
	}, "", " ")
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
