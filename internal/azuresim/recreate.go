package azuresim

import (
	"context"
	"errors"
)

// TryRecreate tells how making a deployed resource once more would end now: empty, or what Azure would say. It takes the resource out of a
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
	found := sub.find(id)
	if found == nil || found.kind == nil {
		sub.Unlock()
		return "", notFound("ResourceNotFound", "the resource %s was not found", id)
	}
	inputs := found.copy().Inputs
	sub.drop(found)
	sub.Unlock()
	_, err = sub.create(context.Background(), found.kind, inputs, 0)
	var refusal *azureError
	if errors.As(err, &refusal) {
		return refusal.code + ": " + refusal.message, nil
	}
	return "", err
}

// trial is a copy of the server in memory, which listens on no port and where no time passes.
func (s *Server) trial() (*Server, error) {
	s.subscription.Lock()
	defer s.subscription.Unlock()
	s.subscription.completeDue()
	content, err := s.subscription.encode()
	if err != nil {
		return nil, err
	}
	trial, err := newServer(Options{Repository: s.clusters.repository, ClusterAuthority: s.clusters.authority})
	if err != nil {
		return nil, err
	}
	if err := trial.subscription.load(content); err != nil {
		return nil, err
	}
	return trial, trial.scripts.start(trial.subscription)
}
