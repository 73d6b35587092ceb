package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

// operation is a method of the runner, such as (*offline.Runner).Up.
type operation func(*offline.Runner, context.Context, offline.RunOptions) (*offline.Result, error)

// The flags that an operation has besides --diff.
type operationFlags struct{ expectNoChanges, replace bool }

// operationCommand returns a command that runs the operation.
func (a *App) operationCommand(use, short string, run operation, flags operationFlags) *cobra.Command {
	var options offline.RunOptions
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			result, err := a.operate(cmd.Context(), run, options)
			if !a.json {
				return err
			}
			return printResult(a.Stdout, result, err)
		},
	}
	cmd.Flags().BoolVar(&options.Diff, "diff", false, "show each change in full")
	if flags.replace {
		cmd.Flags().StringArrayVar(&options.Replace, "replace", nil, "URN of a resource to replace, changed or not; may be repeated")
	}
	if flags.expectNoChanges {
		cmd.Flags().BoolVar(&options.ExpectNoChanges, "expect-no-changes", false, "fail if there is any change")
	}
	return cmd
}

func (a *App) operate(ctx context.Context, run operation, options offline.RunOptions) (_ *offline.Result, err error) {
	r, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return run(r, ctx, options)
}

// reportedError is an error that the user has seen.
type reportedError struct{ error }

// printResult prints the document of an operation: its result as far as there is one, and its error if there is one.
func printResult(w io.Writer, result *offline.Result, err error) error {
	document := struct {
		*offline.Result
		Error string `json:"error,omitempty"`
	}{Result: result}
	if err != nil {
		document.Error = err.Error()
	}
	if printErr := printJSON(w, document); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return reportedError{err}
	}
	return nil
}

func printJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
