package offline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3"
)

// CommandVariable names the environment variable that chooses the Pulumi CLI.
const CommandVariable = "PULUMI_COMMAND"

// FindCommand returns the path of the Pulumi CLI to use: what PULUMI_COMMAND names, or else .bin/pulumi in projectDir,
// where make builds it, or else pulumi on the PATH. The first that exists is taken. Open checks its version.
func FindCommand(projectDir string) (string, error) {
	if path := os.Getenv(CommandVariable); path != "" {
		return path, nil
	}
	built := filepath.Join(projectDir, ".bin", "pulumi")
	if _, err := os.Stat(built); err == nil {
		return built, nil
	}
	path, err := exec.LookPath("pulumi")
	if err != nil {
		return "", fmt.Errorf("no Pulumi CLI: run \"make cli\", or install version %s or newer", sdk.Version)
	}
	return path, nil
}

// interruptGrace is how long an interrupted engine may take to finish what it has begun.
const interruptGrace = time.Minute

// command is a Pulumi CLI, in the form in which the Automation API drives one. The API's own finds the CLI only in
// certain places, and logs into the user's Pulumi home even to ask for the version.
type command struct {
	path    string
	version semver.Version
}

// openCommand checks that the CLI at path runs and is recent enough: of the version of the Pulumi SDK that this module
// uses, or a newer one of the same major version, because the SDK may use what older engines lack. Home is the Pulumi
// home to ask with.
func openCommand(ctx context.Context, path, home string) (*command, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding the Pulumi CLI: %w", err)
	}
	c := &command{path: path}
	stdout, _, _, err := c.Run(ctx, "", nil, nil, nil,
		[]string{"PULUMI_HOME=" + home, "PULUMI_SKIP_UPDATE_CHECK=true"}, "version")
	if err != nil {
		return nil, fmt.Errorf("asking the Pulumi CLI for its version: %w", err)
	}
	if c.version, err = semver.ParseTolerant(strings.TrimSpace(stdout)); err != nil {
		return nil, fmt.Errorf("asking the Pulumi CLI %s for its version: %w", path, err)
	}
	if c.version.LT(sdk.Version) || c.version.Major != sdk.Version.Major {
		return nil, fmt.Errorf("the Pulumi CLI %s has version %s, but %d.x from %s on is needed: run \"make cli\"",
			path, c.version, sdk.Version.Major, sdk.Version)
	}
	return c, nil
}

// Version returns the CLI's version.
func (c *command) Version() semver.Version {
	return c.version
}

// Run runs the CLI and returns its standard output, standard error and exit code, which is -1 if it has none. A
// cancelled context interrupts the CLI as Ctrl-C would, once.
func (c *command) Run(
	ctx context.Context, workdir string, stdin io.Reader, stdouts, stderrs []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir = workdir
	cmd.Env = slices.Concat(os.Environ(), env, []string{"PULUMI_AUTOMATION_API=true"})
	cmd.Stdin = stdin
	cmd.Stdout = io.MultiWriter(append(stdouts, &stdout)...)
	cmd.Stderr = io.MultiWriter(append(stderrs, &stderr)...)
	// In a process group of its own the CLI does not get the terminal's Ctrl-C in addition to ours: a second one would
	// make it give up at once and leave resources behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptGrace
	err := cmd.Run()
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), err
}
