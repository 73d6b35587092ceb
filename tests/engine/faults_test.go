package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/resourceid"
)

// faultKind is what happens to the creation of a resource.
type faultKind string

const (
	refused   faultKind = "refused at once"
	later     faultKind = "accepted, failed later"
	lost      faultKind = "accepted, answer lost"
	killed    faultKind = "accepted, engine killed"
	gone      faultKind = "accepted, Azure gone"
	throttled faultKind = "throttled"
)

// faults lets creations fail, each resource's once, and follows the messages from there until the stack has converged. All resources that can
// be created at a time have their faults in one update, since the state of the others does not matter to any of them.
type faults struct {
	stack *engineStack
	// kind is what happens to a resource by its id; empty for nothing. All of them may be throttled as well.
	kind     func(id string) faultKind
	throttle bool
	// first limits the cases of the run to those of that many updates; 0 limits nothing.
	first int

	mu        sync.Mutex
	struck    map[string]faultKind // by key of id
	throttles map[string]int
	accepted  map[string]int
	held      chan struct{} // closed when what was accepted may go on
	waiting   int
	updates   int
}

func newFaults(stack *engineStack, kind func(id string) faultKind) *faults {
	return &faults{
		stack: stack, kind: kind, throttle: true, struck: map[string]faultKind{}, throttles: map[string]int{}, accepted: map[string]int{},
	}
}

// strikes reports whether a creation is to meet a fault now, and remembers that it has.
func (f *faults) strikes(kind faultKind) func(id string) bool {
	return func(id string) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		key := resourceid.Key(id)
		if f.struck[key] != "" || f.kind(id) != kind || f.first > 0 && f.updates > f.first {
			return false
		}
		f.struck[key] = kind
		return true
	}
}

// inject arms a simulator; it forgets its faults when it stops.
func (f *faults) inject() {
	azure := f.stack.azure
	f.held, f.waiting = make(chan struct{}), 0
	held := f.held
	azure.Inject(azuresim.Fault{Operation: azuresim.Create, Midway: true, Only: func(id string) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.accepted[resourceid.Key(id)]++
		return false
	}})
	// What failed and cannot be updated is replaced, which does not build it twice.
	azure.Inject(azuresim.Fault{Operation: azuresim.Delete, Midway: true, Only: func(id string) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.accepted[resourceid.Key(id)] = 0
		return false
	}})
	if f.throttle {
		azure.Inject(azuresim.Fault{Operation: azuresim.Create, Status: 429, Code: "TooManyRequests", Message: "slow down", Only: func(id string) bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.throttles[resourceid.Key(id)]++
			return f.throttles[resourceid.Key(id)] <= 3
		}})
	}
	azure.Inject(azuresim.Fault{
		Operation: azuresim.Create, Status: 403, Code: "RequestDisallowedByPolicy", Message: "refused", Only: f.strikes(refused),
	})
	azure.Inject(azuresim.Fault{
		Operation: azuresim.Create, Midway: true, Status: 409, Code: "OperationFailed", Message: "failed later", Only: f.strikes(later),
	})
	azure.Inject(azuresim.Fault{
		Operation: azuresim.Create, AfterEffect: true, Status: 400, Code: "Lost", Message: "connection reset by peer", Only: f.strikes(lost),
	})
	for _, interrupted := range []faultKind{killed, gone} {
		azure.Inject(azuresim.Fault{Operation: azuresim.Create, Midway: true, Only: f.strikes(interrupted), Then: func(string) {
			f.mu.Lock()
			f.waiting++
			f.mu.Unlock()
			<-held
		}})
	}
}

// update runs one update, and interrupts it when Azure has accepted all that it is going to accept.
func (f *faults) update(t *testing.T) error {
	t.Helper()
	f.updates++
	f.inject()
	ended := make(chan error, 1)
	go func() {
		_, err := f.stack.runner.Up(context.Background(), offline.RunOptions{Parallel: 100, ContinueOnError: true})
		ended <- err
	}()
	calm, seen := time.Now(), 0
	for {
		select {
		case err := <-ended:
			close(f.held)
			return err
		case <-time.After(50 * time.Millisecond):
		}
		f.mu.Lock()
		active := len(f.accepted) + len(f.struck)
		waiting := f.waiting
		f.mu.Unlock()
		if active != seen {
			calm, seen = time.Now(), active
		}
		if waiting > 0 && time.Since(calm) > time.Second {
			return f.interrupt(t, ended)
		}
	}
}

// interrupt kills the engine or takes the simulated Azure away; what was accepted goes on.
func (f *faults) interrupt(t *testing.T, ended chan error) error {
	t.Helper()
	if f.stack.checkpoints && f.takesAzureAway() {
		closed := make(chan error, 1)
		azure := f.stack.azure
		go func() { closed <- azure.Close() }()
		err := <-ended
		close(f.held)
		require.NoError(t, <-closed)
		f.stack.runner = closedRunner(t, f.stack)
		f.stack.open(t, nil)
		return err
	}
	require.NoError(t, syscall.Kill(f.stack.enginePID(t), syscall.SIGKILL))
	err := <-ended
	close(f.held)
	return err
}

func closedRunner(t *testing.T, stack *engineStack) *offline.Runner {
	t.Helper()
	require.NoError(t, stack.runner.Close())
	return nil
}

func (f *faults) takesAzureAway() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range f.struck {
		if kind == gone {
			return true
		}
	}
	return false
}

// converge updates until that succeeds, and does what the messages say. It returns what each recovery had to do.
func (f *faults) converge(t *testing.T) {
	t.Helper()
	for last := ""; f.updates < 60; {
		err := f.update(t)
		f.stack.azure.Heal()
		if err == nil {
			break
		}
		t.Logf("update %d: %v", f.updates, err)
		require.NotEqual(t, last, err.Error(), "the stack does not converge")
		last = err.Error()
		if strings.Contains(err.Error(), "make recover") {
			f.recover(t)
			f.agrees(t)
		}
		if f.first > 0 && f.updates >= f.first {
			return
		}
	}
	require.Less(t, f.updates, 60, "the stack does not converge")
	f.agrees(t)
	for id, times := range f.accepted {
		assert.LessOrEqual(t, times, 1, "%s was built twice (%s)", id, f.struck[id])
	}
}

// recover is what the message of a failed update asks for, and what the recovery itself asks for.
func (f *faults) recover(t *testing.T) {
	t.Helper()
	report, err := f.stack.runner.Recover(context.Background(), nil)
	require.NoError(t, err)
	if len(report.Unclaimed) > 0 {
		_, err := f.stack.runner.Recover(context.Background(), report.Unclaimed)
		require.NoError(t, err)
	}
}

// table prints how many cases of each kind there were.
func (f *faults) table(t *testing.T, title string) int {
	counts := map[faultKind]int{}
	for _, kind := range f.struck {
		counts[kind]++
	}
	for _, times := range f.throttles {
		if times > 3 {
			counts[throttled]++
		}
	}
	total := 0
	fmt.Printf("%s: %d updates\n", title, f.updates)
	for _, kind := range []faultKind{refused, later, lost, killed, gone, throttled} {
		if counts[kind] > 0 {
			fmt.Printf("  %-26s %4d resources\n", kind, counts[kind])
		}
		total += counts[kind]
	}
	return total
}

// only is one kind for all resources.
func only(kind faultKind) func(string) faultKind { return func(string) faultKind { return kind } }

// mixed gives every resource one of some kinds, always the same.
func mixed(kinds ...faultKind) func(string) faultKind {
	return func(id string) faultKind {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(resourceid.Name(id)))
		return kinds[int(sum.Sum32())%len(kinds)]
	}
}

// Whatever happens to the creation of a resource, the message says what to do, and after that the stack converges: state and Azure agree, and
// nothing is built twice. FAULTS=sample tries some resources, in minutes, and FAULTS=all every resource with every fault.
func TestFaults(t *testing.T) {
	t.Parallel()
	switch os.Getenv("FAULTS") {
	case "":
		t.Skip("FAULTS=sample and FAULTS=all let creations fail")
	case "all":
		for _, kind := range []faultKind{refused, later, lost, killed, gone} {
			t.Run(string(kind), func(t *testing.T) {
				f := newFaults(newFaultyStack(t), only(kind))
				f.converge(t)
				f.stack.unchanged(t)
				assert.Greater(t, f.table(t, "every resource"), 2*180)
				assert.Equal(t, 1, f.stack.azure.ImageBuilds())
				f.stack.destroy(t)
				assert.Empty(t, f.stack.azure.Left())
			})
		}
		return
	}
	t.Run("first resources", func(t *testing.T) {
		t.Parallel()
		f := newFaults(newFaultyStack(t), only(killed))
		f.first = 2
		f.converge(t)
		assert.GreaterOrEqual(t, f.table(t, "first resources"), 40)
		f.stack.destroy(t)
		assert.Empty(t, f.stack.azure.Left(), "an update that was killed leaves nothing that destroy does not know")
	})
	t.Run("last resources", func(t *testing.T) {
		t.Parallel()
		f := newFaults(development.cut(t, 10), mixed(refused, later, lost, killed))
		f.converge(t)
		f.stack.unchanged(t)
		assert.GreaterOrEqual(t, f.table(t, "last resources"), 30)
		assert.Contains(t, f.struck, resourceid.Key(f.stack.id(t, "Microsoft.ContainerService/managedClusters", "aks-")))
	})
}
