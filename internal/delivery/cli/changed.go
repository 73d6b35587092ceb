package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"aks-regulated-pulumi/internal/delivery"

	"github.com/spf13/cobra"
)

type changedOptions struct {
	base, head, results string
	all, output         bool
	request             delivery.Request
}

func (a *App) changedCommand() *cobra.Command {
	var o changedOptions
	cmd := &cobra.Command{
		Use:   "changed --base REVISION | --all",
		Short: "Print the environments that a change touches as a JSON list",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.changed(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.base, "base", "", "revision that the change starts from")
	flags.StringVar(&o.head, "head", "HEAD", "revision with the change")
	flags.BoolVar(&o.all, "all", false, "print all environments of head")
	flags.BoolVar(&o.output, "output", false, "also set the output environments of the workflow's step")
	flags.IntVar(&o.request.PullRequest, "pull-request", 0, "number of the pull request, to be kept for the comment")
	flags.StringVar(&o.request.Head, "commit", "", "head commit of the pull request")
	flags.StringVar(&o.results, "results", "results", "directory to keep them in")
	return cmd
}

func (a *App) changed(ctx context.Context, o changedOptions) error {
	if o.all == (o.base != "") {
		return errors.New("one of --base and --all is needed")
	}
	find := func() ([]string, error) { return delivery.Changed(ctx, a.ProjectDir, o.base, o.head) }
	if o.all {
		find = func() ([]string, error) { return delivery.Environments(ctx, a.ProjectDir, o.head) }
	}
	environments, err := find()
	if err != nil {
		return err
	}
	if o.request.PullRequest != 0 {
		o.request.Environments = environments
		if err := o.request.Write(o.results); err != nil {
			return err
		}
	}
	list, err := json.Marshal(environments)
	if err != nil {
		return fmt.Errorf("encode the environments: %w", err)
	}
	if o.output {
		if err := setOutput("environments", string(list)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.Stdout, "%s\n", list)
	return err
}

// setOutput sets an output of the workflow's step. The value is on one line: stack names have no line breaks.
func setOutput(name, value string) error {
	path := os.Getenv("GITHUB_OUTPUT")
	if path == "" {
		return errors.New("--output: GITHUB_OUTPUT is not set, as in a workflow")
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("set an output: %w", err)
	}
	_, err = fmt.Fprintf(file, "%s=%s\n", name, value)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("set an output: %w", err)
	}
	return nil
}
