package arm

import (
	"errors"
	"fmt"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// execute is what happens in Azure once a request is accepted. If the simulator stops before the end, the state file keeps
// the resource as being worked on, and the next start completes it.
func (s *Subscription) execute(op *Operation) outcome {
	takes := op.takes
	if op.Kind.ExtraTime != nil && op.name != Delete {
		takes += op.Kind.ExtraTime(op)
	}
	err := s.Clock.Sleep(s.Life, takes)
	if err == nil {
		err = s.strike(s.Life, op, midway)
	}
	if err == nil && op.Kind.Execute != nil && op.name != Delete {
		err = op.Kind.Execute(op)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Life.Err() != nil {
		return outcome{op.Record.Copy(), fmt.Errorf("the simulator stopped while it worked on %s", op.ID)}
	}
	s.release(op)
	switch {
	case s.Find(op.ID) != op.Record:
		return outcome{nil, errors.Join(NotFound("ResourceNotFound", "%s was deleted meanwhile", op.ID), s.Save())}
	case op.name != Delete:
		if err == nil && op.Kind.CheckStartup != nil {
			err = op.Kind.CheckStartup(op)
		}
		s.complete(op, err)
	case err == nil:
		s.Drop(op.Record)
	default:
		op.Record.State = StateFailed
		s.Touch(op.Record)
	}
	if saved := s.Save(); err == nil {
		err = saved
	}
	return outcome{s.answer(op.Record), err}
}

// complete enters how creating or updating a resource ended.
func (s *Subscription) complete(op *Operation, failure error) {
	s.Touch(op.Record)
	op.Record.State = StateSucceeded
	if failure != nil {
		op.Record.State = StateFailed
	}
	if op.Record.Pending != nil {
		s.change(op.Record, op.Record.Pending)
		op.Record.Pending = nil
	} else {
		op.Record.MadeAt = s.Clock.Now()
		op.Record.ChangedAt = op.Record.MadeAt
	}
	op.Record.Outputs = s.plainOutputs(op)
	if op.Kind.Compute != nil {
		for name, value := range op.Kind.Compute(op) {
			op.Record.Outputs[name] = value
		}
	}
	if failure == nil && op.Kind.CreateImplicit != nil {
		op.Kind.CreateImplicit(op)
	}
}

// plainOutputs are the inputs without those of the path, and what every resource has.
func (s *Subscription) plainOutputs(op *Operation) map[string]any {
	outputs := tree.CloneObject(op.Record.Inputs)
	delete(outputs, CreateBeforeDelete)
	for _, name := range op.Kind.PathInputs() {
		delete(outputs, name)
	}
	outputs["name"] = resourceid.Name(op.ID)
	outputs["type"] = op.Kind.ARMType()
	outputs["provisioningState"] = op.Record.State
	return outputs
}

// Drop deletes a resource, what is deleted with it, what Azure made implicitly, and, for a resource group, everything in it.
func (s *Subscription) Drop(gone *Record) {
	s.Forget(gone)
	for r := range s.All() {
		if r.Kind != nil && r.Kind.DeletedWithParent && resourceid.Within(r.ID, gone.ID) {
			s.Forget(r)
		}
	}
	if gone.Kind != nil && gone.Kind.CleanUp != nil {
		gone.Kind.CleanUp(s, gone)
	}
	if gone.Kind != nil && gone.Kind.Container {
		s.DropWithin(gone.ID)
	}
	for _, kept := range s.opts.Sections {
		if kept.Dropped != nil {
			kept.Dropped(gone)
		}
	}
}

// CompleteDue applies what is due by now: images of builds that have ended appear, and expired records go.
func (s *Subscription) CompleteDue() {
	now := s.Clock.Now()
	for _, kept := range s.opts.Sections {
		if kept.CompleteDue != nil {
			kept.CompleteDue(now)
		}
	}
	for _, r := range s.Sorted() {
		if r.Kind == nil || r.Kind.CompleteDue == nil {
			continue
		}
		if _, busy := s.busy[r.key]; !busy {
			r.Kind.CompleteDue(s, r, now)
		}
	}
}

// DropWithin drops everything that lies in an id.
func (s *Subscription) DropWithin(id string) {
	for _, r := range s.Sorted() {
		if resourceid.Within(r.ID, id) && s.records[resourceid.Key(r.ID)] == r {
			s.Drop(r)
		}
	}
}
