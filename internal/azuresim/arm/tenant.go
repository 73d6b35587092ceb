package arm

import (
	"context"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azurefacts"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Tenant is what there is above resource groups, and what the deployer may do in it.
type Tenant struct {
	// Subscriptions are the GUIDs of those that there are besides the login's.
	Subscriptions []string
	// ManagementGroups are the GUIDs of the subscriptions in each management group, by its name.
	ManagementGroups map[string][]string
	// Rights are those of the deployer; where none is in the login's subscription, it owns that.
	Rights []Right
}

// Right is what the deployer may do at a scope and in it.
type Right struct {
	Scope       string
	Permissions azurefacts.Permissions
}

const managementGroups = "/providers/Microsoft.Management/managementGroups/"

// ManagementGroup is the id of a management group.
func ManagementGroup(name string) string { return managementGroups + name }

// Tenant is what there is above resource groups.
func (s *Subscription) Tenant() Tenant { return s.tenant }

// SetTenant replaces what there is above resource groups.
func (s *Subscription) SetTenant(t Tenant) { s.tenant = t }

// Rights are those of the deployer. Without any in the login's subscription it is the owner there.
func (s *Subscription) Rights() []Right {
	login := "/subscriptions/" + SubscriptionID
	if slices.ContainsFunc(s.tenant.Rights, func(r Right) bool { return resourceid.Within(r.Scope, login) }) {
		return s.tenant.Rights
	}
	return append([]Right{{login, azurefacts.Permissions{Actions: []string{"*"}}}}, s.tenant.Rights...)
}

// Has reports whether there is a subscription of a GUID.
func (s *Subscription) Has(guid string) bool {
	return slices.ContainsFunc(s.Subscriptions(), func(known string) bool { return strings.EqualFold(guid, known) })
}

// Subscriptions are the GUIDs of all subscriptions, the login's first.
func (s *Subscription) Subscriptions() []string {
	return append([]string{SubscriptionID}, s.tenant.Subscriptions...)
}

// isScope reports whether an id is that of a subscription or of a management group.
func (s *Subscription) isScope(id string) bool {
	if name, ok := strings.CutPrefix(resourceid.Key(id), strings.ToLower(managementGroups)); ok {
		return s.managementGroup(name) != nil
	}
	return resourceid.Type(id) == resourceid.TypeSubscription && s.Has(resourceid.Subscription(id))
}

// managementGroup are the subscriptions in a management group; nil if there is none of the name.
func (s *Subscription) managementGroup(name string) []string {
	for known, subscriptions := range s.tenant.ManagementGroups {
		if strings.EqualFold(known, name) {
			return append([]string{}, subscriptions...)
		}
	}
	return nil
}

// Covers reports whether a scope, which may be a management group, has an id in it or is it.
func (s *Subscription) Covers(scope, id string) bool {
	if resourceid.Within(id, scope) {
		return true
	}
	name, ok := strings.CutPrefix(resourceid.Key(scope), strings.ToLower(managementGroups))
	return ok && slices.ContainsFunc(s.managementGroup(name), func(guid string) bool {
		return strings.EqualFold(guid, resourceid.Subscription(id))
	})
}

// Establish makes a resource as the owner of the landing zone, who may do everything. Injected faults do not strike it.
func (s *Subscription) Establish(ctx context.Context, subscription string, k *Kind, inputs map[string]any) (*Record, error) {
	id, ok := k.ID(subscription, inputs)
	if !ok {
		return nil, BadRequest("InvalidRequest", "%s lacks one of %v", k.Token, k.PathInputs())
	}
	return s.perform(ctx, &Operation{
		Sub: s, Kind: k, name: Create, principal: OwnerObjectID, ID: id, Inputs: tree.CloneObject(inputs), takes: k.Create,
	}, 0)
}

// Earlier runs something as if it had happened that long ago, on a clock that does not wait, and with
// everything known at once. It is for a time at which nothing else runs.
func (s *Subscription) Earlier(ago time.Duration, do func() error) error {
	scale, propagation, now := s.opts.Scale, s.opts.Propagation, s.Clock.Now()
	defer func() {
		s.opts.Scale, s.opts.Propagation = scale, propagation
		s.setClock(now)
	}()
	s.opts.Scale, s.opts.Propagation = 0, Immediate
	s.setClock(now.Add(-ago))
	return do()
}
