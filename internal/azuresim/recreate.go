package azuresim

import (
	"context"
	"errors"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// TryRecreate says how creating a deployed resource again would end now: empty, or what Azure would say. It takes the resource out of a
// copy of the subscription and makes it there as it would be made for the engine, by the same rules, policies and start-up check; scripts
// run as well. The subscription itself stays as it is. Inputs that Azure never gives back are missing. It fails if there is no such
// resource, or none that Pulumi can make.
func (s *Server) TryRecreate(id string) (string, error) {
	trial, err := s.trial()
	if err != nil {
		return "", err
	}
	defer func() { _ = trial.Close() }() // it has nothing to save
	sub := trial.subscription
	sub.Lock()
	found := sub.Find(id)
	if found == nil || found.Kind == nil {
		sub.Unlock()
		return "", arm.NotFound("ResourceNotFound", "the resource %s was not found", id)
	}
	inputs := found.Copy().Inputs
	sub.Drop(found)
	sub.Unlock()
	_, err = sub.Create(context.Background(), resourceid.Subscription(id), found.Kind, inputs, 0)
	var refusal *arm.Error
	if errors.As(err, &refusal) {
		return refusal.Code + ": " + refusal.Message, nil
	}
	return "", err
}

// trial is a copy of the server in memory, which listens on no port and where no time passes.
func (s *Server) trial() (*Server, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.CompleteDue()
	content, err := s.subscription.Encode()
	if err != nil {
		return nil, err
	}
	trial, err := newServer(Options{
		Repository: s.clusters.Repository, ClusterAuthority: s.clusters.Authority, WithoutFeatures: s.withoutFeatures,
		Propagation: s.subscription.Propagation(),
	})
	if err != nil {
		return nil, err
	}
	if err := trial.subscription.Load(content); err != nil {
		return nil, err
	}
	trial.subscription.SetTenant(s.subscription.Tenant())
	return trial, trial.scripts.Start(trial.subscription)
}
