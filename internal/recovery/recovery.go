// Package recovery puts a stack right after an update that did not end: it compares what the engine's state does not know for certain with
// what there is in Azure, once Azure has finished what is under way, and writes the state that the engine would have written.
//
// Three things are not certain. The engine notes an operation in the state before it asks for it, and a killed engine leaves the note. A
// resource whose creation or update ended in an error may have been finished later. And Azure may have accepted a request whose answer was
// lost: of that the state knows nothing, and the next update fails with "cannot create already existing resource".
//
// The engine's own way does not do it unattended: "pulumi refresh" keeps pending creations unless somebody answers its questions, and a
// refresh takes what Azure has filled in for inputs of the program. So resources are read by a refresh of a scratch state in a backend of its
// own, with the same provider and sign-in, and their outputs are added to what the engine has noted.
package recovery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Stack is one stack and the means to work on it.
type Stack struct {
	// Name is the stack's name.
	Name string
	// CLI runs the Pulumi CLI in the project's directory, with the stack's backend, sign-in and configuration, and env over them. It returns
	// the CLI's standard output, and an error with what the CLI has said.
	CLI func(ctx context.Context, env []string, stdin io.Reader, args ...string) ([]byte, error)
	// Preview runs the program without changing anything, and returns what it registers.
	Preview func(ctx context.Context) ([]Planned, error)
	// Progress receives what is found and done, a line each; nil discards it.
	Progress io.Writer
	// Adopt are Azure resource ids to add to the state although nothing there shows that they are the stack's.
	Adopt []string
	// Every is how long to wait before Azure is asked again about what is under way; 0 means 15 seconds.
	Every time.Duration
	// Patience is how long to wait in all; 0 means six hours, the longest that an operation of the program may take.
	Patience time.Duration
}

// Planned is a resource as a preview shows it.
type Planned struct {
	// Op is what the engine would do, such as create or same.
	Op string
	// URN, Type, Parent and Provider are as in the state.
	URN, Type, Parent, Provider string
	// Protect and RetainOnDelete are options of the resource.
	Protect, RetainOnDelete bool
	// Inputs have [secret] in the place of secrets, and a constant of the engine for what is not known yet.
	Inputs map[string]any
}

// Report is what a recovery has done, by URN.
type Report struct {
	// Adopted have been added to the state, Dropped taken out of it or of its pending operations, since Azure does not have them.
	Adopted []string `json:"adopted"`
	Dropped []string `json:"dropped"`
	// Repeated will be updated by the next update, and Replaced replaced: they were left unfinished or failed.
	Repeated []string `json:"repeated"`
	Replaced []string `json:"replaced"`
	// Unclaimed are Azure resource ids that the program wants to create, that exist, and that may be somebody else's.
	Unclaimed []string `json:"unclaimed"`
}

// Clean reports whether there was nothing to do.
func (r *Report) Clean() bool {
	return len(r.Adopted)+len(r.Dropped)+len(r.Repeated)+len(r.Replaced)+len(r.Unclaimed) == 0
}

// doubtful are texts in messages of the engine after which Azure may have something that the state does not know of, or knows as failed
// although an update cannot change that.
var doubtful = []string{
	"cannot create already existing resource", "pending operations", "the stack is currently locked", "connection reset", "code = Unavailable",
	"error reading from server", "Azure goes on with it",
	"/imageTemplates/", "/deploymentScripts/", "Status=5",
}

// Advice is what the message of a failed update should add, if a recovery can help: command is how it is run. It is empty if neither the
// messages of the engine nor an interruption call for one.
func Advice(messages []string, interrupted bool, command string) string {
	said := strings.Join(messages, "\n")
	if !interrupted && !slices.ContainsFunc(doubtful, func(text string) bool { return strings.Contains(said, text) }) {
		return ""
	}
	return fmt.Sprintf("The state may not agree with Azure: run %q, then the update again", command)
}

const (
	defaultEvery    = 15 * time.Second
	defaultPatience = 6 * time.Hour
)

// Run recovers the stack. It changes nothing in Azure, and nothing in the state of a stack that is in order. It can be repeated.
func (s *Stack) Run(ctx context.Context) (*Report, error) {
	report := &Report{}
	state, err := s.export(ctx)
	if err != nil {
		return report, err
	}
	if state.subscription == "" {
		planned, err := s.Preview(ctx)
		if err != nil {
			return report, fmt.Errorf("ask the program for its subscription: %w", err)
		}
		if state.subscription = plannedSubscription(planned); state.subscription == "" && state.inAzure() {
			return report, fmt.Errorf("recover %s: neither state nor program name the subscription", s.Name)
		}
	}
	if err := s.settle(ctx, state, report); err != nil {
		return report, err
	}
	return report, s.adoptLost(ctx, state, report)
}

// settle resolves pending operations and resources that were left with an error.
func (s *Stack) settle(ctx context.Context, state *state, report *Report) error {
	doubts := state.doubts()
	if len(doubts) == 0 && len(state.pending) == 0 {
		return nil
	}
	found, err := s.wait(ctx, state, doubts)
	if err != nil {
		return err
	}
	for _, doubt := range doubts {
		s.report(state.resolve(doubt, found[doubt.key()]), doubt.resource, report)
	}
	for _, noted := range state.pending {
		looked := func(d *doubt) bool { return d.operation == noted.kind && d.resource.urn() == noted.resource.urn() }
		if noted.kind == creating && !slices.ContainsFunc(doubts, looked) {
			// What only the state has, such as a random value, is drawn again.
			s.report(dropped, noted.resource, report)
		}
	}
	return s.load(ctx, state)
}

// wait reads resources until Azure works on none of them.
func (s *Stack) wait(ctx context.Context, state *state, doubts []*doubt) (map[string]*resource, error) {
	every, patience := s.Every, s.Patience
	if every == 0 {
		every = defaultEvery
	}
	if patience == 0 {
		patience = defaultPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found := map[string]*resource{}
	told := map[string]bool{}
	for left := doubts; len(left) > 0; {
		read, err := s.read(ctx, state, left)
		if err != nil {
			return nil, err
		}
		var busy []*doubt
		for _, doubt := range left {
			key := doubt.key()
			found[key] = read[key]
			if read[key] != nil && read[key].underWay() {
				busy = append(busy, doubt)
				if !told[key] {
					told[key] = true
					s.say("Azure is still working on %s", doubt.resource.id())
				}
			}
		}
		if left = busy; len(left) == 0 {
			break
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for Azure to finish %s: %w", left[0].resource.id(), ctx.Err())
		}
	}
	return found, nil
}

// report notes what becomes of a resource.
func (s *Stack) report(done outcome, resource resource, report *Report) {
	urn, token, name := resource.urn(), resource.token(), resource.name()
	switch done {
	case adopted:
		report.Adopted = append(report.Adopted, urn)
		s.say("added to the state: %s %s, %s", token, name, resource.id())
	case dropped:
		report.Dropped = append(report.Dropped, urn)
		s.say("not in Azure: %s %s", token, name)
	case repeated:
		report.Repeated = append(report.Repeated, urn)
		s.say("left unfinished, to be updated: %s %s, %s", token, name, resource.id())
	case replaced:
		report.Replaced = append(report.Replaced, urn)
		s.say("failed and cannot be updated, to be replaced: %s %s, %s", token, name, resource.id())
	case settled:
	}
}

func (s *Stack) say(format string, values ...any) {
	if s.Progress != nil {
		// What cannot be shown does not matter: the report has it.
		_, _ = fmt.Fprintf(s.Progress, format+"\n", values...)
	}
}

// export reads the stack's state.
func (s *Stack) export(ctx context.Context) (*state, error) {
	output, err := s.CLI(ctx, nil, nil, "stack", "export", "--stack", s.Name)
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", s.Name, err)
	}
	state, err := parseState(output)
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", s.Name, err)
	}
	return state, nil
}

// load writes the stack's state; the CLI checks that it is complete and in order.
func (s *Stack) load(ctx context.Context, state *state) error {
	encoded, err := state.encode()
	if err != nil {
		return fmt.Errorf("encode the state of %s: %w", s.Name, err)
	}
	if _, err := s.CLI(ctx, nil, bytes.NewReader(encoded), "stack", "import", "--stack", s.Name); err != nil {
		return fmt.Errorf("write the state of %s: %w", s.Name, err)
	}
	return nil
}
