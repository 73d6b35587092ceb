package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
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
}

// FindPulumi returns the CLI that make has found or built: what PULUMI_COMMAND names, or .bin/pulumi, or pulumi on the PATH.
func FindPulumi(projectDir string) (string, error) {
	if path := os.Getenv("PULUMI_COMMAND"); path != "" {
		return path, nil
	}
	if built := filepath.Join(projectDir, ".bin", "pulumi"); isFile(built) {
		return filepath.Abs(built)
	}
	path, err := exec.LookPath("pulumi")
	if err != nil {
		return "", errors.New(`no Pulumi CLI: run "make delivery-tools"`)
	}
	return path, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
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
		return nil, fmt.Errorf("making a directory for the engine's events: %w", err)
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
	output, err := p.run(ctx, target, []string{"up", "--yes"})
	if err != nil {
		return fmt.Errorf("updating %s: %s", target.Stack, reason(nil, output, err))
	}
	return nil
}

// run runs the CLI and returns its cleaned output. Standard error is beside it: the engine's diagnostics belong there too.
func (p *Pulumi) run(ctx context.Context, target Target, arguments []string) (string, error) {
	if err := CheckStack(target.Stack); err != nil {
		return "", err
	}
	arguments = append(arguments, "--stack", target.Stack, "--color", "never", "--non-interactive", "--suppress-progress")
	if target.ConfigFile != "" {
		arguments = append(arguments, "--config-file", target.ConfigFile)
	}
	path, err := p.searchPath()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, p.Command, arguments...)
	cmd.Dir = p.ProjectDir
	// The log of events is one of the CLI's options for debugging; Pulumi's Automation API uses it in the same way.
	cmd.Env = slices.Concat(os.Environ(), target.Environment,
		[]string{"PULUMI_DEBUG_COMMANDS=true", "PULUMI_SKIP_UPDATE_CHECK=true", "PATH=" + path})
	var output bytes.Buffer
	lines := &lineWriter{to: io.MultiWriter(&output, orDiscard(p.Progress)), clean: newCleaner(target.Environment)}
	cmd.Stdout, cmd.Stderr = lines, lines
	// In a group of its own the engine gets one interrupt, ours: a second one makes it give up and leave resources behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptGrace
	err = cmd.Run()
	if flushErr := lines.flush(); err == nil {
		err = flushErr
	}
	return output.String(), err
}

// searchPath puts .bin first, where make builds the language host.
func (p *Pulumi) searchPath() (string, error) {
	built, err := filepath.Abs(filepath.Join(p.ProjectDir, ".bin"))
	if err != nil {
		return "", fmt.Errorf("finding the language host: %w", err)
	}
	return built + string(os.PathListSeparator) + os.Getenv("PATH"), nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}
