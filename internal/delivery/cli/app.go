// Package cli is the command line of what the workflows run: one thin command per step.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"aks-regulated-pulumi/internal/delivery"
	"aks-regulated-pulumi/internal/delivery/github"

	"github.com/spf13/cobra"
)

// App is what the command line operates.
type App struct {
	// ProjectDir is the directory of Pulumi.yaml, the root of the repository.
	ProjectDir string
	// Simulator is the path of the program that serves the simulated Azure.
	Simulator string
	// Stdout and Stderr are where the commands write.
	Stdout, Stderr io.Writer
}

// Run runs the command line and returns the exit code: 0, or 1 after an error, which it has reported once.
func (a *App) Run(ctx context.Context, args []string) int {
	root := a.Command()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(a.Stderr, "delivery: %v\n", err)
		return 1
	}
	return 0
}

func (a *App) Command() *cobra.Command {
	root := &cobra.Command{
		Use:   "delivery",
		Short: "The steps of the workflows: find what changed, preview, deploy, and tell people",
		Long: "The steps of the workflows in .github/workflows. All of them run on any machine; what writes to GitHub or\n" +
			"needs Azure can be tried with --dry-run and --simulated.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.AddCommand(a.changedCommand(), a.previewCommand(), a.refreshCommand(), a.deployCommand(), a.recoverCommand(),
		a.commentCommand(), a.driftCommand(), a.approvalsCommand())
	return root
}

// reporting are the flags of the commands that write to GitHub.
type reporting struct {
	results, repository, runID string
	dryRun                     bool
}

func (r *reporting) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&r.results, "results", "results", "directory of the results")
	flags.StringVar(&r.repository, "repository", os.Getenv("GITHUB_REPOSITORY"), "owner/name of the repository to write to")
	flags.StringVar(&r.runID, "run", "", "number of the workflow's run to link to")
	flags.BoolVar(&r.dryRun, "dry-run", false, "print what would be written, and ask GitHub nothing")
}

// runURL is the page of the run, or empty.
func (r *reporting) runURL() (string, error) {
	if r.runID == "" {
		return "", nil
	}
	for _, digit := range r.runID {
		if digit < '0' || digit > '9' {
			return "", fmt.Errorf("--run %q: expected a number", r.runID)
		}
	}
	if err := github.CheckRepository(r.repository); err != nil {
		return "", err
	}
	server := os.Getenv("GITHUB_SERVER_URL")
	if server == "" {
		server = "https://github.com"
	}
	return server + "/" + r.repository + "/actions/runs/" + r.runID, nil
}

func (r *reporting) client() (*github.Client, error) {
	client := &github.Client{BaseURL: os.Getenv("GITHUB_API_URL"), Token: os.Getenv("GITHUB_TOKEN"), Repository: r.repository}
	if client.BaseURL == "" {
		client.BaseURL = "https://api.github.com"
	}
	if client.Token == "" {
		return nil, errors.New("GITHUB_TOKEN is not set; --dry-run needs none")
	}
	return client, github.CheckRepository(r.repository)
}

// stackFlag registers the flag that chooses the environment.
func stackFlag(cmd *cobra.Command, stack *string) {
	cmd.Flags().StringVar(stack, "stack", "", "environment to work on, one that has a Pulumi.<stack>.yaml")
	cmd.PreRunE = func(*cobra.Command, []string) error { return delivery.CheckStack(*stack) }
}
