package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/typetoken"
)

// urn is that of the one resource of a type whose logical name begins with a text.
func (s *engineStack) urn(t *testing.T, result *offline.Result, token, name string) string {
	t.Helper()
	var found []string
	for _, step := range result.Steps {
		if step.Type == token && strings.HasPrefix(step.URN[strings.LastIndex(step.URN, "::")+2:], name) {
			found = append(found, step.URN)
		}
	}
	require.Len(t, found, 1, "%s %s", token, name)
	return found[0]
}

// What is replaced because an operator says so, although its name in Azure stays, is deleted first; and a new template builds its image, also
// in place of one that was deleted outside of Pulumi.
func TestEngineReplacesOnDemand(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	replace := func(token, name string) []string {
		result, err := stack.runner.Up(context.Background(), offline.RunOptions{Replace: []string{stack.urn(t, development.first, token, name)}})
		require.NoError(t, err)
		return changed(result)
	}
	images := func() int {
		count := 0
		for _, r := range stack.azure.Resources() {
			if strings.HasPrefix(r.Type, "Microsoft.Compute/images") || strings.HasSuffix(r.Type, "galleries/images/versions") {
				count++
				_, err := stack.azure.Vanish(r.ID)
				require.NoError(t, err)
			}
		}
		return count
	}
	require.Equal(t, 1, images())
	steps := replace(typetoken.ImageTemplate, "jumpbox-template")
	assert.Contains(t, steps, "replace "+typetoken.ImageTemplate)
	assert.Contains(t, steps, "replace "+typetoken.Script)
	assert.Equal(t, 2, stack.azure.ImageBuilds())
	require.Equal(t, 1, images())

	_, err := stack.azure.Vanish(stack.id(t, "Microsoft.VirtualMachineImages/imageTemplates", "imgt-"))
	require.NoError(t, err)
	_, err = stack.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	assert.Contains(t, changed(stack.up(t)), "replace "+typetoken.Script)
	assert.Equal(t, 3, stack.azure.ImageBuilds())

	steps = replace(typetoken.Script, "stamp01-registry-import")
	assert.Contains(t, steps, "replace "+typetoken.Script, "the images are imported again")
	stack.unchanged(t)
}
