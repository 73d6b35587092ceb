package azuresim

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"aks-regulated-pulumi/internal/flow"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// Provisioning states of a resource.
const (
	stateCreating  = "Creating"
	stateUpdating  = "Updating"
	stateDeleting  = "Deleting"
	stateSucceeded = "Succeeded"
	stateFailed    = "Failed"
)

// record is one resource of the subscription.
type record struct {
	ID      string `json:"id"`
	ARMType string `json:"armType"`
	Token   string `json:"token,omitempty"` // empty for what Azure made by itself
	State   string `json:"state"`
	// Made counts the resources that were made before; it tells a resource from an earlier one of the same id.
	Made   int            `json:"made,omitempty"`
	Inputs map[string]any `json:"inputs,omitempty"`
	// Pending are the inputs of an update that is under way.
	Pending map[string]any `json:"pending,omitempty"`
	Outputs map[string]any `json:"outputs"`
	// Run is what Azure knows of an image build or a deployment script.
	Run *runRecord `json:"run,omitempty"`
	// Contents are what the resource holds and Pulumi never sees, such as a registry's images.
	Contents map[string]any `json:"contents,omitempty"`
	// Joins marks a resource made by Azure that has addresses in the subnets that it refers to.
	Joins bool `json:"joins,omitempty"`

	kind *kind // nil for what Azure made by itself
	key  string
}

// copy is for use without the lock.
func (r *record) copy() *record {
	copied := *r
	copied.Inputs, copied.Pending, copied.Outputs = tree.CloneObject(r.Inputs), tree.CloneObject(r.Pending), tree.CloneObject(r.Outputs)
	copied.Contents = tree.CloneObject(r.Contents)
	if r.Run != nil {
		run := *r.Run
		copied.Run = &run
	}
	return &copied
}

// joinsSubnets reports whether the resource has addresses in the subnets that it refers to.
func (r *record) joinsSubnets() bool { return r.Joins || r.kind != nil && r.kind.joinsSubnets }

// usable reports whether others may refer to the resource: it exists, and nothing is wrong with it.
func (r *record) usable() bool { return r.State == stateSucceeded || r.State == stateUpdating }

// subscription is the simulated Azure. Its lock guards the maps and the records in them; nobody holds it while simulated time
// passes or a script runs.
type subscription struct {
	clock  *clock
	faults *faults
	opts   storeOptions

	// life ends when the simulator stops; working are the operations that are under way until then.
	life    context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu       sync.Mutex
	records  map[string]*record // by key of id
	order    ordered            // all of them
	ofToken  map[string]ordered // those of a kind, and by "" what Azure made by itself
	aliases  map[string]*record // by key of the canonical id, where that is another
	busy     map[string]string  // key of id to the operation that locks it
	released chan struct{}      // closed when an operation gives its locks back
	made     int                // resources and versions of secrets that were made

	// What the journal has: how many changes, and what each section was in the last one that had it. Touched are the keys of the records
	// that the next one has to have.
	changes  int
	sections map[string][]byte
	touched  map[string]bool
}

// close stops what is under way. The next start finds it in the state file and completes it.
func (s *subscription) close() error {
	s.stop()
	s.working.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveWhole()
}

// read returns a resource as it is now, or nil.
func (s *subscription) read(ctx context.Context, armType, id string) (*record, error) {
	if err := s.faults.strike(ctx, Read, armType, id, before); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.completeDue()
	if err := s.save(); err != nil {
		return nil, err
	}
	found := s.find(id)
	if found == nil {
		return s.opts.catalog.builtIn(id), nil
	}
	return found.copy(), nil
}

// lookUp reads a resource and says in Azure's words what is missing.
func (s *subscription) lookUp(ctx context.Context, k *kind, id string) (*record, error) {
	found, err := s.read(ctx, k.armType(), id)
	if err != nil || found != nil {
		return found, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if group := parentGroupID(id); group != "" && s.find(group) == nil {
		return nil, notFound("ResourceGroupNotFound", "resource group %q could not be found", resourceid.Name(group))
	}
	return nil, notFound("ResourceNotFound", "the resource %s was not found", id)
}

// find returns the live resource of an id, or nil.
func (s *subscription) find(id string) *record {
	key := resourceid.Key(id)
	if found := s.records[key]; found != nil {
		return found
	}
	return s.aliases[key]
}

// catalog is the kinds of resources that there are.
func (s *subscription) catalog() *catalog { return s.opts.catalog }

// Lock takes the lock that guards the subscription. It must not be held while simulated time passes or a script runs.
func (s *subscription) Lock() { s.mu.Lock() }

// Unlock gives the lock back.
func (s *subscription) Unlock() { s.mu.Unlock() }

// nextNumber is how many resources and versions of secrets were made, the next one included.
func (s *subscription) nextNumber() int {
	s.made++
	return s.made
}

// put enters a resource, whatever has been there.
func (s *subscription) put(r *record) {
	r.kind, r.key = s.opts.catalog.byToken[r.Token], resourceid.Key(r.ID)
	if old := s.records[r.key]; old != nil {
		s.forget(old)
	}
	s.records[r.key] = r
	s.order, s.ofToken[r.Token] = s.order.with(r), s.ofToken[r.Token].with(r)
	if canonical, ok := s.opts.catalog.canonicalID(r.ID); ok {
		s.aliases[resourceid.Key(canonical)] = r
	}
	s.touch(r)
}

// touch notes that a resource has changed, so that the next save has it.
func (s *subscription) touch(r *record) { s.touched[resourceid.Key(r.ID)] = true }

// forget takes a resource out, and nothing else.
func (s *subscription) forget(r *record) {
	key := resourceid.Key(r.ID)
	delete(s.records, key)
	s.order, s.ofToken[r.Token] = s.order.without(key), s.ofToken[r.Token].without(key)
	if canonical, ok := s.opts.catalog.canonicalID(r.ID); ok {
		delete(s.aliases, resourceid.Key(canonical))
	}
	s.touch(r)
}

// all goes through the resources in a stable order.
func (s *subscription) all() iter.Seq[*record] { return slices.Values(s.order) }

// sorted returns all resources in a stable order.
func (s *subscription) sorted() []*record { return s.order }

// childrenOf are the resources of a kind that lie in an id, in a stable order.
func (s *subscription) childrenOf(id, token string) []*record {
	var found []*record
	for _, r := range s.ofToken[token] {
		if resourceid.Within(r.key, id) {
			found = append(found, r)
		}
	}
	return found
}

// others are the resources of an operation's kind except its own, in a stable order.
func (op *operation) others() []*record {
	return op.sub.ofToken[op.kind.token].without(resourceid.Key(op.id))
}

// putImplicit enters a resource that Azure makes by itself, unless it exists.
func (s *subscription) putImplicit(id, armType string, outputs map[string]any) {
	if s.find(id) != nil {
		return
	}
	outputs["name"], outputs["type"] = resourceid.Name(id), armType
	outputs["provisioningState"] = stateSucceeded
	s.put(&record{ID: id, ARMType: armType, State: stateSucceeded, Outputs: outputs})
}

// network is the deployed network, for the evaluator.
func (s *subscription) network(opts flow.Options) (*flow.Network, error) {
	net, err := flow.New(s.snapshot(), opts)
	if err != nil {
		return nil, fmt.Errorf("read the deployed network: %w", err)
	}
	return net, nil
}

func (s *subscription) snapshot() []flow.Resource {
	var resources []flow.Resource
	for _, r := range s.sorted() {
		if r.usable() {
			properties := tree.CloneObject(r.Outputs)
			for name, value := range r.Contents {
				properties[name] = tree.Clone(value)
			}
			resources = append(resources, flow.Resource{Type: r.ARMType, ID: r.ID, Properties: properties})
		}
	}
	return resources
}
