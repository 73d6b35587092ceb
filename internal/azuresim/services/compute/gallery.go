package compute

import (
	"regexp"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
)

const computeProvider = arm.GroupPath + "/providers/Microsoft.Compute"

var galleryNames = regexp.MustCompile(`^[a-zA-Z0-9]([\w.]{0,78}[a-zA-Z0-9])?$`)

var galleryKind = &arm.Kind{
	Token: "compute:Gallery", Path: computeProvider + "/galleries/{galleryName}",
	Name: galleryNames, Located: true, Create: 30 * time.Second, Update: 30 * time.Second, Remove: 20 * time.Second,
}

var imageDefinitionKind = &arm.Kind{
	Token: "compute:GalleryImage", Path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}",
	Name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9])?$`), Located: true,
	Create: 20 * time.Second, Update: 20 * time.Second, Remove: 20 * time.Second,
	Immutable: []arm.Immutable{{Paths: []string{"identifier", "osType", "osState", "hyperVGeneration", "features", "architecture"}}},
}

var imageVersionKind = &arm.Kind{Token: "compute:GalleryImageVersion",
	Path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}/versions/{galleryImageVersionName}"}

// Images and their gallery versions come out of builds. They cannot be registered, but looked up.
var managedImageKind = &arm.Kind{Token: "compute:Image", Path: computeProvider + "/images/{imageName}"}
