// Package offline runs the real Pulumi engine on the platform's program with nothing but a local simulator behind it.
//
// Everything a run needs lives in one directory per stack, <state dir>/<stack>: the engine's state (pulumi/), the
// simulated Azure (azure.json), a working copy of the project's settings (project/), a Pulumi home of its own (home/),
// what was made up for the stack's configuration (supplied/), while an operation runs what was before it (unfinished/), and the passphrase
// that encrypts secrets in the state. Stacks that are parts of one platform share all of that, except for what is their own: see
// Options.Azure. The checked-in project files and the user's own Pulumi login are never touched.
package offline

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/internal/pulumicli"
)

// Simulator is a running set of Pulumi resource providers.
type Simulator interface {
	// DebugProviders returns the providers and their loopback ports as PULUMI_DEBUG_PROVIDERS takes them, for example
	// "azure-native:40001,random:40001".
	DebugProviders() string
	// Close stops the providers and saves their state.
	Close() error
}

// Options configure a Runner.
type Options struct {
	// ProjectDir holds Pulumi.yaml and a Pulumi.<stack>.yaml for each stack, those of examples in folders below examples; it is only read.
	ProjectDir string
	// StateDir is where all stacks keep their state; it is created if missing.
	StateDir string
	// Stack is the stack's name: one for which there is a Pulumi.<stack>.yaml.
	Stack string
	// Azure is the name of the directory in StateDir whose simulated Azure, backend and passphrase the stack uses, together with others: they
	// find each other's resources, and read each other's outputs. Empty means the stack's own name.
	Azure string
	// Config adds to or replaces the stack's configuration. Keys without a colon belong to the project. Values are
	// strings, booleans, numbers, or maps and slices of these.
	Config map[string]any
	// Supply completes the stack's configuration, with Config in it already; nil leaves it as it is.
	Supply Supply
	// Program is the Pulumi program. Without it only operations that run no program work.
	Program pulumi.RunFunc
	// Check validates the stack's configuration, by namespaced key as Pulumi stores it, before an operation that runs the
	// program; nil leaves it to the engine and the program.
	Check func(project string, config map[string]string) error
	// Simulate starts the simulator whose state is in stateFile; the Runner closes it. Nil runs without one, which is
	// enough to export, and for programs that only have components.
	Simulate func(stateFile string) (Simulator, error)
	// Checkpoints has the engine save its state after each step, as it does on Azure. What an operation leaves behind that is killed then stays
	// for Recover; otherwise the next Open undoes the operation.
	Checkpoints bool
	// Command is the path of the Pulumi CLI; empty means what pulumicli.Find finds.
	Command string
	// Stdout and Stderr receive the engine's own output as it appears; nil discards it.
	Stdout, Stderr io.Writer
	// Color makes the engine colour its output.
	Color bool
}

// Runner runs operations on one stack. It holds the stack's directory exclusively from Open until Close. One operation
// runs at a time.
type Runner struct {
	opts      Options
	layout    layout
	project   string            // the project's name
	config    map[string]string // by namespaced key
	command   *pulumicli.CLI
	exitCode  int // of the last start of the CLI; -1 if it was killed
	env       []Variable
	lock      *stateLock
	simulator Simulator
	stack     auto.Stack
}

// Open prepares the stack's directory, starts the simulator, and creates the stack if it is new. Locks that a crashed
// engine left behind are removed, and an operation that was killed is undone. Every error leaves nothing running.
func Open(ctx context.Context, opts Options) (_ *Runner, err error) {
	if err := checkStack(opts.ProjectDir, opts.Stack); err != nil {
		return nil, err
	}
	layout, err := newLayout(opts.StateDir, opts.Stack, opts.Azure)
	if err != nil {
		return nil, err
	}
	r := &Runner{opts: opts, layout: layout}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.lock, err = acquireStateLock(layout.lock, opts.Stack); err != nil {
		return nil, err
	}
	if err := clearEngineLocks(ctx, layout.backend); err != nil {
		return nil, err
	}
	if err := removeTornAttributes(layout.backend); err != nil {
		return nil, err
	}
	passphrase, err := readOrCreatePassphrase(layout.passphrase)
	if err != nil {
		return nil, err
	}
	if r.project, r.config, err = copyProject(ctx, opts, layout, passphrase); err != nil {
		return nil, err
	}
	if err := undoUnfinished(layout, r.project, orDiscard(opts.Stderr)); err != nil {
		return nil, err
	}
	if r.command, err = openCommand(ctx, opts, layout); err != nil {
		return nil, err
	}
	if opts.Simulate != nil {
		if r.simulator, err = opts.Simulate(layout.azure); err != nil {
			return nil, fmt.Errorf("start the simulated Azure: %w", err)
		}
	}
	r.env = environment(layout, passphrase, r.simulator)
	return r, r.selectStack(ctx)
}

// Close stops the simulator and releases the stack's directory.
func (r *Runner) Close() error {
	var errs []error
	if r.simulator != nil {
		if err := r.simulator.Close(); err != nil {
			errs = append(errs, fmt.Errorf("stop the simulated Azure: %w", err))
		}
		r.simulator = nil
	}
	if r.lock != nil {
		errs = append(errs, r.lock.release())
		r.lock = nil
	}
	return errors.Join(errs...)
}

func openCommand(ctx context.Context, opts Options, l layout) (*pulumicli.CLI, error) {
	path := opts.Command
	if path == "" {
		found, err := pulumicli.Find(opts.ProjectDir)
		if err != nil {
			return nil, err
		}
		path = found
	}
	return pulumicli.Open(ctx, path, l.home, sdk.Version)
}

// selectStack makes the stack if it is new.
func (r *Runner) selectStack(ctx context.Context) error {
	env := map[string]string{}
	if !r.opts.Checkpoints {
		// The runner sets the state aside while an operation runs, so the engine need not save it after each step.
		env["PULUMI_SKIP_CHECKPOINTS"] = "true"
	}
	for _, v := range r.env {
		env[v.Name] = v.Value
	}
	workspace, err := auto.NewLocalWorkspace(ctx,
		auto.Program(r.opts.Program),
		auto.WorkDir(r.layout.project),
		auto.Pulumi(automationCommand{r.command, &r.exitCode}),
		auto.EnvVars(env),
	)
	if err != nil {
		return fmt.Errorf("open the Pulumi workspace: %w", err)
	}
	open := auto.NewStack
	if hasStack(r.layout.backend, r.project, r.opts.Stack) {
		open = auto.SelectStack
	}
	if r.stack, err = open(ctx, r.opts.Stack, workspace); err != nil {
		return fmt.Errorf("open stack %q: %w", r.opts.Stack, err)
	}
	return nil
}
