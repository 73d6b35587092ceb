package azuresim

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"aks-regulated-pulumi/internal/flow"
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
	ID      string         `json:"id"`
	ARMType string         `json:"armType"`
	Token   string         `json:"token,omitempty"` // empty for what Azure made by itself
	State   string         `json:"state"`
	Inputs  map[string]any `json:"inputs,omitempty"`
	Outputs map[string]any `json:"outputs"`
	// Run is what Azure knows of an image build or a deployment script.
	Run *runRecord `json:"run,omitempty"`
}

// subscription is the simulated Azure. Its lock guards the maps; nobody holds it while simulated time passes.
type subscription struct {
	clock   *clock
	faults  *faults
	scripts *scriptHost
	file    string

	mu      sync.Mutex
	records map[string]*record // by key of id
	busy    map[string]string  // key of id to the operation that locks it
	builds  int                // image builds that were started
}

// operation is one request to create or update a resource.
type operation struct {
	ctx    context.Context
	sub    *subscription
	kind   *kind
	id     string
	inputs map[string]any
	old    *record // nil when creating
	record *record
}

// create makes a resource as azure-native does: it refuses to adopt one that exists.
func (s *subscription) create(ctx context.Context, k *kind, inputs map[string]any) (*record, error) {
	id, ok := k.id(inputs)
	if !ok {
		return nil, badRequest("InvalidRequest", "%s lacks one of %s", k.token, strings.Join(k.pathInputs(), ", "))
	}
	return s.put(&operation{ctx: ctx, sub: s, kind: k, id: id, inputs: cloneObject(inputs)}, Create, k.create)
}

// update changes a resource.
func (s *subscription) update(ctx context.Context, k *kind, id string, inputs map[string]any) (*record, error) {
	s.mu.Lock()
	old := s.find(id)
	s.mu.Unlock()
	if old == nil {
		return nil, missing("ResourceNotFound", "the resource %s was not found", id)
	}
	return s.put(&operation{ctx: ctx, sub: s, kind: k, id: old.ID, inputs: cloneObject(inputs), old: old}, Update, k.update)
}

func (s *subscription) put(op *operation, name Operation, duration time.Duration) (*record, error) {
	if err := s.faults.strike(op.ctx, name, op.kind.armType(), op.id, false); err != nil {
		return nil, err
	}
	locked, err := s.begin(op)
	if err != nil {
		return nil, err
	}
	err = s.clock.sleep(op.ctx, duration)
	if err == nil && op.kind.work != nil {
		err = op.kind.work(op)
	}
	if err := s.finish(op, locked, err); err != nil {
		return op.record, err
	}
	if err := s.faults.strike(op.ctx, name, op.kind.armType(), op.id, true); err != nil {
		return nil, err
	}
	return op.record, nil
}

// begin validates a request and enters the resource as being worked on.
func (s *subscription) begin(op *operation) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	if existing := s.find(op.id); existing != nil && op.old == nil {
		return nil, conflict("ResourceExists", "cannot create already existing resource %q", op.id)
	}
	if err := s.validate(op); err != nil {
		return nil, err
	}
	locked, err := s.lock(op)
	if err != nil {
		return nil, err
	}
	op.record = &record{ID: op.id, ARMType: op.kind.armType(), Token: op.kind.token, State: stateCreating, Inputs: op.inputs}
	if op.old != nil {
		op.record = op.old
		op.record.State = stateUpdating
	}
	s.records[key(op.id)] = op.record
	return locked, s.save()
}

func (s *subscription) validate(op *operation) error {
	if err := op.kind.checkName(op.inputs); err != nil {
		return err
	}
	if err := s.checkParent(op.id); err != nil {
		return err
	}
	if op.kind.located && text(op.inputs, "location") == "" {
		group := s.find(parentGroupID(op.id))
		op.inputs["location"] = text(group.Outputs, "location")
	}
	if err := s.checkReferences(op); err != nil {
		return err
	}
	for _, rule := range op.kind.rules {
		if err := rule(op); err != nil {
			return err
		}
	}
	return nil
}

// lock reserves what Azure changes along with the resource; a second change meanwhile is refused.
func (s *subscription) lock(op *operation) ([]string, error) {
	ids := []string{op.id}
	if op.kind.locks != nil {
		ids = append(ids, op.kind.locks(op)...)
	}
	for i, id := range ids {
		ids[i] = key(id)
		if holder, ok := s.busy[ids[i]]; ok {
			return nil, conflict("AnotherOperationInProgress", "%s cannot be changed while another operation on %s is in progress",
				op.id, holder)
		}
	}
	for _, id := range ids {
		s.busy[id] = op.id
	}
	return ids, nil
}

// finish releases the locks and enters the outcome. What fails to be created is gone, unless Azure keeps its record.
func (s *subscription) finish(op *operation, locked []string, failure error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range locked {
		delete(s.busy, id)
	}
	switch {
	case failure == nil:
		op.record.State = stateSucceeded
	case op.record.Run != nil:
		op.record.State = stateFailed
	case op.old == nil:
		delete(s.records, key(op.id))
		return joinSave(failure, s.save())
	default:
		op.record.State = stateSucceeded
		return joinSave(failure, s.save())
	}
	op.record.Inputs = op.inputs
	op.record.Outputs = s.outputs(op)
	return joinSave(failure, s.save())
}

func joinSave(failure, saved error) error {
	if failure != nil {
		return failure
	}
	return saved
}

// outputs are the inputs without those of the path, what every resource has, and what Azure computes.
func (s *subscription) outputs(op *operation) map[string]any {
	outputs := cloneObject(op.inputs)
	for _, name := range op.kind.pathInputs() {
		delete(outputs, name)
	}
	outputs["name"] = lastSegment(op.id)
	outputs["type"] = op.kind.armType()
	outputs["provisioningState"] = op.record.State
	if op.kind.compute != nil {
		for name, value := range op.kind.compute(op) {
			outputs[name] = value
		}
	}
	return outputs
}

// remove deletes a resource. Azure refuses while something else refers to it.
func (s *subscription) remove(ctx context.Context, k *kind, id string) error {
	if err := s.faults.strike(ctx, Delete, k.armType(), id, false); err != nil {
		return err
	}
	target, err := s.beginRemove(k, id)
	if err != nil || target == nil {
		return err
	}
	if err := s.clock.sleep(ctx, k.remove); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.records, key(id))
	if k.removed != nil {
		k.removed(s, target)
	}
	err = s.save()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.faults.strike(ctx, Delete, k.armType(), id, true)
}

func (s *subscription) beginRemove(k *kind, id string) (*record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	target := s.find(id)
	if target == nil {
		return nil, nil
	}
	if holder, ok := s.busy[key(id)]; ok {
		return nil, conflict("AnotherOperationInProgress", "%s cannot be deleted while another operation on %s is in progress", id, holder)
	}
	// Deleting a resource group deletes what is in it.
	if k.armType() != "Microsoft.Resources/resourceGroups" {
		if user := s.userOf(id); user != "" {
			return nil, conflict("InUse", "%s cannot be deleted because it is in use by %s", id, user)
		}
	}
	target.State = stateDeleting
	return target, nil
}

// read returns a resource as it is now, or nil.
func (s *subscription) read(ctx context.Context, armType, id string) (*record, error) {
	if err := s.faults.strike(ctx, Read, armType, id, false); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	found := s.find(id)
	if found == nil {
		return nil, s.save()
	}
	return &record{
		ID: found.ID, ARMType: found.ARMType, Token: found.Token, State: found.State,
		Inputs: cloneObject(found.Inputs), Outputs: cloneObject(found.Outputs),
	}, s.save()
}

func (s *subscription) find(id string) *record { return s.records[key(id)] }

// sorted returns all records in a stable order.
func (s *subscription) sorted() []*record {
	all := make([]*record, 0, len(s.records))
	for _, r := range s.records {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return key(all[i].ID) < key(all[j].ID) })
	return all
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
		if slices.Contains([]string{stateSucceeded, stateUpdating}, r.State) {
			resources = append(resources, flow.Resource{Type: r.ARMType, ID: r.ID, Properties: cloneObject(r.Outputs)})
		}
	}
	return resources
}
