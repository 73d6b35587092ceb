package registry

import (
	"fmt"
	"regexp"
	"slices"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// imagePattern splits repository[:tag][@digest] by the grammar of the OCI distribution specification. go-containerregistry's name package
// reads more than that, drops a tag beside a digest and turns docker.io into index.docker.io, which no firewall rule names.
var imagePattern = regexp.MustCompile(`^([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`)

// ImageReference is one image in a registry, by tag, digest or both.
type ImageReference struct {
	Repository, Tag, Digest string // a digest as sha256:<64 hexadecimal digits>
}

// ParseImage reads repository[:tag][@digest].
func ParseImage(reference string) (ImageReference, error) {
	match := imagePattern.FindStringSubmatch(reference)
	if match == nil {
		return ImageReference{}, fmt.Errorf("%q is not an image: it must look like repository:tag or repository@sha256:<64 hexadecimal digits>", reference)
	}
	return ImageReference{match[1], match[2], match[3]}, nil
}

// DigestOf is the digest of an image that a registry holds, or the empty string.
func DigestOf(registry *arm.Record, wanted ImageReference) string {
	if wanted.Digest != "" {
		if slices.Contains(tree.Texts(registry.Contents, "images", wanted.Repository, "manifests"), wanted.Digest) {
			return wanted.Digest
		}
		return ""
	}
	return tree.Text(registry.Contents, "images", wanted.Repository, "tags", wanted.Tag)
}
