package cli

import (
	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) upCommand() *cobra.Command {
	return a.operationCommand("up", "Create or update everything", (*offline.Runner).Up, operationFlags{expectNoChanges: true, replace: true})
}
