// Package cli is the command line of the handover of a stack.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"aks-regulated-pulumi/internal/handover"

	"github.com/spf13/cobra"
)

// Exit codes of Run.
const (
	ExitWritten = 0 // both files were written
	ExitError   = 2 // they were not: bad usage, no outputs
)

// App is what the command line operates.
type App struct {
	// Stdin is where the outputs come from without a file, or if the file is "-".
	Stdin io.Reader
	// Stdout and Stderr are where the command writes.
	Stdout, Stderr io.Writer

	stack, output string
}

// Run runs the command line and returns the exit code.
func (a *App) Run(args []string) int {
	command := a.Command()
	command.SetArgs(args)
	if err := command.Execute(); err != nil {
		fmt.Fprintf(a.Stderr, "handover: %v\n", err)
		return ExitError
	}
	return ExitWritten
}

func (a *App) Command() *cobra.Command {
	command := &cobra.Command{
		Use:   "handover [outputs.json]",
		Short: "Write what a stack leaves to other teams: handover.md and handover.json",
		Long: "Write what a stack leaves to other teams: handover.md for people, handover.json for programs.\n\n" +
			"The outputs are those of \"pulumi stack output --json\", or of \"offline preview --json\" and \"offline up --json\".\n" +
			"The exit code is 0 if both files were written, and 2 if not.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.write(append(args, "-")[0])
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	command.SetOut(a.Stdout)
	command.SetErr(a.Stderr)
	command.Flags().StringVar(&a.stack, "stack", "", "name of the stack, for the title")
	command.Flags().StringVarP(&a.output, "output", "o", ".", "directory to write to, made if missing")
	return command
}

func (a *App) write(file string) error {
	document, err := a.read(file)
	if err != nil {
		return err
	}
	encoded, err := document.JSON(a.stack)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.output, 0o700); err != nil {
		return fmt.Errorf("make the directory of the files: %w", err)
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{"handover.md", []byte(document.Markdown(a.stack))}, {"handover.json", encoded}} {
		path := filepath.Join(a.output, f.name)
		// It says what the firewall lets through, which is not for everybody on the machine.
		if err := os.WriteFile(path, f.content, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		fmt.Fprintln(a.Stdout, path)
	}
	return nil
}

func (a *App) read(file string) (document handover.Document, err error) {
	if file == "-" {
		return handover.Read(a.Stdin)
	}
	opened, err := os.Open(file)
	if err != nil {
		return handover.Document{}, fmt.Errorf("the outputs: %w", err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return handover.Read(opened)
}
