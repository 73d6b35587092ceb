package azuresim

import (
	"context"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Operation is what the engine asks of a resource.
type Operation string

// Operations at which a fault can strike.
const (
	Create Operation = "create"
	Read   Operation = "read"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Fault is a failure that strikes matching operations.
type Fault struct {
	// Operation is what must be asked for; empty matches every operation.
	Operation Operation
	// Resource matches the last segment of the Azure resource id, by the rules of path.Match; empty matches every one.
	Resource string
	// ARMType is such as Microsoft.Network/virtualNetworks; empty matches every type.
	ARMType string
	// Times is how often it strikes; 0 is every time.
	Times int
	// Status is the HTTP status: 429 for throttling, 409 for a conflict, 500 for an outage.
	Status int
	// Code and Message are what Azure says.
	Code, Message string
	// AfterEffect lets Azure do what was asked and only the answer get lost, as when a provider crashes.
	AfterEffect bool
}

// faults hands out failures. Throttled requests are retried as azure-native's client does: three times, waiting longer
// each time.
type faults struct {
	clock *clock

	mu    sync.Mutex
	rules []Fault
	spent []int
}

const (
	throttleRetries = 3
	throttleWait    = 20 * time.Second
)

func (f *faults) add(rule Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.spent = append(f.rules, rule), append(f.spent, 0)
}

// strike returns the failure of this request, after the retries that the real client would make.
func (f *faults) strike(ctx context.Context, operation Operation, armType, id string, afterEffect bool) error {
	for attempt := 0; ; attempt++ {
		rule, ok := f.next(operation, armType, id, afterEffect)
		if !ok {
			return nil
		}
		if rule.Status != http.StatusTooManyRequests || attempt == throttleRetries {
			return &armError{rule.Status, rule.Code, rule.Message}
		}
		if err := f.clock.sleep(ctx, throttleWait<<attempt); err != nil {
			return err
		}
	}
}

func (f *faults) next(operation Operation, armType, id string, afterEffect bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, rule := range f.rules {
		if rule.AfterEffect != afterEffect || rule.Times > 0 && f.spent[i] >= rule.Times {
			continue
		}
		if rule.Operation != "" && rule.Operation != operation || rule.ARMType != "" && !strings.EqualFold(rule.ARMType, armType) {
			continue
		}
		if matched, err := path.Match(rule.Resource, lastSegment(id)); rule.Resource != "" && (err != nil || !matched) {
			continue
		}
		f.spent[i]++
		return rule, true
	}
	return Fault{}, false
}
