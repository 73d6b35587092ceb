package azuresim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"aks-regulated-pulumi/internal/tree"
)

// clientTimeout is how long azure-native waits for Azure where the program sets no custom timeout.
const clientTimeout = 2 * time.Hour

// inProgress is what Azure answers while an earlier change is under way; azure-native's client asks again.
const inProgress = "AnotherOperationInProgress"

// operation is one request to create, update or delete a resource.
type operation struct {
	sub  *subscription
	kind *kind
	name Verb
	id   string
	// inputs are as they were sent, write-only ones included; the record never sees those.
	inputs map[string]any
	// takes is how long Azure works on it.
	takes time.Duration
	// old is the resource as it was; nil when creating.
	old *record
	// record is the live resource, under the subscription's lock.
	record *record
	// locked are the keys of the ids that nothing else may change meanwhile.
	locked []string
}

// outcome is how an operation ended: what the resource is then, and why it failed.
type outcome struct {
	left *record
	err  error
}

// create makes a resource as azure-native does: it refuses to adopt one that exists.
func (s *subscription) create(ctx context.Context, k *kind, inputs map[string]any, timeout time.Duration) (*record, error) {
	id, ok := k.id(inputs)
	if !ok {
		return nil, badRequest("InvalidRequest", "%s lacks one of %v", k.token, k.pathInputs())
	}
	return s.perform(ctx, &operation{sub: s, kind: k, name: Create, id: id, inputs: tree.CloneObject(inputs), takes: k.create}, timeout)
}

// update changes a resource. As Azure knows only PUT, one that is gone is made again.
func (s *subscription) update(ctx context.Context, k *kind, id string, inputs map[string]any, timeout time.Duration) (*record, error) {
	return s.perform(ctx, &operation{sub: s, kind: k, name: Update, id: id, inputs: tree.CloneObject(inputs), takes: k.update}, timeout)
}

// remove deletes a resource. Azure refuses while something else refers to it; what is gone already counts as deleted.
func (s *subscription) remove(ctx context.Context, k *kind, id string, timeout time.Duration) error {
	_, err := s.perform(ctx, &operation{sub: s, kind: k, name: Delete, id: id, takes: k.remove}, timeout)
	return err
}

// perform runs an operation and waits for it. Azure goes on even if the caller gives up; then, and when Azure fails midway,
// the resource that remains is returned along with the error.
func (s *subscription) perform(ctx context.Context, op *operation, timeout time.Duration) (*record, error) {
	ctx, cancel := s.clock.withTimeout(ctx, cmp.Or(timeout, clientTimeout))
	defer cancel()
	if err := s.faults.strike(ctx, op.name, op.kind.armType(), op.id, before); err != nil {
		return nil, err
	}
	if err := s.begin(ctx, op); err != nil || op.record == nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	s.working.Go(func() { done <- s.execute(op) })
	select {
	case ended := <-done:
		if ended.err != nil {
			return ended.left, ended.err
		}
		if err := s.faults.strike(ctx, op.name, op.kind.armType(), op.id, after); err != nil {
			return nil, err
		}
		return ended.left, nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		return op.record.copy(), fmt.Errorf("%s of %s was given up; Azure goes on with it: %w", op.name, op.id, ctx.Err())
	}
}

// begin gets a request accepted. Like azure-native's client it asks again while another operation is in progress.
func (s *subscription) begin(ctx context.Context, op *operation) error {
	for attempt := 0; ; {
		s.mu.Lock()
		err := s.accept(op)
		released := s.released
		s.mu.Unlock()
		var refused *azureError
		if !errors.As(err, &refused) || refused.code != inProgress {
			return err
		}
		if s.clock.scale == 0 {
			// Where no time passes, what is under way has as good as ended.
			select {
			case <-released:
				continue
			case <-ctx.Done():
				return err
			}
		}
		if attempt == len(retryWaits) || s.clock.sleep(ctx, retryWaits[attempt]) != nil {
			return err
		}
		attempt++
	}
}

// action is what the operation is in roles and deny assignments.
func (op *operation) action() string {
	if op.name == Delete {
		return op.kind.armType() + "/delete"
	}
	return op.kind.armType() + "/write"
}
