// Package cli is the command line of the offline runner: one thin command per operation on a stack.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"aks-regulated-pulumi/internal/offline"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"
)

// DefaultClock is how many simulated seconds pass in a real one unless told otherwise: an image build of half an hour
// takes a few seconds, and slow resources still finish after fast ones.
const DefaultClock = 600

// Simulation is how the simulator is to run.
type Simulation struct {
	// StateFile keeps its state.
	StateFile string
	// Clock is how many simulated seconds pass in a real one; with 0 nothing takes any time.
	Clock float64
	// Propagation is how long it takes until all of Azure knows what was made, as azuresim.Options has it.
	Propagation string
	// LandingZone is what is there before the stack, as azuresim.Options has it.
	LandingZone []byte
}

// App is what the command line operates.
type App struct {
	// ProjectDir is the directory of Pulumi.yaml.
	ProjectDir string
	// Program is the Pulumi program.
	Program pulumi.RunFunc
	// Check validates a stack's configuration before the program runs; see offline.Options.
	Check func(project string, config map[string]string) error
	// Supply completes a stack's configuration; see offline.Options.
	Supply offline.Supply
	// Simulate starts the simulator.
	Simulate func(Simulation) (offline.Simulator, error)
	// Stdout and Stderr are where the commands write.
	Stdout, Stderr io.Writer

	stack, stateDir string
	azure           string
	landingZone     string
	simulation      Simulation
	json            bool
	checkpoints     bool
}

// Run runs the command line and returns the exit code: 0, or 1 after an error, which it has reported once.
func (a *App) Run(ctx context.Context, args []string) int {
	root := a.Command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var reported reportedError
	var engine *offline.EngineError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &reported):
	case !a.json && errors.As(err, &engine):
		// The engine's own output ends with its error.
		if engine.Advice != "" {
			fmt.Fprintf(a.Stderr, "offline: %s\n", engine.Advice)
		}
	default:
		fmt.Fprintf(a.Stderr, "offline: %v\n", err)
	}
	return 1
}

func (a *App) Command() *cobra.Command {
	root := &cobra.Command{
		Use:   "offline",
		Short: "Run the real Pulumi engine on the platform against a simulated Azure",
		Long: "Run the real Pulumi engine on the platform against a simulated Azure.\n\n" +
			"No subscription, login or network is needed. The engine's state and the simulated Azure are kept per stack\n" +
			"in the state directory; delete it to start afresh.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	flags := root.PersistentFlags()
	flags.StringVar(&a.stack, "stack", "dev", "stack to work on, one that has a Pulumi.<stack>.yaml")
	flags.StringVar(&a.stateDir, "state-dir", ".offline", "directory that keeps all state")
	flags.StringVar(&a.azure, "azure", "", "stack whose simulated Azure, backend and passphrase to use, for stacks that are parts of one platform; empty: the stack's own")
	flags.StringVar(&a.landingZone, "landing-zone", "",
		"file that says what is in the simulated Azure before the stack; empty: landing-zone.yaml beside the stack's file, if there is one")
	flags.Float64Var(&a.simulation.Clock, "clock", DefaultClock, "simulated seconds that pass in a real one; 0: nothing takes time")
	flags.StringVar(&a.simulation.Propagation, "propagation", "typical",
		"how long roles, policies and identities take until all of Azure knows them: typical, worst or none")
	flags.BoolVar(&a.checkpoints, "checkpoints", false,
		"save the state after each step as on Azure, and keep what a killed operation leaves behind for recover")
	flags.BoolVar(&a.json, "json", false, "print one JSON document instead of the engine's output")
	root.AddCommand(
		a.previewCommand(), a.upCommand(), a.refreshCommand(), a.recoverCommand(), a.destroyCommand(), a.exportCommand(), a.serveCommand(),
	)
	return root
}

// options returns the runner's options; the simulator is left out.
func (a *App) options() (offline.Options, error) {
	if a.simulation.Clock < 0 {
		return offline.Options{}, fmt.Errorf("--clock %v: time does not run backwards", a.simulation.Clock)
	}
	opts := offline.Options{
		ProjectDir: a.ProjectDir,
		StateDir:   a.stateDir,
		Stack:      a.stack,
		Azure:      a.azure,
		Program:    a.Program,
		Check:      a.Check,
		Supply:     a.Supply,

		Checkpoints: a.checkpoints,
	}
	if !a.json {
		opts.Stdout, opts.Stderr = a.Stdout, a.Stderr
		opts.Color = isTerminal(a.Stdout) && os.Getenv("NO_COLOR") == ""
	}
	return opts, nil
}

// open opens the stack with its simulator.
func (a *App) open(ctx context.Context) (*offline.Runner, error) {
	opts, err := a.options()
	if err != nil {
		return nil, err
	}
	opts.Simulate = func(stateFile string) (offline.Simulator, error) {
		simulation := a.simulation
		simulation.StateFile = stateFile
		content, err := offline.LandingZone(a.ProjectDir, a.stack, a.landingZone)
		if err != nil {
			return nil, err
		}
		simulation.LandingZone = content
		return a.Simulate(simulation)
	}
	return offline.Open(ctx, opts)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
