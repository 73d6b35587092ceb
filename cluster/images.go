package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"aks-regulated-pulumi/config"
)

// dockerHub is the registry of Docker Hub, which limits what it gives to one address or user.
const dockerHub = "docker.io"

// Image is a container image that is imported into a registry under a tag, from a source that is named by digest.
type Image struct {
	// Host is the source registry, for example docker.io; Repository is the path in it.
	Host, Repository string
	Tag              string
	// Digest is that of the multi-platform index, as sha256: and 64 hexadecimal digits.
	Digest string
	// Why says what needs the image; empty for images of the configuration.
	Why string
}

// BootstrapImages are the images of what Flux sets up in a cluster. The tag is for readers; the digest decides what is imported, since
// tags of official images are pushed again.
var BootstrapImages = []Image{
	{
		// Replaces ingress-nginx, which has been unmaintained since March 2026.
		Host: "docker.io", Repository: "library/traefik", Tag: "v3.7.13",
		Digest: "sha256:24841fe2de7304c149343d877d2923b4c8800a38ba015dea9174c23b20e344a0",
		Why:    "ingress controller",
	},
	{
		// One image since 0.40, without a driver loader. It contains the rules, so that none bypass the quarantine.
		Host: "docker.io", Repository: "falcosecurity/falco", Tag: "0.45.0",
		Digest: "sha256:788f1129c542171813083d4afc61b16730a47dde8c23d9c39370acef996349b6",
		Why:    "runtime threat detection",
	},
	{
		Host: "docker.io", Repository: "library/busybox", Tag: "1.37.0",
		Digest: "sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
		Why:    "stand-ins for antivirus and file integrity agents",
	},
}

// FluxImages are those of Flux 2.9 itself, for mode manifests: in mode flux it comes from Microsoft, with the AKS extension.
var FluxImages = []Image{
	{
		Host: "ghcr.io", Repository: "fluxcd/source-controller", Tag: "v1.9.6",
		Digest: "sha256:6a6693172589f8ff26123a231d5fa6ceb194a6efb4dc647cdf057c959f76a2e3",
		Why:    "fetches the cluster's repository",
	},
	{
		Host: "ghcr.io", Repository: "fluxcd/kustomize-controller", Tag: "v1.9.6",
		Digest: "sha256:2ebeaa341da77d52b6abbbba5efcee0450d47f8b42f0e6f33b08f9020262d606",
		Why:    "applies the cluster's manifests",
	},
}

// virtualNodeImages are those that nodes pull to run virtual nodes. Microsoft publishes no digests, so the configuration has them.
func virtualNodeImages(nodes config.VirtualNodes) []Image {
	if !nodes.Enabled {
		return nil
	}
	var images []Image
	for _, name := range config.VirtualNodeImages {
		images = append(images, Image{
			Host: "mcr.microsoft.com", Repository: "aci/virtual-node-2-" + name, Tag: config.VirtualNodesImageTag,
			Digest: nodes.ImageDigests[name], Why: "virtual nodes",
		})
	}
	return images
}

// String is the image as host/repository:tag@digest.
func (i Image) String() string { return i.Host + "/" + i.Repository + ":" + i.Tag + "@" + i.Digest }

// Live is the repository and tag in the registry from which a cluster may pull.
func (i Image) Live() string { return "live/" + i.Repository + ":" + i.Tag }

// parseImage reads host/repository:tag@digest, a form that config.Load has checked.
func parseImage(reference string) (Image, error) {
	tagged, digest, pinned := strings.Cut(reference, "@")
	host, path, hosted := strings.Cut(tagged, "/")
	repository, tag, versioned := strings.Cut(path, ":")
	if !pinned || !hosted || !versioned {
		return Image{}, fmt.Errorf("image %s is not host/repository:tag@digest", reference)
	}
	return Image{Host: host, Repository: repository, Tag: tag, Digest: digest}, nil
}

// PlatformImages are the images of what every cluster has, in a mode of the bootstrap such as config.ModeFlux.
func PlatformImages(bootstrapMode string) []Image {
	if bootstrapMode == config.ModeManifests {
		return slices.Concat(BootstrapImages, FluxImages)
	}
	return slices.Clone(BootstrapImages)
}

// Images are all images to import: those of the platform in a mode of the bootstrap, those of virtual nodes, and the configured ones
// (registry.images) last. It fails if two would get the same name in the registry.
func Images(bootstrapMode string, nodes config.VirtualNodes, configured []string) ([]Image, error) {
	images := append(PlatformImages(bootstrapMode), virtualNodeImages(nodes)...)
	for _, reference := range configured {
		image, err := parseImage(reference)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	named := map[string]Image{}
	for _, image := range images {
		if other, taken := named[image.Live()]; taken {
			return nil, fmt.Errorf("%s and %s would both be %s", other, image, image.Live())
		}
		named[image.Live()] = image
	}
	return images, nil
}

// CheckImages returns Images, or what is wrong with registry.images in combination with the images of the platform.
func CheckImages(bootstrapMode string, nodes config.VirtualNodes, configured []string) ([]Image, []config.Problem) {
	images, err := Images(bootstrapMode, nodes, configured)
	if err != nil {
		return nil, []config.Problem{{
			Key: "registry.images", Value: strings.Join(configured, ", "), Allowed: "images of different names: " + err.Error(),
		}}
	}
	return images, nil
}

// LimitedByDockerHub reports whether an image comes from Docker Hub, which counts anonymous imports of all registries of Azure together.
func LimitedByDockerHub(images []Image) bool {
	return slices.ContainsFunc(images, func(image Image) bool { return image.Host == dockerHub })
}

// imageList is the images as the import script takes them, separated by spaces.
func imageList(images []Image) string {
	references := make([]string, 0, len(images))
	for _, image := range images {
		references = append(references, image.String())
	}
	return strings.Join(references, " ")
}

// imageListHash distinguishes one list of images from the next.
func imageListHash(images []Image) string {
	sum := sha256.Sum256([]byte(imageList(images)))
	return hex.EncodeToString(sum[:])[:10]
}
