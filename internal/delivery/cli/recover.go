package cli

import (
	"context"
	"errors"
	"fmt"

	"aks-regulated-pulumi/internal/delivery"

	"github.com/spf13/cobra"
)

func (a *App) recoverCommand() *cobra.Command {
	var o lookOptions
	var how delivery.Recovery
	cmd := &cobra.Command{
		Use:   "recover --stack STACK",
		Short: "Put the state of one environment right after an update that did not end",
		Long: "Wait until Azure has finished what is under way, add to the state what Azure has and drop what it has not. Nothing changes\n" +
			"in Azure. After that, run the update again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.recover(cmd.Context(), o, how) },
	}
	stackFlag(cmd, &o.stack)
	flags := cmd.Flags()
	flags.BoolVar(&how.Unlock, "unlock", false, "remove the lock of a job that was lost; nothing else may be working on the stack")
	flags.StringArrayVar(&how.Adopt, "adopt", nil, "Azure resource id to add to the state; may be repeated")
	flags.BoolVar(&o.simulated, "simulated", false, "use the simulated Azure")
	flags.StringVar(&o.stateDir, "state-dir", "", "what the simulated Azure holds, as cmd/offline keeps it")
	return cmd
}

func (a *App) recover(ctx context.Context, o lookOptions, how delivery.Recovery) (err error) {
	target, release, err := a.target(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	pulumi, err := a.pulumi()
	if err != nil {
		return err
	}
	report, err := pulumi.Recover(ctx, target, how)
	if err != nil {
		return err
	}
	message := "Run the update again."
	if report.Clean() {
		message = "The state is in order."
	}
	_, err = fmt.Fprintln(a.Stdout, message)
	return err
}
