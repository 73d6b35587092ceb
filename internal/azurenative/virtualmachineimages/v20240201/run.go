package virtualmachineimages

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ImageTemplatePropertiesErrorHandling is the resolved form of ImageTemplatePropertiesErrorHandlingArgs.
type ImageTemplatePropertiesErrorHandling struct {
	OnCustomizerError *string `pulumi:"onCustomizerError"`
	OnValidationError *string `pulumi:"onValidationError"`
}

// ImageTemplatePropertiesErrorHandlingArgs says what becomes of the build VM and its network after a failure.
type ImageTemplatePropertiesErrorHandlingArgs struct {
	// An OnBuildError, after a failed customizer. Default cleanup.
	OnCustomizerError pulumi.StringPtrInput `pulumi:"onCustomizerError"`
	// An OnBuildError, after a failed validation. Default cleanup.
	OnValidationError pulumi.StringPtrInput `pulumi:"onValidationError"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplatePropertiesErrorHandlingArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesErrorHandling]()
}

// ImageTemplatePropertiesErrorHandlingPtrInput accepts ImageTemplatePropertiesErrorHandlingArgs, a pointer to it, or an output.
type ImageTemplatePropertiesErrorHandlingPtrInput interface {
	pulumi.Input
	ToImageTemplatePropertiesErrorHandlingPtrOutput() ImageTemplatePropertiesErrorHandlingPtrOutput
	ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(context.Context) ImageTemplatePropertiesErrorHandlingPtrOutput
}

// ToImageTemplatePropertiesErrorHandlingPtrOutput converts to ImageTemplatePropertiesErrorHandlingPtrOutput.
func (v ImageTemplatePropertiesErrorHandlingArgs) ToImageTemplatePropertiesErrorHandlingPtrOutput() ImageTemplatePropertiesErrorHandlingPtrOutput {
	return v.ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext converts to ImageTemplatePropertiesErrorHandlingPtrOutput under a context.
func (v ImageTemplatePropertiesErrorHandlingArgs) ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesErrorHandlingPtrOutput {
	return toPtr[ImageTemplatePropertiesErrorHandling](ctx, v).(ImageTemplatePropertiesErrorHandlingPtrOutput)
}

// ImageTemplatePropertiesErrorHandlingOutput is an output of ImageTemplatePropertiesErrorHandling.
type ImageTemplatePropertiesErrorHandlingOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesErrorHandlingOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplatePropertiesErrorHandling]()
}

// ToImageTemplatePropertiesErrorHandlingPtrOutput converts to ImageTemplatePropertiesErrorHandlingPtrOutput.
func (v ImageTemplatePropertiesErrorHandlingOutput) ToImageTemplatePropertiesErrorHandlingPtrOutput() ImageTemplatePropertiesErrorHandlingPtrOutput {
	return v.ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(context.Background())
}

// ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext converts to ImageTemplatePropertiesErrorHandlingPtrOutput under a context.
func (v ImageTemplatePropertiesErrorHandlingOutput) ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(ctx context.Context) ImageTemplatePropertiesErrorHandlingPtrOutput {
	return toPtr[ImageTemplatePropertiesErrorHandling](ctx, v).(ImageTemplatePropertiesErrorHandlingPtrOutput)
}

// ImageTemplatePropertiesErrorHandlingPtrOutput is an output of *ImageTemplatePropertiesErrorHandling.
type ImageTemplatePropertiesErrorHandlingPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplatePropertiesErrorHandlingPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplatePropertiesErrorHandling]()
}

// ToImageTemplatePropertiesErrorHandlingPtrOutput converts to ImageTemplatePropertiesErrorHandlingPtrOutput.
func (v ImageTemplatePropertiesErrorHandlingPtrOutput) ToImageTemplatePropertiesErrorHandlingPtrOutput() ImageTemplatePropertiesErrorHandlingPtrOutput {
	return v
}

// ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext converts to ImageTemplatePropertiesErrorHandlingPtrOutput under a context.
func (v ImageTemplatePropertiesErrorHandlingPtrOutput) ToImageTemplatePropertiesErrorHandlingPtrOutputWithContext(_ context.Context) ImageTemplatePropertiesErrorHandlingPtrOutput {
	return v
}

// Defaults fills unset fields with the service's documented defaults.
func (v *ImageTemplatePropertiesErrorHandling) Defaults() *ImageTemplatePropertiesErrorHandling {
	if v == nil {
		return nil
	}
	filled := *v
	if filled.OnCustomizerError == nil {
		filled.OnCustomizerError = ref(string(OnBuildErrorCleanup))
	}
	if filled.OnValidationError == nil {
		filled.OnValidationError = ref(string(OnBuildErrorCleanup))
	}
	return &filled
}

// ImageTemplateAutoRun is the resolved form of ImageTemplateAutoRunArgs.
type ImageTemplateAutoRun struct {
	State *AutoRunState `pulumi:"state"`
}

// ImageTemplateAutoRunArgs starts a build whenever the template is created or updated.
type ImageTemplateAutoRunArgs struct {
	// Whether to start builds. Default disabled.
	State AutoRunStatePtrInput `pulumi:"state"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ImageTemplateAutoRunArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateAutoRun]()
}

// ImageTemplateAutoRunPtrInput accepts ImageTemplateAutoRunArgs, a pointer to it, or an output.
type ImageTemplateAutoRunPtrInput interface {
	pulumi.Input
	ToImageTemplateAutoRunPtrOutput() ImageTemplateAutoRunPtrOutput
	ToImageTemplateAutoRunPtrOutputWithContext(context.Context) ImageTemplateAutoRunPtrOutput
}

// ToImageTemplateAutoRunPtrOutput converts to ImageTemplateAutoRunPtrOutput.
func (v ImageTemplateAutoRunArgs) ToImageTemplateAutoRunPtrOutput() ImageTemplateAutoRunPtrOutput {
	return v.ToImageTemplateAutoRunPtrOutputWithContext(context.Background())
}

// ToImageTemplateAutoRunPtrOutputWithContext converts to ImageTemplateAutoRunPtrOutput under a context.
func (v ImageTemplateAutoRunArgs) ToImageTemplateAutoRunPtrOutputWithContext(ctx context.Context) ImageTemplateAutoRunPtrOutput {
	return toPtr[ImageTemplateAutoRun](ctx, v).(ImageTemplateAutoRunPtrOutput)
}

// ImageTemplateAutoRunOutput is an output of ImageTemplateAutoRun.
type ImageTemplateAutoRunOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateAutoRunOutput) ElementType() reflect.Type {
	return reflect.TypeFor[ImageTemplateAutoRun]()
}

// ToImageTemplateAutoRunPtrOutput converts to ImageTemplateAutoRunPtrOutput.
func (v ImageTemplateAutoRunOutput) ToImageTemplateAutoRunPtrOutput() ImageTemplateAutoRunPtrOutput {
	return v.ToImageTemplateAutoRunPtrOutputWithContext(context.Background())
}

// ToImageTemplateAutoRunPtrOutputWithContext converts to ImageTemplateAutoRunPtrOutput under a context.
func (v ImageTemplateAutoRunOutput) ToImageTemplateAutoRunPtrOutputWithContext(ctx context.Context) ImageTemplateAutoRunPtrOutput {
	return toPtr[ImageTemplateAutoRun](ctx, v).(ImageTemplateAutoRunPtrOutput)
}

// ImageTemplateAutoRunPtrOutput is an output of *ImageTemplateAutoRun.
type ImageTemplateAutoRunPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ImageTemplateAutoRunPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ImageTemplateAutoRun]()
}

// ToImageTemplateAutoRunPtrOutput converts to ImageTemplateAutoRunPtrOutput.
func (v ImageTemplateAutoRunPtrOutput) ToImageTemplateAutoRunPtrOutput() ImageTemplateAutoRunPtrOutput {
	return v
}

// ToImageTemplateAutoRunPtrOutputWithContext converts to ImageTemplateAutoRunPtrOutput under a context.
func (v ImageTemplateAutoRunPtrOutput) ToImageTemplateAutoRunPtrOutputWithContext(_ context.Context) ImageTemplateAutoRunPtrOutput {
	return v
}

func init() {
	pulumi.RegisterOutputType(ImageTemplatePropertiesErrorHandlingOutput{})
	pulumi.RegisterOutputType(ImageTemplatePropertiesErrorHandlingPtrOutput{})
	pulumi.RegisterOutputType(ImageTemplateAutoRunOutput{})
	pulumi.RegisterOutputType(ImageTemplateAutoRunPtrOutput{})
}
