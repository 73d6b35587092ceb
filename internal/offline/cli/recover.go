package cli

import (
	"context"
	"errors"
	"fmt"

	"aks-regulated-pulumi/internal/recovery"

	"github.com/spf13/cobra"
)

func (a *App) recoverCommand() *cobra.Command {
	var adopt []string
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Put the state right after an operation that did not end",
		Long: "Wait until the simulated Azure has finished what is under way, add to the state what it has and drop what it has not.\n" +
			"After that, run the operation again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := a.recover(cmd.Context(), adopt)
			if err != nil || a.json {
				return errors.Join(err, a.printReport(report))
			}
			if report.Clean() {
				_, err = fmt.Fprintln(a.Stdout, "The state is in order.")
			} else {
				_, err = fmt.Fprintln(a.Stdout, "Run the operation again.")
			}
			return err
		},
	}
	cmd.Flags().StringArrayVar(&adopt, "adopt", nil, "Azure resource id to add to the state; may be repeated")
	return cmd
}

func (a *App) recover(ctx context.Context, adopt []string) (_ *recovery.Report, err error) {
	r, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.Recover(ctx, adopt)
}

func (a *App) printReport(report *recovery.Report) error {
	if !a.json || report == nil {
		return nil
	}
	return printJSON(a.Stdout, report)
}
