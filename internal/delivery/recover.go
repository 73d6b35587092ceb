package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"aks-regulated-pulumi/internal/pulumicli"
	"aks-regulated-pulumi/internal/recovery"
)

// RecoverCommand is how the state of an environment is put right after an update that did not end.
func RecoverCommand(stack string) string { return ".bin/delivery recover --stack " + stack }

// Recovery is what a recovery can be told.
type Recovery struct {
	// Unlock removes the lock that a lost job has left. Nothing else may be working on the stack.
	Unlock bool
	// Adopt are Azure resource ids to add to the state although nothing there shows that they are the stack's.
	Adopt []string
}

// Recover puts the state right after an update that did not end, as recovery.Stack does.
func (p *Pulumi) Recover(ctx context.Context, target Target, how Recovery) (*recovery.Report, error) {
	if err := CheckStack(target.Stack); err != nil {
		return nil, err
	}
	cli := func(ctx context.Context, env []string, stdin io.Reader, args ...string) ([]byte, error) {
		return p.ask(ctx, target, env, stdin, args...)
	}
	if how.Unlock {
		if _, err := cli(ctx, nil, nil, "cancel", "--yes", target.Stack); err != nil {
			return nil, fmt.Errorf("unlock %s: %w", target.Stack, err)
		}
	}
	stack := &recovery.Stack{
		Name: target.Stack, CLI: cli, Progress: orDiscard(p.Progress), Adopt: how.Adopt,
		Preview: func(ctx context.Context) ([]recovery.Planned, error) { return p.planned(ctx, target) },
	}
	return stack.Run(ctx)
}

// ask runs the CLI for its standard output, which stays out of the log: it may be a state.
func (p *Pulumi) ask(ctx context.Context, target Target, env []string, stdin io.Reader, args ...string) ([]byte, error) {
	if target.ConfigFile != "" && (args[0] == "refresh" || args[0] == "preview") {
		args = append(args, "--config-file", target.ConfigFile)
	}
	path, err := p.searchPath()
	if err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	_, err = pulumicli.New(p.Command).Run(ctx, pulumicli.Invocation{
		Dir: p.ProjectDir, Stdin: stdin, Stdout: &stdout, Stderr: &stderr, Grace: interruptGrace,
		Env: slices.Concat(target.Environment, env, []string{"PULUMI_DEBUG_COMMANDS=true", "PATH=" + path}),
	}, args...)
	if err != nil {
		said := newCleaner(target.Environment).clean(stderr.String())
		if args[0] != "stack" {
			said += newCleaner(target.Environment).clean(stdout.String())
		}
		return nil, errors.New(reason(nil, said, err))
	}
	return stdout.Bytes(), nil
}

// planned runs the program without changing anything.
func (p *Pulumi) planned(ctx context.Context, target Target) (planned []recovery.Planned, err error) {
	dir, err := os.MkdirTemp("", "delivery-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the engine's events: %w", err)
	}
	defer os.RemoveAll(dir)
	log := filepath.Join(dir, "events.json")
	if _, err := p.ask(ctx, target, nil, nil, "preview", "--stack", target.Stack, "--event-log", log); err != nil {
		return nil, err
	}
	file, err := os.Open(log)
	if err != nil {
		return nil, fmt.Errorf("read the engine's events: %w", err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	for {
		var event struct {
			Resource struct {
				Metadata struct {
					Op  string
					New *recovery.Planned
				}
			} `json:"resourcePreEvent"`
		}
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			return planned, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the engine's events: %w", err)
		}
		if made := event.Resource.Metadata.New; made != nil {
			made.Op = event.Resource.Metadata.Op
			planned = append(planned, *made)
		}
	}
}
