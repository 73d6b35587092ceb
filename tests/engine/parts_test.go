package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/typetoken"
)

// imageFactory is the folder of the example with a stack for each part.
const imageFactory = "image-factory"

// factoryStacks are its stacks, in the order in which they are deployed.
var factoryStacks = []string{"factory-network", "factory-image", "factory-01", "factory-02"}

// inFactory opens one of the stacks in the simulated Azure that they share, does something, and closes it again: one stack runs at a time.
func inFactory(t *testing.T, stateDir, name string, config map[string]any, do func(*engineStack)) {
	t.Helper()
	stack := openStack(t, &engineStack{name: name, stateDir: stateDir, shared: "factory", propagation: azuresim.Immediate}, config)
	do(stack)
	stack.close(t)
}

// A platform in four stacks is deployed one after the other. A change of one cluster changes nothing in the others. Destroyed in reverse, all of
// them leave an empty subscription, and a stack whose hub is gone says so.
func TestPartsInStacks(t *testing.T) {
	long(t)
	t.Parallel()
	dir := t.TempDir()
	for _, name := range factoryStacks {
		inFactory(t, dir, name, nil, func(stack *engineStack) {
			stack.up(t)
		})
	}
	inFactory(t, dir, "factory-01", map[string]any{"jumpBoxes.count": 1}, func(stack *engineStack) {
		assert.Equal(t, []string{"update " + typetoken.ScaleSet}, changed(stack.up(t)))
		stack.works(t)
		stack.flows(t, nil)
	})
	for _, name := range []string{"factory-network", "factory-image", "factory-02"} {
		inFactory(t, dir, name, nil, func(stack *engineStack) {
			_, err := stack.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
			require.NoError(t, err, name)
		})
	}
	for _, name := range slices.Backward(factoryStacks) {
		inFactory(t, dir, name, nil, func(stack *engineStack) {
			stack.destroy(t)
			if name == factoryStacks[0] {
				assert.Empty(t, stack.azure.Left())
			}
		})
	}
	stack := &engineStack{name: "factory-01", stateDir: dir, shared: "factory"}
	said := openStack(t, stack, nil).upFails(t)
	assert.Contains(t, said, `hub.stack: "factory-network" is not allowed; expected a stack whose output hub.networkId is a text`)
}
