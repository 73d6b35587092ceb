// Package languagehost lets a Pulumi CLI run Go programs on a machine that has Go but no Pulumi installation.
//
// The engine starts a language host for each language it meets: the program pulumi-language-go for the runtime go. Pulumi
// installations include one; this one only runs programs, and does not generate code or serve plugins.
package languagehost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Host serves the engine that started it.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engine string
	cache  string
}

// New returns a host for the engine at the given address ("127.0.0.1:port"). It keeps the programs that it builds, so that an unchanged
// program is not linked again: where the runtime option buildTarget says, or else in the directory cache.
func New(engine, cache string) *Host {
	return &Host{engine: engine, cache: cache}
}

// Register adds the host to a gRPC server.
func (h *Host) Register(server *grpc.Server) error {
	pulumirpc.RegisterLanguageRuntimeServer(server, h)
	return nil
}

// GetPluginInfo returns the version of the Pulumi SDK that the host is made for.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: sdk.Version.String()}, nil
}

// About describes the Go toolchain: the CLI keeps it with each update.
func (h *Host) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("find the Go toolchain: %w", err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: runtime.Version()}, nil
}

// Run builds the program and runs it to its end.
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	program, err := h.build(ctx, req.GetInfo())
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	env, err := programEnvironment(h.engine, req)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, req.GetArgs()...)
	cmd.Dir = req.GetPwd()
	cmd.Env = slices.Concat(os.Environ(), env)
	// The engine shows what a language host prints after its port as messages of the program.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return runResponse(cmd.Run()), nil
}

// runResponse reports to the engine how the program ended. A program that exits with ExitStatusLoggedError has given the
// engine its error already.
func runResponse(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("run the program: %v", err)}
	}
}
