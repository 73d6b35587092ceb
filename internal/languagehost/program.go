package languagehost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// build compiles the main package at entry, relative to dir, and returns the program's path in the cache.
func (h *Host) build(ctx context.Context, dir, entry string) (string, error) {
	main := filepath.Join(dir, entry)
	sum := sha256.Sum256([]byte(main))
	program := filepath.Join(h.cache, hex.EncodeToString(sum[:8]), filepath.Base(main))
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", fmt.Errorf("creating the program cache: %w", err)
	}
	// Stamping would link anew after every commit, and fail where git refuses to read the repository.
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, ".")
	cmd.Dir = main
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program in %s: %w\n%s", main, err, strings.TrimSpace(string(output)))
	}
	return program, nil
}

// programEnvironment returns the variables from which the Pulumi SDK's Run learns what to do.
func programEnvironment(engine string, req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encoding the stack's configuration: %w", err)
	}
	secrets, err := json.Marshal(req.GetConfigSecretKeys())
	if err != nil {
		return nil, fmt.Errorf("encoding the names of secret configuration: %w", err)
	}
	return []string{
		pulumi.EnvOrganization + "=" + req.GetOrganization(),
		pulumi.EnvProject + "=" + req.GetProject(),
		pulumi.EnvPulumiRootDirectory + "=" + req.GetInfo().GetRootDirectory(),
		pulumi.EnvStack + "=" + req.GetStack(),
		pulumi.EnvConfig + "=" + string(config),
		pulumi.EnvConfigSecretKeys + "=" + string(secrets),
		pulumi.EnvDryRun + "=" + strconv.FormatBool(req.GetDryRun()),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(req.GetParallel())),
		pulumi.EnvMonitor + "=" + req.GetMonitorAddress(),
		pulumi.EnvEngine + "=" + engine,
	}, nil
}
