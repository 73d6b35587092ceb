// Command validate checks a finished deployment from a jump box or build agent inside its network: nodes, policies, Flux and
// what it applies, network policies, agents, ingress. It imports neither Pulumi nor Azure's SDK, so that one small static file is
// all to bring along.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	clustermanifests "aks-regulated-pulumi/cluster-manifests"
	"aks-regulated-pulumi/internal/validate/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Only the first signal asks nicely.
	context.AfterFunc(ctx, stop)
	app := &cli.App{
		Manifests: clustermanifests.Files,
		Connect:   cli.Connect,
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
	}
	os.Exit(app.Run(ctx, os.Args[1:]))
}
