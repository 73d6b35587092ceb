// Package compute has scale sets, and galleries and images.
package compute

import (
	"aks-regulated-pulumi/internal/azuresim/arm"
)

// Kinds are scale sets, and the images that they run.
var Kinds = []*arm.Kind{
	galleryKind, imageDefinitionKind, imageVersionKind, managedImageKind, scaleSetKind,
}
