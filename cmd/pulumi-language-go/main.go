// Command pulumi-language-go is a minimal Go language host for the Pulumi CLI; see package languagehost. The engine
// starts it with its own address, and reads the port on which the host listens from the first line of its output.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"aks-regulated-pulumi/internal/languagehost"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-go: %v\n", err)
		os.Exit(1)
	}
}

// engineCheck is how often the host looks whether its engine still lives.
const engineCheck = 30 * time.Second

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("the engine's address is missing: this program is started by the Pulumi CLI")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find the cache directory: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The address comes after all flags, of which there are none that this host needs.
	engine := args[len(args)-1]
	// An engine that is killed cannot stop its host.
	if err := rpcutil.Healthcheck(ctx, engine, engineCheck, stop); err != nil {
		return fmt.Errorf("watch the engine: %w", err)
	}
	host := languagehost.New(engine, filepath.Join(cache, "pulumi-language-go"))
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Cancel: cancel, Init: host.Register})
	if err != nil {
		return fmt.Errorf("serve the language host: %w", err)
	}
	context.AfterFunc(ctx, func() { close(cancel) })
	fmt.Println(handle.Port)
	return <-handle.Done
}
