package offline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// supplyKeys supplies the plain owner and the secrets keys.front and keys.back.
func supplyKeys(string, map[string]string, string) (*Supplied, error) {
	return &Supplied{
		Plain:  map[string]any{"owner": map[string]any{"name": "ada"}},
		Secret: map[string]string{"keys.front": "sesame", "keys.back": "12345"},
	}, nil
}

// copyWith makes the working copy of a stack and returns its settings and the configuration that the program will see.
func copyWith(t *testing.T, opts Options, l layout) (*workspace.ProjectStack, map[string]string) {
	t.Helper()
	_, values, err := copyProject(t.Context(), opts, l, "passphrase")
	require.NoError(t, err)
	project, err := workspace.LoadProject(filepath.Join(l.project, "Pulumi.yaml"))
	require.NoError(t, err)
	settings, err := workspace.LoadProjectStack(nil, project, filepath.Join(l.project, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	return settings, values
}

func secureText(t *testing.T, settings *workspace.ProjectStack, path string) string {
	t.Helper()
	value, found, err := settings.Config.Get(config.MustMakeKey("tiny", path), true)
	require.NoError(t, err)
	require.True(t, found && value.Secure(), "%s must be encrypted", path)
	text, err := value.Value(config.NopDecrypter)
	require.NoError(t, err)
	return text
}

// Supplied secrets stand in the working copy encrypted only, with the stack's own passphrase; the check sees them plain,
// as the program will; and as long as they stay the same, so does the copy.
func TestSupply(t *testing.T) {
	opts := Options{ProjectDir: writeProject(t, map[string]string{"dev": testStack}), Stack: "dev", Supply: supplyKeys}
	l, err := newLayout(t.TempDir(), "dev", "")
	require.NoError(t, err)
	settings, values := copyWith(t, opts, l)
	assert.Equal(t, map[string]string{
		"tiny:greeting": "hello",
		"tiny:owner":    `{"name":"ada"}`,
		"tiny:keys":     `{"back":"12345","front":"sesame"}`,
	}, values)
	crypter, salt, err := openCrypter(t.Context(), "passphrase", settings.EncryptionSalt)
	require.NoError(t, err)
	assert.Equal(t, settings.EncryptionSalt, salt)
	front, err := crypter.DecryptValue(t.Context(), secureText(t, settings, "keys.front"))
	require.NoError(t, err)
	assert.Equal(t, "sesame", front)
	first, err := os.ReadFile(filepath.Join(l.project, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	assert.NotContains(t, string(first), "sesame")

	copyWith(t, opts, l)
	again, err := os.ReadFile(filepath.Join(l.project, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	assert.Equal(t, string(first), string(again))

	opts.Supply = func(string, map[string]string, string) (*Supplied, error) {
		return &Supplied{Secret: map[string]string{"keys.front": "open", "keys.back": "12345"}}, nil
	}
	changed, _ := copyWith(t, opts, l)
	assert.NotEqual(t, secureText(t, settings, "keys.front"), secureText(t, changed, "keys.front"))
	assert.Equal(t, secureText(t, settings, "keys.back"), secureText(t, changed, "keys.back"))
	assert.Equal(t, settings.EncryptionSalt, changed.EncryptionSalt)

	_, _, err = copyProject(t.Context(), opts, l, "another passphrase")
	assert.ErrorContains(t, err, "passphrase does not fit")
}

// Supply learns what the stack and the options set, and has a directory that only its owner can read.
func TestSupplyArguments(t *testing.T) {
	l, err := newLayout(t.TempDir(), "dev", "")
	require.NoError(t, err)
	stack := testStack + "  tiny:pet:\n    name: rex\n    chip:\n      secure: v1:abc\n"
	opts := Options{
		ProjectDir: writeProject(t, map[string]string{"dev": stack}),
		Stack:      "dev",
		Config:     map[string]any{"size": 7},
	}
	opts.Supply = func(project string, config map[string]string, dir string) (*Supplied, error) {
		assert.Equal(t, "tiny", project)
		assert.Equal(t, map[string]string{"tiny:greeting": "hello", "tiny:size": "7", "tiny:pet": `{"name":"rex"}`}, config)
		info, err := os.Stat(dir)
		require.NoError(t, err)
		assert.Equal(t, os.ModeDir|0o700, info.Mode())
		return &Supplied{Secret: map[string]string{"pet.chip": "42"}}, nil
	}
	_, values := copyWith(t, opts, l)
	assert.Equal(t, `{"chip":"42","name":"rex"}`, values["tiny:pet"])

	opts.Supply = func(string, map[string]string, string) (*Supplied, error) { return nil, errors.New("out of stock") }
	_, _, err = copyProject(t.Context(), opts, l, "passphrase")
	assert.ErrorContains(t, err, "supply configuration: out of stock")
}

// What the user encrypted for a real deployment gives way to what is supplied, and the user is told; anything else that
// is encrypted is still refused by name.
func TestSupplyReplacesEncrypted(t *testing.T) {
	encrypted := "config:\n  tiny:keys:\n    front:\n      secure: v1:abc\n    back:\n      secure: v1:def\n"
	l, err := newLayout(t.TempDir(), "dev", "")
	require.NoError(t, err)
	var stdout bytes.Buffer
	opts := Options{
		ProjectDir: writeProject(t, map[string]string{"dev": encrypted + "encryptionsalt: v1:theirs:v1:x:y\n"}),
		Stack:      "dev",
		Supply:     supplyKeys,
		Stdout:     &stdout,
	}
	settings, values := copyWith(t, opts, l)
	assert.Equal(t, `{"back":"12345","front":"sesame"}`, values["tiny:keys"])
	assert.NotEqual(t, "v1:abc", secureText(t, settings, "keys.front"))
	assert.Equal(t, "Using throw-away values for tiny:keys.back, tiny:keys.front: "+
		"those in Pulumi.dev.yaml are encrypted for its own secrets provider.\n", stdout.String())

	lists := "    spare:\n    - secure: v1:x\n    - plain\n    - secure: v1:y\n  other:keys.front:\n    secure: v1:z\n"
	opts.ProjectDir = writeProject(t, map[string]string{"dev": encrypted + lists})
	_, _, err = copyProject(t.Context(), opts, l, "passphrase")
	assert.ErrorContains(t, err, "Pulumi.dev.yaml encrypts other:keys.front, tiny:keys.spare[0], tiny:keys.spare[2] for")
}

// The engine decrypts what was supplied, hands it to the program as secret, and keeps it encrypted in the state.
func TestSuppliedSecretsInState(t *testing.T) {
	opts := testOptions(t, func(ctx *pulumi.Context) error {
		keys, _ := ctx.GetConfig("tiny:keys")
		if !ctx.IsConfigSecret("tiny:keys") || !strings.Contains(keys, `"front":"sesame"`) {
			return errors.New("the program must get the keys, as a secret")
		}
		owner, _ := ctx.GetConfig("tiny:owner")
		ctx.Export("owner", pulumi.String(owner))
		ctx.Export("keys", pulumi.ToSecret(keys))
		return nil
	})
	const secret = ":\n    type: string\n    secret: true\n"
	schema := testProject + "  keys.front" + secret + "  keys.back" + secret
	require.NoError(t, os.WriteFile(filepath.Join(opts.ProjectDir, "Pulumi.yaml"), []byte(schema), 0o600))
	opts.Supply = supplyKeys
	opts.Check = func(_ string, config map[string]string) error {
		if !strings.Contains(config["tiny:keys"], "sesame") {
			return errors.New("the check must see the keys")
		}
		return nil
	}
	r := open(t, opts)
	result, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"keys": "[secret]", "owner": `{"name":"ada"}`}, result.Outputs)
	require.NoError(t, r.Close())

	r = open(t, opts)
	_, err = r.Up(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	deployment, err := r.Export(t.Context())
	require.NoError(t, err)
	assert.Contains(t, string(deployment), `"ciphertext"`)
	require.NoError(t, r.Close())
	err = filepath.WalkDir(opts.StateDir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		assert.NotContains(t, string(data), "sesame", "%s must not hold the secret in plain text", path)
		return err
	})
	require.NoError(t, err)
}
