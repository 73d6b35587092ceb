package azuresim

import (
	"regexp"
	"time"
)

const computeProvider = groupPath + "/providers/Microsoft.Compute"

var galleryNames = regexp.MustCompile(`^[a-zA-Z0-9]([\w.]{0,78}[a-zA-Z0-9])?$`)

var computeKinds = []*kind{
	{
		token: "compute:Gallery", path: computeProvider + "/galleries/{galleryName}",
		name: galleryNames, located: true, create: 30 * time.Second, update: 30 * time.Second, remove: 20 * time.Second,
	},
	{
		token: "compute:GalleryImage", path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9])?$`), located: true,
		create: 20 * time.Second, update: 20 * time.Second, remove: 20 * time.Second,
		replaceOn: []string{"identifier", "osType", "osState", "hyperVGeneration", "features", "architecture"},
	},
	// Images and their gallery versions come out of builds; nobody registers them, but they can be looked up.
	{token: "compute:Image", path: computeProvider + "/images/{imageName}"},
	{token: "compute:GalleryImageVersion", path: computeProvider + "/galleries/{galleryName}/images/{galleryImageName}/versions/{galleryImageVersionName}"},
}
