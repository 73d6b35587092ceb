package azuresim

import (
	"time"

	"aks-regulated-pulumi/internal/flow"
)

// Resources returns what is deployed, as the network evaluator reads it, what Azure made by itself included.
func (s *Server) Resources() []flow.Resource {
	s.subscription.mu.Lock()
	defer s.subscription.mu.Unlock()
	s.subscription.settle()
	return s.subscription.snapshot()
}

// Left lists the ids of what a destroyed stack leaves behind: everything but the Network Watcher, which Azure keeps for
// every region that ever had a virtual network.
func (s *Server) Left() []string {
	s.subscription.mu.Lock()
	defer s.subscription.mu.Unlock()
	s.subscription.settle()
	watchers := "/subscriptions/" + SubscriptionID + "/resourceGroups/NetworkWatcherRG"
	var left []string
	for _, r := range s.subscription.sorted() {
		if r.Token != "" || !within(r.ID, watchers) {
			left = append(left, r.ID)
		}
	}
	return left
}

// ImageBuilds is how many image builds were started in the life of the subscription.
func (s *Server) ImageBuilds() int {
	s.subscription.mu.Lock()
	defer s.subscription.mu.Unlock()
	return s.subscription.builds
}

// Advance lets simulated time pass at once.
func (s *Server) Advance(d time.Duration) { s.subscription.clock.advance(d) }

// Inject adds a fault.
func (s *Server) Inject(fault Fault) { s.subscription.faults.add(fault) }

// Drift changes a deployed resource behind Pulumi's back, as somebody in the portal would. It reports whether the resource
// exists; change sees its inputs and its outputs in turn.
func (s *Server) Drift(id string, change func(properties map[string]any)) (bool, error) {
	s.subscription.mu.Lock()
	defer s.subscription.mu.Unlock()
	found := s.subscription.find(id)
	if found == nil {
		return false, nil
	}
	change(found.Inputs)
	change(found.Outputs)
	return true, s.subscription.save()
}

// Vanish deletes a resource behind Pulumi's back, without asking what refers to it.
func (s *Server) Vanish(id string) error {
	s.subscription.mu.Lock()
	defer s.subscription.mu.Unlock()
	delete(s.subscription.records, key(id))
	return s.subscription.save()
}
