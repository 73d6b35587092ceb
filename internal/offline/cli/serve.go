package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/offline"

	"github.com/spf13/cobra"
)

func (a *App) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Keep the simulated Azure running for a plain Pulumi CLI",
		Long: "Keep the simulated Azure running until interrupted, and print the environment and the commands with which a\n" +
			"plain Pulumi CLI works on the stack from another terminal. The stack's configuration is read once, at the start.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *App) serve(ctx context.Context) (err error) {
	r, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	attach, err := newAttachment(r, a.ProjectDir, a.stack)
	if err != nil {
		return err
	}
	if a.json {
		err = printJSON(a.Stdout, attach)
	} else {
		err = attach.printShell(a.Stdout)
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// attachment is what a plain Pulumi CLI needs to know to work on the served stack.
type attachment struct {
	Stack string `json:"stack"`
	// Environment has the variables to set.
	Environment []offline.Variable `json:"environment"`
	// Path are the directories to put in front of PATH, so that the CLI and its language host for Go are found.
	Path []string `json:"path,omitempty"`
	// ConfigFile is the stack's configuration, to be given to each command.
	ConfigFile string `json:"configFile"`
	// Commands are examples for a POSIX shell in the project's directory.
	Commands []string `json:"commands"`
}

func newAttachment(r *offline.Runner, projectDir, stack string) (*attachment, error) {
	path, err := pathAdditions(r.Command(), projectDir)
	if err != nil {
		return nil, err
	}
	attach := &attachment{
		Stack:       stack,
		Environment: r.Environment(),
		Path:        path,
		ConfigFile:  r.ConfigFile(),
	}
	for _, operation := range []string{"preview", "up", "refresh", "destroy"} {
		attach.Commands = append(attach.Commands,
			fmt.Sprintf("pulumi %s --stack %s --config-file %s", operation, quote(stack), quote(attach.ConfigFile)))
	}
	return attach, nil
}

func (t *attachment) printShell(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# The simulated Azure of stack %s runs until Ctrl-C. In another terminal, in this directory:\n", t.Stack)
	for _, v := range t.Environment {
		fmt.Fprintf(&b, "export %s=%s\n", v.Name, quote(v.Value))
	}
	if len(t.Path) > 0 {
		fmt.Fprintf(&b, "export PATH=%s:\"$PATH\"\n", quote(strings.Join(t.Path, string(os.PathListSeparator))))
	}
	b.WriteString("\n# Then, for example; without --config-file the CLI would write into the checked-in file:\n")
	for _, command := range t.Commands {
		fmt.Fprintf(&b, "#   %s\n", command)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the environment: %w", err)
	}
	return nil
}

const languageHost = "pulumi-language-go"

// pathAdditions returns the directories that PATH lacks for a shell to find the CLI as "pulumi", and for the CLI to find
// its language host for Go: on the PATH or, as in every installation, beside itself. One from an installation is
// preferred to the one that make builds.
func pathAdditions(command, projectDir string) ([]string, error) {
	var dirs []string
	if onPath, err := exec.LookPath("pulumi"); err != nil || !sameFile(onPath, command) {
		dirs = append(dirs, filepath.Dir(command))
	}
	resolved, err := filepath.EvalSymlinks(command)
	if err != nil {
		return nil, fmt.Errorf("find the Pulumi CLI: %w", err)
	}
	if _, err := exec.LookPath(languageHost); err == nil || exists(filepath.Join(filepath.Dir(resolved), languageHost)) {
		return dirs, nil
	}
	built, err := filepath.Abs(filepath.Join(projectDir, ".bin"))
	if err != nil {
		return nil, fmt.Errorf("find the language host: %w", err)
	}
	if !exists(filepath.Join(built, languageHost)) {
		return nil, fmt.Errorf("no %s on the PATH or beside %s: run \"make serve\", which builds it", languageHost, command)
	}
	if !slices.Contains(dirs, built) {
		dirs = append(dirs, built)
	}
	return dirs, nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// quote makes s one word of a POSIX shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
