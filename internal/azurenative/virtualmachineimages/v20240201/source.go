package virtualmachineimages

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplatePlatformImageSource is the resolved form of ImageTemplatePlatformImageSourceArgs.
type ImageTemplatePlatformImageSource struct {
	Type      string  `pulumi:"type"`
	Publisher *string `pulumi:"publisher"`
	Offer     *string `pulumi:"offer"`
	Sku       *string `pulumi:"sku"`
	Version   *string `pulumi:"version"`
}

// ImageTemplatePlatformImageSourceArgs starts the build from an Azure Marketplace image.
type ImageTemplatePlatformImageSourceArgs struct {
	// Discriminator, always "PlatformImage". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// Marketplace publisher, such as Canonical.
	Publisher pulumi.StringPtrInput `pulumi:"publisher"`
	// Marketplace offer, such as ubuntu-24_04-lts.
	Offer pulumi.StringPtrInput `pulumi:"offer"`
	// Marketplace SKU, such as server.
	Sku pulumi.StringPtrInput `pulumi:"sku"`
	// Image version, or "latest", which Azure resolves when the image is built.
	Version pulumi.StringPtrInput `pulumi:"version"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplatePlatformImageSourceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePlatformImageSource]()
}

// ImageTemplateManagedImageSource is the resolved form of ImageTemplateManagedImageSourceArgs.
type ImageTemplateManagedImageSource struct {
	Type    string `pulumi:"type"`
	ImageId string `pulumi:"imageId"`
}

// ImageTemplateManagedImageSourceArgs starts the build from a managed image in the template's
// subscription and region.
type ImageTemplateManagedImageSourceArgs struct {
	// Discriminator, always "ManagedImage". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// ARM id of the Microsoft.Compute/images resource. Required.
	ImageId pulumi.StringInput `pulumi:"imageId"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateManagedImageSourceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateManagedImageSource]()
}

// ImageTemplateSharedImageVersionSource is the resolved form of ImageTemplateSharedImageVersionSourceArgs.
type ImageTemplateSharedImageVersionSource struct {
	Type           string `pulumi:"type"`
	ImageVersionId string `pulumi:"imageVersionId"`
}

// ImageTemplateSharedImageVersionSourceArgs starts the build from an Azure Compute Gallery image version.
type ImageTemplateSharedImageVersionSourceArgs struct {
	// Discriminator, always "SharedImageVersion". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// ARM id of the gallery image version; the last segment may be "latest". Required.
	ImageVersionId pulumi.StringInput `pulumi:"imageVersionId"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateSharedImageVersionSourceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateSharedImageVersionSource]()
}
