package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) exportCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "export",
		Short: `Print the deployment as "pulumi stack export" does`,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			deployment, err := a.export(cmd.Context())
			if err != nil {
				return err
			}
			if file == "" {
				_, err = a.Stdout.Write(deployment)
			} else {
				err = os.WriteFile(file, deployment, 0o600)
			}
			if err != nil {
				return fmt.Errorf("write the deployment: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "file to write instead of standard output")
	return cmd
}

func (a *App) export(ctx context.Context) (_ json.RawMessage, err error) {
	opts, err := a.options()
	if err != nil {
		return nil, err
	}
	r, err := offline.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.Export(ctx)
}
