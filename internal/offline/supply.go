package offline

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Supply returns configuration that a stack lacks. It gets the project's name, the stack's configuration by namespaced key
// without what is encrypted, and a directory of the stack in which it can keep what is to stay the same from run to run.
type Supply func(project string, config map[string]string, dir string) (*Supplied, error)

// Supplied is configuration to run with. It exists only in the working copy of the stack's settings.
type Supplied struct {
	// Plain has values by key, in the form of Options.Config.
	Plain map[string]any
	// Secret has texts by the path of a key below the project's namespace, for example "certificates.listener". They are
	// stored encrypted with the stack's own passphrase, and replace what the stack's file encrypts there.
	Secret map[string]string
}

// secretKey returns the namespaced key of a path in Supplied.Secret.
func secretKey(project *workspace.Project, path string) config.Key {
	return config.MustMakeKey(string(project.Name), path)
}

// supply completes the stack's settings, which it frees of all that this run cannot decrypt, with what opts.Supply has for
// them. It returns the secrets that remain to be encrypted. Encrypted configuration without a replacement is an error.
func supply(
	opts Options, project *workspace.Project, settings *workspace.ProjectStack, dir string,
) (map[string]string, error) {
	encrypted, err := takeEncrypted(settings.Config)
	if err != nil {
		return nil, err
	}
	supplied := &Supplied{}
	if opts.Supply != nil {
		if supplied, err = callSupply(opts.Supply, project, settings, dir); err != nil {
			return nil, err
		}
	}
	var replaced, refused []string
	for _, key := range encrypted {
		path, ours := strings.CutPrefix(key, string(project.Name)+":")
		if _, ok := supplied.Secret[path]; ours && ok {
			replaced = append(replaced, key)
		} else {
			refused = append(refused, key)
		}
	}
	name := stackFile(opts.Stack)
	if len(refused) > 0 {
		return nil, fmt.Errorf("%s encrypts %s for its own secrets provider, which an offline run does not have: "+
			"use a stack without encrypted configuration", name, strings.Join(refused, ", "))
	}
	if len(replaced) > 0 {
		_, err := fmt.Fprintf(orDiscard(opts.Stdout), "Using throw-away values for %s: those in %s are encrypted for its own "+
			"secrets provider.\n", strings.Join(replaced, ", "), name)
		if err != nil {
			return nil, fmt.Errorf("print what is supplied: %w", err)
		}
	}
	return supplied.Secret, mergeConfig(project, settings, supplied.Plain)
}

func callSupply(call Supply, project *workspace.Project, settings *workspace.ProjectStack, dir string) (*Supplied, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of supplied configuration: %w", err)
	}
	values, err := plainConfig(settings)
	if err != nil {
		return nil, err
	}
	supplied, err := call(string(project.Name), values, dir)
	if err != nil {
		return nil, fmt.Errorf("supply configuration: %w", err)
	}
	return supplied, nil
}

// takeEncrypted removes what is encrypted from the configuration and returns the paths of it, with namespace, sorted.
func takeEncrypted(values config.Map) ([]string, error) {
	var taken []string
	for _, key := range slices.Collect(maps.Keys(values)) {
		value := values[key]
		if !value.Secure() {
			continue
		}
		if !value.Object() {
			delete(values, key)
			taken = append(taken, key.String())
			continue
		}
		root, err := value.ToObject()
		if err != nil {
			return nil, fmt.Errorf("read configuration %s: %w", key, err)
		}
		// From the end, because the elements of a list move up.
		for _, path := range slices.Backward(encryptedPaths(root, resource.PropertyPath{key.Name()})) {
			nested := config.MustMakeKey(key.Namespace(), path.String())
			if err := values.Remove(nested, true); err != nil {
				return nil, fmt.Errorf("leave out configuration %s: %w", nested, err)
			}
			taken = append(taken, nested.String())
		}
	}
	slices.Sort(taken)
	return taken, nil
}

// encryptedPaths returns the paths of the encrypted values in value, which is at path itself. Pulumi writes an encrypted
// value as an object with nothing but the property "secure".
func encryptedPaths(value any, path resource.PropertyPath) []resource.PropertyPath {
	at := func(step any) resource.PropertyPath { return append(slices.Clone(path), step) }
	var paths []resource.PropertyPath
	switch value := value.(type) {
	case map[string]any:
		if _, secure := value["secure"].(string); secure && len(value) == 1 {
			return []resource.PropertyPath{path}
		}
		for name, element := range value {
			paths = append(paths, encryptedPaths(element, at(name))...)
		}
	case []any:
		for i, element := range value {
			paths = append(paths, encryptedPaths(element, at(i))...)
		}
	}
	return paths
}

// putSecrets stores the secrets in the settings, encrypted with the passphrase. Those of the previous settings that are
// still the same stay as they are.
func putSecrets(
	ctx context.Context, project *workspace.Project, settings, previous *workspace.ProjectStack, secrets map[string]string, passphrase string,
) error {
	if len(secrets) == 0 {
		return nil
	}
	crypter, salt, err := openCrypter(ctx, passphrase, settings.EncryptionSalt)
	if err != nil {
		return err
	}
	settings.EncryptionSalt = salt
	for path, plain := range secrets {
		key := secretKey(project, path)
		ciphertext, kept := keptCiphertext(ctx, previous, key, plain, crypter)
		if !kept {
			if ciphertext, err = crypter.EncryptValue(ctx, plain); err != nil {
				return fmt.Errorf("encrypt configuration %s: %w", key, err)
			}
		}
		if err := settings.Config.Set(key, config.NewSecureValue(ciphertext), true); err != nil {
			return fmt.Errorf("store configuration %s: %w", key, err)
		}
	}
	return nil
}

func keptCiphertext(
	ctx context.Context, previous *workspace.ProjectStack, key config.Key, plain string, crypter config.Crypter,
) (ciphertext string, kept bool) {
	if previous == nil {
		return "", false
	}
	value, found, err := previous.Config.Get(key, true)
	if err != nil || !found || !value.Secure() || value.Object() {
		return "", false
	}
	if ciphertext, err = value.Value(config.NopDecrypter); err != nil {
		return "", false
	}
	decrypted, err := crypter.DecryptValue(ctx, ciphertext)
	return ciphertext, err == nil && decrypted == plain
}

// withPlain returns the configuration with the secrets in plain text, as the program gets it.
func withPlain(
	project *workspace.Project, settings *workspace.ProjectStack, secrets map[string]string,
) (map[string]string, error) {
	plain := &workspace.ProjectStack{Config: maps.Clone(settings.Config)}
	for path, text := range secrets {
		key := secretKey(project, path)
		if err := plain.Config.Set(key, config.NewTypedValue(text, config.TypeString), true); err != nil {
			return nil, fmt.Errorf("store configuration %s: %w", key, err)
		}
	}
	return plainConfig(plain)
}
