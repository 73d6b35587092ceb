package azuresim

import (
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Resources returns what is deployed, as the network evaluator reads it, what Azure made by itself included.
func (s *Server) Resources() []flow.Resource {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	return s.subscription.Snapshot()
}

// Left lists the ids of what a destroyed stack leaves behind: everything but the Network Watcher, which Azure keeps for
// every region that ever had a virtual network, the Defender plans, which every subscription has, key vaults that are only kept to be
// recovered, and what was there before the stack.
func (s *Server) Left() []string {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	var left []string
	for _, r := range s.subscription.Sorted() {
		if s.zone.Has(r.ID) {
			continue
		}
		if r.Token != "" || !resourceid.Within(r.ID, arm.GroupBeside(r.ID, "NetworkWatcherRG")) && s.subscription.Catalog().BuiltIn(r.ID) == nil {
			left = append(left, r.ID)
		}
	}
	return left
}

// ImageBuilds is how many image builds were started in the life of the subscription.
func (s *Server) ImageBuilds() int {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	return s.builds.Started
}

// Advance lets simulated time pass at once.
func (s *Server) Advance(d time.Duration) { s.subscription.Clock.Advance(d) }

// Heal forgets the faults that have been injected.
func (s *Server) Heal() { s.subscription.Faults.Clear() }

// Inject adds a fault.
func (s *Server) Inject(fault arm.Fault) { s.subscription.Faults.Add(fault) }

// Drift changes a deployed resource behind Pulumi's back, as an operator in the portal would; change sees its inputs and its
// outputs in turn. The returned function puts everything back. Either fails if there is no such resource.
func (s *Server) Drift(id string, change func(properties map[string]any)) (restore func() error, err error) {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	found := sub.Find(id)
	if found == nil {
		return nil, arm.NotFound("ResourceNotFound", "the resource %s was not found", id)
	}
	inputs, outputs := tree.CloneObject(found.Inputs), tree.CloneObject(found.Outputs)
	change(found.Inputs)
	change(found.Outputs)
	sub.Touch(found)
	return func() error {
		sub.Lock()
		defer sub.Unlock()
		if sub.Find(id) != found {
			return arm.NotFound("ResourceNotFound", "the resource %s was deleted meanwhile", id)
		}
		found.Inputs, found.Outputs = inputs, outputs
		sub.Touch(found)
		return sub.Save()
	}, sub.Save()
}

// Vanish deletes a resource behind Pulumi's back, without asking what refers to it. The returned function puts it back, and
// fails if there is one again.
func (s *Server) Vanish(id string) (restore func() error, err error) {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	found := sub.Find(id)
	if found == nil {
		return nil, arm.NotFound("ResourceNotFound", "the resource %s was not found", id)
	}
	sub.Forget(found)
	return func() error {
		sub.Lock()
		defer sub.Unlock()
		if sub.Find(id) != nil {
			return arm.Conflict("ResourceExists", "the resource %s was created again meanwhile", id)
		}
		sub.Put(found)
		return sub.Save()
	}, sub.Save()
}

// Made lists the ids of what was created through the provider and is still there, in a stable order; what was there before the stack is not
// among them.
func (s *Server) Made() []string {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	var made []string
	for _, r := range s.subscription.Sorted() {
		if r.Token != "" && !s.zone.Has(r.ID) {
			made = append(made, r.ID)
		}
	}
	return made
}

// Remove deletes a resource with what Azure deletes along with it, without asking what refers to it. It fails if there is no such resource.
func (s *Server) Remove(id string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	found := sub.Find(id)
	if found == nil {
		return arm.NotFound("ResourceNotFound", "the resource %s was not found", id)
	}
	sub.Drop(found)
	return sub.Save()
}

// TryImageBuild says how a run of an image template would end now, without running it: empty, or why it would fail.
func (s *Server) TryImageBuild(templateID string) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	template := s.subscription.Find(templateID)
	if template == nil {
		return "", arm.NotFound("ResourceNotFound", "the resource %s was not found", templateID)
	}
	run, err := s.builds.New(s.subscription, template)
	if err != nil {
		return "", err
	}
	return run.Walk(), nil
}

// PurgeVault gives up a deleted key vault before its time, as an operator would do to use its name again. It fails if there is
// none of that name, and for one with purge protection.
func (s *Server) PurgeVault(name string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.CompleteDue()
	if err := s.vaults.Purge(name); err != nil {
		return err
	}
	return sub.Save()
}

// PurgeWorkspace gives up a deleted Log Analytics workspace, as deleting it with force would have. It fails if there is none of that name.
func (s *Server) PurgeWorkspace(name string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.CompleteDue()
	if err := s.workspaces.Purge(name); err != nil {
		return err
	}
	return sub.Save()
}
