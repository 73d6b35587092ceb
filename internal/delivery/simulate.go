package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Simulator is the program that serves the simulated Azure to a plain Pulumi CLI. A program of its own keeps Azure's SDK out
// of this one, and lets a preview take the same way as on Azure: the CLI, the language host and the program as built from source.
type Simulator struct {
	// Command is the path of cmd/offline, and StateDir where it keeps states. An empty directory is an empty subscription.
	Command, StateDir string
	// ProjectDir is the directory of Pulumi.yaml.
	ProjectDir string
}

// served is what the simulator prints when it is ready.
type served struct {
	Environment []struct{ Name, Value string } `json:"environment"`
	ConfigFile  string                         `json:"configFile"`
}

// Serve starts the simulator for a stack. Stop ends it and keeps its state.
func (s *Simulator) Serve(ctx context.Context, stack string) (_ Target, stop func() error, err error) {
	if err := CheckStack(stack); err != nil {
		return Target{}, nil, err
	}
	_, statErr := os.Stat(filepath.Join(s.StateDir, stack))
	cmd := exec.CommandContext(ctx, s.Command, "serve", "--json", "--stack", stack, "--state-dir", s.StateDir)
	cmd.Dir = s.ProjectDir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Target{}, nil, fmt.Errorf("start the simulated Azure: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return Target{}, nil, fmt.Errorf(`start the simulated Azure: %w: run "make delivery-simulator"`, err)
	}
	var ready served
	if err := json.NewDecoder(stdout).Decode(&ready); err != nil {
		// What it says about itself is complete only when it has ended.
		err = errors.Join(err, interrupt(cmd))
		return Target{}, nil, fmt.Errorf("start the simulated Azure: %s", reason(nil, stderr.String(), err))
	}
	target := Target{Stack: stack, Simulated: true, Empty: statErr != nil, ConfigFile: ready.ConfigFile}
	for _, variable := range ready.Environment {
		target.Environment = append(target.Environment, variable.Name+"="+variable.Value)
	}
	return target, func() error { return interrupt(cmd) }, nil
}

func interrupt(cmd *exec.Cmd) error {
	// It may have ended by itself, which Wait reports.
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("stop the simulated Azure: %w", err)
	}
	return nil
}
