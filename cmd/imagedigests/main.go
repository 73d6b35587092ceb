// Command imagedigests prints the digests of the images of virtual nodes, as YAML to paste below virtualNodes in a stack's file.
// "make virtual-node-digests" runs it.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"aks-regulated-pulumi/config"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"
)

// microsoftRegistry has the images that Microsoft publishes; reading needs no sign-in.
const microsoftRegistry = "mcr.microsoft.com"

// timeout is for all images together.
const timeout = 2 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	source := source{registry: microsoftRegistry, transport: remote.DefaultTransport}
	if err := rootCommand(source, os.Stdout).ExecuteContext(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "imagedigests: %v\n", err)
		os.Exit(1)
	}
}

// source is where images are looked up.
type source struct {
	registry  string // host, with a port if it has one
	transport http.RoundTripper
}

func rootCommand(from source, stdout io.Writer) *cobra.Command {
	var tag string
	cmd := &cobra.Command{
		Use:   "imagedigests",
		Short: "Print the digests of the images of virtual nodes",
		Long: "Ask " + microsoftRegistry + " which digests the images of virtual nodes have under a tag, and print them as YAML.\n" +
			"It goes below virtualNodes in the stack's file: clusters then run what was looked up here, and nothing else.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), timeout, fmt.Errorf("%s are over", timeout))
			defer cancel()
			digests, err := from.digests(ctx, tag, config.VirtualNodeImages)
			if err != nil {
				return err
			}
			return write(stdout, tag, digests)
		},
	}
	cmd.SetOut(stdout)
	cmd.Flags().StringVar(&tag, "tag", config.VirtualNodesImageTag, "tag of the images")
	return cmd
}
