package offline

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/pulumicli"
)

// interruptGrace is how long an interrupted engine may take to finish what it has begun.
const interruptGrace = time.Minute

// automationCommand is a CLI as the Automation API drives one. After each operation the API asks the CLI for outputs and history of the
// stack, and it selects the stack first. The runner needs none of that: outputs come with the events, and every command names its stack.
// So it answers such questions without starting the CLI, which takes half a second each time.
type automationCommand struct {
	*pulumicli.CLI
	// code is where the exit code of the last start goes.
	code *int
}

// answers are what the API gets instead of a start, by command.
var answers = map[string]string{"output": "{}", "history": "[]", "select": ""}

// Run runs the CLI and returns its standard output, standard error and exit code, which is -1 if it has none.
func (c automationCommand) Run(
	ctx context.Context, workdir string, stdin io.Reader, stdouts, stderrs []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	if len(args) > 1 && args[0] == "stack" {
		if answer, known := answers[args[1]]; known {
			return answer, "", 0, nil
		}
	}
	var stdout, stderr bytes.Buffer
	code, err := c.CLI.Run(ctx, pulumicli.Invocation{
		Dir: workdir, Env: slices.Concat(env, []string{"PULUMI_AUTOMATION_API=true"}), Stdin: stdin,
		Stdout: io.MultiWriter(append(stdouts, &stdout)...), Stderr: io.MultiWriter(append(stderrs, &stderr)...), Grace: interruptGrace,
	}, args...)
	*c.code = code
	return stdout.String(), stderr.String(), code, err
}

// stateFile is where the file backend keeps the state of a stack.
func stateFile(backend, project, stack string) string {
	return filepath.Join(backend, ".pulumi", "stacks", project, stack+".json")
}

// hasStack reports whether the file backend has a stack, so that it need not be made.
func hasStack(backend, project, stack string) bool {
	_, err := os.Stat(stateFile(backend, project, stack))
	return err == nil
}
