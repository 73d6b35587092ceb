package arm

import (
	"fmt"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// accept validates a request, takes its locks and enters the resource as being worked on. Deleting what does not exist
// leaves op.record nil.
func (s *Subscription) accept(op *Operation) error {
	s.CompleteDue()
	op.Old = nil
	existing := s.Find(op.ID)
	if existing == nil && op.name != Delete {
		if existing = s.Catalog().BuiltIn(op.ID); existing != nil && op.name == Update {
			s.Put(existing)
		}
	}
	if existing != nil {
		op.ID, op.Old = existing.ID, existing.Copy()
	}
	if err := s.authorize(op); err != nil {
		return err
	}
	if op.name == Delete && existing == nil {
		return nil
	}
	if op.name == Create && existing != nil {
		return Conflict("ResourceExists", "cannot create already existing resource %q", op.ID)
	}
	if err := s.checkManagementLocks(op); err != nil {
		return err
	}
	switch {
	case op.name == Delete:
		return s.acceptRemoval(op, existing)
	}
	if err := s.validate(op); err != nil {
		return err
	}
	if err := s.reserve(op); err != nil {
		return err
	}
	stored := op.Kind.Stored(op.Inputs)
	var contents map[string]any
	if op.Kind.Contents != nil {
		contents = op.Kind.Contents(op)
	}
	if existing == nil {
		op.Record = &Record{
			ID: op.ID, ARMType: op.Kind.ARMType(), Token: op.Kind.Token, State: StateCreating, Made: s.NextNumber(), Inputs: stored,
		}
		op.Record.Outputs = s.plainOutputs(op)
		s.Put(op.Record)
	} else {
		op.Record = existing
		op.Record.State, op.Record.Pending = StateUpdating, stored
	}
	if contents != nil {
		op.Record.Contents = contents
	}
	s.Touch(op.Record)
	return s.enter(op)
}

// authorize refuses what the principal may not do. azure-native looks whether there is the resource before it creates it, and passes over what
// it is told then only if that is a 404 (CanCreate in provider/pkg/azure/client_azcore.go of its repository).
func (s *Subscription) authorize(op *Operation) error {
	if subscription := resourceid.Subscription(op.ID); subscription != "" && !s.Has(subscription) {
		return SubscriptionNotFound(subscription)
	}
	if op.name == Create {
		if err := s.mayRead(op.principal, op.Kind.ARMType(), op.ID); err != nil {
			return fmt.Errorf("cannot check existence of resource '%s': %w", op.ID, err)
		}
	}
	if err := s.opts.Authorize(s, op.principal, op.Action(), op.ID); err != nil {
		return err
	}
	if op.name == Delete {
		return nil
	}
	return s.opts.AuthorizeLinked(op)
}

// enter saves that a request was accepted; what cannot be saved is not accepted.
func (s *Subscription) enter(op *Operation) error {
	err := s.Save()
	if err == nil {
		return nil
	}
	s.release(op)
	if op.Old == nil {
		s.Forget(op.Record)
	} else {
		op.Record.State, op.Record.Pending, op.Record.Contents = op.Old.State, nil, op.Old.Contents
		s.Touch(op.Record)
	}
	return err
}

func (s *Subscription) acceptRemoval(op *Operation, target *Record) error {
	user := ""
	if !op.Kind.Container && !op.Kind.CascadesDelete {
		user = s.childOf(op.ID)
	}
	if user == "" && !op.Kind.DeletedInUse {
		user = s.UserOf(op.ID)
	}
	if user != "" {
		return Conflict("InUse", "%s cannot be deleted because it is in use by %s", op.ID, user)
	}
	if op.Kind.CheckRemoval != nil {
		if err := op.Kind.CheckRemoval(op); err != nil {
			return err
		}
	}
	if op.Kind.Locks != nil || op.Kind.JoinsSubnets {
		// What the resource locks follows from its properties, as when it was made.
		op.Inputs = tree.CloneObject(target.Inputs)
	}
	if err := s.reserve(op); err != nil {
		return err
	}
	op.Record = target
	target.State = StateDeleting
	s.Touch(target)
	return s.enter(op)
}

// validate refuses what Azure refuses.
func (s *Subscription) validate(op *Operation) error {
	if err := op.Kind.checkName(op.Inputs); err != nil {
		return err
	}
	if err := s.checkParent(op.ID); err != nil {
		return err
	}
	if op.Kind.Located && tree.Text(op.Inputs, "location") == "" {
		if group := s.Find(ParentGroupID(op.ID)); group != nil {
			op.Inputs["location"] = tree.Text(group.Outputs, "location")
		}
		if tree.Text(op.Inputs, "location") == "" {
			return BadRequest("LocationRequired", "the location property is required for %s", op.ID)
		}
	}
	for _, check := range []func(*Operation) error{checkImmutable, s.checkReferences, s.opts.CheckJoins} {
		if err := check(op); err != nil {
			return err
		}
	}
	for _, rule := range op.Kind.Rules {
		if err := rule(op); err != nil {
			return err
		}
	}
	return s.checkAdmission(op)
}

// checkAdmission asks the policies about a resource, and about what Azure is going to create with it.
func (s *Subscription) checkAdmission(op *Operation) error {
	properties := tree.CloneObject(op.Inputs)
	for _, name := range op.Kind.PathInputs() {
		delete(properties, name)
	}
	own := flow.Resource{Type: op.Kind.ARMType(), ID: op.ID, Properties: properties}
	// Only resources with location and tags are indexed, and groups have their own place in policies.
	if err := s.Admit(own, op.Kind.Located && !op.Kind.Container); err != nil {
		return err
	}
	if op.Kind.ManagedResources == nil {
		return nil
	}
	for _, managed := range op.Kind.ManagedResources(op) {
		if err := s.Admit(managed, true); err != nil {
			return err
		}
	}
	return nil
}

// Admit refuses a resource that policies deny; indexed are resources that have a location and tags.
func (s *Subscription) Admit(resource flow.Resource, indexed bool) error {
	return s.opts.Admit(s, resource, indexed)
}
