package arm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// clientTimeout is how long azure-native waits for Azure where the program sets no custom timeout.
const clientTimeout = 2 * time.Hour

// InProgress is what Azure answers while an earlier change is under way; azure-native's client asks again.
const InProgress = "AnotherOperationInProgress"

// Operation is one request to create, update or delete a resource.
type Operation struct {
	// Sub is the subscription in which it takes place, and Kind what it is about.
	Sub  *Subscription
	Kind *Kind
	name Verb
	// principal is who asks.
	principal string
	ID        string
	// Inputs are as they were sent, write-only ones included; the record never sees those.
	Inputs map[string]any
	// takes is how long Azure works on it.
	takes time.Duration
	// Old is the resource as it was; nil when creating.
	Old *Record
	// Record is the live resource, under the subscription's lock.
	Record *Record
	// locked are the keys of the ids that nothing else may change meanwhile, joined those of networks that others may only join.
	locked, joined []string
	// blocked is set while another operation holds one of those.
	blocked bool
}

// outcome is how an operation ended: what the resource is then, and why it failed.
type outcome struct {
	left *Record
	err  error
}

// Create makes a resource as azure-native does, in the subscription of a GUID: it refuses to adopt one that exists.
func (s *Subscription) Create(
	ctx context.Context, subscription string, k *Kind, inputs map[string]any, timeout time.Duration,
) (*Record, error) {
	id, ok := k.ID(subscription, inputs)
	if !ok {
		return nil, BadRequest("InvalidRequest", "%s lacks one of %v", k.Token, k.PathInputs())
	}
	if k.Spelling != nil {
		id = k.Spelling(id)
	}
	return s.perform(ctx, s.asked(k, Create, id, inputs, k.Create), timeout)
}

// Update changes a resource. As Azure knows only PUT, one that is gone is made again.
func (s *Subscription) Update(ctx context.Context, k *Kind, id string, inputs map[string]any, timeout time.Duration) (*Record, error) {
	return s.perform(ctx, s.asked(k, Update, id, inputs, k.Update), timeout)
}

// Remove deletes a resource. Azure refuses while something else refers to it; what is gone already counts as deleted.
func (s *Subscription) Remove(ctx context.Context, k *Kind, id string, timeout time.Duration) error {
	_, err := s.perform(ctx, s.asked(k, Delete, id, nil, k.Remove), timeout)
	return err
}

// asked is a request of the deployer.
func (s *Subscription) asked(k *Kind, name Verb, id string, inputs map[string]any, takes time.Duration) *Operation {
	op := &Operation{Sub: s, Kind: k, name: name, principal: DeployerObjectID, ID: id, takes: takes}
	if name != Delete {
		op.Inputs = tree.CloneObject(inputs)
	}
	return op
}

// strike lets injected faults hit a request, unless it is one of the landing zone's owner.
func (s *Subscription) strike(ctx context.Context, op *Operation, when moment) error {
	if op.principal == OwnerObjectID {
		return nil
	}
	return s.Faults.Strike(ctx, op.name, op.Kind.ARMType(), op.ID, when)
}

// perform runs an operation and waits for it. Azure goes on even if the caller gives up; then, and when Azure fails midway,
// the resource that remains is returned along with the error.
func (s *Subscription) perform(ctx context.Context, op *Operation, timeout time.Duration) (*Record, error) {
	ctx, cancel := s.Clock.withTimeout(ctx, cmp.Or(timeout, clientTimeout))
	defer cancel()
	if err := s.strike(ctx, op, Before); err != nil {
		return nil, err
	}
	if err := s.begin(ctx, op); err != nil || op.Record == nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	s.working.Go(func() { done <- s.execute(op) })
	select {
	case ended := <-done:
		if ended.err != nil {
			return ended.left, ended.err
		}
		if err := s.strike(ctx, op, after); err != nil {
			return nil, err
		}
		return ended.left, nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.answer(op.Record), fmt.Errorf("%s of %s was given up; Azure goes on with it: %w", op.name, op.ID, ctx.Err())
	}
}

// begin gets a request accepted. Like azure-native's client it asks again while another operation is in progress.
func (s *Subscription) begin(ctx context.Context, op *Operation) error {
	for attempt := 0; ; {
		s.mu.Lock()
		op.blocked = false
		err := s.accept(op)
		released := s.released
		s.mu.Unlock()
		var refused *Error
		atOnce := op.blocked && s.Clock.Scale == 0
		if !errors.As(err, &refused) || refused.Code != InProgress && !atOnce {
			return err
		}
		if atOnce {
			// Where no time passes, what is under way has as good as ended.
			select {
			case <-released:
				continue
			case <-ctx.Done():
				return err
			}
		}
		if attempt == len(retryWaits) || s.Clock.Sleep(ctx, retryWaits[attempt]) != nil {
			return err
		}
		attempt++
	}
}

// Principal is the object id of who asks.
func (op *Operation) Principal() string { return op.principal }

// Action is what the operation is in roles and deny assignments.
func (op *Operation) Action() string {
	if op.name == Delete {
		return Action(op.Kind.ARMType(), "delete")
	}
	return Action(op.Kind.ARMType(), "write")
}

// Action is what doing something to a type of resources is called in roles. Resource groups have another type there than in ids.
func Action(armType, verb string) string {
	if armType == resourceid.TypeResourceGroup {
		armType = "Microsoft.Resources/subscriptions/resourceGroups"
	}
	return armType + "/" + verb
}

// Others are the resources of an operation's kind except its own, in a stable order.
func (op *Operation) Others() []*Record {
	return op.Sub.ofToken[op.Kind.Token].without(resourceid.Key(op.ID))
}

// GUID derives a GUID that stays with the resource for life; a later resource of the same id gets another.
func (op *Operation) GUID(parts ...string) string {
	if op.Record.Made > 0 {
		parts = append(parts, fmt.Sprint(op.Record.Made))
	}
	return GUID(append([]string{op.ID}, parts...)...)
}
