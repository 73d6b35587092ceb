package imagebuilder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"aks-regulated-pulumi/config"
)

// spec is everything that determines an image template. Azure does not let a template change, so the hash of its spec is
// part of its name and of the image's: a change is a new template, a new image and a new build; no change is none.
type spec struct {
	Location            string
	WorkloadGroup       string
	SpokesGroup         string
	Distribute          string
	Replication         string `json:",omitempty"`
	SourceImage         config.MarketplaceImage
	VMSize              string
	OSDiskSizeGB        int
	BuildTimeoutMinutes int
	Customizers         []Customizer
	// Form counts changes to what NewTemplate sets besides the fields above.
	Form int
}

func newSpec(cfg *config.Config) spec {
	builder := cfg.ImageBuilder
	return spec{
		Location:            cfg.Location,
		WorkloadGroup:       cfg.ResourceGroups.Workload,
		SpokesGroup:         cfg.ResourceGroups.Spokes,
		Distribute:          builder.Distribute,
		Replication:         replication(cfg),
		SourceImage:         builder.SourceImage,
		VMSize:              builder.VMSize,
		OSDiskSizeGB:        builder.OSDiskSizeGB,
		BuildTimeoutMinutes: builder.BuildTimeoutMinutes,
		Customizers:         Customizers(builder.ToolVersions),
		Form:                1,
	}
}

// Names are the names of one image template and of what comes out of it.
type Names struct {
	// Template is the image template, Image the managed image, Script the deployment script that runs the template.
	Template, Image, Script string
	// GalleryVersion is the gallery image version, for SharedImage.
	GalleryVersion string
	// Hash is the part that tells one template from the next. It is part of the Pulumi names of what belongs to one
	// template, so that going back after a failed build finds the earlier template as it was, instead of one that waits to
	// be deleted.
	Hash string
}

// The gallery and the image definition outlive single images, so their names carry no hash.
const (
	galleryName         = "gal_aksopsjb"
	imageDefinitionName = "img-aksopsjb"
)

// NewNames derives the names from what the image consists of.
func NewNames(cfg *config.Config) (Names, error) {
	encoded, err := json.Marshal(newSpec(cfg))
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
		// Azure wants three numbers of at most 31 bits each.
		GalleryVersion: fmt.Sprintf("1.0.%d", binary.BigEndian.Uint32(sum[:])>>1),
	}, nil
}

// replication is the storage account type of a gallery image version: zone-redundant where the region has zones.
func replication(cfg *config.Config) string {
	switch {
	case cfg.ImageBuilder.Distribute != config.SharedImage:
		return ""
	case len(cfg.Zones) == 0:
		return "Standard_LRS"
	default:
		return "Standard_ZRS"
	}
}

// imageID is the Azure resource id under which the image will be found.
func imageID(cfg *config.Config, subscriptionID string, names Names) string {
	compute := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute",
		subscriptionID, cfg.ResourceGroups.Workload)
	if cfg.ImageBuilder.Distribute == config.SharedImage {
		return fmt.Sprintf("%s/galleries/%s/images/%s/versions/%s", compute, galleryName, imageDefinitionName, names.GalleryVersion)
	}
	return compute + "/images/" + names.Image
}
