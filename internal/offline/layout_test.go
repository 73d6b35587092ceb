package offline

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Stacks in one simulated Azure read each other's outputs, secrets included, and an operation that was killed on one of them is undone by
// whichever runs next. Each keeps its own configuration and state.
func TestStacksShareASimulatedAzure(t *testing.T) {
	azure := startPets(t)
	first := testOptions(t, petProgram)
	first.ProjectDir = writeProject(t, map[string]string{"dev": testStack, "second": "config:\n  greeting: bye\n"})
	first.Simulate = azure.simulate
	r := open(t, first)
	_, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	require.NoError(t, r.Close())

	second := first
	second.Stack, second.Azure = "second", "dev"
	second.Program = func(ctx *pulumi.Context) error {
		other, err := pulumi.NewStackReference(ctx, fmt.Sprintf("%s/%s/dev", ctx.Organization(), ctx.Project()), nil)
		if err != nil {
			return err
		}
		for _, output := range []string{"name", "password"} {
			details, err := other.GetOutputDetails(output)
			if err != nil {
				return err
			}
			ctx.Export(output, pulumi.String(fmt.Sprint(details.Value, details.SecretValue)))
		}
		greeting, _ := ctx.GetConfig("tiny:greeting")
		ctx.Export("greeting", pulumi.String(greeting))
		return nil
	}
	r = open(t, second)
	result, err := r.Up(t.Context(), RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"name": "hello rex<nil>", "password": "<nil>hello rex", "greeting": "bye"}, result.Outputs)
	assert.FileExists(t, filepath.Join(first.StateDir, "dev/pulumi/.pulumi/stacks/tiny/second.json"))
	assert.NoDirExists(t, filepath.Join(first.StateDir, "second"))

	require.NoError(t, newUnfinished(r.layout, "tiny").begin())
	require.NoError(t, r.Close())
	var said strings.Builder
	first.Stderr = &said
	r = open(t, first)
	assert.Equal(t, "The last operation on stack second was killed. The stack is as it was before.\n", said.String())
	_, err = r.Up(t.Context(), RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	_, err = Open(t.Context(), second)
	assert.ErrorContains(t, err, `stack "second" in `+filepath.Join(first.StateDir, "dev")+" is in use by another offline command")

	second.Azure = "../dev"
	_, err = Open(t.Context(), second)
	assert.ErrorContains(t, err, `no simulated Azure "../dev"`)
}
