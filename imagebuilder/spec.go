package imagebuilder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"aks-regulated-pulumi/config"
)

// spec is everything that determines an image template. Azure does not let a template change, so the hash of its spec is part of its
// name and of the image's name: a changed spec means a new template, a new build and a new image.
type spec struct {
	Location            string
	WorkloadGroup       string // of the image; named as it was when that could only be the workload's
	SpokesGroup         string
	Distribute          string
	Replication         string `json:",omitempty"`
	SourceImage         config.MarketplaceImage
	VMSize              string
	ProxyVMSize         string
	OSDiskSizeGB        int
	BuildTimeoutMinutes int
	Customizers         []Customizer
	// Form is increased when NewTemplate changes what the fields above do not show.
	Form int
}

func newSpec(args *JumpBoxImageArgs) spec {
	builder := args.ImageBuilder
	return spec{
		Location:            args.Location,
		WorkloadGroup:       args.ResourceGroups.Image,
		SpokesGroup:         args.ResourceGroups.Spokes,
		Distribute:          builder.Distribute,
		Replication:         replication(args),
		SourceImage:         builder.SourceImage,
		VMSize:              builder.VMSize,
		ProxyVMSize:         builder.ProxyVMSize,
		OSDiskSizeGB:        builder.OSDiskSizeGB,
		BuildTimeoutMinutes: builder.BuildTimeoutMinutes,
		Customizers:         Customizers(builder.ToolVersions),
		Form:                1,
	}
}

// Names are the names of one image template and of its results.
type Names struct {
	// Template is the image template, Image the managed image, Script the deployment script that runs the template.
	Template, Image, Script string
	// GalleryVersion is the gallery image version, for SharedImage.
	GalleryVersion string
	// Hash distinguishes one template from the next. It is part of the Pulumi names of what belongs to one template, so that going
	// back after a failed build finds the earlier template as it was, instead of one that is to be deleted.
	Hash string
}

// The gallery and the image definition outlive single images, so their names carry no hash.
const (
	galleryName         = "gal_aksopsjb"
	imageDefinitionName = "img-aksopsjb"
)

// NewNames derives the names from everything that determines the image.
func NewNames(args *JumpBoxImageArgs) (Names, error) {
	encoded, err := json.Marshal(newSpec(args))
	if err != nil {
		return Names{}, fmt.Errorf("hash of the image template: %w", err)
	}
	sum := sha256.Sum256(encoded)
	hash := hex.EncodeToString(sum[:])[:10]
	return Names{
		Template: "imgt-aksopsjb-" + hash,
		Image:    "img-aksopsjb-" + hash,
		Script:   "ds-aksopsjb-" + hash,
		Hash:     hash,
		// Azure requires three numbers of at most 31 bits each.
		GalleryVersion: fmt.Sprintf("1.0.%d", binary.BigEndian.Uint32(sum[:])>>1),
	}, nil
}

// replication is the storage account type of a gallery image version: zone-redundant where the region has zones.
func replication(args *JumpBoxImageArgs) string {
	switch {
	case args.ImageBuilder.Distribute != config.SharedImage:
		return ""
	case len(args.Zones) == 0:
		return "Standard_LRS"
	default:
		return "Standard_ZRS"
	}
}

// imageID is the Azure resource id that the image will have.
func imageID(args *JumpBoxImageArgs, names Names) string {
	compute := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute",
		args.Subscription.ID, args.ResourceGroups.Image)
	if args.ImageBuilder.Distribute == config.SharedImage {
		return fmt.Sprintf("%s/galleries/%s/images/%s/versions/%s", compute, galleryName, imageDefinitionName, names.GalleryVersion)
	}
	return compute + "/images/" + names.Image
}
