package azuresim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// An image version keeps its gallery, until the resource group goes.
func TestGalleryWithVersions(t *testing.T) {
	b := newBench()
	b.target = object{"type": "SharedImage", "galleryImageId": groupID + "/providers/Microsoft.Compute/galleries/gal/images/def/versions/1.0.0"}
	l := b.deploy(start(t, Options{}))
	gallery := l.must("compute:Gallery", in(object{"galleryName": "gal"}))
	definition := l.must("compute:GalleryImage", in(object{"galleryName": "gal", "galleryImageName": "def"}))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", b.template())
	l.must("resources:AzureCliScript", l.script(nil))
	l.server.Resources()
	assert.ErrorContains(t, l.delete("compute:Gallery", gallery), "InUse")
	assert.ErrorContains(t, l.delete("compute:GalleryImage", definition), "versions/1.0.0")
	require.NoError(t, l.delete("resources:ResourceGroup", groupID))
	assert.Empty(t, l.server.Left())
}

// A build that failed can be run again, and the script tells the new run from the old one.
func TestImageBuildAgain(t *testing.T) {
	l := newBench().deploy(start(t, Options{}))
	l.must("virtualmachineimages:VirtualMachineImageTemplate", newBench().template())
	restore, err := l.server.Drift(netID+"virtualNetworks/spoke", func(properties object) {
		for _, snet := range tree.List(properties, "subnets") {
			snet.(object)["privateLinkServiceNetworkPolicies"] = "Enabled"
		}
	})
	require.NoError(t, err)
	script := l.script(nil)
	_, _, err = l.create("resources:AzureCliScript", script)
	require.ErrorContains(t, err, "private link")
	require.ErrorContains(t, err, "customization.log")
	require.Error(t, l.update("resources:AzureCliScript", scriptID, script))
	require.NoError(t, restore())
	require.NoError(t, l.update("resources:AzureCliScript", scriptID, script))
	assert.Equal(t, 3, l.server.ImageBuilds())
	l.server.Resources()
	assert.Equal(t, arm.StateSucceeded, l.read(imageID).Outputs["provisioningState"])
}
