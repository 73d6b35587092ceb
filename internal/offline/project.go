package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

const projectFile = "Pulumi.yaml"

func stackFile(stack string) string {
	return "Pulumi." + stack + ".yaml"
}

// copyProject writes the working copy of the project's settings, from which the engine runs. It returns the project's name
// and the stack's configuration.
func copyProject(ctx context.Context, opts Options, l layout, passphrase string) (string, map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(opts.ProjectDir, projectFile))
	if err != nil {
		return "", nil, fmt.Errorf("read the project: %w", err)
	}
	path := filepath.Join(l.project, projectFile)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", nil, fmt.Errorf("copy the project: %w", err)
	}
	project, err := workspace.LoadProject(path)
	if err != nil {
		return "", nil, fmt.Errorf("read the project: %w", err)
	}
	name := stackFile(opts.Stack)
	file, err := findStackFile(opts.ProjectDir, opts.Stack)
	if err != nil {
		return "", nil, err
	}
	settings, err := workspace.LoadProjectStack(nil, project, file)
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := mergeConfig(project, settings, opts.Config); err != nil {
		return "", nil, err
	}
	secrets, err := supply(opts, project, settings, l.supplied)
	if err != nil {
		return "", nil, err
	}
	values, err := withPlain(project, settings, secrets)
	if err != nil {
		return "", nil, err
	}
	copied := filepath.Join(l.project, name)
	previous, err := adoptEncryption(project, settings, copied)
	if err != nil {
		return "", nil, err
	}
	if err := putSecrets(ctx, project, settings, previous, secrets, passphrase); err != nil {
		return "", nil, err
	}
	if err := settings.Save(copied); err != nil {
		return "", nil, fmt.Errorf("copy %s: %w", name, err)
	}
	return string(project.Name), values, nil
}

// plainConfig renders the configuration as the program gets it: text, or JSON for lists and objects.
func plainConfig(settings *workspace.ProjectStack) (map[string]string, error) {
	values := make(map[string]string, len(settings.Config))
	for key, value := range settings.Config {
		text, err := value.Value(config.NopDecrypter)
		if err != nil {
			return nil, fmt.Errorf("read configuration %s: %w", key, err)
		}
		values[key.String()] = text
	}
	return values, nil
}

// mergeConfig puts extra over the stack's own configuration, read the way the engine reads a stack's file.
func mergeConfig(project *workspace.Project, settings *workspace.ProjectStack, extra map[string]any) error {
	if len(extra) == 0 {
		return nil
	}
	data, err := json.Marshal(map[string]any{"config": extra})
	if err != nil {
		return fmt.Errorf("encode the extra configuration: %w", err)
	}
	added, err := workspace.LoadProjectStackBytes(nil, project, data, "extra.json", encoding.JSON)
	if err != nil {
		return fmt.Errorf("read the extra configuration: %w", err)
	}
	maps.Copy(settings.Config, added.Config)
	return nil
}

// adoptEncryption replaces the stack's secrets provider by the passphrase of the copy that is already at path, if any:
// a new salt on every run would make the engine encrypt its whole state again. It returns that copy, or nil.
func adoptEncryption(
	project *workspace.Project, settings *workspace.ProjectStack, path string,
) (*workspace.ProjectStack, error) {
	settings.SecretsProvider, settings.EncryptedKey, settings.EncryptionSalt = "", "", ""
	previous, err := workspace.LoadProjectStack(nil, project, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the stack's previous settings: %w", err)
	}
	settings.EncryptionSalt = previous.EncryptionSalt
	return previous, nil
}
