// Command delivery has the steps of the workflows in .github/workflows. Run it in the root of the repository;
// "make delivery-dry-run" runs all of them without an account.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"aks-regulated-pulumi/internal/delivery/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Only the first signal asks nicely.
	context.AfterFunc(ctx, stop)
	app := &cli.App{
		ProjectDir: ".",
		Simulator:  filepath.Join(".bin", "offline"),
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
	}
	os.Exit(app.Run(ctx, os.Args[1:]))
}
