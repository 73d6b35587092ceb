package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/recovery"
)

// interruptGrace is how long an interrupted engine may take to finish what it has begun.
const interruptGrace = 10 * time.Minute

// Pulumi runs a Pulumi CLI on the stacks of the project in a directory.
type Pulumi struct {
	// ProjectDir is the directory of Pulumi.yaml. The language host may be in its .bin.
	ProjectDir string
	// Command is the path of the CLI.
	Command string
	// Progress receives the CLI's output, cleaned, as it appears; nil discards it.
	Progress io.Writer
	// Patience is how long Deploy waits before it resumes an update that came too early for Azure; 0 is ten minutes.
	Patience time.Duration
}

// Target is where a stack's state and resources are.
type Target struct {
	Stack string
	// Simulated is set if that is the simulated Azure.
	Simulated bool
	// Empty is set if that held nothing before.
	Empty bool
	// Environment are variables, as NAME=value, beside those of this process.
	Environment []string
	// ConfigFile replaces Pulumi.<stack>.yaml; it may be empty.
	ConfigFile string
}

// operationArguments are those of the CLI. A refresh only looks: adopting what it finds is for people.
var operationArguments = map[string][]string{
	OperationPreview: {"preview", "--diff"},
	OperationRefresh: {"refresh", "--preview-only", "--diff"},
}

// Look previews or refreshes a stack without changing anything. A failure of the engine is part of the result; an error
// means that there is none.
func (p *Pulumi) Look(ctx context.Context, operation string, target Target) (*Result, error) {
	arguments, known := operationArguments[operation]
	if !known {
		return nil, fmt.Errorf("operation %q is unknown", operation)
	}
	if err := CheckStack(target.Stack); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "delivery-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the engine's events: %w", err)
	}
	defer os.RemoveAll(dir)
	events := filepath.Join(dir, "events.json")
	output, runErr := p.run(ctx, target, append(slices.Clone(arguments), "--event-log", events))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	result := &Result{Stack: target.Stack, Operation: operation, Simulated: target.Simulated, Empty: target.Empty,
		OK: runErr == nil}
	messages, err := result.readEvents(events)
	if err != nil {
		return nil, err
	}
	clean := newCleaner(target.Environment)
	result.Text = shorten(output, maxTextBytes)
	if runErr != nil {
		result.Error = shorten(clean.clean(reason(messages, output, runErr)), maxErrorBytes)
	}
	if err := result.validate(); err != nil {
		return nil, err
	}
	return result, nil
}

// reason is why the CLI failed: the engine's errors, or else the end of what it printed.
func reason(messages []string, output string, err error) string {
	if len(messages) > 0 {
		return strings.Join(messages, "\n")
	}
	lines := strings.Split(strings.TrimSpace(output), "\n")
	last := strings.Join(lines[max(0, len(lines)-20):], "\n")
	if last == "" {
		return err.Error()
	}
	return last
}

// Up updates a stack without asking. The engine's own output says what happened.
func (p *Pulumi) Up(ctx context.Context, target Target) error {
	_, err := p.up(ctx, target)
	return err
}

// up is Up with what the engine said.
func (p *Pulumi) up(ctx context.Context, target Target) (string, error) {
	output, err := p.run(ctx, target, []string{"up", "--yes"})
	if err != nil {
		said := reason(nil, output, err)
		if advice := recovery.Advice([]string{output}, ctx.Err() != nil, RecoverCommand(target.Stack)); advice != "" {
			said += "\n" + advice
		}
		return output, fmt.Errorf("update %s: %s", target.Stack, said)
	}
	return output, nil
}

// run runs the CLI and returns its cleaned output. Standard error is beside it: the engine's diagnostics belong there too.
func (p *Pulumi) run(ctx context.Context, target Target, arguments []string) (string, error) {
	if err := CheckStack(target.Stack); err != nil {
		return "", err
	}
	arguments = append(arguments, "--stack", target.Stack, "--color", "never", "--suppress-progress")
	if target.ConfigFile != "" {
		arguments = append(arguments, "--config-file", target.ConfigFile)
	}
	path, err := p.searchPath()
	if err != nil {
		return "", err
	}
	var output bytes.Buffer
	lines := &lineWriter{to: io.MultiWriter(&output, orDiscard(p.Progress)), clean: newCleaner(target.Environment)}
	_, err = pulumicli.New(p.Command).Run(ctx, pulumicli.Invocation{
		Dir: p.ProjectDir, Stdout: lines, Stderr: lines, Grace: interruptGrace,
		// The log of events is one of the CLI's options for debugging; Pulumi's Automation API uses it in the same way.
		Env: append(slices.Clone(target.Environment), "PULUMI_DEBUG_COMMANDS=true", "PATH="+path),
	}, arguments...)
	if flushErr := lines.flush(); err == nil {
		err = flushErr
	}
	return output.String(), err
}

// searchPath puts .bin first, where make builds the language host.
func (p *Pulumi) searchPath() (string, error) {
	built, err := filepath.Abs(filepath.Join(p.ProjectDir, ".bin"))
	if err != nil {
		return "", fmt.Errorf("find the language host: %w", err)
	}
	return built + string(os.PathListSeparator) + os.Getenv("PATH"), nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}
