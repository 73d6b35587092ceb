// Package pulumicli finds the Pulumi CLI, checks its version and runs it. It does not link the SDK, which commands that only run the CLI would
// have to load.
package pulumicli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/blang/semver"
)

// Variable names the environment variable that chooses the Pulumi CLI.
const Variable = "PULUMI_COMMAND"

// Find returns the path of the Pulumi CLI to use: what PULUMI_COMMAND names, or else .bin/pulumi in projectDir, where make builds it, or
// else pulumi on the PATH. It does not check the version.
func Find(projectDir string) (string, error) {
	if path := os.Getenv(Variable); path != "" {
		return path, nil
	}
	built := filepath.Join(projectDir, ".bin", "pulumi")
	if info, err := os.Stat(built); err == nil && info.Mode().IsRegular() {
		return filepath.Abs(built)
	}
	path, err := exec.LookPath("pulumi")
	if err != nil {
		return "", errors.New("no Pulumi CLI: run \"make cli\", or install it")
	}
	return path, nil
}

// CLI is a Pulumi CLI.
type CLI struct {
	path    string
	version semver.Version
	starts  atomic.Int64
}

// New returns the CLI at a path, of any version.
func New(path string) *CLI { return &CLI{path: path} }

// Path returns the CLI's path.
func (c *CLI) Path() string { return c.path }

// Version returns the CLI's version; it is zero unless Open has read it.
func (c *CLI) Version() semver.Version { return c.version }

// Starts returns how many processes of the CLI have been started.
func (c *CLI) Starts() int { return int(c.starts.Load()) }

// Invocation is how to run the CLI.
type Invocation struct {
	// Dir is the working directory; empty is that of this process.
	Dir string
	// Env has variables as NAME=value, over those of this process.
	Env []string
	// Stdin, Stdout and Stderr may be nil.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Grace is how long an interrupted CLI may take to finish what it has begun; 0 is without limit.
	Grace time.Duration
}

// Run runs the CLI with arguments, never interactively, and waits for it. It returns the exit code, or -1 if there is none. When the
// context ends, the CLI is interrupted once, as by Ctrl-C.
func (c *CLI) Run(ctx context.Context, how Invocation, args ...string) (int, error) {
	cmd := exec.CommandContext(ctx, c.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = how.Dir, how.Stdin, how.Stdout, how.Stderr
	cmd.Env = slices.Concat(os.Environ(), how.Env, []string{"PULUMI_SKIP_UPDATE_CHECK=true"})
	// In a process group of its own the CLI does not get the terminal's Ctrl-C as well: a second interrupt makes it give up at once and
	// leave resources behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = how.Grace
	c.starts.Add(1)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		err = fmt.Errorf("run %s: %w", c.path, err)
	}
	return cmd.ProcessState.ExitCode(), err
}
