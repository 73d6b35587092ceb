package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"aks-regulated-pulumi/internal/delivery"
	"aks-regulated-pulumi/internal/delivery/github"

	"github.com/spf13/cobra"
)

func (a *App) commentCommand() *cobra.Command {
	var r reporting
	var commit string
	cmd := &cobra.Command{
		Use:   "comment --results DIR --repository OWNER/NAME --commit SHA",
		Short: "Write the results of previews into the one comment on their pull request",
		Long: "Write the results of previews into the one comment on their pull request.\n\n" +
			"The results are not trusted: they must be valid, and belong to an open pull request whose head is the commit.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.comment(cmd.Context(), r, commit) },
	}
	r.register(cmd)
	cmd.Flags().StringVar(&commit, "commit", "", "commit that GitHub says the run was for")
	return cmd
}

func (a *App) comment(ctx context.Context, r reporting, commit string) error {
	request, err := delivery.ReadRequest(r.results)
	if errors.Is(err, fs.ErrNotExist) {
		return a.printf("Nothing written: the run ended before it knew what to preview.\n")
	}
	if err != nil {
		return err
	}
	comment := &delivery.Comment{Request: request}
	if comment.RunURL, err = r.runURL(); err != nil {
		return err
	}
	if r.dryRun {
		if comment.Outcomes, err = delivery.ReadOutcomes(r.results, request, false); err != nil {
			return err
		}
		return a.printf("Would write to pull request %d:\n\n%s", request.PullRequest, comment.Markdown())
	}
	client, err := r.client()
	if err != nil {
		return err
	}
	pull, err := client.PullRequest(ctx, request.PullRequest)
	if err != nil {
		return err
	}
	// A run that a push overtakes is not an error, and a claim about another pull request changes nothing there.
	if pull.State != "open" || pull.Head.SHA != commit || request.Head != commit {
		return a.printf("Nothing written: %.40q is not the head of an open pull request %d.\n", commit, request.PullRequest)
	}
	if comment.Outcomes, err = delivery.ReadOutcomes(r.results, request, pull.Fork(r.repository)); err != nil {
		return err
	}
	// Where nothing was previewed before and nothing is now, silence says the same.
	create := len(request.Environments) > 0
	outcome, err := client.PutComment(ctx, request.PullRequest, delivery.CommentMarker, comment.Markdown(), create)
	if err != nil {
		return err
	}
	return a.printf("Comment on pull request %d: %s.\n", request.PullRequest, outcome)
}

func (a *App) driftCommand() *cobra.Command {
	var r reporting
	var stack string
	cmd := &cobra.Command{
		Use:   "drift --stack STACK --results DIR --repository OWNER/NAME",
		Short: "Open, update or close the issue about drift of one environment",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.drift(cmd.Context(), r, stack) },
	}
	stackFlag(cmd, &stack)
	r.register(cmd)
	return cmd
}

func (a *App) drift(ctx context.Context, r reporting, stack string) error {
	result, err := delivery.ReadResult(r.results, stack)
	if err != nil {
		return err
	}
	if result.Operation != delivery.OperationRefresh {
		return fmt.Errorf("result of %s: is a %s, not a refresh", stack, result.Operation)
	}
	// A failed look does not make an open issue wrong.
	if !result.OK {
		return fmt.Errorf("drift of %s is unknown, its issue stays as it is: %s", stack, result.Error)
	}
	runURL, err := r.runURL()
	if err != nil {
		return err
	}
	drifted, expected := result.Drift()
	if err := a.printf("%s: %d resources have drifted, %d differ as expected.\n", stack, len(drifted), len(expected)); err != nil {
		return err
	}
	issue := delivery.DriftIssue(result, runURL)
	if r.dryRun {
		return a.printDrift(issue, len(drifted) > 0)
	}
	client, err := r.client()
	if err != nil {
		return err
	}
	outcome, err := a.putDrift(ctx, client, issue, len(drifted) > 0, runURL)
	if err != nil {
		return err
	}
	return a.printf("Issue %q: %s.\n", issue.Title, outcome)
}

func (a *App) putDrift(ctx context.Context, client *github.Client, issue github.Issue, drifted bool, runURL string) (github.Outcome, error) {
	if drifted {
		return client.PutIssue(ctx, issue)
	}
	why := "The drift is gone."
	if runURL != "" {
		why = fmt.Sprintf("The drift is gone, as [this run](%s) found.", runURL)
	}
	return client.CloseIssue(ctx, issue.Marker, why)
}

func (a *App) printDrift(issue github.Issue, drifted bool) error {
	if !drifted {
		return a.printf("Would close the open issue %q, if there is one.\n", issue.Title)
	}
	return a.printf("Would open or update the issue %q with the label %s:\n\n%s", issue.Title, issue.Label, issue.Body)
}

func (a *App) printf(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.Stdout, format, args...); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}
