// Package languagehost lets a Pulumi CLI run Go programs on a machine that has Go but no Pulumi installation.
//
// The engine starts a language host for each language it meets: the program pulumi-language-go for "runtime: go". Pulumi
// installations bring one along; this one does what running a program takes and leaves generating code and writing
// plugins to it.
package languagehost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
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

// New returns a host for the engine at the given address ("127.0.0.1:port") that keeps the programs it builds in the
// directory cache, so that an unchanged program is not linked again.
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

// GetRequiredPackages names none: the engine learns which providers a program needs when it registers resources.
func (h *Host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// About describes the Go toolchain, for "pulumi about".
func (h *Host) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("looking for the Go toolchain: %w", err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: runtime.Version()}, nil
}

// GetProgramDependencies lists the program's modules, for "pulumi about".
func (h *Host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	format := "{{if and .Version (not .Indirect)}}{{.Path}} {{.Version}}{{end}}"
	if req.GetTransitiveDependencies() {
		format = "{{if .Version}}{{.Path}} {{.Version}}{{end}}"
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", format, "all")
	cmd.Dir = req.GetInfo().GetProgramDirectory()
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the program's modules: %w", err)
	}
	var dependencies []*pulumirpc.DependencyInfo
	for line := range strings.Lines(string(output)) {
		if path, version, found := strings.Cut(strings.TrimSpace(line), " "); found {
			dependencies = append(dependencies, &pulumirpc.DependencyInfo{Name: path, Version: version})
		}
	}
	return &pulumirpc.GetProgramDependenciesResponse{Dependencies: dependencies}, nil
}

// Run builds the program and runs it to its end.
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if len(req.GetInfo().GetOptions().GetFields()) > 0 {
		return &pulumirpc.RunResponse{Error: "this language host knows no runtime options"}, nil
	}
	program, err := h.build(ctx, req.GetInfo().GetProgramDirectory(), req.GetInfo().GetEntryPoint())
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

// runResponse tells the engine how the program ended. A program that exits with ExitStatusLoggedError has given the
// engine its error already.
func runResponse(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("running the program: %v", err)}
	}
}
