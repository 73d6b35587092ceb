package azuresim

import (
	"time"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Resources returns what is deployed, as the network evaluator reads it, what Azure made by itself included.
func (s *Server) Resources() []flow.Resource {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.completeDue()
	return s.subscription.snapshot()
}

// Left lists the ids of what a destroyed stack leaves behind: everything but the Network Watcher, which Azure keeps for
// every region that ever had a virtual network, the Defender plans, which every subscription has, and key vaults that are only
// kept to be recovered.
func (s *Server) Left() []string {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.completeDue()
	watchers := groupNamed("NetworkWatcherRG")
	var left []string
	for _, r := range s.subscription.sorted() {
		if r.Token != "" || !resourceid.Within(r.ID, watchers) && s.subscription.catalog().builtIn(r.ID) == nil {
			left = append(left, r.ID)
		}
	}
	return left
}

// ImageBuilds is how many image builds were started in the life of the subscription.
func (s *Server) ImageBuilds() int {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	return s.builds.started
}

// Advance lets simulated time pass at once.
func (s *Server) Advance(d time.Duration) { s.subscription.clock.advance(d) }

// Heal forgets the faults that have been injected.
func (s *Server) Heal() { s.subscription.faults.clear() }

// Inject adds a fault.
func (s *Server) Inject(fault Fault) { s.subscription.faults.add(fault) }

// Drift changes a deployed resource behind Pulumi's back, as somebody in the portal would; change sees its inputs and its
// outputs in turn. The returned function puts everything back. Either fails if there is no such resource.
func (s *Server) Drift(id string, change func(properties map[string]any)) (restore func() error, err error) {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	found := sub.find(id)
	if found == nil {
		return nil, notFound("ResourceNotFound", "the resource %s was not found", id)
	}
	inputs, outputs := tree.CloneObject(found.Inputs), tree.CloneObject(found.Outputs)
	change(found.Inputs)
	change(found.Outputs)
	sub.touch(found)
	return func() error {
		sub.Lock()
		defer sub.Unlock()
		if sub.find(id) != found {
			return notFound("ResourceNotFound", "the resource %s was deleted meanwhile", id)
		}
		found.Inputs, found.Outputs = inputs, outputs
		sub.touch(found)
		return sub.save()
	}, sub.save()
}

// Vanish deletes a resource behind Pulumi's back, without asking what refers to it. The returned function puts it back, and
// fails if there is one again.
func (s *Server) Vanish(id string) (restore func() error, err error) {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	found := sub.find(id)
	if found == nil {
		return nil, notFound("ResourceNotFound", "the resource %s was not found", id)
	}
	sub.forget(found)
	return func() error {
		sub.Lock()
		defer sub.Unlock()
		if sub.find(id) != nil {
			return conflict("ResourceExists", "the resource %s was created again meanwhile", id)
		}
		sub.put(found)
		return sub.save()
	}, sub.save()
}

// TryImageBuild tells how a run of an image template would end now, without running it: empty, or why it would fail.
func (s *Server) TryImageBuild(templateID string) (string, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	template := s.subscription.find(templateID)
	if template == nil {
		return "", notFound("ResourceNotFound", "the resource %s was not found", templateID)
	}
	run, err := newBuild(s.subscription, template)
	if err != nil {
		return "", err
	}
	return run.walk(), nil
}

// PurgeVault gives up a deleted key vault before its time, as an operator would do to use its name again. It fails if there is
// none of that name, and for one with purge protection.
func (s *Server) PurgeVault(name string) error {
	sub := s.subscription
	sub.Lock()
	defer sub.Unlock()
	sub.completeDue()
	gone := s.vaults.named(name)
	if gone == nil {
		return notFound("DeletedVaultNotFound", "there is no deleted vault named %s", name)
	}
	if tree.Truth(gone.Vault.Outputs, "properties", "enablePurgeProtection") {
		return conflict("MethodNotAllowed", "operation DeletedVaultPurge is not allowed: vault %s has purge protection", name)
	}
	s.vaults.purge(gone)
	return sub.save()
}
