// Package cli is the command line of the checks of a finished deployment.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"text/tabwriter"

	"aks-regulated-pulumi/internal/validate"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

// Exit codes of Run.
const (
	ExitPassed = 0 // all checks passed, or were skipped
	ExitFailed = 1 // a check failed
	ExitError  = 2 // nothing could be checked: bad usage, no kubeconfig, no connection
)

// App is what the command line operates.
type App struct {
	// Manifests hold the kustomization that Flux applies, at their root.
	Manifests fs.FS
	// Connect finds the way to a cluster by a kubeconfig file and a context in it; both may be empty.
	Connect func(kubeconfig, context string) (*validate.Cluster, error)
	// Stdin is where outputs come from if their file is "-". Stdout and Stderr are where the command writes.
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	outputs, stamp      string
	kubeconfig, context string
	options             validate.Options
	json, list          bool
	wantsRevision       bool
}

// errFailed says that a check failed, which the report has shown.
var errFailed = errors.New("a check failed")

// Run runs the command line and returns the exit code.
func (a *App) Run(ctx context.Context, args []string) int {
	root := a.Command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return ExitPassed
	case errors.Is(err, errFailed):
		return ExitFailed
	case a.json:
		// Programs read standard output only. If that cannot be written, the exit code is all there is.
		_ = validate.WriteJSON(a.Stdout, map[string]string{"error": err.Error()})
	default:
		fmt.Fprintf(a.Stderr, "validate: %v\n", err)
	}
	return ExitError
}

func (a *App) Command() *cobra.Command {
	command := &cobra.Command{
		Use:   "validate --outputs stamps.json",
		Short: "Check a finished deployment from inside its network",
		Long: "Check a finished deployment from a jump box or build agent inside its network, with your own kubeconfig.\n\n" +
			"The outputs are those of \"pulumi stack output stamps --json\". Nothing in the cluster is changed.\n" +
			"The exit code is 0 if no check failed, 1 if one did, and 2 if nothing could be checked.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			// An empty one is a commit that was not found, not none that is wanted.
			a.wantsRevision = command.Flags().Changed("revision")
			return a.validate(command.Context())
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	command.SetOut(a.Stdout)
	command.SetErr(a.Stderr)
	flags := command.Flags()
	flags.StringVar(&a.outputs, "outputs", "", "file with the output stamps as JSON; - reads standard input")
	flags.StringVar(&a.stamp, "stamp", "", "name of the stamp; not needed if there is one only")
	flags.StringVar(&a.options.Revision, "revision", "", "commit that Flux must have applied, in full or at least 7 digits of it")
	flags.StringSliceVar(&a.options.Only, "only", nil, "ids of the checks to run, separated by commas")
	flags.DurationVar(&a.options.Timeout, "timeout", validate.DefaultTimeout, "time for all checks, and before them for the sign-in")
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "kubeconfig file in place of $KUBECONFIG and ~/.kube/config")
	flags.StringVar(&a.context, "context", "", "context of the kubeconfig in place of its current one")
	flags.BoolVar(&a.json, "json", false, "print one JSON document instead of a table")
	flags.BoolVar(&a.list, "list", false, "list the checks and run none")
	return command
}

// revision matches a commit's hash, or enough of its beginning.
var revision = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

func (a *App) validate(ctx context.Context) error {
	if a.list {
		return a.printChecks()
	}
	if a.outputs == "" {
		return errors.New("--outputs is missing: pulumi stack output stamps --json > stamps.json")
	}
	if a.wantsRevision && !revision.MatchString(a.options.Revision) {
		return fmt.Errorf("--revision %q is no commit: 7 to 40 hexadecimal digits, in lower case", a.options.Revision)
	}
	if a.options.Timeout <= 0 {
		return fmt.Errorf("--timeout %s leaves no time", a.options.Timeout)
	}
	expected, err := a.expected()
	if err != nil {
		return err
	}
	cluster, err := a.Connect(a.kubeconfig, a.context)
	if err != nil {
		return err
	}
	a.options.Manifests = a.Manifests
	report, err := validate.Run(ctx, cluster, expected, a.options)
	if err != nil {
		return err
	}
	print := report.WriteTable
	if a.json {
		print = report.WriteJSON
	}
	if err := print(a.Stdout); err != nil {
		return err
	}
	if report.Failed > 0 {
		return errFailed
	}
	return nil
}

func (a *App) expected() (*validate.Expected, error) {
	if a.outputs == "-" {
		return validate.ReadExpected(a.Stdin, a.stamp)
	}
	file, err := os.Open(a.outputs)
	if err != nil {
		return nil, fmt.Errorf("outputs: %w", err)
	}
	defer file.Close()
	return validate.ReadExpected(file, a.stamp)
}

func (a *App) printChecks() error {
	if a.json {
		return validate.WriteJSON(a.Stdout, validate.Checks())
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHECK\tPASSES IF\tPCI DSS\tSOURCE")
	for _, c := range validate.Checks() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.ID, c.Title, c.Serves, c.Source)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the checks: %w", err)
	}
	return nil
}

// Connect finds the way to a cluster as kubectl does.
func Connect(kubeconfig, context string) (*validate.Cluster, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: context}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("no usable kubeconfig, get one by az aks get-credentials: %w", err)
	}
	return validate.Connect(config)
}
