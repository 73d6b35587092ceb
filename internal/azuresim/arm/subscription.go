package arm

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Subscription is the simulated Azure: the login's subscription, and the others that it has. Its lock guards the maps and the records in them; it is
// not held while simulated time passes or a script runs.
type Subscription struct {
	// Clock is the simulated time, and Faults what is injected.
	Clock  *Clock
	Faults *Faults
	opts   Options
	tenant Tenant

	// Life ends when the simulator stops; working are the operations that are under way until then.
	Life    context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu       sync.Mutex
	records  map[string]*Record  // by key of id
	order    ordered             // all of them
	ofToken  map[string]ordered  // those of a kind, and by "" what Azure made by itself
	aliases  map[string]*Record  // by key of the canonical id, where that is another
	busy     map[string]string   // key of id to the operation that locks it
	joining  map[string][]string // key of a network to the operations that join it
	released chan struct{}       // closed when an operation gives its locks back
	made     int                 // resources and versions of secrets that were made

	// What the journal has: how many changes, and what each section was in the last one that had it; touched are the keys of the records
	// that the next one has to have.
	changes  int
	sections map[string][]byte
	touched  map[string]bool
}

// Close stops what is under way. The next start finds it in the state file and completes it.
func (s *Subscription) Close() error {
	s.stop()
	s.working.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveWhole()
}

// Read returns a resource as it is now, or nil. It fails for what the deployer may not read.
func (s *Subscription) Read(ctx context.Context, armType, id string) (*Record, error) {
	if err := s.Faults.Strike(ctx, Read, armType, id, Before); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mayRead(DeployerObjectID, armType, id); err != nil {
		return nil, err
	}
	s.CompleteDue()
	if err := s.Save(); err != nil {
		return nil, err
	}
	found := s.Find(id)
	if found == nil {
		return s.opts.Catalog.BuiltIn(id), nil
	}
	return s.answer(found), nil
}

// mayRead refuses to read where there is no subscription, and where a principal has no right to.
func (s *Subscription) mayRead(principal, armType, id string) error {
	if subscription := resourceid.Subscription(id); subscription != "" && !s.Has(subscription) {
		return SubscriptionNotFound(subscription)
	}
	return s.opts.Authorize(s, principal, Action(armType, "read"), id)
}

// Answer is what a GET of a resource returns; nil if there is none. The lock must be held.
func (s *Subscription) Answer(id string) map[string]any {
	found := s.Find(id)
	if found == nil {
		return nil
	}
	return s.answer(found).Outputs
}

// part reads what lies inline in its parent, as its own GET returns it, or nil.
func (s *Subscription) part(id string) *Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	parent := s.Find(resourceid.Parent(id))
	if parent == nil {
		return nil
	}
	for _, listed := range tree.List(s.answer(parent).Outputs, resourceid.Name(resourceid.Type(id))) {
		if outputs, ok := listed.(map[string]any); ok && strings.EqualFold(tree.Text(listed, "name"), resourceid.Name(id)) {
			return &Record{ID: parent.ID + id[len(resourceid.Parent(id)):], State: parent.State, Outputs: outputs}
		}
	}
	return nil
}

// answer is a copy of a resource as a GET returns it.
func (s *Subscription) answer(r *Record) *Record {
	copied := r.Copy()
	if r.Kind != nil && r.Kind.Returned != nil {
		r.Kind.Returned(s, r, copied.Outputs)
	}
	return copied
}

// LookUp reads a resource and says in Azure's words what is missing.
func (s *Subscription) LookUp(ctx context.Context, k *Kind, id string) (*Record, error) {
	found, err := s.Read(ctx, k.ARMType(), id)
	if err == nil && k.Part {
		found = s.part(id)
	}
	if err != nil || found != nil {
		return found, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if group := ParentGroupID(id); group != "" && s.Find(group) == nil {
		return nil, NotFound("ResourceGroupNotFound", "resource group %q could not be found", resourceid.Name(group))
	}
	return nil, NotFound("ResourceNotFound", "the resource %s was not found", id)
}

// Find returns the live resource of an id, or nil. What Azure knows by one id wherever it is defined is found by any that it may have.
func (s *Subscription) Find(id string) *Record {
	key := resourceid.Key(id)
	if found := s.records[key]; found != nil {
		return found
	}
	if canonical, ok := s.opts.Catalog.canonicalID(id); ok {
		return s.aliases[resourceid.Key(canonical)]
	}
	return nil
}

// Catalog is the kinds of resources that there are.
func (s *Subscription) Catalog() *Catalog { return s.opts.Catalog }

// HasFeature reports whether a feature of a provider, such as Microsoft.Network/EnableApplicationGatewayNetworkIsolation, is on.
func (s *Subscription) HasFeature(name string) bool {
	return !slices.Contains(s.opts.WithoutFeatures, name)
}

// OfToken are the resources of a kind in a stable order; those that Azure made by itself have no token.
func (s *Subscription) OfToken(token string) []*Record { return s.ofToken[token] }

// MayAssign reports whether the deployer may assign a role, by its GUID.
func (s *Subscription) MayAssign(roleGUID string) bool {
	return s.opts.AssignableRoles == nil || slices.Contains(s.opts.AssignableRoles, strings.ToLower(roleGUID))
}

// Go runs something in the background, as long as the simulator runs.
func (s *Subscription) Go(run func()) { s.working.Go(run) }

// Stop ends what is under way, without waiting for it.
func (s *Subscription) Stop() { s.stop() }

// StateFile is the file that keeps the subscription; empty if none does.
func (s *Subscription) StateFile() string { return s.opts.StateFile }

// Unsaved reports whether a resource has changed since the last save, as by an operation that has not ended.
func (s *Subscription) Unsaved(id string) bool { return s.touched[resourceid.Key(id)] }

// Lock takes the lock that guards the subscription. It must not be held while simulated time passes or a script runs.
func (s *Subscription) Lock() { s.mu.Lock() }

// Unlock gives the lock back.
func (s *Subscription) Unlock() { s.mu.Unlock() }

// NextNumber is how many resources and versions of secrets were made, the next one included.
func (s *Subscription) NextNumber() int {
	s.made++
	return s.made
}

// Put enters a resource, whatever has been there.
func (s *Subscription) Put(r *Record) {
	r.Kind, r.key = s.opts.Catalog.ByToken[r.Token], resourceid.Key(r.ID)
	if old := s.records[r.key]; old != nil {
		s.Forget(old)
	}
	s.records[r.key] = r
	s.order, s.ofToken[r.Token] = s.order.with(r), s.ofToken[r.Token].with(r)
	if canonical, ok := s.opts.Catalog.canonicalID(r.ID); ok {
		s.aliases[resourceid.Key(canonical)] = r
	}
	s.Touch(r)
}

// Touch notes that a resource has changed, so that the next save has it.
func (s *Subscription) Touch(r *Record) { s.touched[resourceid.Key(r.ID)] = true }

// Forget takes a resource out, and nothing else.
func (s *Subscription) Forget(r *Record) {
	key := resourceid.Key(r.ID)
	delete(s.records, key)
	s.order, s.ofToken[r.Token] = s.order.without(key), s.ofToken[r.Token].without(key)
	if canonical, ok := s.opts.Catalog.canonicalID(r.ID); ok {
		delete(s.aliases, resourceid.Key(canonical))
	}
	s.Touch(r)
}

// All goes through the resources in a stable order.
func (s *Subscription) All() iter.Seq[*Record] { return slices.Values(s.order) }

// Sorted returns all resources in a stable order.
func (s *Subscription) Sorted() []*Record { return s.order }

// ChildrenOf are the resources of a kind that lie in an id, in a stable order.
func (s *Subscription) ChildrenOf(id, token string) []*Record {
	var found []*Record
	for _, r := range s.ofToken[token] {
		if resourceid.Within(r.key, id) {
			found = append(found, r)
		}
	}
	return found
}

// PutImplicit enters a resource that Azure makes by itself, unless it exists.
func (s *Subscription) PutImplicit(id, armType string, outputs map[string]any) {
	if s.Find(id) != nil {
		return
	}
	outputs["name"], outputs["type"] = resourceid.Name(id), armType
	outputs["provisioningState"] = StateSucceeded
	s.Put(&Record{ID: id, ARMType: armType, State: StateSucceeded, MadeAt: s.Clock.Now(), Outputs: outputs})
}

// Network is the deployed network, for the evaluator.
func (s *Subscription) Network(opts flow.Options) (*flow.Network, error) {
	net, err := flow.New(s.Snapshot(), opts)
	if err != nil {
		return nil, fmt.Errorf("read the deployed network: %w", err)
	}
	return net, nil
}

// Snapshot is what is deployed, as the network evaluator reads it.
func (s *Subscription) Snapshot() []flow.Resource {
	var resources []flow.Resource
	for _, r := range s.Sorted() {
		if r.Usable() {
			properties := tree.CloneObject(r.Outputs)
			for name, value := range r.Contents {
				properties[name] = tree.Clone(value)
			}
			resources = append(resources, flow.Resource{Type: r.ARMType, ID: r.ID, Properties: properties})
		}
	}
	return resources
}
