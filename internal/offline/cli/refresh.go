package cli

import (
	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) refreshCommand() *cobra.Command {
	return a.operationCommand("refresh", "Read everything back and adopt what differs", (*offline.Runner).Refresh, operationFlags{expectNoChanges: true})
}
