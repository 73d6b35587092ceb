package languagehost

import (
	"bytes"
	"fmt"
	"os/exec"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// InstallDependencies fetches the modules that the program imports, for "pulumi new" and "pulumi install". What the machine has
// already is not fetched again, and go.mod stays as it is.
func (h *Host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	cmd := exec.CommandContext(server.Context(), "go", "list", "-deps", "-f", "{{if .Error}}{{.Error}}{{end}}", ".")
	cmd.Dir = req.GetInfo().GetProgramDirectory()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if sendErr := server.Send(&pulumirpc.InstallDependenciesResponse{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}); sendErr != nil {
		return fmt.Errorf("report the output of go: %w", sendErr)
	}
	if err != nil {
		return fmt.Errorf("fetch the program's modules: %w", err)
	}
	return nil
}
