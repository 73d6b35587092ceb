package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ImageBuilder configures the spoke that builds the jump box image, and the image.
type ImageBuilder struct {
	// AddressSpace is the range of the network to make, Subnet that of the build subnet in any case.
	AddressSpace, Subnet netip.Prefix
	// SubnetID is the Azure resource id of a build subnet that exists; empty for a network to make.
	SubnetID string
	// Mode is ModeBuild or ModeExisting.
	Mode string
	// Stack is the stack that has the image; empty if this one has, or in ModeExisting.
	Stack string
	// ExistingImageID is the Azure resource id of the image to use in ModeExisting.
	ExistingImageID string
	// Retain keeps template and script after the build.
	Retain bool
	// Distribute is ManagedImage or SharedImage.
	Distribute string
	// SourceImage is the marketplace image to start from.
	SourceImage MarketplaceImage
	// VMSize is the build VM's, ProxyVMSize that of the VM between it and the service.
	VMSize, ProxyVMSize string
	// OSDiskSizeGB is in GiB.
	OSDiskSizeGB        int
	BuildTimeoutMinutes int
	// ToolVersions overrides versions of the tool table; ToolNone leaves a tool out.
	ToolVersions map[string]string
	// UseCustomRoles chooses the least-privilege custom roles over built-in ones.
	UseCustomRoles bool
	// CustomRoleSuffix is appended to the display names of custom roles.
	CustomRoleSuffix string
}

// TrustedLaunch reports whether jump boxes start from the image with Trusted Launch, which only a gallery's images carry.
func (b ImageBuilder) TrustedLaunch() bool { return b.Mode == ModeBuild && b.Distribute == SharedImage }

// Modes and values of the image builder's keys.
const (
	ModeBuild    = "build"
	ModeExisting = "existing"
	ManagedImage = "ManagedImage"
	SharedImage  = "SharedImage"
	ToolNone     = "none"
)

// MarketplaceImage identifies a platform image.
type MarketplaceImage struct {
	Publisher, Offer, SKU, Version string
}

func (r *reader) marketplaceImage(key string) MarketplaceImage {
	value := r.text(key)
	parts := strings.Split(value, ":")
	if len(parts) != 4 || !allMatch(imagePart, parts) {
		r.reject(key, value, "publisher:offer:sku:version, for example Canonical:ubuntu-24_04-lts:server:latest")
		return MarketplaceImage{}
	}
	return MarketplaceImage{Publisher: parts[0], Offer: parts[1], SKU: parts[2], Version: parts[3]}
}

func (r *reader) checkImageBuilder(builder ImageBuilder, location string, made bool) {
	if made && builder.Mode == ModeBuild && regionName.MatchString(location) && !slices.Contains(imageBuilderRegions, location) {
		r.reject("location", location, "a region of Azure Image Builder, since imageBuilder.mode is build: one of "+
			strings.Join(imageBuilderRegions, ", "))
	}
	const key = "imageBuilder.existingImageId"
	const allowed = "the Azure resource id of a managed image or of a gallery image version"
	id := builder.ExistingImageID
	if id != "" && !imageID.MatchString(id) {
		r.reject(key, id, allowed)
	}
	if builder.Mode == ModeExisting && id == "" {
		r.reject(key, id, allowed+", since imageBuilder.mode is existing")
	}
	if builder.Mode == ModeBuild && id != "" {
		r.reject(key, id, "empty while imageBuilder.mode is build")
	}
	if len(builder.CustomRoleSuffix) > 64 {
		r.reject("imageBuilder.customRoleSuffix", builder.CustomRoleSuffix, "at most 64 characters")
	}
}

// temporaryDisks are the sizes of local disks in GiB (Azure documents "Ddsv5 sizes series", "Ddsv4", "Edsv5", "Fsv2"). Other sizes are left
// to Azure.
var temporaryDisks = map[string]int{
	"Standard_D2ds_v5": 75, "Standard_D4ds_v5": 150, "Standard_D8ds_v5": 300, "Standard_D16ds_v5": 600,
	"Standard_D2ds_v4": 75, "Standard_D4ds_v4": 150, "Standard_D8ds_v4": 300, "Standard_E2ds_v5": 75, "Standard_E4ds_v5": 150,
	"Standard_E8ds_v5": 300, "Standard_F2s_v2": 16, "Standard_F4s_v2": 32, "Standard_F8s_v2": 64,
	"Standard_D2s_v5": 0, "Standard_D4s_v5": 0, "Standard_D8s_v5": 0,
}

// guestState is what Trusted Launch takes of a local disk, in GiB (Azure document "Ephemeral OS disks", 2026-09-08).
const guestState = 1

// checkImageDisk refuses an image that does not fit the local disk of the jump boxes, as far as their size is known. Azure finds out only
// when the machines are made, after the build.
func (r *reader) checkImageDisk(builder ImageBuilder, jumpBoxSize string) {
	room, known := temporaryDisks[jumpBoxSize]
	if builder.Mode != ModeBuild || !known {
		return
	}
	if builder.TrustedLaunch() {
		room -= guestState
	}
	if builder.OSDiskSizeGB > room {
		r.reject("imageBuilder.osDiskSizeGB", fmt.Sprint(builder.OSDiskSizeGB),
			fmt.Sprintf("at most %d, the room for it on the temporary disk of jumpBoxes.vmSize %s", max(room, 0), jumpBoxSize))
	}
}
