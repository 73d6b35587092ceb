package arm

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
)

// Verb is what the engine asks of a resource.
type Verb string

// What a fault can strike a fault can strike.
const (
	Create Verb = "create"
	Read   Verb = "read"
	Update Verb = "update"
	Delete Verb = "delete"
)

// Fault is a failure that strikes matching operations.
type Fault struct {
	// Operation is what must be asked for; empty matches every operation.
	Operation Verb
	// Resource matches the last segment of the Azure resource id, by the rules of path.Match; empty matches every one.
	Resource string
	// ARMType is such as Microsoft.Network/virtualNetworks; empty matches every type.
	ARMType string
	// Only is asked last, for each operation that all else matches, and limits the fault to those for which it is true; nil limits nothing.
	Only func(id string) bool
	// Times is how often it strikes; 0 is every time.
	Times int
	// Status is the HTTP status, such as 409 for a conflict. A request that is refused with one of retriedStatus is sent again, as azure-native's
	// client does, three times, and each try counts in Times: an outage that is to be noticed takes four.
	Status int
	// Code and Message are what Azure says.
	Code, Message string
	// Midway lets Azure accept a change and then fail, which leaves the resource in state Failed.
	Midway bool
	// AfterEffect lets Azure do what was asked and only the answer get lost, as when a provider crashes.
	AfterEffect bool
	// Then is called when it strikes, in place of a failure. The operation goes on when it returns.
	Then func(id string)
}

// moment is when in the course of an operation a fault strikes.
type moment int

// The moments: before a request is accepted, while Azure works on it, and after that has taken effect.
const (
	Before moment = iota
	midway
	after
)

func (f Fault) moment() moment {
	switch {
	case f.AfterEffect:
		return after
	case f.Midway:
		return midway
	}
	return Before
}

// Faults hands out failures.
type Faults struct {
	clock *Clock

	mu    sync.Mutex
	rules []Fault
	spent []int
}

// retryWaits are how long azure-native's client waits before it asks again.
var retryWaits = []time.Duration{20 * time.Second, 60 * time.Second, 120 * time.Second}

// retriedStatus are the answers after which it asks again, besides 409 with code AnotherOperationInProgress (pulumi-azure-native,
// provider/pkg/azure/client_azcore.go). How a long operation ends is no such answer: it is read from a status that was answered well.
var retriedStatus = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
	http.StatusGatewayTimeout,
}

// retried reports whether azure-native sends a request to Azure again after a failure. Clusters have clients of their own.
func retried(armType string, failure *Error, when moment) bool {
	return when == Before && strings.Contains(armType, "/") && (slices.Contains(retriedStatus, failure.Status) ||
		failure.Status == http.StatusConflict && failure.Code == InProgress)
}

// Add injects a fault.
func (f *Faults) Add(rule Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.spent = append(f.rules, rule), append(f.spent, 0)
}

// Clear forgets all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.spent = nil, nil
}

// Strike returns the failure of this request, after the retries that the real client would make.
func (f *Faults) Strike(ctx context.Context, operation Verb, armType, id string, when moment) error {
	for attempt := 0; ; attempt++ {
		rule, ok := f.next(operation, armType, id, when)
		if !ok {
			return nil
		}
		if rule.Then != nil {
			rule.Then(id)
			return nil
		}
		failure := &Error{rule.Status, rule.Code, rule.Message}
		if !retried(armType, failure, when) || attempt == len(retryWaits) {
			return failure
		}
		if err := f.clock.Sleep(ctx, retryWaits[attempt]); err != nil {
			return err
		}
	}
}

func (f *Faults) next(operation Verb, armType, id string, when moment) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, rule := range f.rules {
		if rule.moment() != when || rule.Times > 0 && f.spent[i] >= rule.Times {
			continue
		}
		if rule.Operation != "" && rule.Operation != operation || rule.ARMType != "" && !strings.EqualFold(rule.ARMType, armType) {
			continue
		}
		if matched, err := path.Match(rule.Resource, resourceid.Name(id)); rule.Resource != "" && (err != nil || !matched) {
			continue
		}
		if rule.Only != nil && !rule.Only(id) {
			continue
		}
		f.spent[i]++
		return rule, true
	}
	return Fault{}, false
}
