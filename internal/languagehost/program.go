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

// build compiles the main package that info points to, and returns the path of the program.
func (h *Host) build(ctx context.Context, info *pulumirpc.ProgramInfo) (string, error) {
	main := filepath.Join(info.GetProgramDirectory(), info.GetEntryPoint())
	program, err := h.target(main, info)
	if err != nil {
		return "", err
	}
	// Stamping would link again after every commit, and fail where git refuses to read the repository.
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, ".")
	cmd.Dir = main
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program in %s: %w\n%s", main, err, strings.TrimSpace(string(output)))
	}
	return program, nil
}

// target is the file that a program is built into. The runtime option buildTarget is relative to the program's directory, as in Pulumi's
// own host (https://www.pulumi.com/docs/iac/concepts/projects/project-file/); without it, the program lies in the cache.
func (h *Host) target(main string, info *pulumirpc.ProgramInfo) (string, error) {
	target := ""
	for name, value := range info.GetOptions().AsMap() {
		path, isText := value.(string)
		if name != "buildTarget" || !isText {
			return "", fmt.Errorf("runtime option %s: this language host takes only buildTarget, a path", name)
		}
		target = path
	}
	switch {
	case filepath.IsAbs(target):
		return target, nil
	case target != "":
		return filepath.Join(info.GetProgramDirectory(), target), nil
	}
	sum := sha256.Sum256([]byte(main))
	program := filepath.Join(h.cache, hex.EncodeToString(sum[:8]), filepath.Base(main))
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", fmt.Errorf("create the program cache: %w", err)
	}
	return program, nil
}

// programEnvironment returns the variables from which the Pulumi SDK's Run learns what to do.
func programEnvironment(engine string, req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encode the stack's configuration: %w", err)
	}
	secrets, err := json.Marshal(req.GetConfigSecretKeys())
	if err != nil {
		return nil, fmt.Errorf("encode the names of secret configuration: %w", err)
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
