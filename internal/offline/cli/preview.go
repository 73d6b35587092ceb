package cli

import (
	"context"
	"fmt"

	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) previewCommand() *cobra.Command {
	return a.operationCommand("preview", "Show what an update would change", a.preview, operationFlags{expectNoChanges: true, replace: true})
}

// preview also shows the components as a tree: without a terminal of its own the engine lists resources as they come,
// unless it shows each one in full.
func (a *App) preview(r *offline.Runner, ctx context.Context, options offline.RunOptions) (*offline.Result, error) {
	result, err := r.Preview(ctx, options)
	if err != nil || a.json || options.Diff {
		return result, err
	}
	if _, err := fmt.Fprintln(a.Stdout, "\nResources by component:"); err != nil {
		return result, fmt.Errorf("print the resources: %w", err)
	}
	return result, result.WriteTree(a.Stdout)
}
