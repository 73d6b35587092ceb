package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/recovery"
)

// recoverEvery is how long to wait before the simulated Azure is asked again; its time passes faster.
const recoverEvery = 300 * time.Millisecond

// Recover puts the state right after an operation that did not end, as recovery.Stack does. Adopt are ids to add although nothing shows that
// they are the stack's.
func (r *Runner) Recover(ctx context.Context, adopt []string) (*recovery.Report, error) {
	if err := clearEngineLocks(ctx, r.layout.backend); err != nil {
		return nil, err
	}
	if err := removeTornAttributes(r.layout.backend); err != nil {
		return nil, err
	}
	stack := &recovery.Stack{
		Name: r.opts.Stack, CLI: r.runCLI, Preview: r.previewQuietly, Progress: r.opts.Stdout, Adopt: adopt, Every: recoverEvery,
	}
	report, err := stack.Run(ctx)
	if err != nil {
		return report, fmt.Errorf("recover stack %q: %w", r.opts.Stack, err)
	}
	return report, nil
}

// runCLI runs the CLI for the recovery.
func (r *Runner) runCLI(ctx context.Context, env []string, stdin io.Reader, args ...string) ([]byte, error) {
	var all []string
	for _, v := range r.env {
		all = append(all, v.Name+"="+v.Value)
	}
	var stdout, stderr bytes.Buffer
	_, err := r.command.Run(ctx, pulumicli.Invocation{
		Dir: r.layout.project, Env: append(all, env...), Stdin: stdin, Stdout: &stdout, Stderr: &stderr, Grace: interruptGrace,
	}, args...)
	if err != nil {
		return nil, &EngineError{Operation: args[0], Stack: r.opts.Stack, Messages: []string{plainError(stderr.String()+stdout.String(), err)}}
	}
	return stdout.Bytes(), nil
}

// previewQuietly is a preview of which nothing is shown.
func (r *Runner) previewQuietly(ctx context.Context) ([]recovery.Planned, error) {
	quiet := *r
	quiet.opts.Stdout, quiet.opts.Stderr = nil, nil
	result, err := quiet.Preview(ctx, RunOptions{})
	if err != nil {
		return nil, err
	}
	var planned []recovery.Planned
	for _, event := range result.Events {
		if event.ResourcePreEvent == nil || event.ResourcePreEvent.Metadata.New == nil {
			continue
		}
		made := event.ResourcePreEvent.Metadata.New
		planned = append(planned, recovery.Planned{
			Op: string(event.ResourcePreEvent.Metadata.Op), URN: made.URN, Type: made.Type, Parent: made.Parent, Provider: made.Provider,
			Protect: made.Protect, RetainOnDelete: made.RetainOnDelete, Inputs: made.Inputs,
		})
	}
	return planned, nil
}

// pendingOperations counts what an interrupted operation has left in a file of the engine's state.
func pendingOperations(path string) (int, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for pending operations: %w", err)
	}
	var state struct {
		Checkpoint struct {
			Latest struct {
				PendingOperations []json.RawMessage `json:"pending_operations"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		return 0, fmt.Errorf("look for pending operations: %w", err)
	}
	return len(state.Checkpoint.Latest.PendingOperations), nil
}
