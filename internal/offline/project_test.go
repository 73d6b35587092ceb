package offline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A stack without a configuration file is one clear error that lists those with one, and creates nothing.
func TestUnknownStack(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	dir := writeProject(t, map[string]string{"dev": testStack, "prod": testStack})
	for _, stack := range []string{"", "test", "../dev"} {
		_, err := Open(t.Context(), Options{ProjectDir: dir, StateDir: state, Stack: stack})
		assert.ErrorContains(t, err, "the project has dev, prod")
		assert.NoDirExists(t, state)
	}
	_, err := Open(t.Context(), Options{ProjectDir: writeProject(t, nil), StateDir: state, Stack: "dev"})
	assert.EqualError(t, err, `no stack "dev": the project has no Pulumi.<stack>.yaml`)
	_, err = Open(t.Context(), Options{ProjectDir: t.TempDir(), StateDir: state, Stack: "dev"})
	assert.ErrorContains(t, err, "look for a Pulumi project")
}

// An example is a stack like another, with its file in a folder of its own; a stack of the project goes before an example of the same name.
func TestExamples(t *testing.T) {
	dir := writeProject(t, map[string]string{"dev": testStack})
	for path, content := range map[string]string{
		"examples/hub/Pulumi.hub.yaml": testStack, "examples/dev/Pulumi.dev.yaml": "config: {}\n",
		"examples/factory/Pulumi.image.yaml": testStack, "examples/factory/Pulumi.stamp.yaml": testStack, "docs/deep/Pulumi.no.yaml": testStack,
	} {
		path = filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	assert.EqualError(t, checkStack(dir, "no"), `no stack "no": the project has dev, hub, image, stamp`)
	for _, stack := range []string{"hub", "image", "stamp", "dev"} {
		l, err := newLayout(t.TempDir(), stack, "")
		require.NoError(t, err)
		_, values, err := copyProject(t.Context(), Options{ProjectDir: dir, Stack: stack}, l, "secret")
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"tiny:greeting": "hello"}, values, stack)
	}
}

// The working copy takes the configuration of the checked-in file and of the options, but keeps its own encryption.
func TestCopyProject(t *testing.T) {
	checkedIn := testStack + "encryptionsalt: v1:of-the-user\n"
	opts := Options{
		ProjectDir: writeProject(t, map[string]string{"dev": checkedIn}),
		Stack:      "dev",
		Config:     map[string]any{"greeting": "hi", "other:key": true},
	}
	l, err := newLayout(t.TempDir(), "dev", "")
	require.NoError(t, err)
	project, values, err := copyProject(t.Context(), opts, l, "secret")
	require.NoError(t, err)
	assert.Equal(t, "tiny", project)
	assert.Equal(t, map[string]string{"tiny:greeting": "hi", "other:key": "true"}, values)
	path := filepath.Join(l.project, "Pulumi.dev.yaml")
	assert.Equal(t, map[string]string{"tiny:greeting": "hi", "other:key": "true"}, readConfig(t, path, ""))

	salted, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(salted, "encryptionsalt: v1:ours\n"...), 0o600))
	opts.Config = nil
	_, _, err = copyProject(t.Context(), opts, l, "secret")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"tiny:greeting": "hello"}, readConfig(t, path, "v1:ours"))

	data, err := os.ReadFile(filepath.Join(opts.ProjectDir, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	assert.Equal(t, checkedIn, string(data))
}

func readConfig(t *testing.T, path, wantSalt string) map[string]string {
	t.Helper()
	project, err := workspace.LoadProject(filepath.Join(filepath.Dir(path), "Pulumi.yaml"))
	require.NoError(t, err)
	settings, err := workspace.LoadProjectStack(nil, project, path)
	require.NoError(t, err)
	assert.Equal(t, wantSalt, settings.EncryptionSalt)
	values := map[string]string{}
	for key, value := range settings.Config {
		values[key.String()], err = value.Value(nil)
		require.NoError(t, err)
	}
	return values
}

// Configuration that cannot be decrypted here is named before anything runs; giving it a value makes the run possible.
func TestEncryptedConfig(t *testing.T) {
	encrypted := "config:\n  tiny:key:\n    secure: v1:abc\n  tiny:nested:\n    deep:\n      secure: v1:abc\n"
	opts := Options{ProjectDir: writeProject(t, map[string]string{"dev": encrypted}), Stack: "dev"}
	l, err := newLayout(t.TempDir(), "dev", "")
	require.NoError(t, err)
	_, _, err = copyProject(t.Context(), opts, l, "secret")
	assert.ErrorContains(t, err, "Pulumi.dev.yaml encrypts tiny:key, tiny:nested")
	opts.Config = map[string]any{"key": "plain", "nested": map[string]any{"deep": "plain"}}
	_, _, err = copyProject(t.Context(), opts, l, "secret")
	assert.NoError(t, err)
}

// The passphrase is random, stays the same for a stack, and only its owner may read it.
func TestPassphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	first, err := readOrCreatePassphrase(path)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(first), 26)
	again, err := readOrCreatePassphrase(path)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	other, err := readOrCreatePassphrase(filepath.Join(t.TempDir(), "passphrase"))
	require.NoError(t, err)
	assert.NotEqual(t, first, other)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// What other people own in the simulated Azure stands beside a stack's file, or in a file that is named.
func TestLandingZone(t *testing.T) {
	dir := writeProject(t, map[string]string{"dev": testStack})
	hub := filepath.Join(dir, "examples", "hub")
	require.NoError(t, os.MkdirAll(hub, 0o700))
	for name, content := range map[string]string{"Pulumi.hub.yaml": testStack, "landing-zone.yaml": "groups: []\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(hub, name), []byte(content), 0o600))
	}
	for _, c := range []struct{ stack, name, content string }{
		{"dev", "", ""}, {"hub", "", "groups: []\n"}, {"dev", filepath.Join(hub, "landing-zone.yaml"), "groups: []\n"},
		{"hub", filepath.Join(hub, "Pulumi.hub.yaml"), testStack},
	} {
		content, err := LandingZone(dir, c.stack, c.name)
		require.NoError(t, err)
		assert.Equal(t, c.content, string(content), "%s %s", c.stack, c.name)
	}
	_, err := LandingZone(dir, "dev", filepath.Join(hub, "none.yaml"))
	assert.ErrorContains(t, err, "read the landing zone")
}
