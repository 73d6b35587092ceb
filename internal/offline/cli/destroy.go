package cli

import (
	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) destroyCommand() *cobra.Command {
	return a.operationCommand("destroy", "Delete everything", (*offline.Runner).Destroy, operationFlags{})
}
