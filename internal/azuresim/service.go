package azuresim

import (
	"errors"
	"fmt"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// accept validates a request, takes its locks and enters the resource as being worked on. Deleting what does not exist
// leaves op.record nil.
func (s *subscription) accept(op *operation) error {
	s.completeDue()
	op.old = nil
	existing := s.find(op.id)
	if existing == nil && op.name != Delete {
		if existing = s.catalog().builtIn(op.id); existing != nil && op.name == Update {
			s.put(existing)
		}
	}
	if existing != nil {
		op.id, op.old = existing.ID, existing.copy()
	}
	if err := s.opts.authorize(s, deployerObjectID, op.action(), op.id); err != nil {
		return err
	}
	switch {
	case op.name == Delete && existing == nil:
		return nil
	case op.name == Delete:
		return s.acceptRemoval(op, existing)
	case op.name == Create && existing != nil:
		return conflict("ResourceExists", "cannot create already existing resource %q", op.id)
	}
	if err := s.validate(op); err != nil {
		return err
	}
	if err := s.reserve(op); err != nil {
		return err
	}
	stored := op.kind.stored(op.inputs)
	var contents map[string]any
	if op.kind.contents != nil {
		contents = op.kind.contents(op)
	}
	if existing == nil {
		op.record = &record{
			ID: op.id, ARMType: op.kind.armType(), Token: op.kind.token, State: stateCreating, Made: s.nextNumber(), Inputs: stored,
		}
		op.record.Outputs = s.plainOutputs(op)
		s.put(op.record)
	} else {
		op.record = existing
		op.record.State, op.record.Pending = stateUpdating, stored
	}
	if contents != nil {
		op.record.Contents = contents
	}
	s.touch(op.record)
	return s.enter(op)
}

// enter saves that a request was accepted; what cannot be saved is not accepted.
func (s *subscription) enter(op *operation) error {
	err := s.save()
	if err == nil {
		return nil
	}
	s.release(op)
	if op.old == nil {
		s.forget(op.record)
	} else {
		op.record.State, op.record.Pending, op.record.Contents = op.old.State, nil, op.old.Contents
		s.touch(op.record)
	}
	return err
}

func (s *subscription) acceptRemoval(op *operation, target *record) error {
	if user := s.userOf(op.id, !op.kind.container && !op.kind.cascadesDelete); user != "" {
		return conflict("InUse", "%s cannot be deleted because it is in use by %s", op.id, user)
	}
	if op.kind.checkRemoval != nil {
		if err := op.kind.checkRemoval(op); err != nil {
			return err
		}
	}
	if op.kind.locks != nil {
		// What the resource locks follows from its properties, as when it was made.
		op.inputs = tree.CloneObject(target.Inputs)
	}
	if err := s.reserve(op); err != nil {
		return err
	}
	op.record = target
	target.State = stateDeleting
	s.touch(target)
	return s.enter(op)
}

// validate refuses what Azure refuses.
func (s *subscription) validate(op *operation) error {
	if err := op.kind.checkName(op.inputs); err != nil {
		return err
	}
	if err := s.checkParent(op.id); err != nil {
		return err
	}
	if op.kind.located && tree.Text(op.inputs, "location") == "" {
		if group := s.find(parentGroupID(op.id)); group != nil {
			op.inputs["location"] = tree.Text(group.Outputs, "location")
		}
		if tree.Text(op.inputs, "location") == "" {
			return badRequest("LocationRequired", "the location property is required for %s", op.id)
		}
	}
	for _, check := range []func(*operation) error{s.checkReferences, s.opts.checkJoins} {
		if err := check(op); err != nil {
			return err
		}
	}
	for _, rule := range op.kind.rules {
		if err := rule(op); err != nil {
			return err
		}
	}
	return s.checkAdmission(op)
}

// checkAdmission asks the policies about a resource, and about what Azure is going to create with it.
func (s *subscription) checkAdmission(op *operation) error {
	properties := tree.CloneObject(op.inputs)
	for _, name := range op.kind.pathInputs() {
		delete(properties, name)
	}
	own := flow.Resource{Type: op.kind.armType(), ID: op.id, Properties: properties}
	// Only resources with location and tags are indexed, and groups have their own place in policies.
	if err := s.admit(own, op.kind.located && !op.kind.container); err != nil {
		return err
	}
	if op.kind.managedResources == nil {
		return nil
	}
	for _, managed := range op.kind.managedResources(op) {
		if err := s.admit(managed, true); err != nil {
			return err
		}
	}
	return nil
}

// admit refuses a resource that policies deny; indexed are resources that have a location and tags.
func (s *subscription) admit(resource flow.Resource, indexed bool) error {
	return s.opts.admit(s, resource, indexed)
}

// reserve locks what Azure changes along with the resource; a second change meanwhile is refused.
func (s *subscription) reserve(op *operation) error {
	ids := []string{op.id}
	if op.kind.locks != nil {
		ids = append(ids, op.kind.locks(op)...)
	}
	var locked []string
	for _, id := range ids {
		if id == "" {
			continue
		}
		if holder, ok := s.busy[resourceid.Key(id)]; ok {
			return conflict(inProgress, "%s cannot be changed while another operation on %s is in progress", op.id, holder)
		}
		locked = append(locked, resourceid.Key(id))
	}
	for _, id := range locked {
		s.busy[id] = op.id
	}
	op.locked = locked
	return nil
}

// execute is what happens in Azure once a request is accepted. If the simulator stops before the end, the state file keeps
// the resource as being worked on, and the next start completes it.
func (s *subscription) execute(op *operation) outcome {
	takes := op.takes
	if op.kind.extraTime != nil && op.name != Delete {
		takes += op.kind.extraTime(op)
	}
	err := s.clock.sleep(s.life, takes)
	if err == nil {
		err = s.faults.strike(s.life, op.name, op.kind.armType(), op.id, midway)
	}
	if err == nil && op.kind.execute != nil && op.name != Delete {
		err = op.kind.execute(op)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return outcome{op.record.copy(), fmt.Errorf("the simulator stopped while it worked on %s", op.id)}
	}
	s.release(op)
	switch {
	case s.find(op.id) != op.record:
		return outcome{nil, errors.Join(notFound("ResourceNotFound", "%s was deleted meanwhile", op.id), s.save())}
	case op.name != Delete:
		if err == nil && op.kind.checkStartup != nil {
			err = op.kind.checkStartup(op)
		}
		s.complete(op, err)
	case err == nil:
		s.drop(op.record)
	default:
		op.record.State = stateFailed
		s.touch(op.record)
	}
	if saved := s.save(); err == nil {
		err = saved
	}
	return outcome{op.record.copy(), err}
}

func (s *subscription) release(op *operation) {
	for _, id := range op.locked {
		delete(s.busy, id)
	}
	close(s.released)
	s.released = make(chan struct{})
}

// complete enters how creating or updating a resource ended.
func (s *subscription) complete(op *operation, failure error) {
	s.touch(op.record)
	op.record.State = stateSucceeded
	if failure != nil {
		op.record.State = stateFailed
	}
	if op.record.Pending != nil {
		op.record.Inputs, op.record.Pending = op.record.Pending, nil
	}
	op.record.Outputs = s.plainOutputs(op)
	if op.kind.compute != nil {
		for name, value := range op.kind.compute(op) {
			op.record.Outputs[name] = value
		}
	}
	if failure == nil && op.kind.createImplicit != nil {
		op.kind.createImplicit(op)
	}
}

// plainOutputs are the inputs without those of the path, and what every resource has.
func (s *subscription) plainOutputs(op *operation) map[string]any {
	outputs := tree.CloneObject(op.record.Inputs)
	delete(outputs, createBeforeDelete)
	for _, name := range op.kind.pathInputs() {
		delete(outputs, name)
	}
	outputs["name"] = resourceid.Name(op.id)
	outputs["type"] = op.kind.armType()
	outputs["provisioningState"] = op.record.State
	return outputs
}

// drop deletes a resource, what is deleted with it, what Azure made implicitly, and, for a resource group, everything in it.
func (s *subscription) drop(gone *record) {
	s.forget(gone)
	for r := range s.all() {
		if r.kind != nil && r.kind.deletedWithParent && resourceid.Within(r.ID, gone.ID) {
			s.forget(r)
		}
	}
	if gone.kind != nil && gone.kind.cleanUp != nil {
		gone.kind.cleanUp(s, gone)
	}
	if gone.kind != nil && gone.kind.container {
		s.dropWithin(gone.ID)
	}
	for _, kept := range s.opts.sections {
		if kept.dropped != nil {
			kept.dropped(gone)
		}
	}
}

// completeDue applies what is due by now: images of builds that have ended appear, and expired records go.
func (s *subscription) completeDue() {
	now := s.clock.now()
	for _, kept := range s.opts.sections {
		if kept.completeDue != nil {
			kept.completeDue(now)
		}
	}
	for _, r := range s.sorted() {
		if r.kind == nil || r.kind.completeDue == nil {
			continue
		}
		if _, busy := s.busy[r.key]; !busy {
			r.kind.completeDue(s, r, now)
		}
	}
}

// dropWithin drops everything that lies in an id.
func (s *subscription) dropWithin(id string) {
	for _, r := range s.sorted() {
		if resourceid.Within(r.ID, id) && s.records[resourceid.Key(r.ID)] == r {
			s.drop(r)
		}
	}
}

// guid derives a GUID that stays with the resource for life; a later resource of the same id gets another.
func (op *operation) guid(parts ...string) string {
	if op.record.Made > 0 {
		parts = append(parts, fmt.Sprint(op.record.Made))
	}
	return guid(append([]string{op.id}, parts...)...)
}
