package azuresim

import (
	"regexp"
	"time"
)

const computeProvider = groupPath + "/providers/Microsoft.Compute"

var galleryNames = regexp.MustCompile(`^[a-zA-Z0-9]([\w.]{0,78}[a-zA-Z0-9])?$`)

var computeKinds = []*kind{
	{
		token: "virtualmachineimages:VirtualMachineImageTemplate",
		path:  groupPath + "/providers/Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}",
		name:  regexp.MustCompile(`^[A-Za-z0-9-_.]{1,64}$`), located: true,
		create: 2 * time.Minute, update: time.Minute, remove: 2 * time.Minute,
		replace: []string{"source", "customize", "distribute", "vmProfile", "buildTimeoutInMinutes"},
		loose:   []string{"distribute"},
		rules:   []func(*operation) error{checkImageTemplate},
		compute: imageTemplateOutputs, along: makeStagingGroup, removed: removeStagingGroup,
	},
	{
		token: "compute:Gallery", path: computeProvider + "/galleries/{galleryName}",
		name: galleryNames, located: true, create: 30 * time.Second, update: 30 * time.Second, remove: 20 * time.Second,
	},
	{
		token: "compute:GalleryImage", path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9])?$`), located: true,
		create: 20 * time.Second, update: 20 * time.Second, remove: 20 * time.Second,
		replace: []string{"identifier", "osType", "osState", "hyperVGeneration", "features", "architecture"},
	},
	// Images and their gallery versions come out of builds; nobody registers them, but they can be looked up.
	{token: "compute:Image", path: computeProvider + "/images/{imageName}"},
	{token: "compute:GalleryImageVersion", path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}/versions/{galleryImageVersionName}"},
}
