package components

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/typetoken"
)

var (
	gallery        = armPath(workloadGroup, "Microsoft.Compute/galleries/gal_aksopsjb")
	galleryImage   = gallery + "/images/img-aksopsjb"
	managedImage   = settings{"imageBuilder.distribute": "ManagedImage"}
	droppedManaged = settings{"imageBuilder.retain": "false", "imageBuilder.distribute": "ManagedImage"}
	droppedShared  = settings{"imageBuilder.retain": "false"}
)

// A managed image is a component with template and build inside, and a warning: Azure does not support it for what it is built from.
func TestManagedImage(t *testing.T) {
	m, names := deployImage(t, managedImage), namesOf(t, managedImage)
	assertFamily(t, m, "aksregulated:imagebuilder:JumpBoxImage", "jumpbox",
		"aksregulated:imagebuilder:Template jumpbox-template", "aksregulated:imagebuilder:Build jumpbox-build")
	template, id := m.one(t, typetoken.ImageTemplate, templateName), armPath(workloadGroup, "Microsoft.Compute/images/"+names.Image)
	assert.Equal(t, decoded(t, list{object{
		"type": "ManagedImage", "runOutputName": "managedImageTarget", "location": "eastus2", "imageId": id, "artifactTags": testTags,
	}}), decoded(t, template.Inputs["distribute"]))
	assert.Equal(t, map[string]any{"imageId": id, "imageName": names.Image, "templateId": template.ID}, m.Exports)
	require.Len(t, m.Warnings, 1)
	assert.Contains(t, m.Warnings[0], "imageBuilder.distribute")
	assert.Empty(t, deployImage(t, nil).Warnings)
}

// A gallery image can carry Trusted Launch; gallery and definition go with their group, which the versions keep them in.
func TestGallery(t *testing.T) {
	m, names := deployImage(t, nil), namesOf(t, nil)
	assert.Empty(t, m.Invoked, "an image that is retained is not looked for")
	assertFamily(t, m, "aksregulated:imagebuilder:JumpBoxImage", "jumpbox", typetoken.Gallery+" jumpbox", typetoken.GalleryImage+" jumpbox",
		"aksregulated:imagebuilder:Template jumpbox-template", "aksregulated:imagebuilder:Build jumpbox-build")
	for _, typ := range []string{typetoken.Gallery, typetoken.GalleryImage} {
		assert.True(t, m.one(t, typ, "jumpbox").RetainOnDelete, "Azure deletes no gallery that still has image versions")
	}
	definition := m.one(t, typetoken.GalleryImage, "jumpbox")
	assert.Equal(t, galleryImage, definition.ID)
	assertInputs(t, definition, object{
		"galleryImageName": "img-aksopsjb", "galleryName": "gal_aksopsjb", "resourceGroupName": workloadGroup,
		"location": "eastus2", "tags": testTags, "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
		"architecture": "x64",
		"features":     list{object{"name": "SecurityType", "value": "TrustedLaunchSupported"}},
		"identifier":   object{"publisher": "aks-regulated", "offer": "jumpbox", "sku": "ubuntu-lts"},
	})
	version := galleryImage + "/versions/" + names.GalleryVersion
	template := m.one(t, typetoken.ImageTemplate, templateName)
	assert.Equal(t, decoded(t, list{object{
		"type": "SharedImage", "runOutputName": "sharedImageTarget", "galleryImageId": version,
		"artifactTags": testTags, "excludeFromLatest": true,
		"targetRegions": list{object{"name": "eastus2", "replicaCount": 1, "storageAccountType": "Standard_ZRS"}},
	}}), decoded(t, template.Inputs["distribute"]))
	assertWaits(t, m, template, definition)
	assert.Equal(t, map[string]any{
		"imageId": version, "imageName": names.GalleryVersion, "templateId": template.ID,
	}, m.Exports)
}

// assertOnlyIdentities checks that a dropped build leaves neither template nor script. Both identities stay, and what the builder may do: a
// new assignment takes Azure minutes to know, which the next template would not survive.
func assertOnlyIdentities(t *testing.T, m *recordingMonitor) {
	t.Helper()
	assert.Empty(t, m.OfType(typetoken.ImageTemplate))
	for _, script := range m.OfType(typetoken.Script) {
		assert.NotEqual(t, buildName, script.Name)
	}
	var left []string
	for _, r := range m.All() {
		if r.Custom() && (strings.HasPrefix(r.Name, templateName) || strings.HasPrefix(r.Name, buildName)) && r.Type != typetoken.UUID {
			left = append(left, r.String())
		}
	}
	assert.ElementsMatch(t, []string{
		typetoken.Identity + " jumpbox-template", typetoken.RoleAssignment + " jumpbox-template-network",
		typetoken.RoleAssignment + " jumpbox-template-image", typetoken.Identity + " jumpbox-build",
	}, left)
}

// Once the image is there and the template is not to be retained, template and script go, and the image stays.
func TestRetainFalseAfterTheBuild(t *testing.T) {
	tests := map[string]struct {
		settings  settings
		token, id string
		query     map[string]any
	}{
		"managed image": {
			droppedManaged, "azure-native:compute/v20240701:getImage",
			armPath(workloadGroup, "Microsoft.Compute/images/"+namesOf(t, droppedManaged).Image),
			map[string]any{"resourceGroupName": workloadGroup, "imageName": namesOf(t, droppedManaged).Image},
		},
		"gallery image": {
			droppedShared, "azure-native:compute/v20240303:getGalleryImageVersion",
			galleryImage + "/versions/" + namesOf(t, droppedShared).GalleryVersion,
			map[string]any{
				"resourceGroupName": workloadGroup, "galleryName": "gal_aksopsjb", "galleryImageName": "img-aksopsjb",
				"galleryImageVersionName": namesOf(t, droppedShared).GalleryVersion,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := deployImage(t, test.settings)
			assertOnlyIdentities(t, m)
			assert.Equal(t, test.id, m.Exports["imageId"])
			assert.Empty(t, m.Exports["templateId"])
			require.Len(t, m.Invoked, 1)
			assert.Equal(t, test.token, m.Invoked[0].Token)
			assert.Equal(t, test.query, m.Invoked[0].Args.Mappable())
			assert.Len(t, m.OfType(typetoken.Gallery), strings.Count(test.id, "/galleries/"), "the gallery holds the image")
		})
	}
}

// While the image is missing, everything that builds it is there, whichever way Azure says that it is missing.
func TestRetainFalseBeforeTheBuild(t *testing.T) {
	retained := deployImage(t, nil)
	for _, message := range []string{
		"Code=\"ResourceNotFound\" Message=\"The Resource was not found.\"",
		"ERROR CODE: ResourceGroupNotFound", "Code=\"ParentResourceNotFound\"", "ERROR CODE: NotFound",
	} {
		t.Run(message, func(t *testing.T) {
			m := &recordingMonitor{recording.Monitor{LookUpError: errors.New(message)}}
			require.NoError(t, runImage(t, m, droppedShared))
			assert.Len(t, m.Registered, len(retained.Registered))
			assert.Equal(t, retained.Exports, m.Exports)
		})
	}
}

// An image that Azure did not complete is no image: what builds it stays.
func TestRetainFalseAfterFailedDistribution(t *testing.T) {
	m := &recordingMonitor{recording.Monitor{FoundState: "Failed"}}
	require.NoError(t, runImage(t, m, droppedShared))
	assert.NotEmpty(t, m.OfType(typetoken.ImageTemplate))
}

// Any other failure of the look-up stops the program: treated as a missing image it would cause a build, as a found one a deletion.
func TestRetainFalseWithoutAnswer(t *testing.T) {
	for _, message := range []string{
		"Code=\"AuthorizationFailed\" Message=\"no permission to read images\"",
		"ERROR CODE: SubscriptionNotFound", "connection refused",
	} {
		t.Run(message, func(t *testing.T) {
			m := &recordingMonitor{recording.Monitor{LookUpError: errors.New(message)}}
			err := runImage(t, m, droppedManaged)
			require.ErrorContains(t, err, message)
			assert.ErrorContains(t, err, "look for image "+namesOf(t, droppedManaged).Image)
			assert.Empty(t, m.OfType(typetoken.ImageTemplate))
		})
	}
}

// An image is looked for under the names of its own spec, so a changed spec is built again also without retaining.
func TestRetainFalseLooksForTheChangedImage(t *testing.T) {
	changed := settings{"imageBuilder.retain": "false", "imageBuilder.vmSize": "Standard_D4ds_v5"}
	before, after := deployImage(t, droppedShared), deployImage(t, changed)
	assert.NotEqual(t, before.Invoked[0].Args["galleryImageVersionName"], after.Invoked[0].Args["galleryImageVersionName"])
}
