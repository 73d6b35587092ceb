package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/pulumicli"
)

const testProject = `name: tiny
runtime: go
config:
  size:
    type: integer
    default: 1
`

const testStack = `# The comment and the short key stay in the checked-in file.
config:
  greeting: hello
`

func writeProject(t *testing.T, stacks map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(testProject), 0o600))
	for name, content := range stacks {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+name+".yaml"), []byte(content), 0o600))
	}
	return dir
}

// testCommand returns the CLI to test with. "make test" names one.
func testCommand(t *testing.T) string {
	t.Helper()
	path, err := pulumicli.Find(filepath.Join("..", ".."))
	require.NoError(t, err)
	return path
}

func testOptions(t *testing.T, program pulumi.RunFunc) Options {
	t.Helper()
	return Options{
		ProjectDir: writeProject(t, map[string]string{"dev": testStack}),
		StateDir:   t.TempDir(),
		Stack:      "dev",
		Program:    program,
		Command:    testCommand(t),
	}
}

func open(t *testing.T, opts Options) *Runner {
	t.Helper()
	r, err := Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

type pet struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
}

// petProgram has a component with one resource, named by config, and one plain and one secret output.
func petProgram(ctx *pulumi.Context) error {
	var owner pulumi.ResourceState
	if err := ctx.RegisterComponentResource("tiny:index:Owner", "owner", &owner); err != nil {
		return err
	}
	greeting, _ := ctx.GetConfig("tiny:greeting")
	var p pet
	err := ctx.RegisterResource("pets:index:Pet", "pet", pulumi.Map{"greeting": pulumi.String(greeting)}, &p,
		pulumi.Parent(&owner))
	if err != nil {
		return err
	}
	ctx.Export("name", p.Name)
	ctx.Export("password", pulumi.ToSecret(p.Name))
	return nil
}

// A stack goes through its whole life on the real engine, with its state kept between runners; and neither the
// checked-in files nor the user's Pulumi home are touched.
func TestLifeOfAStack(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	pets := startPets(t)
	opts := testOptions(t, petProgram)
	opts.Simulate = pets.simulate
	var stdout bytes.Buffer
	opts.Stdout = &stdout

	r := open(t, opts)
	result, err := r.Preview(t.Context(), RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"create": 3}, result.Changes)
	assert.Equal(t, "[unknown]", result.Outputs["name"])
	assert.Empty(t, pets.names(), "a preview must create nothing")

	result, err = r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"create": 3}, result.Changes)
	assert.Equal(t, map[string]any{"name": "hello rex", "password": "[secret]"}, result.Outputs)
	assert.Equal(t, []string{"hello rex"}, pets.names())
	created := result.Steps[len(result.Steps)-1]
	assert.Equal(t, Step{
		URN:    "urn:pulumi:dev::tiny::tiny:index:Owner$pets:index:Pet::pet",
		Type:   "pets:index:Pet",
		Op:     "create",
		Parent: "urn:pulumi:dev::tiny::tiny:index:Owner::owner",
		ID:     "rex",
	}, created)
	assert.Contains(t, stdout.String(), "3 created")
	require.NoError(t, r.Close())

	r = open(t, opts)
	result, err = r.Up(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"same": 3}, result.Changes)
	_, err = r.Refresh(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)

	deployment, err := r.Export(t.Context())
	require.NoError(t, err)
	var exported struct {
		Deployment struct{ Resources []struct{ URN string } }
	}
	require.NoError(t, json.Unmarshal(deployment, &exported))
	assert.NotEmpty(t, exported.Deployment.Resources)
	assert.Contains(t, string(deployment), `"ciphertext"`, "an export must keep secrets encrypted")

	pets.greet("rex", "goodbye")
	result, err = r.Refresh(t.Context(), RunOptions{ExpectNoChanges: true})
	assert.ErrorContains(t, err, "no changes were expected")
	assert.Equal(t, 1, result.Changes["update"], "a refresh must see what changed behind its back: %v", result.Changes)

	result, err = r.Destroy(t.Context(), RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, 3, result.Changes["delete"])
	assert.Empty(t, pets.names())

	data, err := os.ReadFile(filepath.Join(opts.ProjectDir, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	assert.Equal(t, testStack, string(data))
	entries, err := os.ReadDir(home)
	require.NoError(t, err)
	assert.Empty(t, entries, "the user's Pulumi home must stay untouched")
}

// What a provider refuses comes back as one error with the provider's words, and as a failed step.
func TestProviderError(t *testing.T) {
	pets := startPets(t)
	opts := testOptions(t, petProgram)
	opts.Simulate = pets.simulate
	opts.Config = map[string]any{"greeting": "refuse"}
	r := open(t, opts)

	result, err := r.Up(t.Context(), RunOptions{})
	var engine *EngineError
	require.ErrorAs(t, err, &engine)
	assert.True(t, IsEngineError(err))
	assert.ErrorContains(t, err, `no pet answers to "refuse"`)
	require.NotEmpty(t, result.Steps)
	last := result.Steps[len(result.Steps)-1]
	assert.Equal(t, "pets:index:Pet", last.Type)
	assert.True(t, last.Failed)
}

// An error of the program is the operation's error, and extra configuration reaches the program with its types.
func TestProgramError(t *testing.T) {
	opts := testOptions(t, func(ctx *pulumi.Context) error {
		size, _ := ctx.GetConfig("tiny:size")
		tags, _ := ctx.GetConfig("tiny:tags")
		return errors.New("size " + size + ", tags " + tags)
	})
	opts.Config = map[string]any{"size": 7, "tags": map[string]any{"a": "b"}}
	_, err := open(t, opts).Preview(t.Context(), RunOptions{})
	assert.ErrorContains(t, err, `size 7, tags {"a":"b"}`)
}

// What fails before the engine starts still gives the engine's own words.
func TestConfigAgainstSchema(t *testing.T) {
	opts := testOptions(t, func(*pulumi.Context) error { return nil })
	opts.Config = map[string]any{"size": "large"}
	_, err := open(t, opts).Preview(t.Context(), RunOptions{})
	assert.ErrorContains(t, err, "size")
	assert.True(t, IsEngineError(err))
}

// An interrupted operation ends, says so, and leaves no lock behind.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := testOptions(t, func(*pulumi.Context) error { cancel(); return nil })
	r := open(t, opts)
	_, err := r.Up(ctx, RunOptions{})
	require.ErrorIs(t, err, context.Canceled)

	r.opts.Program = nil
	_, err = r.Destroy(t.Context(), RunOptions{})
	assert.NoError(t, err)
}
