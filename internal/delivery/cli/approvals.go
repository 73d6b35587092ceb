package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"aks-regulated-pulumi/internal/delivery/github"

	"github.com/spf13/cobra"
)

func (a *App) approvalsCommand() *cobra.Command {
	var r reporting
	var environment string
	var waived bool
	cmd := &cobra.Command{
		Use:   "approvals --environment NAME --repository OWNER/NAME",
		Short: "Fail unless GitHub lets nobody use an environment before a person has approved",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.approvals(cmd.Context(), r, environment, waived)
		},
	}
	r.register(cmd)
	cmd.Flags().StringVar(&environment, "environment", "", "environment of GitHub")
	cmd.Flags().BoolVar(&waived, "waived", false, "say only that no approval is asked for, as docs/delivery.md explains")
	return cmd
}

// approvals asks GitHub, since what the documents say of approvals holds only where the plan has them: environments of private repositories
// have no reviewers but with GitHub Enterprise, and a rule that is not there lets everything through.
func (a *App) approvals(ctx context.Context, r reporting, name string, waived bool) error {
	if name == "" {
		return errors.New("--environment: expected the name of an environment")
	}
	if waived {
		return a.printf("Nobody has to approve %s: this is waived by a variable of the repository.\n", name)
	}
	client, err := r.client()
	if err != nil {
		return err
	}
	environment, err := client.Environment(ctx, name)
	var answer *github.Error
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return fmt.Errorf("environment %s does not exist in %s: set it up as docs/delivery.md says", name, r.repository)
	}
	if err != nil {
		return fmt.Errorf("read environment %s: %w", name, err)
	}
	if !environment.Reviewed() {
		return fmt.Errorf("environment %s of %s has no required reviewers, so nobody approves what runs in it: add them, or waive that as "+
			"docs/delivery.md says, section \"Without required reviewers\"", name, r.repository)
	}
	return a.printf("Environment %s: a person has to approve.\n", name)
}
