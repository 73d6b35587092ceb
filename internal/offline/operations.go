package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/recovery"
)

// RunOptions are what an operation can be told.
type RunOptions struct {
	// Diff shows each resource's change in full instead of a summary of it.
	Diff bool
	// ExpectNoChanges makes any change an error. Destroy does not know it.
	ExpectNoChanges bool
	// Replace are URNs of resources to replace whether they have changed or not. Only Preview and Up know them.
	Replace []string
	// Parallel is how many resources the engine works on at once; 0 is the engine's own number.
	Parallel int
	// ContinueOnError has Up and Destroy go on with what does not depend on what has failed.
	ContinueOnError bool
}

// Preview shows what an update would do.
func (r *Runner) Preview(ctx context.Context, run RunOptions) (*Result, error) {
	if err := r.checkConfig(); err != nil {
		return nil, err
	}
	return r.operate(ctx, "preview", func(s streams) error {
		opts := []optpreview.Option{
			optpreview.EventStreams(s.events),
			optpreview.ProgressStreams(s.stdout),
			optpreview.ErrorProgressStreams(s.stderr),
			optpreview.Color(r.color()),
			optpreview.Replace(run.Replace),
		}
		if run.Diff {
			opts = append(opts, optpreview.Diff())
		}
		if run.ExpectNoChanges {
			opts = append(opts, optpreview.ExpectNoChanges())
		}
		_, err := r.stack.Preview(ctx, opts...)
		return err
	})
}

// Up runs the program and makes the resources match it.
func (r *Runner) Up(ctx context.Context, run RunOptions) (*Result, error) {
	if err := r.checkConfig(); err != nil {
		return nil, err
	}
	return r.change(ctx, "up", func(s streams) error {
		opts := []optup.Option{
			optup.EventStreams(s.events),
			optup.ProgressStreams(s.stdout),
			optup.ErrorProgressStreams(s.stderr),
			optup.Color(r.color()),
			optup.Replace(run.Replace),
		}
		if run.Parallel > 0 {
			opts = append(opts, optup.Parallel(run.Parallel))
		}
		if run.ContinueOnError {
			opts = append(opts, optup.ContinueOnError())
		}
		if run.Diff {
			opts = append(opts, optup.Diff())
		}
		if run.ExpectNoChanges {
			opts = append(opts, optup.ExpectNoChanges())
		}
		_, err := r.stack.Up(ctx, opts...)
		return err
	})
}

// Refresh reads every resource and makes the state match what it finds.
func (r *Runner) Refresh(ctx context.Context, run RunOptions) (*Result, error) {
	return r.change(ctx, "refresh", func(s streams) error {
		opts := []optrefresh.Option{
			optrefresh.EventStreams(s.events),
			optrefresh.ProgressStreams(s.stdout),
			optrefresh.ErrorProgressStreams(s.stderr),
			optrefresh.Color(r.color()),
		}
		if run.Diff {
			opts = append(opts, optrefresh.Diff())
		}
		if run.ExpectNoChanges {
			opts = append(opts, optrefresh.ExpectNoChanges())
		}
		_, err := r.stack.Refresh(ctx, opts...)
		return err
	})
}

// Destroy deletes every resource of the stack; the stack itself stays, empty. The engine would leave behind what an interrupted update has
// created and the state only knows as pending: until a recovery has looked for it, Destroy fails.
func (r *Runner) Destroy(ctx context.Context, run RunOptions) (*Result, error) {
	pending, err := pendingOperations(stateFile(r.layout.backend, r.project, r.opts.Stack))
	if err != nil {
		return nil, err
	}
	if pending > 0 {
		return nil, fmt.Errorf("destroy of stack %q: %d operations have not ended, and what they made would stay: run %q first",
			r.opts.Stack, pending, recoverCommand)
	}
	return r.change(ctx, "destroy", func(s streams) error {
		opts := []optdestroy.Option{
			optdestroy.EventStreams(s.events),
			optdestroy.ProgressStreams(s.stdout),
			optdestroy.ErrorProgressStreams(s.stderr),
			optdestroy.Color(r.color()),
		}
		if run.ContinueOnError {
			opts = append(opts, optdestroy.ContinueOnError())
		}
		if run.Diff {
			opts = append(opts, optdestroy.Diff())
		}
		_, err := r.stack.Destroy(ctx, opts...)
		return err
	})
}

// Export returns the deployment exactly as "pulumi stack export" prints it, with secrets encrypted.
func (r *Runner) Export(ctx context.Context) (json.RawMessage, error) {
	env := make([]string, len(r.env))
	for i, v := range r.env {
		env[i] = v.Name + "=" + v.Value
	}
	var stdout, stderr strings.Builder
	_, err := r.command.Run(ctx, pulumicli.Invocation{Dir: r.layout.project, Env: env, Stdout: &stdout, Stderr: &stderr, Grace: interruptGrace},
		"stack", "export", "--stack", r.opts.Stack)
	if err != nil {
		return nil, &EngineError{Operation: "export", Stack: r.opts.Stack, Messages: []string{plainError(stderr.String(), err)}}
	}
	return json.RawMessage(stdout.String()), nil
}

func (r *Runner) checkConfig() error {
	if r.opts.Check == nil {
		return nil
	}
	return r.opts.Check(r.project, r.config)
}

type streams struct {
	events         chan<- events.EngineEvent
	stdout, stderr io.Writer
}

// operate runs one operation of the engine and gathers its events. The result is returned with an error, too: it tells
// how far the operation came.
func (r *Runner) operate(ctx context.Context, operation string, run func(streams) error) (*Result, error) {
	result := &Result{
		Operation:   operation,
		Stack:       r.opts.Stack,
		Steps:       []Step{},
		Changes:     map[string]int{},
		Diagnostics: []Diagnostic{},
		Outputs:     map[string]any{},
	}
	stream := make(chan events.EngineEvent)
	stop, collected := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(collected)
		result.collect(stream, stop)
	}()
	var stderr strings.Builder
	err := run(streams{stream, orDiscard(r.opts.Stdout), io.MultiWriter(orDiscard(r.opts.Stderr), &stderr)})
	// The stream is not closed if the engine never connected to it; by now all that was sent has been received.
	close(stop)
	<-collected
	if err == nil {
		return result, nil
	}
	changes := operation != "preview"
	if ctx.Err() != nil {
		err := fmt.Errorf("%s of stack %q was interrupted: %w", operation, r.opts.Stack, ctx.Err())
		if advice := recovery.Advice(nil, changes, recoverCommand); advice != "" {
			err = fmt.Errorf("%w. %s", err, advice)
		}
		return result, err
	}
	messages := result.Errors()
	if len(messages) == 0 {
		messages = []string{plainError(stderr.String(), err)}
	}
	killed := r.opts.Checkpoints && r.exitCode < 0 && changes
	return result, &EngineError{operation, r.opts.Stack, messages, recovery.Advice(messages, killed, recoverCommand)}
}

// recoverCommand is how an operator recovers a stack of this runner.
const recoverCommand = "make recover"

// change is operate for an operation that changes state and simulated Azure.
func (r *Runner) change(ctx context.Context, operation string, run func(streams) error) (_ *Result, err error) {
	if r.opts.Checkpoints {
		return r.operate(ctx, operation, run)
	}
	before := newUnfinished(r.layout, r.project)
	if before.exists() {
		return nil, fmt.Errorf("%s of stack %q: the engine was killed in the operation before: open the stack again", operation, r.opts.Stack)
	}
	if err := before.begin(); err != nil {
		return nil, err
	}
	defer func() {
		if r.exitCode >= 0 {
			err = errors.Join(err, before.end())
		}
	}()
	return r.operate(ctx, operation, run)
}

func (r *Runner) color() string {
	if r.opts.Color {
		return "always"
	}
	return "never"
}

// plainError returns what the CLI wrote to its standard error, or err if it wrote nothing.
func plainError(stderr string, err error) string {
	if text := strings.TrimPrefix(strings.TrimSpace(stderr), "error: "); text != "" {
		return text
	}
	return strings.TrimSpace(err.Error())
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// IsEngineError reports whether err came from the engine, which has then printed it already.
func IsEngineError(err error) bool {
	var engine *EngineError
	return errors.As(err, &engine)
}
