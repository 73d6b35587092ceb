// Command devcerts makes the certificates of a development stack and stores them encrypted in the stack's configuration.
// Run it in the project's directory; "make dev-certs" does.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"aks-regulated-pulumi/internal/devcerts"
	"aks-regulated-pulumi/internal/pulumicli"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := rootCommand(".", os.Stdout).ExecuteContext(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "devcerts: %v\n", err)
		os.Exit(1)
	}
}

// request is what the command line asks for.
type request struct {
	stack                   string
	hostName, ingressDomain string // empty: the stack's own
	force                   bool
}

func rootCommand(projectDir string, stdout io.Writer) *cobra.Command {
	var want request
	cmd := &cobra.Command{
		Use:   "devcerts",
		Short: "Store self-signed certificates, encrypted, in a development stack's configuration",
		Long: "Make a self-signed certificate for the gateway's listener, and one for the ingress controller with a private\n" +
			"root, and store both in the stack's configuration (certificates.listener, certificates.ingress), encrypted by\n" +
			"the stack's own secrets provider. Browsers will warn of them: production stacks want bought ones.\n\n" +
			"The Pulumi CLI has to be logged in, and a stack with a passphrase wants PULUMI_CONFIG_PASSPHRASE set.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := pulumicli.Find(projectDir)
			if err != nil {
				return err
			}
			// The CLI runs in the project's directory.
			if path, err = filepath.Abs(path); err != nil {
				return err
			}
			return storeCertificates(cmd.Context(), &pulumiCLI{pulumicli.New(path), projectDir, want.stack}, want, stdout)
		},
	}
	cmd.SetOut(stdout)
	flags := cmd.Flags()
	flags.StringVar(&want.stack, "stack", "dev", "stack to store the certificates in")
	flags.StringVar(&want.hostName, "host-name", "",
		"name the listener's certificate is for (default the stack's gateway.hostName)")
	flags.StringVar(&want.ingressDomain, "ingress-domain", "",
		"the ingress controller's certificate is for the names below it (default the stack's ingress.domain)")
	flags.BoolVar(&want.force, "force", false, "replace certificates that the stack has")
	return cmd
}

// storeCertificates makes the certificates that are wanted and stores them with the CLI.
func storeCertificates(ctx context.Context, cli *pulumiCLI, want request, stdout io.Writer) error {
	settings, err := cli.config(ctx)
	if err != nil {
		return fmt.Errorf("read the configuration of stack %q: %w", want.stack, err)
	}
	if settings.hasCertificates() && !want.force {
		return fmt.Errorf("stack %q has certificates: --force replaces them (make dev-certs STACK=%s ARGS=--force)",
			want.stack, want.stack)
	}
	if want.hostName == "" {
		want.hostName = settings.text("gateway", "hostName", devcerts.DefaultHostName)
	}
	if want.ingressDomain == "" {
		want.ingressDomain = settings.text("ingress", "domain", devcerts.DefaultIngressDomain)
	}
	now := time.Now()
	made, err := devcerts.Make(want.hostName, want.ingressDomain, now)
	if err != nil {
		return err
	}
	for _, secret := range []struct{ path, value string }{
		{"certificates.listener", made.Listener},
		{"certificates.ingress", made.Ingress},
	} {
		if err := cli.setSecret(ctx, secret.path, secret.value); err != nil {
			return fmt.Errorf("store %s in stack %q: %w", secret.path, want.stack, err)
		}
	}
	_, err = fmt.Fprintf(stdout,
		"Stored certificates for %s and *.%s, valid until %s, encrypted in the configuration of stack %s.\n",
		want.hostName, want.ingressDomain, now.Add(devcerts.Validity).Format(time.DateOnly), want.stack)
	return err
}
