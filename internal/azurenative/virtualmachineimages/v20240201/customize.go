package virtualmachineimages

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateShellCustomizer is the resolved form of ImageTemplateShellCustomizerArgs.
type ImageTemplateShellCustomizer struct {
	Type           string   `pulumi:"type"`
	Name           *string  `pulumi:"name"`
	Inline         []string `pulumi:"inline"`
	ScriptUri      *string  `pulumi:"scriptUri"`
	Sha256Checksum *string  `pulumi:"sha256Checksum"`
}

// ImageTemplateShellCustomizerArgs runs a shell script on the build VM, as a user who may sudo.
// Set exactly one of Inline and ScriptUri.
type ImageTemplateShellCustomizerArgs struct {
	// Discriminator, always "Shell". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// Name shown in customization.log.
	Name pulumi.StringPtrInput `pulumi:"name"`
	// Lines of the script.
	Inline pulumi.StringArrayInput `pulumi:"inline"`
	// URL the image builder fetches the script from: public, or a blob its identity may read.
	ScriptUri pulumi.StringPtrInput `pulumi:"scriptUri"`
	// SHA-256 of the fetched file, lower-case hex. Must be empty with Inline.
	Sha256Checksum pulumi.StringPtrInput `pulumi:"sha256Checksum"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateShellCustomizerArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateShellCustomizer]()
}

// ImageTemplateFileCustomizer is the resolved form of ImageTemplateFileCustomizerArgs.
type ImageTemplateFileCustomizer struct {
	Type           string  `pulumi:"type"`
	Name           *string `pulumi:"name"`
	SourceUri      *string `pulumi:"sourceUri"`
	Destination    *string `pulumi:"destination"`
	Sha256Checksum *string `pulumi:"sha256Checksum"`
}

// ImageTemplateFileCustomizerArgs copies one file onto the build VM.
type ImageTemplateFileCustomizerArgs struct {
	// Discriminator, always "File". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// Name shown in customization.log.
	Name pulumi.StringPtrInput `pulumi:"name"`
	// URL the image builder fetches the file from.
	SourceUri pulumi.StringPtrInput `pulumi:"sourceUri"`
	// Absolute path on the build VM, below /tmp on Linux; its directory must exist. Files over 20 MB are not for this.
	Destination pulumi.StringPtrInput `pulumi:"destination"`
	// SHA-256 of the file, lower-case hex; empty skips the check.
	Sha256Checksum pulumi.StringPtrInput `pulumi:"sha256Checksum"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateFileCustomizerArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateFileCustomizer]()
}
