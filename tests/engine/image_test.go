package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim"
	"aks-regulated-pulumi/internal/offline"
	"aks-regulated-pulumi/internal/typetoken"
)

// A changed customizer makes a new template, a new image and one new build; the old image stays.
func TestEngineRebuildsChangedImage(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	before := stack.up(t).Outputs["jumpBoxImageId"]
	stack.reopen(t, map[string]any{"imageBuilder.toolVersions": map[string]any{"kubectl": "1.35.8"}})
	result := stack.up(t)
	assert.NotEqual(t, before, result.Outputs["jumpBoxImageId"])
	steps := changed(result)
	assert.Contains(t, steps, "create "+typetoken.ImageTemplate)
	assert.Contains(t, steps, "create "+typetoken.Script)
	assert.Equal(t, 2, stack.azure.ImageBuilds())
	images := 0
	for _, r := range stack.azure.Resources() {
		if r.Type == "Microsoft.Compute/galleries/images/versions" {
			images++
		}
	}
	assert.Equal(t, 2, images)
}

// A failed build of a changed image leaves the old one in place: going back changes nothing but to drop the failed attempt.
func TestEngineGoesBackAfterFailedBuild(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	before := stack.up(t).Outputs["jumpBoxImageId"]
	stack.reopen(t, map[string]any{"imageBuilder.toolVersions": map[string]any{"kubectl": "1.35.8"}})
	vnet := stack.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-00")
	restore, err := stack.azure.Drift(vnet, func(properties map[string]any) {
		for _, subnet := range properties["subnets"].([]any) {
			subnet.(map[string]any)["privateLinkServiceNetworkPolicies"] = "Enabled"
		}
	})
	require.NoError(t, err)
	assert.Contains(t, stack.upFails(t), "private link")
	require.NoError(t, restore())
	stack.reopen(t, nil)
	back := stack.up(t)
	assert.Equal(t, before, back.Outputs["jumpBoxImageId"])
	for _, step := range changed(back) {
		assert.NotContains(t, step, "create", "nothing is re-created")
	}
	assert.Equal(t, 2, stack.azure.ImageBuilds(), "the first build and the failed one")
}

// Tags are no reason to build an image again.
func TestEngineKeepsImageWhenTagsChange(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, map[string]any{"tags": map[string]any{"owner": "platform"}})
	for _, step := range changed(stack.up(t)) {
		assert.False(t, strings.HasSuffix(step, typetoken.ImageTemplate), step)
	}
	assert.Equal(t, 1, stack.azure.ImageBuilds())
}

// A tool that is left out closes its hosts and is gone from the image.
func TestEngineClosesEgressOfDroppedTool(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, map[string]any{"imageBuilder.toolVersions": map[string]any{"terraform": "none", "azwi": "none", "flux": "none"}})
	stack.up(t)
	for _, r := range stack.azure.Resources() {
		if strings.HasSuffix(r.Type, "ruleCollectionGroups") {
			assert.NotContains(t, allText(r.Properties), "releases.hashicorp.com")
			assert.Contains(t, allText(r.Properties), "github.com", "kubelogin still comes from there")
		}
	}
}

// Azure removes the record of a deployment script after a day. The next update creates it again, and builds nothing.
func TestEngineExpiredScriptBuildsNothing(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.azure.Advance(27 * time.Hour)
	_, err := stack.runner.Refresh(context.Background(), offline.RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{"create " + typetoken.Script, "create " + typetoken.Script}, changed(stack.up(t)), "the image build and the image import")
	assert.Equal(t, 1, stack.azure.ImageBuilds())
}

// With retain false the update after a build drops template, script and staging group; the image stays, until another image is asked
// for, which is built and dropped in the same way. Identities and what they may do stay for it: Azure knows them then.
func TestEngineDropsBuilderAfterBuild(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	config := map[string]any{"imageBuilder.retain": false}
	stack.reopen(t, config)
	dropped := stack.up(t)
	assert.Equal(t, development.first.Outputs["jumpBoxImageId"], dropped.Outputs["jumpBoxImageId"])
	assert.Contains(t, changed(dropped), "delete "+typetoken.ImageTemplate)
	for _, r := range stack.azure.Resources() {
		assert.NotContains(t, r.Type, "imageTemplates")
		assert.NotContains(t, r.ID, "/IT_", "staging group of the build")
	}
	stack.id(t, "Microsoft.Compute/galleries/images/versions", "1.0.")
	for _, step := range changed(dropped) {
		assert.NotContains(t, step, typetoken.Identity)
	}
	for _, r := range stack.exported(t).Deployment.Resources {
		assert.False(t, strings.HasSuffix(r.URN, "providers:azure-native::default"), "the image was looked for with any release of the provider")
	}
	_, err := stack.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)
	config["imageBuilder.toolVersions"] = map[string]any{"helm": "3.22.0"}
	stack.reopen(t, config)
	assert.Contains(t, changed(stack.up(t)), "create "+typetoken.ImageTemplate)
	assert.Contains(t, changed(stack.up(t)), "delete "+typetoken.ImageTemplate)
	assert.Equal(t, 2, stack.azure.ImageBuilds())
}

// Where policies forbid deployment scripts, the update itself builds and imports. It leaves alone what has been done, fails with Azure's
// words, and does the rest when it runs again.
func TestEngineRunByCaller(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	caller := map[string]any{"scripts.runBy": "caller"}
	stack.reopen(t, caller)
	assert.Contains(t, changed(stack.up(t)), "delete "+typetoken.Script)
	assert.Equal(t, 1, stack.azure.ImageBuilds(), "the image is there")
	_, err := stack.runner.Up(context.Background(), offline.RunOptions{ExpectNoChanges: true})
	require.NoError(t, err)

	caller["imageBuilder.toolVersions"] = map[string]any{"kubectl": "1.35.8"}
	stack.reopen(t, caller)
	vnet := stack.id(t, "Microsoft.Network/virtualNetworks", "vnet-spoke-bu0001a0005-00")
	restore, err := stack.azure.Drift(vnet, func(properties map[string]any) {
		for _, subnet := range properties["subnets"].([]any) {
			subnet.(map[string]any)["privateLinkServiceNetworkPolicies"] = "Enabled"
		}
	})
	require.NoError(t, err)
	assert.Contains(t, stack.upFails(t), "private link")
	require.NoError(t, restore())
	built := stack.up(t)
	assert.NotEqual(t, development.first.Outputs["jumpBoxImageId"], built.Outputs["jumpBoxImageId"])
	assert.Equal(t, 3, stack.azure.ImageBuilds(), "the first, the failed and the last")
}

// An image of one's own needs neither spoke nor build.
func TestEngineUsesExistingImage(t *testing.T) {
	t.Parallel()
	image := "/subscriptions/" + azuresim.SubscriptionID + "/resourceGroups/rg-images/providers/Microsoft.Compute/images/golden"
	stack := newEngineStack(t, "dev", map[string]any{"imageBuilder.mode": "existing", "imageBuilder.existingImageId": image})
	result := stack.up(t)
	assert.Equal(t, image, result.Outputs["jumpBoxImageId"])
	for _, r := range stack.azure.Resources() {
		assert.NotContains(t, r.ID, "vnet-spoke-bu0001a0005-00", r.ID)
	}
	assert.Zero(t, stack.azure.ImageBuilds())
}

// Without permission to define roles the build works with built-in ones, and says that they allow too much.
func TestEngineBuiltInRoles(t *testing.T) {
	t.Parallel()
	stack := newDeployedStack(t)
	stack.reopen(t, map[string]any{"imageBuilder.useCustomRoles": false})
	result := stack.up(t)
	warned := false
	for _, diagnostic := range result.Diagnostics {
		warned = warned || diagnostic.Severity == "warning" && strings.Contains(diagnostic.Message, "imageBuilder.useCustomRoles")
	}
	assert.True(t, warned)
	for _, r := range stack.azure.Resources() {
		assert.NotEqual(t, "Microsoft.Authorization/roleDefinitions", r.Type)
	}
}

func allText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		var parts []string
		for _, item := range v {
			parts = append(parts, allText(item))
		}
		return strings.Join(parts, "\n")
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, allText(item))
		}
		return strings.Join(parts, "\n")
	}
	return ""
}
