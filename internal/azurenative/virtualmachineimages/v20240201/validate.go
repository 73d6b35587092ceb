package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplateShellValidator is the resolved form of ImageTemplateShellValidatorArgs.
type ImageTemplateShellValidator struct {
	Type           string   `pulumi:"type"`
	Name           *string  `pulumi:"name"`
	Inline         []string `pulumi:"inline"`
	ScriptUri      *string  `pulumi:"scriptUri"`
	Sha256Checksum *string  `pulumi:"sha256Checksum"`
}

// ImageTemplateShellValidatorArgs runs a shell script against the customized image; a non-zero exit fails it.
// Set exactly one of Inline and ScriptUri.
type ImageTemplateShellValidatorArgs struct {
	// Discriminator, always "Shell". Required.
	Type pulumi.StringInput `pulumi:"type"`
	// Name shown in customization.log.
	Name pulumi.StringPtrInput `pulumi:"name"`
	// Lines of the script.
	Inline pulumi.StringArrayInput `pulumi:"inline"`
	// URL the image builder fetches the script from.
	ScriptUri pulumi.StringPtrInput `pulumi:"scriptUri"`
	// SHA-256 of the fetched file, lower-case hex. Must be empty with Inline.
	Sha256Checksum pulumi.StringPtrInput `pulumi:"sha256Checksum"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateShellValidatorArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateShellValidator]()
}

// ImageTemplatePropertiesValidate is the resolved form of ImageTemplatePropertiesValidateArgs.
type ImageTemplatePropertiesValidate struct {
	InVMValidations             []interface{} `pulumi:"inVMValidations"`
	ContinueDistributeOnFailure *bool         `pulumi:"continueDistributeOnFailure"`
	SourceValidationOnly        *bool         `pulumi:"sourceValidationOnly"`
}

// ImageTemplatePropertiesValidateArgs configures checks between customization and distribution.
type ImageTemplatePropertiesValidateArgs struct {
	// ImageTemplateShellValidatorArgs values, run in order.
	InVMValidations pulumi.ArrayInput `pulumi:"inVMValidations"`
	// Distribute the image although a check failed. Default false.
	ContinueDistributeOnFailure pulumi.BoolPtrInput `pulumi:"continueDistributeOnFailure"`
	// Check the source image as it is, without customizing it. Default false.
	SourceValidationOnly pulumi.BoolPtrInput `pulumi:"sourceValidationOnly"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplatePropertiesValidateArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesValidate]()
}

// ImageTemplatePropertiesValidatePtrInput accepts ImageTemplatePropertiesValidateArgs, a pointer to it, or an output.
type ImageTemplatePropertiesValidatePtrInput interface {
	pulumi.Input
	ToImageTemplatePropertiesValidatePtrOutput() ImageTemplatePropertiesValidatePtrOutput
	ToImageTemplatePropertiesValidatePtrOutputWithContext(context.Context) ImageTemplatePropertiesValidatePtrOutput
}

// ToImageTemplatePropertiesValidatePtrOutput converts to ImageTemplatePropertiesValidatePtrOutput.
func (v ImageTemplatePropertiesValidateArgs) ToImageTemplatePropertiesValidatePtrOutput() ImageTemplatePropertiesValidatePtrOutput {
	return v.ToImageTemplatePropertiesValidatePtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesValidatePtrOutputWithContext converts to ImageTemplatePropertiesValidatePtrOutput under a context.
func (v ImageTemplatePropertiesValidateArgs) ToImageTemplatePropertiesValidatePtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesValidatePtrOutput {
	return toPtr[ImageTemplatePropertiesValidate](ctx, v).(ImageTemplatePropertiesValidatePtrOutput)
}

// ImageTemplatePropertiesValidateOutput is an output of ImageTemplatePropertiesValidate.
type ImageTemplatePropertiesValidateOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesValidateOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesValidate]()
}

// ToImageTemplatePropertiesValidatePtrOutput converts to ImageTemplatePropertiesValidatePtrOutput.
func (v ImageTemplatePropertiesValidateOutput) ToImageTemplatePropertiesValidatePtrOutput() ImageTemplatePropertiesValidatePtrOutput {
	return v.ToImageTemplatePropertiesValidatePtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesValidatePtrOutputWithContext converts to ImageTemplatePropertiesValidatePtrOutput under a context.
func (v ImageTemplatePropertiesValidateOutput) ToImageTemplatePropertiesValidatePtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesValidatePtrOutput {
	return toPtr[ImageTemplatePropertiesValidate](ctx, v).(ImageTemplatePropertiesValidatePtrOutput)
}

// ImageTemplatePropertiesValidatePtrOutput is an output of *ImageTemplatePropertiesValidate.
type ImageTemplatePropertiesValidatePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesValidatePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplatePropertiesValidate]()
}

// ToImageTemplatePropertiesValidatePtrOutput converts to ImageTemplatePropertiesValidatePtrOutput.
func (v ImageTemplatePropertiesValidatePtrOutput) ToImageTemplatePropertiesValidatePtrOutput() ImageTemplatePropertiesValidatePtrOutput {
	return v
}

// ToImageTemplatePropertiesValidatePtrOutputWithContext converts to ImageTemplatePropertiesValidatePtrOutput under a context.
func (v ImageTemplatePropertiesValidatePtrOutput) ToImageTemplatePropertiesValidatePtrOutputWithContext(_ context.Context) ImageTemplatePropertiesValidatePtrOutput {
	return v
}

// Defaults fills unset fields with the service's documented defaults.
func (v *ImageTemplatePropertiesValidate) Defaults() *ImageTemplatePropertiesValidate {
	if v == nil {
		return nil
	}
	filled := *v
	if filled.ContinueDistributeOnFailure == nil {
		filled.ContinueDistributeOnFailure = new(bool)
	}
	if filled.SourceValidationOnly == nil {
		filled.SourceValidationOnly = new(bool)
	}
	return &filled
}

func init() {
	pulumi.RegisterOutputType(ImageTemplatePropertiesValidateOutput{})
	pulumi.RegisterOutputType(ImageTemplatePropertiesValidatePtrOutput{})
}
