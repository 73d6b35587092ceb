// Command bench measures preview, first and second update of stacks of several sizes in the simulated Azure; "make bench" runs it in the
// project's directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/bench"
	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/platform"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	stack := flag.String("stack", "dev", "stack whose configuration to take")
	stamps := flag.String("stamps", "1,5,20", "numbers of stamps; the first is what the others are compared with")
	clock := flag.Float64("clock", 0, "simulated seconds that pass in a real one; 0: nothing takes time, so that only work is measured")
	limit := flag.Duration("limit", 15*time.Minute, "how long the operations on one stack may take together")
	split := flag.Bool("split", false, "each stamp in a stack of its own, beside one with hub and image")
	profiles := flag.String("profiles", "", "directory for a CPU profile of runner and simulator in each operation")
	verbose := flag.Bool("verbose", false, "show the engine's output")
	flag.Parse()
	b := &bench.Bench{
		Options: offline.Options{
			ProjectDir: ".", Stack: *stack, Program: platform.Deploy, Check: platform.CheckConfig, Supply: devcerts.Supply,
			Simulate: func(stateFile string) (offline.Simulator, error) {
				return azuresim.Start(azuresim.Options{StateFile: stateFile, Scale: *clock, Repository: os.DirFS(".")})
			},
		},
		Limit: *limit, Profiles: *profiles,
	}
	if *split {
		b.Split = &bench.Split{
			Shared: map[string]any{"parts": []any{config.PartNetwork, config.PartImage}, "resourceGroups": map[string]any{"workload": "rg-image"}},
			Stamp: func(number int) map[string]any {
				return map[string]any{
					"parts": []any{config.PartStamps}, "stamps": []any{bench.Stamp(number)},
					"hub": map[string]any{"stack": bench.SharedStack}, "imageBuilder": map[string]any{"stack": bench.SharedStack},
				}
			},
		}
	}
	for _, count := range strings.Split(*stamps, ",") {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > 99 {
			return fmt.Errorf("--stamps %q: numbers from 1 to 99, separated by commas", *stamps)
		}
		b.Stamps = append(b.Stamps, n)
	}
	if *verbose {
		b.Progress, b.Options.Stdout = os.Stderr, os.Stderr
	}
	if ran, err := b.RunProcess(ctx, os.Stdout); ran {
		return err
	}
	return b.Run(ctx, os.Stdout)
}
