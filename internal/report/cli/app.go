// Package cli is the command line of the report about a stack.
package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"aks-regulated-pulumi/internal/report"

	"github.com/spf13/cobra"
)

// Exit codes of Run.
const (
	ExitWritten = 0 // the page was written
	ExitError   = 2 // there is no page: bad usage, no export, nothing deployed
)

// App is what the command line operates.
type App struct {
	// Stdin is where the export comes from without a file, or if the file is "-".
	Stdin io.Reader
	// Stdout and Stderr are where the command writes.
	Stdout, Stderr io.Writer

	output string
}

// Run runs the command line and returns the exit code.
func (a *App) Run(args []string) int {
	command := a.Command()
	command.SetArgs(args)
	if err := command.Execute(); err != nil {
		fmt.Fprintf(a.Stderr, "report: %v\n", err)
		return ExitError
	}
	return ExitWritten
}

func (a *App) Command() *cobra.Command {
	command := &cobra.Command{
		Use:   "report [export.json]",
		Short: "Write a page about a deployed stack, for auditors and for the team that runs it",
		Long: "Write a page about a deployed stack, for auditors and for the team that runs it: one HTML file that needs nothing else.\n\n" +
			"The export is that of \"pulumi stack export\". Secrets are left out, also those of --show-secrets.\n" +
			"The exit code is 0 if the page was written, and 2 if not.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.report(append(args, "-")[0])
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	command.SetOut(a.Stdout)
	command.SetErr(a.Stderr)
	command.Flags().StringVarP(&a.output, "output", "o", "", "file to write instead of standard output")
	return command
}

func (a *App) report(file string) error {
	export, err := a.read(file)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Render(&page, export); err != nil {
		return err
	}
	if a.output == "" {
		_, err = page.WriteTo(a.Stdout)
	} else {
		// It names every control of the platform, which is not for everybody on the machine.
		err = os.WriteFile(a.output, page.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func (a *App) read(file string) (export *report.Export, err error) {
	if file == "-" {
		return report.Read(a.Stdin)
	}
	opened, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the export: %w", err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return report.Read(opened)
}
