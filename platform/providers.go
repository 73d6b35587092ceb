package platform

import (
	"slices"

	"aks-regulated-pulumi/internal/subscription"
)

// subscriptions are those that the stack has resources in.
type subscriptions struct {
	known *subscription.Set
	// login is that of the login, with spokes, stamps and everything that has to be beside them.
	login, hub, images subscription.Subscription
}

// all are the subscriptions, each once.
func (s subscriptions) all() []subscription.Subscription {
	var distinct []subscription.Subscription
	for _, one := range []subscription.Subscription{s.login, s.hub, s.images} {
		if !slices.ContainsFunc(distinct, func(known subscription.Subscription) bool { return known.ID == one.ID }) {
			distinct = append(distinct, one)
		}
	}
	return distinct
}

// findSubscriptions registers a provider for each subscription that is not the login's.
func (p *platform) findSubscriptions() (err error) {
	p.in.known = subscription.New(p.ctx, p.account.SubscriptionId)
	p.in.login = p.in.known.Login()
	if p.in.hub, err = p.in.known.Get(p.cfg.Subscriptions.Hub); err != nil {
		return err
	}
	p.in.images, err = p.in.known.Get(p.cfg.Subscriptions.Images)
	return err
}

// governWatchers assigns the policy on the group of Azure's Network Watchers in each subscription that has networks of the stack.
func (p *platform) governWatchers() error {
	if !p.cfg.Parts.Network {
		return nil
	}
	for _, in := range p.in.all() {
		watcher := p.hub.FlowLogs.Watcher(in)
		if watcher == nil {
			continue
		}
		if err := p.governance.AssignWatcher(p.ctx, in, watcher); err != nil {
			return err
		}
	}
	return nil
}
