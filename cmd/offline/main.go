// Command offline previews, updates, refreshes and destroys the platform with the real Pulumi engine against a simulated
// Azure. Run it in the project's directory; "make" has a target for each of its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/offline/cli"
	"aks-regulated-pulumi/platform"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Only the first signal asks nicely.
	context.AfterFunc(ctx, stop)
	app := &cli.App{
		ProjectDir: ".",
		Program:    platform.Deploy,
		Check:      platform.CheckConfig,
		Supply:     devcerts.Supply,
		Simulate:   simulate,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
	}
	os.Exit(app.Run(ctx, os.Args[1:]))
}

func simulate(simulation cli.Simulation) (offline.Simulator, error) {
	// Returned as it is, a nil *azuresim.Server would make a non-nil Simulator.
	server, err := azuresim.Start(azuresim.Options{
		StateFile: simulation.StateFile, Scale: simulation.Clock, Propagation: azuresim.Propagation(simulation.Propagation), Repository: os.DirFS("."),
		LandingZone: simulation.LandingZone,
	})
	if err != nil {
		return nil, err
	}
	return server, nil
}
