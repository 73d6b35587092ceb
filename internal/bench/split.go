package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/pulumicli"
)

// Split is a platform in one stack per stamp, and one stack with all that the stamps share, in one simulated Azure.
type Split struct {
	// Shared is the configuration of the stack SharedStack, Stamp that of the stack of one stamp, by its number.
	Shared map[string]any
	Stamp  func(number int) map[string]any
}

// SharedStack is the name of the stack with what all stamps share.
const SharedStack = "shared"

// shared is the number of that stack among those of the stamps.
const shared = 0

// split deploys one stack after the other, and measures the operations on the last one whenever there are as many as b.Stamps has.
func (b *Bench) split(ctx context.Context, table *table) (err error) {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove(&err)
	const firstUp = 1
	for number := shared; number <= slices.Max(b.Stamps); number++ {
		first, last := firstUp, firstUp
		measures := slices.Contains(b.Stamps, number)
		if measures {
			first, last = 0, len(operations)-1
		}
		limited, cancel := context.WithTimeoutCause(ctx, b.Limit, fmt.Errorf("stack %d did not end within %s", number, b.Limit))
		for i := first; i <= last; i++ {
			measured, err := b.process(limited, number, i, dir)
			if limited.Err() != nil {
				cancel()
				return context.Cause(limited)
			}
			if err != nil {
				cancel()
				return fmt.Errorf("%s of stack %d: %w", operations[i].name, number, err)
			}
			if measures {
				table.add(number, 1, operations[i].name, measured)
			}
		}
		cancel()
	}
	return nil
}

// options are those of one of the stacks, whose file is a copy of the configured stack's.
func (s *Split) options(opts offline.Options, number int) (offline.Options, error) {
	name, config := SharedStack, s.Shared
	if number != shared {
		name, config = fmt.Sprintf("stamp%02d", number), s.Stamp(number)
	}
	command, err := pulumicli.Find(opts.ProjectDir)
	if err != nil {
		return opts, err
	}
	project := filepath.Join(opts.StateDir, "project")
	if err := os.MkdirAll(project, 0o700); err != nil {
		return opts, fmt.Errorf("make a project: %w", err)
	}
	for from, to := range map[string]string{"Pulumi.yaml": "Pulumi.yaml", "Pulumi." + opts.Stack + ".yaml": "Pulumi." + name + ".yaml"} {
		content, err := os.ReadFile(filepath.Join(opts.ProjectDir, from))
		if err != nil {
			return opts, fmt.Errorf("copy the project: %w", err)
		}
		if err := os.WriteFile(filepath.Join(project, to), content, 0o600); err != nil {
			return opts, fmt.Errorf("copy the project: %w", err)
		}
	}
	opts.ProjectDir, opts.Stack, opts.Azure, opts.Command, opts.Config = project, name, SharedStack, command, config
	return opts, nil
}
