package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"aks-regulated-pulumi/internal/delivery"
	"aks-regulated-pulumi/internal/pulumicli"

	"github.com/spf13/cobra"
)

type lookOptions struct {
	stack, results, stateDir string
	simulated                bool
}

func (a *App) previewCommand() *cobra.Command {
	return a.lookCommand(delivery.OperationPreview, "Preview an update of one environment and keep the result")
}

func (a *App) refreshCommand() *cobra.Command {
	return a.lookCommand(delivery.OperationRefresh, "Compare Azure with the state of one environment and keep the result")
}

func (a *App) lookCommand(operation, short string) *cobra.Command {
	var o lookOptions
	cmd := &cobra.Command{
		Use:   operation + " --stack STACK",
		Short: short,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.look(cmd.Context(), operation, o) },
	}
	stackFlag(cmd, &o.stack)
	flags := cmd.Flags()
	flags.StringVar(&o.results, "results", "results", "directory for the result")
	flags.BoolVar(&o.simulated, "simulated", false, "use the simulated Azure")
	flags.StringVar(&o.stateDir, "state-dir", "", "what the simulated Azure holds, as cmd/offline keeps it; none: an empty subscription")
	return cmd
}

func (a *App) look(ctx context.Context, operation string, o lookOptions) (err error) {
	target, release, err := a.target(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	pulumi, err := a.pulumi()
	if err != nil {
		return err
	}
	result, err := pulumi.Look(ctx, operation, target)
	if err != nil {
		return err
	}
	if err := result.Write(o.results); err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("%s of %s failed: %s", operation, o.stack, result.Error)
	}
	return nil
}

// target finds where a stack is, and returns what ends the use of it.
func (a *App) target(ctx context.Context, o lookOptions) (delivery.Target, func() error, error) {
	if !o.simulated {
		return a.azure(ctx, o.stack)
	}
	stateDir, remove := o.stateDir, func() error { return nil }
	if stateDir == "" {
		made, err := os.MkdirTemp("", "delivery-azure-")
		if err != nil {
			return delivery.Target{}, nil, fmt.Errorf("make an empty subscription: %w", err)
		}
		stateDir, remove = made, func() error { return os.RemoveAll(made) }
	}
	simulator := &delivery.Simulator{Command: a.Simulator, StateDir: stateDir, ProjectDir: a.ProjectDir}
	target, stop, err := simulator.Serve(ctx, o.stack)
	if err != nil {
		return delivery.Target{}, nil, errors.Join(err, remove())
	}
	return target, func() error { return errors.Join(stop(), remove()) }, nil
}

// azure uses the job's identity if there is one, and otherwise whatever sign-in the machine has.
func (a *App) azure(ctx context.Context, stack string) (delivery.Target, func() error, error) {
	target := delivery.Target{Stack: stack}
	federation := delivery.FederationFromEnvironment(a.Stderr)
	if federation == nil {
		return target, func() error { return nil }, nil
	}
	environment, stop, err := federation.Start(ctx)
	if err != nil {
		return target, nil, err
	}
	target.Environment = environment
	return target, stop, nil
}

func (a *App) pulumi() (*delivery.Pulumi, error) {
	command, err := pulumicli.Find(a.ProjectDir)
	if err != nil {
		return nil, err
	}
	return &delivery.Pulumi{ProjectDir: a.ProjectDir, Command: command, Progress: a.Stdout}, nil
}

func (a *App) deployCommand() *cobra.Command {
	var stack, mayReplace string
	cmd := &cobra.Command{
		Use:   "deploy --stack STACK",
		Short: "Update one environment without asking, unless the preview deletes or replaces what is guarded",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.deploy(cmd.Context(), stack, mayReplace == stack) },
	}
	stackFlag(cmd, &stack)
	cmd.Flags().StringVar(&mayReplace, "may-replace", "", "name of the environment in which this update may delete or replace what is guarded")
	return cmd
}

func (a *App) deploy(ctx context.Context, stack string, mayReplace bool) (err error) {
	target, release, err := a.azure(ctx, stack)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	pulumi, err := a.pulumi()
	if err != nil {
		return err
	}
	return pulumi.Deploy(ctx, target, mayReplace)
}
