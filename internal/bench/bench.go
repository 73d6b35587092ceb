// Package bench measures what operations of the offline runner cost as a stack grows: how often the Pulumi CLI starts, how long they
// take, and how much memory the two processes need.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"aks-regulated-pulumi/internal/offline"
)

// Bench is a benchmark of one program.
type Bench struct {
	// Options are the runner's; state directory and stamps are set for each measurement.
	Options offline.Options
	// Stamps are the numbers of stamps to measure, the first of which the others are compared with.
	Stamps []int
	// Split has each stamp in a stack of its own; nil has all of them in one.
	Split *Split
	// Limit is how long the three operations on one stack may take together.
	Limit time.Duration
	// Profiles is a directory for a CPU profile of the runner in each operation; empty writes none.
	Profiles string
	// Progress receives the CLI's output; nil discards it.
	Progress io.Writer
}

// operations are what is measured on each stack, in this order: a preview and an update of nothing, and an update without a change.
var operations = []struct {
	name string
	run  func(*offline.Runner, context.Context, offline.RunOptions) (*offline.Result, error)
}{
	{"preview", (*offline.Runner).Preview},
	{"first up", (*offline.Runner).Up},
	{"second up", (*offline.Runner).Up},
}

// measurement is what one operation cost.
type measurement struct {
	Resources int
	// Starts counts processes of the CLI.
	Starts  int
	Seconds float64
	// RunnerCPU and CommandCPU are seconds of processor time, of the runner with program and simulator, and of the CLI with the engine.
	RunnerCPU, CommandCPU float64
	// RunnerPeak and CommandPeak are the largest resident sets in bytes; 0 is unknown.
	RunnerPeak, CommandPeak int64
}

// Run measures every stack, each in a state directory of its own, and writes a table row by row.
func (b *Bench) Run(ctx context.Context, w io.Writer) error {
	table := newTable(w)
	if b.Split != nil {
		return b.split(ctx, table)
	}
	for _, stamps := range b.Stamps {
		if err := b.stack(ctx, stamps, table); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) stack(ctx context.Context, stamps int, table *table) (err error) {
	dir, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove(&err)
	ctx, cancel := context.WithTimeoutCause(ctx, b.Limit, fmt.Errorf("%d stamps did not end within %s", stamps, b.Limit))
	defer cancel()
	for i, operation := range operations {
		measured, err := b.process(ctx, stamps, i, dir)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s of %d stamps: %w", operation.name, stamps, err)
		}
		table.add(stamps, stamps, operation.name, measured)
	}
	return nil
}

// scratch makes a state directory, and returns what removes it and adds its own error to another.
func scratch() (dir string, remove func(*error), err error) {
	dir, err = os.MkdirTemp("", "bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make a state directory: %w", err)
	}
	return dir, func(err *error) { *err = errors.Join(*err, os.RemoveAll(dir)) }, nil
}

// process runs one operation in a process of its own, as peaks of memory are counted by process.
func (b *Bench) process(ctx context.Context, stamps, operation int, dir string) (*measurement, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the benchmark's own program: %w", err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", processVariable, stamps, operation, dir))
	cmd.Stdout, cmd.Stderr = &stdout, io.MultiWriter(&stderr, orDiscard(b.Progress))
	// The runner interrupts the engine, which ends what it has begun.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	measured := &measurement{}
	if err := json.Unmarshal(stdout.Bytes(), measured); err != nil {
		return nil, fmt.Errorf("read what was measured: %w", err)
	}
	return measured, nil
}

// processVariable tells a process of the benchmark which operation it is to run: number of stamps, index, state directory.
const processVariable = "BENCH_OPERATION"

// RunProcess runs one operation and prints what it cost, if this process was started for that; otherwise it returns false.
func (b *Bench) RunProcess(ctx context.Context, w io.Writer) (bool, error) {
	asked, ok := os.LookupEnv(processVariable)
	if !ok {
		return false, nil
	}
	var stamps, operation int
	var dir string
	if _, err := fmt.Sscanf(asked, "%d %d %s", &stamps, &operation, &dir); err != nil {
		return true, fmt.Errorf("read %s: %w", processVariable, err)
	}
	measured, err := b.measure(ctx, stamps, operation, dir)
	if err != nil {
		return true, err
	}
	return true, json.NewEncoder(w).Encode(measured)
}

func (b *Bench) measure(ctx context.Context, stamps, operation int, dir string) (_ *measurement, err error) {
	if b.Profiles != "" {
		name := fmt.Sprintf("%d-%s.pprof", stamps, operations[operation].name)
		stop, err := profile(filepath.Join(b.Profiles, name))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	opts, err := b.options(stamps, dir)
	if err != nil {
		return nil, err
	}
	peak := watchPeaks()
	began, idle := time.Now(), 0.0
	runner, err := offline.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	if b.Split != nil {
		// The simulator has read all that the other stacks have. Azure would not have had to.
		began, idle = time.Now(), cpuSeconds(syscall.RUSAGE_SELF)
	}
	result, err := operations[operation].run(runner, ctx, offline.RunOptions{})
	if err != nil {
		return nil, err
	}
	m := &measurement{Starts: runner.Starts(), Seconds: time.Since(began).Seconds()}
	for _, count := range result.Changes {
		m.Resources += count
	}
	m.RunnerPeak, m.CommandPeak = peak()
	m.RunnerCPU, m.CommandCPU = cpuSeconds(syscall.RUSAGE_SELF)-idle, cpuSeconds(syscall.RUSAGE_CHILDREN)
	return m, nil
}

func (b *Bench) options(stamps int, dir string) (offline.Options, error) {
	opts := b.Options
	opts.StateDir = dir
	if b.Split != nil {
		return b.Split.options(opts, stamps)
	}
	opts.Config = map[string]any{"stamps": stampConfig(stamps)}
	return opts, nil
}

// stampConfig is a list of stamps by the key "stamps", each with a /16 of its own.
func stampConfig(count int) []map[string]any {
	var stamps []map[string]any
	for i := range count {
		stamps = append(stamps, Stamp(i+1))
	}
	return stamps
}

// Stamp is one element of the key "stamps", by its number.
func Stamp(number int) map[string]any {
	// 10.200 and 10.241 are the hub's and the image builder's by default.
	return map[string]any{"name": fmt.Sprintf("%02d", number), "addressSpace": "10." + strconv.Itoa(99+number) + ".0.0/16"}
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}
